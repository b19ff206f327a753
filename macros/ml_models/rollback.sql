{#
    Takes an alias back to the version that had it before: `dbt run-operation baton.rollback`. Several rollbacks go back further,
    since the history is read like the undo of an editor: a promotion adds a step, a rollback removes the steps that it took back.
#}
{%- macro rollback(promotions, registry, model_name, model_version=none, alias='champion', promoted_by=none, reason=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set call = baton._promotion_by_hand(problems, promotions, registry, model_name, model_version, alias, promoted_by, reason) -%}
    {%- do baton.raise_problems('rollback', problems) -%}

    {%- do baton._begin_promotion(call) -%}
    {#- The rows of the alias that count by now, the newest last: of several at the same time, those that `model_aliases` takes. -#}
    {%- set query -%}
        select
            {{ baton.as_text('promotions.model_version') }},
            promotions.reason,
            promotions.promoted_at
        from {{ call.table }} as promotions
        left join {{ call.registry }} as versions
            on promotions.model_name = versions.model_name
            and {{ baton.as_text('promotions.model_version') }} = {{ baton.as_text('versions.model_version') }}
        where
            promotions.model_name = {{ baton.literal(call.model_name) }}
            and promotions.alias = {{ baton.literal(call.alias) }}
            and {{ baton.utc('promoted_at', baton.columns_of(call.table), 'promotions') }} <= {{ baton.run_start() }}
        order by
            promotions.promoted_at,
            coalesce(versions.version_number, 0),
            promotions.model_version,
            coalesce(promotions.promoted_by, '') desc,
            coalesce(promotions.reason, '') desc
    {%- endset -%}
    {%- set rows = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- if rows and rows[-1].at == row[2] -%}{%- do rows.pop() -%}{%- endif -%}
        {%- do rows.append(dict(model_version=row[0], reason=row[1], at=row[2])) -%}
    {%- endfor -%}
    {#-
        The versions that a rollback can go back to, the present holder last. A promotion adds one; a rollback to a version
        removes those after it, and adds it where it was removed before.
    -#}
    {%- set steps = [] -%}
    {%- for row in rows -%}
        {%- if (row.reason or '').startswith(baton._rollback_mark()) and row.model_version in steps -%}
            {%- for _ in range(steps | length) -%}
                {%- if steps[-1] != row.model_version -%}{%- do steps.pop() -%}{%- endif -%}
            {%- endfor -%}
        {%- elif not steps or steps[-1] != row.model_version -%}
            {%- do steps.append(row.model_version) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set held = rows | map(attribute='model_version') | unique | list -%}
    {%- if not rows -%}
        {%- do problems.append("model %s has no promotion to %s in %s" | format(baton._repr(model_name), baton._repr(alias), promotions)) -%}
    {%- elif model_version is not none and model_version == steps[-1] -%}
        {%- do problems.append("model_version is %s, which is %s already" | format(baton._repr(model_version), alias)) -%}
    {%- elif model_version is not none and model_version not in held -%}
        {%- do problems.append("model_version is %s, which never was %s of %s: it was %s (to give it to another version, use baton.promote)" | format(
            baton._repr(model_version), alias, model_name, baton.nearest_names([model_version], held)
        )) -%}
    {%- elif model_version is none and steps | length < 2 -%}
        {%- do problems.append("there is nothing to roll back to: no version was %s of %s before %s" | format(alias, model_name, steps[-1])) -%}
    {%- endif -%}
    {%- set target = model_version if model_version is not none or problems else steps[-2] -%}
    {%- if not problems -%}
        {%- do baton._expect_version(problems, call, model_name, target) -%}
    {%- endif -%}
    {%- do baton.raise_problems('rollback', problems) -%}

    {%- do baton._append_promotion(call, target, baton._rollback_mark() ~ steps[-1] ~ (': %s' | format(call.reason) if call.reason else '')) -%}

{%- endmacro -%}


{#- How the reason of a row begins that a rollback wrote; only so can it be told from a promotion of the same version. -#}
{%- macro _rollback_mark() -%}{{ return('rollback from ') }}{%- endmacro -%}
