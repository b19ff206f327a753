{#
    Data is not older than `max_age`: the newest row of a table at the run's start (or at the moment `at`), the newest row of each
    entity, or, with `as_of`, each row's feature time at its own moment.

    A missing time is not fresh, nor is a table without rows. An age of exactly `max_age` is fresh.
#}
{% test features_are_fresh(model, event_time, max_age, at=none, entity=none, as_of=none, tolerated_share=0) -%}
    {%- set call = baton._features_are_fresh_call(model, event_time, max_age, at, entity, as_of, tolerated_share) -%}
    {{ adapter.dispatch('test_features_are_fresh', 'baton')(model, call) }}
{%- endtest %}


{%- macro default__test_features_are_fresh(model, call) -%}
{%- set happened = call.happened -%}
{%- set fault -%}
case
    when {{ happened }} is null then {{ baton.literal("there is no %s %s " | format(call.event_time_name, 'at' if call.as_of else 'up to')) }}
    {%- if call.as_of %}
    when {{ call.moment }} is null then {{ baton.literal("%s has no age without " | format(call.event_time_name)) }}
    {%- endif %}
    else {{ baton.literal("%s is " | format(call.event_time_name)) }} || {{ baton._value_in_words(happened) }}
        || {{ baton.literal(", more than %s before " | format(call.max_age)) }}
end
|| {{ call.moment_in_words }}
{%- endset -%}
{% if call.as_of -%}
with tested_rows as (

    select
        {{ call.read | join(',\n        ') }}
    from {{ model }}

),
{%- else -%}
-- rows after that moment do not count
with tested_rows as (

    select
        {%- for key in call.entity %}
        {{ key }},
        {%- endfor %}
        max(case when {{ call.event_time }} <= {{ call.moment }} then {{ call.event_time }} end) as {{ happened }}
    from {{ model }}
    {%- if call.entity %}
    group by {{ call.entity | join(', ') }}
    {%- endif %}

),
{%- endif %}

judged as (

    select
        {{ call.columns | join(',\n        ') }},
        coalesce({{ happened }} < {{ call.oldest }}, true) as baton_is_stale
    from tested_rows

){{ ',' if call.row }}

{% if not call.row -%}
select
    {{ fault | indent }} as message,
    {{ baton._concerned_columns([call.event_time_name]) | join }}
from judged
where baton_is_stale
{%- else -%}
totals as (

    select
        count(*) as baton_rows,
        sum(case when baton_is_stale then 1 else 0 end) as baton_stale_rows
    from judged

)

select
    case
        when totals.baton_rows = 0
            then 'there is no row, so nothing is fresh'
        else
            {{ baton._row_in_words(call.row) | indent(8) }}
            || ': '
            || {{ fault | indent(12) }}
            || ' (so are ' || {{ baton.as_text('totals.baton_stale_rows') }} || ' of ' || {{ baton.as_text('totals.baton_rows') }}
            || {{ baton.literal(" %s, a share of %s is tolerated)" | format('rows' if call.as_of else 'entities', call.tolerated_share)) }}
    end as message,
    {{ baton._concerned_columns(call.row + [call.event_time_name]) | join(',\n    ') }}
from totals
left join judged
    on judged.baton_is_stale
where
    totals.baton_rows = 0
    {%- if call.tolerated_share %}
    or totals.baton_stale_rows > {{ call.tolerated_share }} * totals.baton_rows
    {%- else %}
    or totals.baton_stale_rows > 0
    {%- endif %}
{%- endif %}
{%- if flags.EMPTY %}
-- with --empty no row is read, so none is old
limit 0
{%- endif %}

{%- endmacro -%}


{%- macro _features_are_fresh_call(model, event_time, max_age, at, entity, as_of, tolerated_share) -%}
    {%- set problems = [] -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- do baton.expect_name(problems, 'event_time', event_time) -%}
    {%- do baton.expect_duration(problems, 'max_age', max_age) -%}
    {%- if at is not none -%}{%- do baton.expect_moment(problems, 'at', at) -%}{%- endif -%}
    {%- if entity is not none -%}{%- do baton.expect_names(problems, 'entity', entity) -%}{%- endif -%}
    {%- if as_of is not none -%}{%- do baton.expect_name(problems, 'as_of', as_of) -%}{%- endif -%}
    {%- if at is not none and as_of is not none -%}
        {%- do problems.append("at and as_of are both given: expected one: a time for the table, or a column with a time for each row") -%}
    {%- endif -%}
    {%- if tolerated_share is not number or tolerated_share is boolean or tolerated_share < 0 or tolerated_share >= 1 -%}
        {%- do problems.append("tolerated_share is %s, expected a number from 0 to less than 1" | format(baton._repr(tolerated_share))) -%}
    {%- elif tolerated_share > 0 and entity is none and as_of is none -%}
        {%- do problems.append("tolerated_share is %s, but the test has a single row; give entity or as_of as well" | format(tolerated_share)) -%}
    {%- endif -%}
    {%- set row = baton.as_list(entity) + baton.as_list(as_of) -%}
    {%- do baton._expect_tested_columns(problems, tested, row + [event_time]) -%}
    {%- do baton.raise_problems('features_are_fresh', problems) -%}

    {%- set known = baton.columns_of(tested) -%}
    {%- set moment = baton.identifier(as_of) if as_of else baton.run_start() if at is none else baton.moment(at) -%}
    {{ return({
        'row': row,
        'columns': baton.identifiers(row + [event_time]) | unique | list,
        'entity': baton.identifiers(baton.as_list(entity)),
        'as_of': as_of,
        'event_time_name': event_time,
        'event_time': baton.utc(event_time, known),
        'happened': baton.identifier(event_time),
        'read': baton._tested_columns(row + [event_time], [event_time, as_of or event_time], known),
        'max_age': max_age,
        'tolerated_share': tolerated_share,
        'moment': moment,
        'moment_in_words': baton.literal(as_of) if as_of else baton._moment_in_words(moment),
        'oldest': baton.add_seconds(moment, -baton.duration_seconds(max_age)),
    }) }}
{%- endmacro -%}
