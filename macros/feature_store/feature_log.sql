{#
    Every observation of the features once, with the moment at which the warehouse received it: the body of an incremental model
    that only appends, from which a training set can be rebuilt as of any moment.

    An observation that was replaced and then comes back is recorded again, so the newest record of an instant is what the source
    says now. Rows removed from the source stay.
#}
{%- macro feature_log(source, entity, event_time, features=none, created_at=none) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'source: relation, entity: names, event_time: name, features: names?, created_at: name?',
        source, entity, event_time, features, created_at
    ) -%}
    {%- set is_readable = not problems -%}
    {%- set columns = baton.expect_columns(problems, 'source', source, [entity, event_time, features, created_at]) -%}
    {%- set entity = baton.names_in(entity) -%}
    {%- set own = ['created_at', 'feature_hash'] -%}
    {%- set known, stored = none, none -%}
    {%- if is_readable -%}
        {%- do baton.expect_kept_table(problems) -%}
        {%- set is_append = not model.config.unique_key and model.config.incremental_strategy in [none, 'append'] -%}
        {%- if model.config.materialized == 'incremental' and not is_append -%}
            {%- do problems.append(
                "the model has a unique_key or a strategy other than append, but a log is append-only: configure only incremental_strategy='append'"
            ) -%}
        {%- endif -%}
        {%- set known = columns -%}
    {%- endif -%}
    {%- set features = baton._store_features(known, features, entity + [event_time] + baton.as_list(created_at)) -%}
    {%- if not problems -%}
        {%- set stored = baton._stored_columns(problems, entity + [event_time] + own, entity, features, known, keeps_past=true) -%}
    {%- endif -%}
    {%- if not problems -%}
        {%- do baton._expect_store_features(problems, source, features, known) -%}
        {%- do baton._expect_no_quotes_in_names(problems, entity + [event_time] + features) -%}
        {%- do baton._expect_comparable_keys(problems, entity, known) -%}
        {%- do baton._expect_no_store_columns(problems, 'feature_log', 'entity', entity, own) -%}
        {%- do baton._expect_no_store_columns(problems, 'feature_log', 'event_time', [event_time], own) -%}
        {%- for name in features if name in own + entity + [event_time] -%}
            {%- do problems.append("features names '%s', which %s" | format(
                name, "feature_log adds itself" if name in own else "is a key or the time"
            )) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do baton.raise_problems('feature_log', problems) -%}
    {%- if not features -%}
        {{ return(baton.not_built_yet(source)) }}
    {%- endif -%}

    {%- set features = baton._written_features('feature_log', features, stored) -%}
    {%- set read = baton._read_as_stored('feature_log', entity, features, known, stored, keeps_past=true) -%}
    {#- a table without rows is what --empty leaves behind -#}
    {%- set is_first_load = stored is none or not run_query('select 1 from %s limit 1' | format(this)).rows -%}
    {%- set is_stored, keeps_records = stored is not none, stored is not none and not is_incremental() -%}
    {%- set happened_at = baton.utc(event_time, known) -%}
    {%- set known_at = baton.utc(created_at, known) if created_at and is_first_load else none -%}
    {%- set former_columns = baton._former_columns(stored, entity + [event_time] + features + own, keeps_past=true) -%}
    {%- set stored_features = baton.identifiers(baton._names_in_table(features, stored)) -%}
    {%- set keys, at, features = baton.identifiers(entity), baton.identifier(event_time), baton.identifiers(features) -%}
    {%- set instant = keys + [at] -%}
    {%- set observation, columns = instant + ['feature_hash'], instant + features -%}

with source_rows as (

    select
        {{ baton._source_columns(read.sql, keys) | indent(8) }},
        {{ baton.named(baton.whole_time(happened_at), at) }},
        {{ baton._source_columns(read.sql, features) | indent(8) }},
        {%- if known_at %}
        -- created_at of a row that exists now is at most the start of the run; not `least`, which is NULL beside a NULL on some engines
        case when {{ known_at }} < {{ baton.run_start() }} then {{ known_at }} else {{ baton.run_start() }} end as created_at
        {%- else %}
        {{ baton.run_start() }} as created_at
        {%- endif %}
    from {{ baton.of_all_times(source) }}
    where
        {{ baton.none_is_null(keys + [happened_at]) | indent(8) }}

),

hashed_rows as (

    select
        *,
        {{ baton.row_hash(features, read.columns) | indent(8) }} as feature_hash
    from source_rows

),

-- each observation once, with its earliest created_at
observations as (

    {{ baton.deduplicated(
        instant + features + ['created_at', 'feature_hash'], 'from hashed_rows', observation, ['created_at']
    ) | indent }}

)
{%- if is_stored %},

records as (

    select
        {{ observation | join(',\n        ') }},
        max(created_at) as last_recorded_at
    from {{ this }}
    group by {{ observation | join(', ') }}

),

newest_records as (

    select *
    from (
        select
            *,
            rank() over (
                partition by {{ instant | join(', ') }}
                order by last_recorded_at desc
            ) = 1 as is_newest
        from records
    ) as ranked
    where is_newest

),

-- instants whose last recorded observation is no longer in the source
replaced as (

    select distinct
        {{ baton.qualified(instant + ['last_recorded_at'], 'newest_records') | join(',\n        ') }}
    from newest_records
    left join observations
        on {{ baton.same_keys(observation, 'newest_records', 'observations') | indent(8) }}
    where observations.feature_hash is null

)
{%- endif %}

{% if keeps_records -%}
select
    {{ instant | join(',\n    ') }},
    {%- for feature in features %}
    {% if feature in stored_features %}{{ feature }}{% else %}null as {{ feature }}{% endif %},
    {%- endfor %}
    created_at,
    feature_hash
    {%- for column in former_columns %},
    {{ column.name }}
    {%- endfor %}
from {{ this }}

union all

{% endif -%}
select
    {{ (baton.qualified(columns, 'observations') if is_stored else columns) | join(',\n    ') }},
    {%- if is_stored %}
    -- later than the record that it replaces, even if another clock was ahead of this run's
    case
        when replaced.last_recorded_at >= observations.created_at then {{ baton.add_microsecond('replaced.last_recorded_at') }}
        else observations.created_at
    end as created_at,
    observations.feature_hash
    {%- else %}
    created_at,
    feature_hash
    {%- endif %}
    {%- for column in former_columns %},
    {% if keeps_records %}null{% else %}cast(null as {{ column.data_type }}){% endif %} as {{ column.name }}
    {%- endfor %}
from observations
{%- if is_stored %}
left join records
    on {{ baton.same_keys(observation, 'observations', 'records') | indent }}
left join replaced
    on {{ baton.same_keys(instant, 'observations', 'replaced') | indent }}
where
    records.feature_hash is null
    or replaced.{{ at }} is not null
{%- endif %}

{%- endmacro -%}
