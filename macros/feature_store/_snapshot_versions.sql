{#-
    The versions of a snapshot: one row per entity, its state now. A change begins at the row's event time, or else when
    this run began, and never before what is on record ends. The past is only in the table, so a full refresh keeps it.
-#}
{%- macro _snapshot_versions(call) -%}
{%- set deletes = call.hard_deletes != 'ignore' -%}
{%- set former = call.former_columns | map(attribute='name') | list -%}
{%- set united = baton._united_columns(call.known, call.stored_columns) -%}
with source_rows as (

    select
        {{ baton._read_all(call, call.entity) }}
        {%- if call.event_time %},
        {{ call.event_time }} as baton_time
        {%- endif %}
        {%- for column in (call.features + call.ties) | unique if column not in call.entity %},
        {{ baton._read(call, column) | indent(8) }}
        {%- endfor %}
    from {{ call.source }}
    where
        {{ baton.none_is_null(call.entity) | indent(8) }}

),

{% if call.is_stored -%}
open_versions as (

    select
        {{ call.entity | join(',\n        ') }}
        {%- for feature in call.stored_features %},
        {{ feature }}
        {%- endfor %},
        {{ call.is_deleted }} as baton_is_deleted
    from {{ call.store }} as versions
    where versions.valid_to is null{{ ' and ' ~ baton._is_of_this_entity(call) if not call.is_incremental }}

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
        {{ baton._is_news(call, 'source_rows', 'open_versions') | trim | indent(8) }}

),

entities_with_news as (

    select{{ ' distinct' if not call.is_incremental }}
        {{ call.entity | join(',\n        ') }}
    from news
    {%- if not deletes %}
    where not baton_is_gone
    {%- endif %}
    {%- if call.is_incremental %}

    union

    {{ baton._entities_to_be_mended(call, 'source_rows') | trim | indent }}
    {%- endif %}

),

{% endif -%}
-- of several rows for an entity the newest one counts
states as (

    select *
    from (
        select
            source_rows.*,
            row_number() over (
                partition by {{ call.key_list }}
                order by {{ 'baton_time desc nulls last, ' if call.event_time }}{% for column in call.ties %}{{ column }} desc nulls last, {% endfor %}{{ baton.tie_hash(call.features) }} desc
            ) = 1 as baton_is_newest
        from source_rows
        {%- if call.is_stored %}
        where exists (
            select 1
            from entities_with_news
            where {{ baton.same_keys(call.entity, 'source_rows', 'entities_with_news') | indent(16) }}
        )
        {%- endif %}
    ) as ranked
    where baton_is_newest

),

{% if call.is_stored -%}
-- what is on record, put in order whatever has happened to it: each version once, none beyond the beginning of the next
stored as (

    select
        {{ (call.entity + call.stored_features + former) | join(',\n        ') }},
        valid_from,
        case when valid_to between valid_from and coalesce(baton_next_from, valid_to) then valid_to else baton_next_from end as valid_to,
        {{ call.is_deleted }} as baton_is_deleted,
        feature_hash,
        surrogate_key,
        {{ 'version_id' if call.has_version_id else baton._version_id(call, call.stored_columns) ~ ' as version_id' }},
        recorded_at,
        baton_next_from is null as baton_is_last
    from (
        select
            versions.*,
            lead(versions.valid_from) over (
                partition by {{ baton.qualified(call.entity, 'versions') | join(', ') }}
                order by versions.valid_from, versions.recorded_at desc, versions.feature_hash
            ) as baton_next_from
        from {{ call.store }} as versions
        {%- if call.is_incremental %}
        inner join entities_with_news
            on {{ baton.same_keys(call.entity, 'versions', 'entities_with_news') | indent(12) }}
        {%- else %}
        where {{ baton._is_of_this_entity(call) }}
        {%- endif %}
    ) as followed
    where baton_next_from is null or baton_next_from > valid_from

),

last_versions as (

    select
        *,
        -- a next version can begin here
        coalesce(valid_to, {{ baton.add_microsecond('valid_from') }}) as baton_free_from
    from stored
    where baton_is_last

),

changes as (

    select
        {%- for key in call.entity %}
        entities_with_news.{{ key }},
        {%- endfor %}
        {%- for feature in call.features %}
        states.{{ feature }},
        {%- endfor %}
        states.{{ call.entity[0] }} is null as baton_is_gone,
        case
            {%- if call.event_time %}
            when last_versions.baton_free_from is null then coalesce(states.baton_time, {{ baton.run_start() }})
            -- a microsecond after -infinity is -infinity
            when states.baton_time >= last_versions.baton_free_from and states.baton_time > last_versions.valid_from then states.baton_time
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
            when states.{{ call.entity[0] }} is null then
                {{ 'last_versions.valid_to is null and not last_versions.baton_is_deleted' if deletes else 'false' }}
            else
                last_versions.valid_to is not null
                or {{ baton._is_news(call, 'states', 'last_versions') | trim | indent(16) }}
        end

),

{% endif -%}
opened as (

    {% if not call.is_stored -%}
    select
        {{ call.entity | join(',\n        ') }},
        {%- for feature in call.features %}
        {{ feature }},
        {%- endfor %}
        {%- if call.event_time %}
        coalesce(baton_time, {{ baton.run_start() }}) as valid_from,
        {%- else %}
        {{ baton.run_start() }} as valid_from,
        {%- endif %}
        false as baton_is_deleted
    from states
    {%- else -%}
    select
        {{ call.entity | join(',\n        ') }},
        {%- for feature in call.features %}
        {{ feature }},
        {%- endfor %}
        baton_changed_at as valid_from,
        false as baton_is_deleted
    from changes
    {%- if deletes %}
    where not baton_is_gone
    {%- endif %}
    {%- endif %}
    {%- if call.is_stored and call.hard_deletes == 'new_record' %}

    union all

    -- what was last known of an entity that is gone
    select
        {%- for key in call.entity %}
        last_versions.{{ key }},
        {%- endfor %}
        {%- for feature in call.features %}
        {{ 'last_versions.' ~ feature if feature in call.stored_features else 'null' }},
        {%- endfor %}
        changes.baton_changed_at,
        true
    from last_versions
    inner join changes
        on {{ baton.same_keys(call.entity, 'last_versions', 'changes') | indent(8) }}
    where changes.baton_is_gone
    {%- endif %}

)

{% if call.is_stored -%}
select
    {%- for key in call.entity %}
    stored.{{ key }},
    {%- endfor %}
    {%- for feature in call.features %}
    {{ 'stored.' ~ feature if feature in call.stored_features else 'null as ' ~ feature }},
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
    {%- for column in former %},
    stored.{{ column }}
    {%- endfor %}
from stored
left join changes
    on {{ baton.same_keys(call.entity, 'stored', 'changes') | indent }}

union all

{% endif -%}
select
    {{ call.entity | join(',\n    ') }},
    {%- for feature in call.features %}
    {{ feature }},
    {%- endfor %}
    valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current,
    {%- if call.records_deletes %}
    baton_is_deleted as is_deleted,
    {%- endif %}
    {{ baton.row_hash(call.features, united) | indent(4) }} as feature_hash,
    {{ baton.surrogate_key(call.entity + ['valid_from']) }} as surrogate_key,
    {{ baton._version_id(call, united) }} as version_id,
    {{ baton.run_start() }} as recorded_at
    {%- for column_null in baton._nulls(call.former_columns) %},
    {{ column_null }}
    {%- endfor %}
from opened
{{- baton._refused_runs(call, 7 + (1 if call.records_deletes else 0), 'source_rows') }}
{%- endmacro -%}


{#- Whether what the source says of an entity differs from its open version; a missing row of either counts as a difference. -#}
{%- macro _is_news(call, state, version) -%}
    {%- set differences = [] -%}
    {%- for feature in call.features -%}
        {%- set column = baton.find_column(call.stored_columns, feature) if call.stored_columns else none -%}
        {%- do differences.append(
            state ~ '.' ~ feature ~ ' is not null' if feature not in call.stored_features
            else baton.is_different(state ~ '.' ~ feature, version ~ '.' ~ feature) if not column or baton.has_equality(column.dtype)
            else baton.is_different(baton.as_text(state ~ '.' ~ feature), baton.as_text(version ~ '.' ~ feature))
        ) -%}
    {%- endfor -%}
    {%- set key = call.entity[0] -%}
{{ version }}.{{ key }} is null
or ({{ state }}.{{ key }} is null) <> {{ version }}.baton_is_deleted
or (
    {{ state }}.{{ key }} is not null
    and (
        {{ differences | join('\n        or ') }}
    )
)
{%- endmacro -%}


{#- Whether a version was written with these keys: a full refresh may have other ones than the table that it replaces. -#}
{%- macro _is_of_this_entity(call) -%}
    {{ return(
        'versions.version_id = ' ~ baton._version_id(call, call.stored_columns) if call.has_version_id
        else 'versions.surrogate_key = ' ~ baton.surrogate_key(baton.qualified(call.entity + ['valid_from'], 'versions'))
    ) }}
{%- endmacro -%}
