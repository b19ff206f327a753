{#
    Every observation of the features once, with the moment at which the warehouse came to know it: the body of an
    incremental model that only ever appends, from which a training set can be made as it was at any moment.

    An observation that had been replaced at its instant and is there again is recorded again, so the newest record of an
    instant is always what the source last said. What is gone from the source stays.
#}
{%- macro feature_log(source, entity, event_time, features=none, created_at=none) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- set call = baton._feature_log_call(source, entity, event_time, features, created_at) -%}
    {{ baton._new_records(call) if call else baton.not_built_yet(source) }}

{%- endmacro -%}


{%- macro _new_records(call) -%}
    {%- set instant = call.entity + [call.event_time] -%}

with source_rows as (

    select
        {{ baton._read_all(call, call.entity) }},
        {{ call.event_time_column }},
        {%- for feature in call.features %}
        {{ baton._read(call, feature) | indent(8) }},
        {%- endfor %}
        {{ call.known_at }} as created_at
    from {{ call.source }}
    where
        {{ baton.none_is_null(call.entity + [call.happened_at]) | indent(8) }}

),

observations as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ instant | join(', ') }}, feature_hash
                order by created_at
            ) = 1 as baton_is_first
        from (
            select
                source_rows.*,
                {{ baton.row_hash(call.features, call.known) | indent(4) }} as feature_hash
            from source_rows
        ) as hashed
    ) as ranked
    where baton_is_first

)
{%- if call.is_stored %},

records as (

    select
        {{ (instant + ['feature_hash']) | join(',\n        ') }},
        max(created_at) as last_recorded_at
    from {{ this }}
    group by {{ (instant + ['feature_hash']) | join(', ') }}

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

-- instants of which the source no longer says what was last recorded
replaced as (

    select distinct
        {{ baton.qualified(instant + ['last_recorded_at'], 'newest_records') | join(',\n        ') }}
    from newest_records
    left join observations
        on {{ baton.same_keys(instant + ['feature_hash'], 'newest_records', 'observations') | indent(8) }}
    where observations.feature_hash is null

)
{%- endif %}

{% if call.keeps_records -%}
select
    {{ call.entity | join(',\n    ') }},
    {{ call.event_time }},
    {%- for feature in call.features %}
    {{ feature if feature in call.stored_features else 'null as ' ~ feature }},
    {%- endfor %}
    created_at,
    feature_hash
    {%- for column in call.former_columns %},
    {{ column.name }}
    {%- endfor %}
from {{ this }}

union all

{% endif -%}
select
    {{ baton.qualified(instant + call.features, 'observations') | join(',\n    ') }},
    {%- if call.is_stored %}
    -- later than what it replaces, also where another clock ran ahead of this run's
    case
        when replaced.last_recorded_at >= observations.created_at then {{ baton.add_microsecond('replaced.last_recorded_at') }}
        else observations.created_at
    end as created_at,
    {%- else %}
    observations.created_at,
    {%- endif %}
    observations.feature_hash
    {%- for column in call.former_columns %},
    {{ 'null' if call.keeps_records else 'cast(null as ' ~ column.data_type ~ ')' }} as {{ column.name }}
    {%- endfor %}
from observations
{%- if call.is_stored %}
left join records
    on {{ baton.same_keys(instant + ['feature_hash'], 'observations', 'records') | indent }}
left join replaced
    on {{ baton.same_keys(instant, 'observations', 'replaced') | indent }}
where
    records.feature_hash is null
    or replaced.{{ call.event_time }} is not null
{%- endif %}

{%- endmacro -%}


{%- macro _feature_log_call(source, entity, event_time, features, created_at) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'source', source) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'event_time', event_time) -%}
    {%- if features is not none -%}{%- do baton.expect_names(problems, 'features', features) -%}{%- endif -%}
    {%- if created_at is not none -%}{%- do baton.expect_name(problems, 'created_at', created_at) -%}{%- endif -%}
    {%- set is_readable = not problems -%}
    {%- do baton.expect_columns(problems, 'source', source, [entity, event_time, features, created_at]) -%}
    {%- set entity = baton.names_in(entity) -%}
    {%- set known, stored = none, none -%}
    {%- if is_readable -%}
        {%- if execute and model.config.materialized == 'incremental' and (model.config.unique_key or model.config.incremental_strategy not in [none, 'append']) -%}
            {%- do problems.append("the model has a unique_key or a strategy other than append, but a log only grows: give it incremental_strategy='append' alone") -%}
        {%- endif -%}
        {%- set known = baton.columns_of(source) -%}
    {%- endif -%}
    {%- set features = baton._features_among(known, features, entity + [event_time] + baton.as_list(created_at)) -%}
    {%- if not problems -%}
        {%- set stored = baton._stored_columns(
            problems, entity + [event_time, 'created_at', 'feature_hash'], entity, features, known, keeps_past=true
        ) -%}
    {%- endif -%}
    {%- if execute and not problems -%}
        {%- if not features and baton.should_be_built(source) -%}
            {%- do problems.append(baton._no_features(known)) -%}
        {%- endif -%}
        {%- do baton._expect_names_without_quotes(problems, entity + [event_time] + features) -%}
        {%- do baton._expect_keys_with_equality(problems, entity, known) -%}
        {%- do baton._expect_other_names(problems, 'feature_log', 'entity', entity, ['created_at', 'feature_hash']) -%}
        {%- do baton._expect_other_names(problems, 'feature_log', 'event_time', [event_time], ['created_at', 'feature_hash']) -%}
        {%- for name in features if name in ['created_at', 'feature_hash'] + entity + [event_time] -%}
            {%- do problems.append("features names '" ~ name ~ "', which " ~ ("feature_log adds itself" if name in ['created_at', 'feature_hash'] else "is a key or the time")) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do baton.raise_problems('feature_log', problems) -%}
    {%- if not features -%}{{ return(none) }}{%- endif -%}

    {%- set kept = baton._stored_spelling(baton._features_that_can_be_stored('feature_log', features, stored), stored) -%}
    {%- set read = baton._read_as_stored('feature_log', entity, kept, known, stored, keeps_past=true) -%}
    {{ return({
        'source': baton.of_all_times(source),
        'entity': baton.identifiers(entity),
        'known': read.columns,
        'read_as': read.sql,
        'event_time': baton.identifier(event_time),
        'event_time_column': baton.whole_time(baton.utc(event_time, known)) ~ ' as ' ~ baton.identifier(event_time),
        'happened_at': baton.utc(event_time, known),
        'features': baton.identifiers(kept),
        'stored_features': baton.identifiers(baton._found_names(kept, stored)),
        'former_columns': baton._former_columns(stored, entity + [event_time] + kept + ['created_at', 'feature_hash'], keeps_past=true),
        'known_at': baton._known_by_now(baton.utc(created_at, known)) if created_at and baton._is_first_load(stored) else baton.run_start(),
        'is_stored': stored is not none,
        'keeps_records': stored is not none and not is_incremental(),
    }) }}
{%- endmacro -%}


{#- Whether nothing is recorded yet; a table without rows is what `--empty` leaves behind. -#}
{%- macro _is_first_load(stored) -%}
    {{ return(stored is none or not run_query('select 1 from ' ~ this ~ ' limit 1').rows) }}
{%- endmacro -%}


{#- When a row came to be known, by its own word; a row that is there is known when the run begins, whatever it says. -#}
{%- macro _known_by_now(created_at) -%}
    {{ return("case when " ~ created_at ~ " < " ~ baton.run_start() ~ " then " ~ created_at ~ " else " ~ baton.run_start() ~ " end") }}
{%- endmacro -%}
