{#
    The body of an append-only model that says which version has an alias since when: one row for a model's first version, then
    one for each version that beats the holder of the alias by more than `margin`; with policy 'review' such a version becomes
    the `candidate` instead.

    A version has to beat every version that held the alias since it was trained. So the result does not depend on which run
    meets it, and a version that lost is not promoted later because the one that beat it was rolled back.
#}
{%- macro promotions(
    registry, metric='validation.roc_auc', margin=0, alias='champion', policy='best', greater_is_better=none
) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._promotions_call(registry, metric, margin, alias, policy, greater_is_better) -%}

{{ baton.with_recursive() if call.is_best else 'with' }} versions as (

    select
        cast(model_name as {{ baton.type_text() }}) as model_name,
        cast(model_version as {{ baton.type_text() }}) as model_version,
        version_number,
        {{ baton.utc_column('trained_at', call.registry_columns) | indent(8) }},
        {{ baton.json_number('metrics', call.path) | indent(8) }} as metric_value
    from {{ registry }}

),
{%- if is_incremental() %}

-- the versions that held the alias, each until the next one replaced it
holders as (

    select
        held.model_name,
        held.model_version,
        held.promoted_at,
        lead(held.promoted_at) over (
            partition by held.model_name
            order by held.promoted_at, coalesce(versions.version_number, 0), held.model_version
        ) as replaced_at,
        coalesce(versions.metric_value, {{ call.worst }}) as metric_value
    from {{ this }} as held
    left join versions
        on held.model_name = versions.model_name
        and held.model_version = versions.model_version
    where held.alias = {{ call.alias }}

),

-- the versions that were not chosen yet; one that lost loses again to the version that beat it
judged as (

    select
        versions.model_name,
        versions.model_version,
        versions.trained_at,
        versions.metric_value,
        coalesce({{ call.best_of }}(holders.metric_value), {{ call.worst }}) as to_beat,
        row_number() over (
            partition by versions.model_name
            order by versions.version_number
        ) as position
    from versions
    left join holders
        on versions.model_name = holders.model_name
        and (holders.replaced_at > versions.trained_at or holders.replaced_at is null)
    where not exists (
        select 1
        from {{ this }} as chosen
        where
            chosen.model_name = versions.model_name
            and chosen.model_version = versions.model_version
            and chosen.alias in ({{ call.own_aliases | join(', ') }})
    )
    group by
        versions.model_name,
        versions.model_version,
        versions.version_number,
        versions.trained_at,
        versions.metric_value

),

-- a model without a holder gives the alias to its first version
starts as (

    select
        judged.model_name,
        cast(case when holders.model_version is null then 1 else 0 end as bigint) as position,
        coalesce(holders.model_version, judged.model_version) as holder_version,
        coalesce(holders.metric_value, judged.metric_value, {{ call.worst }}) as to_beat,
        -- a run that began before another one promoted still comes after it
        greatest(
            {{ baton.run_start() }},
            coalesce({{ baton.add_microsecond('holders.promoted_at') }}, {{ baton.run_start() }})
        ) as promoted_at
    from judged
    left join holders
        on judged.model_name = holders.model_name
        and holders.replaced_at is null
    where judged.position = 1

),
{%- else %}

judged as (

    select
        versions.*,
        row_number() over (
            partition by model_name
            order by version_number
        ) as position
    from versions

),

-- the first version of a model has nothing to beat
starts as (

    select
        model_name,
        position,
        model_version as holder_version,
        coalesce(metric_value, {{ call.worst }}) as to_beat,
        {{ baton.run_start() }} as promoted_at
    from judged
    where position = 1

),
{%- endif %}

{% if call.is_best -%}
{%- set beats -%}
judged.metric_value {{ call.better }} {% if is_incremental() -%} {{ call.best_of_two }}(walk.to_beat, judged.to_beat) {%- else -%} walk.to_beat {%- endif -%} {{ call.margin_sql }}
{%- endset -%}
{%- set reads = ['model_version', 'metric_value'] + (['to_beat'] if is_incremental() else []) -%}
-- each version in turn: the holder after it, and what the next one has to beat
{{ baton.walk(
    dict(name='walk', start='starts', rows='judged', keys=['model_name'], order='position', reads=reads),
    {
        'position': ['position', 'judged.position'],
        'holder_version': ['holder_version', 'case when %s then judged.model_version else walk.holder_version end' | format(beats)],
        'to_beat': ['to_beat', 'case when %s then judged.metric_value else walk.to_beat end' | format(beats)],
        'promoted_at': ['promoted_at', 'walk.promoted_at'],
    },
    follows='judged.position = walk.position + 1'
) }},

steps as (

    select
        model_name,
        position,
        holder_version,
        promoted_at,
        lag(holder_version) over (
            partition by model_name
            order by position
        ) as previous_version
    from walk

),

promoted as (

    select
        judged.model_name,
        judged.model_version,
        judged.trained_at,
        judged.metric_value,
        steps.previous_version as holder_version,
        steps.promoted_at
    from steps
    inner join judged
        on steps.model_name = judged.model_name
        and steps.position = judged.position
        and steps.holder_version = judged.model_version

)
{%- else -%}
-- the holder stays: a person decides on the candidates
promoted as (

    select
        judged.model_name,
        judged.model_version,
        judged.trained_at,
        judged.metric_value,
        case when judged.position <> starts.position then starts.holder_version end as holder_version,
        starts.promoted_at
    from judged
    inner join starts
        on judged.model_name = starts.model_name
    where
        judged.position = starts.position
        or judged.metric_value {{ call.better }} {% if is_incremental() -%} {{ call.best_of_two }}(starts.to_beat, judged.to_beat) {%- else -%} starts.to_beat {%- endif -%} {{ call.margin_sql }}

)
{%- endif %}

select
    promoted.model_name,
    {% if call.is_best -%}
    cast({{ call.alias }} as {{ baton.type_text() }})
    {%- else -%}
    case when promoted.holder_version is null then {{ call.alias }} else 'candidate' end
    {%- endif %} as alias,
    promoted.model_version,
    -- no version is promoted before it was trained
    greatest(promoted.promoted_at, promoted.trained_at) as promoted_at,
    {{ baton.literal(model.name) }} as promoted_by,
    case
        when promoted.holder_version is null and promoted.metric_value is null
            then {{ baton.literal('the first version, without ' ~ call.metric) }}
        when promoted.holder_version is null
            then {{ baton.literal('the first version, %s ' | format(call.metric)) }} || {{ baton.as_text('promoted.metric_value') }}
        else
            {{ baton.literal(call.metric ~ ' ') }} || {{ baton.as_text('promoted.metric_value') }}
            || {{ baton.literal(', the %s ' | format(call.alias_name)) }} || promoted.holder_version
            || coalesce(' has ' || {{ baton.as_text('holder.metric_value') }}, ' has none')
            {{- (' || ' ~ baton.literal(' (margin %s)' | format(call.margin))) if call.margin }}
    end as reason
from promoted
left join versions as holder
    on promoted.model_name = holder.model_name
    and promoted.holder_version = holder.model_version

{%- endmacro -%}
