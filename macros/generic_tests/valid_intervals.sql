{#
    At any moment at most one version of an entity is valid, so the table can be joined by its intervals.

    An interval is [valid_from, valid_to), open where valid_to is NULL. Rows with a NULL key are left out, as no join finds them. A
    row fails once, with the first of its faults; empty intervals are not compared with others.
#}
{% test valid_intervals(model, entity, valid_from='valid_from', valid_to='valid_to', allow_gaps=true) -%}
    {%- set call = baton._valid_intervals_call(model, entity, valid_from, valid_to, allow_gaps) -%}
    {{ adapter.dispatch('test_valid_intervals', 'baton')(model, call) }}
{%- endtest %}


{%- macro default__test_valid_intervals(model, call) -%}
{%- set start, end = call.valid_from, call.valid_to -%}
with versions as (

    select
        {{ call.read | join(',\n        ') }}
    from {{ model }}
    {{ baton._where(baton._not_null(call.entity)) | indent }}

),

judged as (

    select
        {{ call.columns | join(',\n        ') }},
        coalesce({{ start }} < {{ end }}, {{ start }} is not null and {{ end }} is null) as baton_holds
    from versions

),

-- each version beside those before it, by start, then end
after_earlier as (

    select
        {{ call.columns | join(',\n        ') }},
        baton_holds,
        lag({{ start }}) over earlier_versions as baton_previous_start,
        max({{ end }}) over earlier_versions as baton_latest_end,
        max(case when {{ end }} is null then {{ start }} end) over earlier_versions as baton_open_since
    from judged
    window earlier_versions as (
        partition by {{ call.entity | join(', ') }}, baton_holds
        order by {{ start }}, {{ end }}
        rows between unbounded preceding and 1 preceding
    )

),

faults as (

    select
        {{ call.columns | join(',\n        ') }},
        case
            when {{ start }} is null
                then {{ baton.literal("%s is NULL, so no moment finds this version" | format(call.valid_from_name)) }}
            when not baton_holds
                then 'it ends no later than it begins, so it holds at no moment'
            when baton_previous_start = {{ start }}
                then 'another version begins at the same moment, so a join takes either of them or both'
            when baton_open_since is not null
                then 'the version from ' || {{ baton._value_in_words('baton_open_since') }} || ' is still open'
                || case when {{ end }} is null then ' as well' else '' end || ', so a join finds both'
            when baton_latest_end > {{ start }}
                then 'an earlier version is valid until ' || {{ baton._value_in_words('baton_latest_end') }} || ', so a join finds both'
            {%- if not call.allow_gaps %}
            when baton_latest_end < {{ start }}
                then 'no version is valid from ' || {{ baton._value_in_words('baton_latest_end') }} || ' until it begins'
            {%- endif %}
        end as baton_fault
    from after_earlier

)

{{ baton._failing_rows(call.row, call.row) }}

{%- endmacro -%}


{%- macro _valid_intervals_call(model, entity, valid_from, valid_to, allow_gaps) -%}
    {%- set problems = [] -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'valid_from', valid_from) -%}
    {%- do baton.expect_name(problems, 'valid_to', valid_to) -%}
    {%- do baton.expect_boolean(problems, 'allow_gaps', allow_gaps) -%}
    {%- set row = baton.as_list(entity) + [valid_from, valid_to] -%}
    {%- do baton._expect_tested_columns(problems, tested, row) -%}
    {%- do baton.raise_problems('valid_intervals', problems) -%}
    {{ return({
        'row': row,
        'columns': baton.identifiers(row),
        'entity': baton.identifiers(baton.as_list(entity)),
        'valid_from': baton.identifier(valid_from),
        'valid_from_name': valid_from,
        'valid_to': baton.identifier(valid_to),
        'allow_gaps': allow_gaps,
        'read': baton._tested_columns(row, [valid_from, valid_to], baton.columns_of(tested)),
    }) }}
{%- endmacro -%}
