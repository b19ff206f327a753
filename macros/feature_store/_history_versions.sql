{#- The versions of a history: many rows per entity, each with its event time. -#}
{%- macro _history_versions(call) -%}
{%- set columns = call.entity + call.features -%}
with source_rows as (

    select
        {{ baton._read_all(call, call.entity) }},
        {{ call.event_time }} as valid_from
        {%- for column in (call.features + call.ties) | unique if column not in call.entity %},
        {{ baton._read(call, column) | indent(8) }}
        {%- endfor %}
    from {{ call.source }}
    where
        {{ baton.none_is_null(call.entity + [call.event_time]) | indent(8) }}

),

-- the same as long as an entity's rows are the same
source_hashes as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ baton.rows_fingerprint(['valid_from'] + call.features + call.ties, call.known) }} as source_hash
    from source_rows
    group by {{ call.key_list }}

),

{% if call.is_incremental -%}
-- entities that are new, changed or gone
news as (

    select
        {%- for key in call.entity %}
        coalesce(source_hashes.{{ key }}, stored.{{ key }}) as {{ key }},
        {%- endfor %}
        source_hashes.source_hash,
        source_hashes.{{ call.entity[0] }} is null as baton_is_gone,
        stored.{{ call.entity[0] }} is null as baton_is_new
    from source_hashes
    full outer join (
        select
            {{ (call.entity + (['source_hash'] if call.has_source_hash else [])) | join(',\n            ') }}
        from {{ call.store }} as versions
        where valid_to is null
    ) as stored
        on {{ baton.same_keys(call.entity, 'source_hashes', 'stored') | indent(8) }}
    {%- if call.has_source_hash and not call.adds_version_id %}
    where
        source_hashes.source_hash is null
        or stored.source_hash is null
        or source_hashes.source_hash <> stored.source_hash
    {%- endif %}

),

entities_with_news as (

    select
        {{ (call.entity + ['source_hash']) | join(',\n        ') }}
    from news

    union

    select
        {{ baton.qualified(call.entity + ['source_hash'], 'source_hashes') | join(',\n        ') }}
    from source_hashes
    inner join (
        {{ baton._entities_to_be_mended(call, 'source_hashes') | trim | indent(8) }}
    ) as mended
        on {{ baton.same_keys(call.entity, 'source_hashes', 'mended') | indent(8) }}

),

{% endif -%}
{% if call.is_stored -%}
stored as (

    select
        {{ baton.qualified(call.entity, 'versions') | join(',\n        ') }},
        versions.valid_from,
        {{ baton._stored_feature_hash(call) | indent(8) }} as feature_hash,
        versions.surrogate_key,
        {{ 'versions.version_id' if call.has_version_id else 'null as version_id' }},
        versions.recorded_at
    from {{ call.store }} as versions
    {%- if call.is_incremental %}
    inner join entities_with_news
        on {{ baton.same_keys(call.entity, 'versions', 'entities_with_news') | indent(8) }}
    {%- endif %}

),

-- a version that is in the table twice was recorded once
records as (

    select
        {{ (call.entity + ['valid_from', 'feature_hash']) | join(',\n        ') }},
        min(recorded_at) as recorded_at
    from stored
    group by {{ (call.entity + ['valid_from', 'feature_hash']) | join(', ') }}

),

{% endif -%}
-- of rows for one instant the last known one counts
observations as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ call.key_list }}, valid_from
                order by {% for column in call.ties %}{{ column }} desc nulls last, {% endfor %}feature_hash desc
            ) = 1 as baton_is_newest
        from (
            select
                source_rows.*,
                {{ baton.row_hash(call.features, call.known) | indent(4) }} as feature_hash,
                hashes.source_hash
            from source_rows
            inner join {{ 'entities_with_news' if call.is_incremental else 'source_hashes' }} as hashes
                on {{ baton.same_keys(call.entity, 'source_rows', 'hashes') | indent(16) }}
        ) as hashed
    ) as ranked
    where baton_is_newest

),

-- a version begins where the features change
changes as (

    select *
    from (
        select
            *,
            lag(feature_hash) over (partition by {{ call.key_list }} order by valid_from) as baton_previous_hash
        from observations
    ) as neighbours
    where baton_previous_hash is null or feature_hash <> baton_previous_hash

),

versions as (

    select
        {{ columns | join(',\n        ') }},
        valid_from,
        lead(valid_from) over (partition by {{ call.key_list }} order by valid_from) as valid_to,
        feature_hash,
        {{ baton.surrogate_key(call.entity + ['valid_from']) }} as surrogate_key,
        {{ baton._version_id(call, call.known) }} as version_id,
        source_hash
    from changes

)

select
    {{ baton.qualified(columns, 'versions') | join(',\n    ') }},
    versions.valid_from,
    versions.valid_to,
    versions.valid_to is null as is_current,
    versions.feature_hash,
    versions.surrogate_key,
    versions.version_id,
    {{ 'coalesce(records.recorded_at, ' ~ baton.run_start() ~ ')' if call.is_stored else baton.run_start() }} as recorded_at,
    versions.source_hash
    {%- for column in call.former_columns %},
    cast(null as {{ column.data_type }}) as {{ column.name }}
    {%- endfor %}
from versions
{%- if call.is_stored %}
left join records
    on {{ baton.same_keys(call.entity + ['valid_from', 'feature_hash'], 'versions', 'records') | indent }}
{%- endif %}
{%- if call.is_incremental %}

union all

-- versions that are no more: what takes the stored one's place holds at no moment, and is deleted then
select
    {{ baton.qualified(call.entity, 'stored') | join(',\n    ') }},
    {%- for feature_null in baton._nulls(call.typed, call.features) %}
    {{ feature_null }},
    {%- endfor %}
    stored.valid_from,
    stored.valid_from,
    false,
    stored.feature_hash,
    stored.surrogate_key,
    stored.version_id,
    stored.recorded_at,
    null
    {%- for column_null in baton._nulls(call.former_columns) %},
    {{ column_null }}
    {%- endfor %}
from stored
left join versions
    on {{ baton.same_keys(call.entity + [call.written_by], 'stored', 'versions') | indent }}
where versions.{{ call.written_by }} is null
{%- elif call.is_stored and flags.EMPTY %}

union all

-- with --empty no row of the source is seen, so what is on record stays as it is
select
    {{ call.entity | join(',\n    ') }},
    {%- for feature in call.features %}
    {{ feature if feature in call.stored_features else 'null' }},
    {%- endfor %}
    valid_from,
    valid_to,
    is_current,
    feature_hash,
    surrogate_key,
    {{ 'version_id' if call.has_version_id else baton._version_id(call, call.stored_columns) }},
    recorded_at,
    {{ 'source_hash' if call.has_source_hash else 'null' }}
from {{ call.store }}
{%- endif %}
{{- baton._refused_runs(call, 8, 'source_hashes') }}
{%- endmacro -%}


{#- The hash of a stored version's features as this version of baton makes it; a table without version_id has another one. -#}
{%- macro _stored_feature_hash(call) -%}
    {{ return('versions.feature_hash' if call.has_version_id else baton.row_hash(call.stored_features, call.stored_columns)) }}
{%- endmacro -%}
