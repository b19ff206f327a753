{#
    Data is not older than `max_age`: the newest row of a table at the run's start (or at the moment `at`), the newest row of each
    entity, or, with `as_of`, each row's feature time at its own moment.

    A missing time is not fresh, nor is a table without rows. An age of exactly `max_age` is fresh.
#}
{% test features_are_fresh(model, event_time, max_age, at=none, entity=none, as_of=none, tolerated_share=0) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'event_time: name, max_age: duration, at: moment?, entity: names?, as_of: name?', event_time, max_age, at, entity, as_of
    ) -%}
    {%- if at is not none and as_of is not none -%}
        {%- do problems.append("at and as_of are both given: expected one: a time for the table, or a column with a time for each row") -%}
    {%- endif -%}
    {%- if tolerated_share is not number or tolerated_share is boolean or not 0 <= tolerated_share < 1 -%}
        {%- do problems.append("tolerated_share is %s, expected a number from 0 to less than 1" | format(baton._repr(tolerated_share))) -%}
    {%- elif tolerated_share > 0 and entity is none and as_of is none -%}
        {%- do problems.append("tolerated_share is %s, but the test has a single row; give entity or as_of as well" | format(tolerated_share)) -%}
    {%- endif -%}
    {%- set row = baton.as_list(entity) + baton.as_list(as_of) -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set known = baton._expect_tested_columns(problems, tested, row + [event_time]) -%}
    {%- do baton.raise_problems('features_are_fresh', problems) -%}

    {%- set keys, happened = baton.identifiers(baton.as_list(entity)), baton.identifier(event_time) -%}
    {%- set happened_utc = baton.utc(event_time, known) -%}
    {%- set moment = baton.identifier(as_of) if as_of else baton.run_start() if at is none else baton.moment(at) -%}
    {%- set is_literal = modules.re.match("^timestamp '[^']*'$", moment) -%}

{%- set fault -%}
case
    when {{ happened }} is null then {{ baton.literal("there is no %s %s " | format(event_time, 'at' if as_of else 'up to')) }}
    {%- if as_of %}
    when {{ moment }} is null then {{ baton.literal("%s has no age without " | format(event_time)) }}
    {%- endif %}
    else {{ baton.literal("%s is " | format(event_time)) }} || {{ baton._value_in_words(happened) }}
        || {{ baton.literal(", more than %s before " | format(max_age)) }}
end
|| {{ baton.literal(as_of) if as_of else moment[10:] if is_literal else baton._value_in_words(moment) }}
{%- endset -%}
{% if as_of -%}
with tested_rows as (

    select
        {{ baton._tested_columns(row + [event_time], [event_time, as_of or event_time], known) | join(',\n        ') }}
    from {{ model }}

),
{%- else -%}
-- rows after that moment do not count
with tested_rows as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        max(case when {{ happened_utc }} <= {{ moment }} then {{ happened_utc }} end) as {{ happened }}
    from {{ model }}
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),
{%- endif %}

judged as (

    select
        {{ baton.identifiers(row + [event_time]) | unique | join(',\n        ') }},
        coalesce({{ happened }} < {{ baton.add_seconds(moment, -baton.duration_seconds(max_age)) }}, true) as baton_is_stale
    from tested_rows

){{ ',' if row }}

{% if not row -%}
select
    {{ fault | indent }} as message,
    {{ baton._concerned_columns([event_time]) | join }}
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
            {{ baton._row_in_words(row) | indent(8) }}
            || ': '
            || {{ fault | indent(12) }}
            || ' (so are ' || {{ baton.as_text('totals.baton_stale_rows') }} || ' of ' || {{ baton.as_text('totals.baton_rows') }}
            || {{ baton.literal(" %s, a share of %s is tolerated)" | format('rows' if as_of else 'entities', tolerated_share)) }}
    end as message,
    {{ baton._concerned_columns(row + [event_time]) | join(',\n    ') }}
from totals
left join judged
    on judged.baton_is_stale
where
    totals.baton_rows = 0
    {%- if tolerated_share %}
    or totals.baton_stale_rows > {{ tolerated_share }} * totals.baton_rows
    {%- else %}
    or totals.baton_stale_rows > 0
    {%- endif %}
{%- endif %}
{%- if flags.EMPTY %}
-- with --empty no row is read, so none is old
limit 0
{%- endif %}

{%- endtest %}
