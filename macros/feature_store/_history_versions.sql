{#- The versions of a history: many rows per entity, each with its event time. -#}
{%- macro _history_versions(call) -%}
{%- set own, hashes = call.entity + call.features + ['valid_from', 'valid_to'], 'feature_hash surrogate_key version_id'.split() -%}
with source_rows as (

    select
        {{ baton._source_columns(call.read_as, call.entity) | indent(8) }},
        {{ call.event_time }} as valid_from
        {%- for column in (call.features + call.ties) | unique if column not in call.entity %},
        {{ baton._source_columns(call.read_as, [column]) | indent(8) }}
        {%- endfor %}
    from {{ call.source }}
    where
        {{ baton.none_is_null(call.entity + [call.event_time]) | indent(8) }}

),

-- changes when any source row of the entity does
source_hashes as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ baton.rows_fingerprint(['valid_from'] + call.features + call.ties, call.known) | indent(8) }} as source_hash
    from source_rows
    group by {{ call.key_list }}

),

{% if call.is_incremental -%}
{{ baton._history_news(call) }}

{% endif -%}
{% if call.is_stored -%}
stored as (

    select
        {{ baton.qualified(call.entity, 'versions') | join(',\n        ') }},
        versions.valid_from,
        {%- if call.has_version_id %}
        versions.feature_hash,
        {%- else %}
        -- the hash as this version of baton makes it
        {{ baton.row_hash(call.stored_features, call.stored_columns) | indent(8) }} as feature_hash,
        {%- endif %}
        versions.surrogate_key,
        {{ 'versions.version_id' if call.has_version_id else 'null as version_id' }},
        versions.recorded_at
    from {{ call.store }} as versions
    {%- if call.is_incremental %}
    inner join entities_with_news
        on {{ baton.same_keys(call.entity, 'versions', 'entities_with_news') | indent(8) }}
    {%- endif %}

),

-- duplicates of a version share the moment at which it was first recorded
records as (

    select
        {{ (call.entity + ['valid_from', 'feature_hash']) | join(',\n        ') }},
        min(recorded_at) as recorded_at
    from stored
    group by {{ (call.entity + ['valid_from', 'feature_hash']) | join(', ') }}

),

{% endif -%}
hashed_rows as (

    select
        source_rows.*,
        {{ baton.row_hash(call.features, call.known) | indent(8) }} as feature_hash,
        hashes.source_hash
    from source_rows
    inner join {{ 'entities_with_news' if call.is_incremental else 'source_hashes' }} as hashes
        on {{ baton.same_keys(call.entity, 'source_rows', 'hashes') | indent(8) }}

),

{% if call.newest_first -%}
-- of several rows for one instant the last received one counts
{%- else -%}
-- of several rows for one instant the one with the greatest features counts
{%- endif %}
observations as (

    {{ baton.deduplicated(
        call.entity + ['valid_from'] + call.features + ['feature_hash', 'source_hash'],
        'from hashed_rows', call.entity + ['valid_from'],
        call.newest_first + baton.greatest_first(call.features, call.known)
    ) | indent }}

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
        {{ (call.entity + call.features) | join(',\n        ') }},
        valid_from,
        lead(valid_from) over (partition by {{ call.key_list }} order by valid_from) as valid_to,
        feature_hash,
        {{ baton.surrogate_key(call.entity + ['valid_from']) | indent(8) }} as surrogate_key,
        {{ baton._version_id(call, call.known) | indent(8) }} as version_id,
        source_hash
    from changes

)

select
    {{ (baton.qualified(own, 'versions') if call.is_stored else own) | join(',\n    ') }},
    {{ 'versions.' if call.is_stored }}valid_to is null as is_current,
    {{ (baton.qualified(hashes, 'versions') if call.is_stored else hashes) | join(',\n    ') }},
    {%- if call.is_stored %}
    coalesce(records.recorded_at, {{ baton.run_start() }}) as recorded_at,
    {%- else %}
    {{ baton.run_start() }} as recorded_at,
    {%- endif %}
    source_hash
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

{{ baton._history_tombstones(call) }}
{%- elif call.is_stored and flags.EMPTY %}

union all

{{ baton._history_as_stored(call) }}
{%- endif %}
{{- baton._refused_runs(call, 'source_hashes') }}
{%- endmacro -%}


{#- The CTEs of the entities whose versions an incremental run computes anew. -#}
{%- macro _history_news(call) -%}
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

    {{ baton.union_distinct() }}

    select
        {{ baton.qualified(call.entity + ['source_hash'], 'source_hashes') | join(',\n        ') }}
    from source_hashes
    inner join (
        {{ baton._entities_to_be_mended(call, 'source_hashes') | indent(8) }}
    ) as mended
        on {{ baton.same_keys(call.entity, 'source_hashes', 'mended') | indent(8) }}

),
{%- endmacro -%}


{#- Tombstones: empty intervals that delete a stored version; the post-hook removes them. -#}
{%- macro _history_tombstones(call) -%}
-- tombstones: empty intervals in place of versions that no longer exist; the post-hook of scd2 deletes them
select
    {{ baton.qualified(call.entity, 'stored') | join(',\n    ') }},
    {%- for feature in call.features %}
    {{ baton._null_like(baton.find_column(call.typed, feature)) }},
    {%- endfor %}
    stored.valid_from,
    stored.valid_from,
    false,
    stored.feature_hash,
    stored.surrogate_key,
    stored.version_id,
    stored.recorded_at,
    null
    {%- for column in call.former_columns %},
    {{ baton._null_like(column) }}
    {%- endfor %}
from stored
left join versions
    on {{ baton.same_keys(call.entity + [call.written_by], 'stored', 'versions') | indent }}
where versions.{{ call.written_by }} is null
{%- endmacro -%}


{%- macro _history_as_stored(call) -%}
-- with --empty the source reads as empty, so the recorded versions stay as they are
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
    {{ 'version_id' if call.has_version_id else baton._version_id(call, call.stored_columns) | indent }},
    recorded_at,
    {{ 'source_hash' if call.has_source_hash else 'null' }}
from {{ call.store }}
{%- endmacro -%}
