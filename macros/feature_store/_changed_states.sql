{#-
    The CTEs of a run on an existing table of a snapshot's versions: `stored`, the recorded versions of changed entities; `changes`,
    the moment at which their last version ends; `opened`, the versions that follow.
-#}
{%- macro _changed_states(call) -%}
{%- set deletes = call.hard_deletes != 'ignore' -%}
open_versions as (

    select
        {{ (call.entity + call.stored_features) | join(',\n        ') }},
        {{ call.is_deleted }} as baton_is_deleted
    from {{ call.store }} as versions
    where
        versions.valid_to is null
        {%- if not call.is_incremental %}
        and {{ baton._has_these_keys(call) | indent(8) }}
        {%- endif %}

),

-- entities that are new, changed or gone
news as (

    select
        {%- for key in call.entity %}
        coalesce(source_rows.{{ key }}, open_versions.{{ key }}) as {{ key }},
        {%- endfor %}
        source_rows.{{ call.entity[0] }} is null as baton_is_gone,
        coalesce(open_versions.baton_is_deleted, true) as baton_is_new
    from source_rows
    full outer join open_versions
        on {{ baton.same_keys(call.entity, 'source_rows', 'open_versions') | indent(8) }}
    where
        {{ baton._state_differs(call, 'source_rows', 'open_versions') | indent(8) }}

),

entities_with_news as (

    select{{ ' distinct' if not call.is_incremental }}
        {{ call.entity | join(',\n        ') }}
    from news
    {%- if not deletes %}
    where not baton_is_gone
    {%- endif %}
    {%- if call.is_incremental %}

    {{ baton.union_distinct() }}

    {{ baton._entities_to_be_mended(call, 'source_rows') | indent }}
    {%- endif %}

),

{{ baton._newest_states(call) }},

{{ baton._stored_in_order(call) }},

changes as (

    select
        {{ baton.qualified(call.entity, 'entities_with_news') | join(',\n        ') }},
        {{ baton.qualified(call.features, 'states') | join(',\n        ') }},
        states.{{ call.entity[0] }} is null as baton_is_gone,
        -- the source's own time if it is later than all that is stored, else the run's start, else just after what is stored
        case
            {%- if call.event_time %}
            when last_versions.baton_free_from is null then coalesce(states.baton_event_time, {{ baton.run_start() }})
            -- valid_from may be -infinity, and a microsecond later is -infinity again: so both are compared
            when states.baton_event_time >= last_versions.baton_free_from and states.baton_event_time > last_versions.valid_from
                then states.baton_event_time
            {%- endif %}
            when last_versions.baton_free_from > {{ baton.run_start() }} then last_versions.baton_free_from
            else {{ baton.run_start() }}
        end as baton_changed_at
    from entities_with_news
    left join states
        on {{ baton.same_keys(call.entity, 'entities_with_news', 'states') | indent(8) }}
    left join last_versions
        on {{ baton.same_keys(call.entity, 'entities_with_news', 'last_versions') | indent(8) }}
    where
        case
            {%- if deletes %}
            when states.{{ call.entity[0] }} is null then last_versions.valid_to is null and not last_versions.baton_is_deleted
            {%- else %}
            when states.{{ call.entity[0] }} is null then false
            {%- endif %}
            else
                last_versions.valid_to is not null
                or {{ baton._state_differs(call, 'states', 'last_versions') | indent(16) }}
        end

),

opened as (

    select
        {{ (call.entity + call.features) | join(',\n        ') }},
        baton_changed_at as valid_from
        {%- if call.records_deletes %},
        false as is_deleted
        {%- endif %}
    from changes
    {%- if deletes %}
    where not baton_is_gone
    {%- endif %}
    {%- if call.hard_deletes == 'new_record' %}

    union all

    -- a deleted entity keeps its last features
    select
        {{ baton.qualified(call.entity, 'last_versions') | join(',\n        ') }},
        {%- for feature in call.features %}
        {% if feature in call.stored_features %}last_versions.{{ feature }}{% else %}null{% endif %},
        {%- endfor %}
        changes.baton_changed_at,
        true
    from last_versions
    inner join changes
        on {{ baton.same_keys(call.entity, 'last_versions', 'changes') | indent(8) }}
    where changes.baton_is_gone
    {%- endif %}

)
{%- endmacro -%}


{%- macro _stored_in_order(call) -%}
-- recorded versions in order, whatever was done to the table: duplicates once, each version at most until the next one begins
stored as (

    select
        {{ (call.entity + call.stored_features + call.former_columns | map(attribute='name') | list) | join(',\n        ') }},
        valid_from,
        case
            when valid_to between valid_from and coalesce(baton_next_valid_from, valid_to) then valid_to
            else baton_next_valid_from
        end as valid_to,
        {{ call.is_deleted }} as baton_is_deleted,
        feature_hash,
        surrogate_key,
        {%- if call.has_version_id %}
        version_id,
        {%- else %}
        {{ baton._version_id(call, call.stored_columns) | indent(8) }} as version_id,
        {%- endif %}
        recorded_at,
        baton_next_valid_from is null as baton_is_last
    from (
        select
            versions.*,
            lead(versions.valid_from) over (
                partition by {{ baton.qualified(call.entity, 'versions') | join(', ') }}
                order by versions.valid_from, versions.recorded_at desc, versions.feature_hash
            ) as baton_next_valid_from
        from {{ call.store }} as versions
        {%- if call.is_incremental %}
        inner join entities_with_news
            on {{ baton.same_keys(call.entity, 'versions', 'entities_with_news') | indent(12) }}
        {%- else %}
        where {{ baton._has_these_keys(call) | indent(12) }}
        {%- endif %}
    ) as followed
    where baton_next_valid_from is null or baton_next_valid_from > valid_from

),

last_versions as (

    select
        *,
        -- earliest start of the next version
        coalesce(valid_to, {{ baton.add_microsecond('valid_from') }}) as baton_free_from
    from stored
    where baton_is_last

)
{%- endmacro -%}


{#- The recorded versions; the open version of a changed entity ends where the next one begins. -#}
{%- macro _closed_versions(call) -%}
select
    {{ baton.qualified(call.entity, 'stored') | join(',\n    ') }},
    {%- for feature in call.features %}
    {% if feature in call.stored_features %}stored.{{ feature }}{% else %}null as {{ feature }}{% endif %},
    {%- endfor %}
    stored.valid_from,
    coalesce(stored.valid_to, changes.baton_changed_at) as valid_to,
    coalesce(stored.valid_to, changes.baton_changed_at) is null as is_current,
    {%- if call.records_deletes %}
    stored.baton_is_deleted as is_deleted,
    {%- endif %}
    stored.feature_hash,
    stored.surrogate_key,
    stored.version_id,
    stored.recorded_at
    {%- for column in call.former_columns %},
    stored.{{ column.name }}
    {%- endfor %}
from stored
left join changes
    on {{ baton.same_keys(call.entity, 'stored', 'changes') | indent }}
{%- endmacro -%}


{#- The condition that a state of the source differs from an open version; a missing row of either is a difference. -#}
{%- macro _state_differs(call, state, version) -%}
{%- set key = call.entity[0] -%}
{{ version }}.{{ key }} is null
or ({{ state }}.{{ key }} is null) <> {{ version }}.baton_is_deleted
or (
    {{ state }}.{{ key }} is not null
    and (
        {%- for feature in call.features %}
        {%- set column = baton.find_column(call.stored_columns or [], feature) %}
        {%- set new, old = state ~ '.' ~ feature, version ~ '.' ~ feature %}
        {{ 'or ' if not loop.first }}
        {%- if feature not in call.stored_features -%}
        {{ new }} is not null
        {%- elif not column or baton.has_equality(column.dtype) -%}
        {{ baton.is_different(new, old) }}
        {%- else -%}
        {{ baton.is_different(baton.as_text(new), baton.as_text(old)) }}
        {%- endif -%}
        {%- endfor %}
    )
)
{%- endmacro -%}


{#- The condition that a version was written with these keys: before a full refresh the table may have had other keys. -#}
{%- macro _has_these_keys(call) -%}
{%- if call.has_version_id -%}
versions.version_id = {{ baton._version_id(call, call.stored_columns) }}
{%- else -%}
versions.surrogate_key = {{ baton.surrogate_key(baton.qualified(call.entity + ['valid_from'], 'versions')) }}
{%- endif -%}
{%- endmacro -%}
