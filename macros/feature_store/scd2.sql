{#
    The versions of each entity's features with the time in which each was true, [valid_from, valid_to): the body of an
    incremental model with the entity as its unique_key and the strategy delete+insert.

    Every run works out the versions from the whole history and then keeps only the entities whose versions differ from
    the table's. So late rows, corrections and repeated runs need no rule of their own: the table always equals a full
    rebuild, and a run without news writes nothing.
#}
{%- macro scd2(
    source, entity, features=none, event_time=none, created_at=none, tie_breaker=[], source_shape='history', hard_deletes='ignore'
) -%}

    {%- set call = baton._scd2_call(source, entity, features, event_time, created_at, tie_breaker, source_shape, hard_deletes) -%}

with history as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ call.event_time }} as valid_from,
        {%- for feature in call.features %}
        {{ feature }},
        {%- endfor %}
        {%- for column in call.tie_columns if column not in call.entity + call.features %}
        {{ column }},
        {%- endfor %}
        {{ baton.row_hash(call.features) }} as feature_hash
    from {{ source }}
    where
        {%- for key in call.entity %}
        {{ key }} is not null and
        {%- endfor %}
        {{ call.event_time }} is not null

),

-- of rows for one instant the last known one counts
observations as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ call.entity | join(', ') }}, valid_from
                order by {% for column in call.tie_columns %}{{ column }} desc nulls last, {% endfor %}feature_hash desc
            ) = 1 as baton_is_newest
        from history
    ) as ranked
    where baton_is_newest

),

-- a version begins where the features change
changes as (

    select *
    from (
        select
            *,
            lag(feature_hash) over (partition by {{ call.entity | join(', ') }} order by valid_from) as baton_previous_hash
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
        lead(valid_from) over (partition by {{ call.entity | join(', ') }} order by valid_from) as valid_to,
        feature_hash,
        {{ baton.surrogate_key(call.entity + ['valid_from']) }} as surrogate_key
    from changes

)
{%- if call.stored %},

stored as (

    select
        {{ call.entity | join(',\n        ') }},
        valid_from,
        valid_to,
        feature_hash,
        recorded_at
    from {{ this }}

),

first_records as (

    select
        {{ call.entity | join(',\n        ') }},
        valid_from,
        feature_hash,
        min(recorded_at) as recorded_at
    from stored
    group by {{ call.entity | join(', ') }}, valid_from, feature_hash

)
{%- endif %}
{%- if is_incremental() and call.stored %},

entities_with_news as (

    select distinct
        {%- for key in call.entity %}
        coalesce(versions.{{ key }}, stored.{{ key }}) as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    from versions
    full outer join stored
        on versions.valid_from = stored.valid_from
        {%- for key in call.entity %}
        and versions.{{ key }} = stored.{{ key }}
        {%- endfor %}
    where
        versions.valid_from is null
        or stored.valid_from is null
        or versions.feature_hash <> stored.feature_hash
        or versions.valid_to is distinct from stored.valid_to

)
{%- endif %}

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
    {%- if call.stored %}
    coalesce(first_records.recorded_at, {{ baton.run_start() }}) as recorded_at
    {%- else %}
    {{ baton.run_start() }} as recorded_at
    {%- endif %}
from versions
{%- if is_incremental() and call.stored %}
inner join entities_with_news
    on {% for key in call.entity %}versions.{{ key }} = entities_with_news.{{ key }}{{ '\n    and ' if not loop.last }}{% endfor %}
{%- endif %}
{%- if call.stored %}
left join first_records
    on versions.valid_from = first_records.valid_from
    and versions.feature_hash = first_records.feature_hash
    {%- for key in call.entity %}
    and versions.{{ key }} = first_records.{{ key }}
    {%- endfor %}
{%- endif %}

{%- endmacro -%}


{%- macro _scd2_call(source, entity, features, event_time, created_at, tie_breaker, source_shape, hard_deletes) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'source', source) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_names(problems, 'tie_breaker', tie_breaker, allow_empty=true) -%}
    {%- do baton.expect_choice(problems, 'source_shape', source_shape, ['history', 'snapshot']) -%}
    {%- do baton.expect_choice(problems, 'hard_deletes', hard_deletes, ['ignore', 'invalidate', 'new_record']) -%}
    {%- do baton.expect_built(problems, "source_shape 'snapshot'", source_shape != 'snapshot') -%}
    {%- if source_shape == 'history' -%}
        {%- do baton.expect_name(problems, 'event_time', event_time) -%}
        {%- if hard_deletes != 'ignore' -%}
            {%- do problems.append("hard_deletes is " ~ baton._shown(hard_deletes) ~ ", but a history has no deletes; it goes with source_shape 'snapshot'") -%}
        {%- endif -%}
    {%- endif -%}
    {%- if created_at is not none -%}{%- do baton.expect_name(problems, 'created_at', created_at) -%}{%- endif -%}
    {%- if features is not none -%}{%- do baton.expect_names(problems, 'features', features) -%}{%- endif -%}

    {%- set entity = baton.as_list(entity) -%}
    {%- set ties = baton.as_list(created_at) + baton.as_list(tie_breaker) -%}
    {%- set known = none -%}
    {%- if not problems -%}
        {%- do baton.expect_columns(problems, 'source', source, entity + baton.as_list(features) + baton.as_list(event_time) + ties) -%}
        {%- set known = baton.columns_of(source) -%}
    {%- endif -%}
    {%- if features is none and known -%}
        {%- set taken = (entity + ties + [event_time]) | map('lower') | list -%}
        {%- set features = [] -%}
        {%- for column in known if column.name | lower not in taken -%}{%- do features.append(column.name) -%}{%- endfor -%}
    {%- endif -%}
    {%- if execute and not problems -%}
        {%- if not features -%}
            {%- do problems.append("features is missing, and the columns of source can not be read: name them") -%}
        {%- endif -%}
        {%- for name in baton.as_list(features) if name in ['valid_from', 'valid_to', 'is_current', 'feature_hash', 'surrogate_key', 'recorded_at'] + entity -%}
            {%- do problems.append("features names '" ~ name ~ "', which scd2 adds itself or is a key") -%}
        {%- endfor -%}
        {%- for name in ties if name in ['valid_from', 'feature_hash'] -%}
            {%- do problems.append("tie_breaker names '" ~ name ~ "', which scd2 adds itself") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do baton.raise_problems('scd2', problems) -%}
    {{ return({
        'entity': baton.identifiers(entity),
        'features': baton.identifiers(baton.as_list(features)),
        'event_time': baton.utc(event_time, known),
        'tie_columns': baton.identifiers(ties),
        'stored': baton._stored_versions(entity, known),
    }) }}
{%- endmacro -%}


{#-
    Whether the model's table is there to be compared with. It is read in a full refresh too, so that a version keeps
    the moment at which it was first recorded.
#}
{%- macro _stored_versions(entity, source_columns) -%}
    {%- if not execute or model.config.materialized not in ['incremental', 'table'] -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set table = load_relation(this) -%}
    {%- if table is none or table.type == 'view' -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set columns = baton.columns_of(table) or [] -%}
    {%- for name in entity + ['valid_from', 'valid_to', 'feature_hash', 'recorded_at'] if not baton.find_column(columns, name) -%}
        {{ return(false) }}
    {%- endfor -%}
    {%- for name in entity if source_columns and not is_incremental() -%}
        {%- if baton.find_column(columns, name).dtype != baton.find_column(source_columns, name).dtype -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro -%}
