{#
    Which version each alias pointed to, and when: one row per promotion, with the columns of the version. The newest
    promotion of an alias by now has `is_current`; a rollback is one more promotion.
#}
{%- macro model_aliases(registry, promotions) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set version_columns = baton._version_columns() + ['version_number'] -%}
    {%- set promotion_columns = baton._promotion_columns() -%}
    {%- set problems, columns = [], [] -%}
    {%- do baton.expect_relation(problems, 'registry', registry) -%}
    {%- do baton.expect_columns(problems, 'registry', registry, version_columns) -%}
    {%- if baton.is_list(promotions) and not promotions -%}
        {%- do problems.append("promotions is empty, expected a relation or a list of relations") -%}
    {%- endif -%}
    {%- for relation in (promotions if baton.is_list(promotions) else [promotions]) -%}
        {%- set argument = 'promotions[%s]' | format(loop.index0) if baton.is_list(promotions) else 'promotions' -%}
        {%- do baton.expect_relation(problems, argument, relation) -%}
        {%- do columns.append(baton.expect_columns(problems, argument, relation, promotion_columns)) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('model_aliases', problems) -%}

with promoted as (
    {%- for relation in baton.as_list(promotions) %}

    select
        cast(model_name as {{ baton.type_text() }}) as model_name,
        cast(alias as {{ baton.type_text() }}) as alias,
        cast(model_version as {{ baton.type_text() }}) as model_version,
        {{ baton.utc_column('promoted_at', columns[loop.index0]) | indent(8) }},
        cast(promoted_by as {{ baton.type_text() }}) as promoted_by,
        cast(reason as {{ baton.type_text() }}) as reason
    from {{ relation }}
    where promoted_at is not null
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

-- an unknown version stays, without its columns: the alias must not silently fall back to the version before it
with_version as (

    select
        promoted.model_name,
        promoted.alias,
        promoted.model_version,
        promoted.promoted_at,
        promoted.promoted_by,
        promoted.reason,
        {%- for column in version_columns if column not in promotion_columns %}
        versions.{{ column }},
        {%- endfor %}
        -- of two promotions at the same moment the newer version counts
        row_number() over (
            partition by promoted.model_name, promoted.alias, promoted.promoted_at
            order by
                coalesce(versions.version_number, 0) desc,
                promoted.model_version desc,
                coalesce(promoted.promoted_by, ''),
                coalesce(promoted.reason, '')
        ) as row_rank
    from promoted
    left join {{ baton.aliased(registry, 'versions') }}
        on promoted.model_name = versions.model_name
        and promoted.model_version = versions.model_version

),

intervals as (

    select
        with_version.*,
        lead(promoted_at) over (
            partition by model_name, alias
            order by promoted_at
        ) as valid_to
    from with_version
    where row_rank = 1

)

select
    model_name,
    alias,
    model_version,
    promoted_at,
    promoted_by,
    reason,
    promoted_at as valid_from,
    valid_to,
    -- at the moment at which this is read: a promotion may be dated ahead
    promoted_at <= {{ baton.utc_now() }} and coalesce(valid_to > {{ baton.utc_now() }}, true) as is_current,
    {{ version_columns | reject('in', promotion_columns) | join(',\n    ') }}
from intervals

{%- endmacro -%}
