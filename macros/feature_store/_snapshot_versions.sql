{#-
    The versions of a snapshot: one row per entity, its current state. A change begins at the row's event time, or without one at
    the start of the run, and never before the last recorded version ends. Only the table has the past, so a full refresh keeps it.
-#}
{%- macro _snapshot_versions(call) -%}
with source_rows as (

    select
        {{ baton._source_columns(call.read_as, call.entity) | indent(8) }}
        {%- if call.event_time %},
        {{ call.event_time }} as baton_event_time
        {%- endif %}
        {%- for column in (call.features + call.ties) | unique if column not in call.entity %},
        {{ baton._source_columns(call.read_as, [column]) | indent(8) }}
        {%- endfor %}
    from {{ call.source }}
    {{ baton._where(baton._not_null(call.entity)) | indent }}

),

{% if call.is_stored -%}
{{ baton._changed_states(call) }}

{{ baton._closed_versions(call) }}

union all

{{ baton._opened_versions(call) }}
{{- baton._refused_runs(call, 'source_rows') }}
{%- else -%}
{{ baton._newest_states(call) }},

opened as (

    select
        {{ (call.entity + call.features) | join(',\n        ') }},
        {%- if call.event_time %}
        coalesce(baton_event_time, {{ baton.run_start() }}) as valid_from
        {%- else %}
        {{ baton.run_start() }} as valid_from
        {%- endif %}
        {%- if call.records_deletes %},
        false as is_deleted
        {%- endif %}
    from states

)

{{ baton._opened_versions(call) }}
{%- endif -%}
{%- endmacro -%}


{%- macro _newest_states(call) -%}
{%- set rows -%}
from source_rows
{%- if call.is_stored %}
where exists (
    select 1
    from entities_with_news
    where
        {{ baton.same_keys(call.entity, 'source_rows', 'entities_with_news') | indent(8) }}
)
{%- endif %}
{%- endset -%}
{%- set event_time = ['baton_event_time'] if call.event_time else [] -%}
{%- set newest_first = ['baton_event_time desc nulls last'] if call.event_time else [] -%}
-- of several rows for an entity the newest one counts
states as (

    {{ baton.deduplicated(
        call.entity + call.features + event_time, rows, call.entity,
        newest_first + call.newest_first + baton.greatest_first(call.features, call.known)
    ) | indent }}

)
{%- endmacro -%}


{#- The new versions: the select over the CTE `opened`. -#}
{%- macro _opened_versions(call) -%}
{#- The types of columns that hold values of both the source and the table. -#}
{%- set united = [] -%}
{%- for column in call.known or [] -%}
    {%- set other = baton.find_column(call.stored_columns or [], column.name) -%}
    {%- if not other or baton.can_hold(column, other) -%}
        {%- do united.append(column) -%}
    {%- elif baton.can_hold(other, column) -%}
        {%- do united.append(other) -%}
    {%- endif -%}
{%- endfor -%}
{%- set columns = united or none -%}
select
    {{ (call.entity + call.features) | join(',\n    ') }},
    valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current,
    {%- if call.records_deletes %}
    is_deleted,
    {%- endif %}
    {{ baton.row_hash(call.features, columns) | indent }} as feature_hash,
    {{ baton.surrogate_key(call.entity + ['valid_from']) | indent }} as surrogate_key,
    {{ baton._version_id(call, columns) | indent }} as version_id,
    {{ baton.run_start() }} as recorded_at
    {%- for column in call.former_columns %},
    {{ baton._null_like(column) }}
    {%- endfor %}
from opened
{%- endmacro -%}
