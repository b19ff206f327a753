{#- The versions of a history: many rows per entity, each with its event time. -#}
{%- macro _history_versions(call) -%}
with source_rows as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ call.event_time }} as valid_from
        {%- for column in (call.features + call.ties) | unique if column not in call.entity %},
        {{ column }}
        {%- endfor %}
    from {{ call.source }}
    where
        {{ baton.none_is_null(call.entity + [call.event_time]) | indent(8) }}

),

-- the same as long as an entity's rows are the same
source_hashes as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ baton.rows_fingerprint(['valid_from'] + call.features + call.ties) }} as source_hash
    from source_rows
    group by {{ call.key_list }}

),

{% if call.is_incremental -%}
entities_with_news as (

    select
        {%- for key in call.entity %}
        coalesce(source_hashes.{{ key }}, stored.{{ key }}) as {{ key }},
        {%- endfor %}
        source_hashes.source_hash
    from source_hashes
    full outer join (
        select
            {{ (call.entity + (['source_hash'] if call.has_source_hash else [])) | join(',\n            ') }}
        from {{ call.store }} as versions
        where valid_to is null
    ) as stored
        on {{ baton.same_keys(call.entity, 'source_hashes', 'stored') | indent(8) }}
    {%- if call.has_source_hash %}
    where
        source_hashes.source_hash is null
        or stored.source_hash is null
        or source_hashes.source_hash <> stored.source_hash
    {%- endif %}

),

stored as (

    select
        {%- for key in call.entity %}
        versions.{{ key }},
        {%- endfor %}
        versions.valid_from,
        versions.feature_hash,
        versions.surrogate_key,
        versions.recorded_at
    from {{ call.store }} as versions
    inner join entities_with_news
        on {{ baton.same_keys(call.entity, 'versions', 'entities_with_news') | indent(8) }}

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
                {{ baton.row_hash(call.features) | indent(4) }} as feature_hash,
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
        {{ call.entity | join(',\n        ') }},
        {%- for feature in call.features %}
        {{ feature }},
        {%- endfor %}
        valid_from,
        lead(valid_from) over (partition by {{ call.key_list }} order by valid_from) as valid_to,
        feature_hash,
        {{ baton.surrogate_key(call.entity + ['valid_from']) }} as surrogate_key,
        source_hash
    from changes

)

select
    {%- for key in call.entity %}
    versions.{{ key }},
    {%- endfor %}
    {%- for feature in call.features %}
    versions.{{ feature }},
    {%- endfor %}
    versions.valid_from,
    versions.valid_to,
    versions.valid_to is null as is_current,
    versions.feature_hash,
    versions.surrogate_key,
    {{ 'coalesce(stored.recorded_at, ' ~ baton.run_start() ~ ')' if call.is_stored else baton.run_start() }} as recorded_at,
    versions.source_hash
from versions
{%- if call.is_stored %}
left join {{ 'stored' if call.is_incremental else call.store ~ ' as stored' }}
    on {{ baton.same_keys(call.entity + ['surrogate_key', 'feature_hash'], 'versions', 'stored') | indent }}
{%- endif %}
{%- if call.is_incremental %}

union all

-- versions that are no more: what takes the stored one's place holds at no moment, and is deleted then
select
    {%- for key in call.entity %}
    stored.{{ key }},
    {%- endfor %}
    {%- for feature in call.features %}
    null as {{ feature }},
    {%- endfor %}
    stored.valid_from,
    stored.valid_from as valid_to,
    false as is_current,
    stored.feature_hash,
    stored.surrogate_key,
    stored.recorded_at,
    null as source_hash
from stored
left join versions
    on {{ baton.same_keys(call.entity + ['surrogate_key'], 'stored', 'versions') | indent }}
where versions.surrogate_key is null
{%- endif %}
{%- endmacro -%}
