{#-
    A branch of a run's union that adds no row. It fails where the source has no row, which would remove every recorded version, and
    where the table has a version twice, since a merge would update both and remove neither.
-#}
{%- macro _refused_runs(call, source_entities) -%}
    {%- set fails_when_empty = call.is_stored and call.on_empty_source == 'error' -%}
    {%- set strategy = baton.incremental_strategy() -%}
    {%- set merges = call.is_incremental and strategy == 'merge' -%}
    {%- set needed = "a key and a time" if call.event_time and call.has_source_hash else "a key" -%}
    {%- set no_row -%}
{{ baton.literal("baton.scd2: the source of %s has no row with %s, " | format(model.name, needed)) }}
|| {{ baton.literal("which would delete all stored versions: on_empty_source='clear' allows it; stored rows: ") }}
|| {{ baton.count_text('(select count(*) from %s)' | format(this)) }}
    {%- endset -%}
    {%- set version_twice -%}
{{ baton.literal("baton.scd2: the table of %s has a version twice, " | format(model.name)) }}
|| 'and a merge cannot take one of them away: run once with --full-refresh; rows: '
|| {{ baton.count_text('(select count(*) from stored)') }}
    {%- endset -%}
    {%- if fails_when_empty or merges %}

union all

-- adds no row: fails where this run would do harm
select
    {%- for name in call.entity + call.features %}
    {{ baton._null_like(baton.find_column(call.typed, name)) }},
    {%- endfor %}
    {{ (['null'] * call.own_columns | length) | join(', ') }}
    {%- for column in call.former_columns %},
    {{ baton._null_like(column) }}
    {%- endfor %}
from (select 1 as one) as one_row
where
    case
        {%- if fails_when_empty %}
        when not exists (select 1 from {{ source_entities }}) and exists (select 1 from {{ this }})
            then {{ baton.fail(no_row, 'boolean') | indent(12) }}
        {%- endif %}
        {%- if merges %}
        when exists (select 1 from stored group by {{ call.written_by }} having count(*) > 1)
            then {{ baton.fail(version_twice, 'boolean') | indent(12) }}
        {%- endif %}
        else false
    end
    {%- endif -%}
{%- endmacro -%}

{#-
    NULL in a union, cast where the column's type has a limit: the union would lose the limit on PostgreSQL, and dbt would take that
    for a schema change.
-#}
{%- macro _null_like(column) -%}
{%- set has_limit = column and '(' in column.data_type and baton.type_shape(column).kind in ['text', 'decimal'] -%}
{% if has_limit %}cast(null as {{ column.data_type }}){% else %}null{% endif %}
{%- endmacro -%}


{#-
    Entities that a run has to write although the source has not changed. Several open versions of one entity never come from a run,
    so they are looked for only where the count of open versions differs from what the source and the changes explain.
-#}
{%- macro _entities_to_be_mended(call, source_entities) -%}
{%- if call.adds_version_id -%}
-- the table has no version_id yet
select distinct
    {{ call.entity | join(',\n    ') }}
from {{ call.store }} as versions
{%- else -%}
-- entities with several open versions; the counts agree unless there is one, which spares the grouping
select
    {{ call.entity | join(',\n    ') }}
from {{ call.store }} as versions
where
    valid_to is null
    and (
        select count(*)
        from {{ call.store }} as versions
        where
            valid_to is null
            {%- if call.is_deleted != 'false' %}
            and not {{ call.is_deleted }}
            {%- endif %}
    ) <> (
        select count(*) from {{ source_entities }}
    ) + (
        select count(case when baton_is_gone then 1 end) - count(case when baton_is_new then 1 end) from news
    )
group by {{ call.key_list }}
having count(*) > 1
{%- endif -%}
{%- endmacro -%}


{#- The post-hook of scd2: it deletes tombstones, the empty intervals by which a run removes stored versions. -#}
{%- macro _delete_removed_versions() -%}
    {%- if is_incremental() -%}
delete from {{ this }} where valid_to = valid_from
    {%- endif -%}
{%- endmacro -%}
