{#
    Each model of a prediction log has predicted not longer than `max_age` ago: its newest `as_of` up to the start of the run, or to
    `at`. A model without a prediction is not fresh, nor is a log without rows. An age of exactly `max_age` is fresh.
#}
{% test predictions_are_fresh(model, max_age, at=none, time='as_of', model_name=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'max_age: duration, at: moment?, time: name', max_age, at, time) -%}
    {%- set model_names = baton.as_list(model_name) -%}
    {%- if model_name is not none and not model_names -%}
        {%- do problems.append("model_name is %s, expected the name of a model or a list of names" | format(baton._repr(model_name))) -%}
    {%- endif -%}
    {%- for name in model_names -%}{%- do baton.expect_text(problems, 'model_name', name) -%}{%- endfor -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set known = baton._expect_tested_columns(problems, tested, ['model_name', time]) -%}
    {%- do baton.raise_problems('predictions_are_fresh', problems) -%}

    {%- set time_sql = baton.utc(time, known) -%}
    {%- set moment = baton.run_start() if at is none else baton.moment(at) -%}
    {%- set is_literal = modules.re.match("^timestamp '[^']*'$", moment) -%}
    {%- set shown = moment[10:] if is_literal else baton._value_in_words(moment) -%}
    {%- set what_to_do = '; run the scoring, or see why it logs nothing new' -%}

with models as (
    {%- for name in model_names %}

    select cast({{ baton.literal(name) }} as {{ baton.type_text() }}) as model_name
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- else %}

    select distinct model_name
    from {{ model }}
    {%- endfor %}

),

-- predictions for times after that moment do not count
newest as (

    select
        model_name,
        max(case when {{ time_sql }} <= {{ moment }} then {{ time_sql }} end) as newest_prediction
    from {{ model }}
    group by model_name

),

faults as (

    select
        models.model_name,
        newest.newest_prediction as baton_newest_prediction,
        case
            when newest.newest_prediction is null
                then {{ baton.literal('it has no prediction up to ') }} || {{ shown }} || {{ baton.literal(what_to_do) }}
            when newest.newest_prediction < {{ baton.add_seconds(moment, -baton.duration_seconds(max_age)) }}
                then {{ baton.literal('its newest %s is ' | format(time)) }} || {{ baton._value_in_words('newest.newest_prediction') }}
                || {{ baton.literal(', more than %s before ' | format(max_age)) }} || {{ shown }} || {{ baton.literal(what_to_do) }}
        end as baton_fault
    from models
    left join newest
        on models.model_name = newest.model_name
    {%- if not model_names %}

    union all

    select
        cast(null as {{ baton.type_text() }}),
        cast(null as timestamp),
        {{ baton.literal('there is no prediction, so nothing is fresh%s' | format(what_to_do)) }}
    from (select count(*) as n from models) as counted
    where n = 0
    {%- endif %}

)

{{ baton._failing_rows(['model_name'], ['model_name'], worked_out=['newest_prediction']) }}
{%- if flags.EMPTY %}
-- with --empty no row is read
limit 0
{%- endif %}

{%- endtest %}
