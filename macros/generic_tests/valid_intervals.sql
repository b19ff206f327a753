{#
    At any moment at most one version of an entity is valid, so the table can be joined by its intervals.

    An interval is [valid_from, valid_to), open where valid_to is NULL. Rows with a NULL key are left out, as no join finds them. A
    row fails once, with the first of its faults; empty intervals are not compared with others.
#}
{% test valid_intervals(model, entity, valid_from='valid_from', valid_to='valid_to', allow_gaps=true) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
{%- call baton.with_named_windows() -%}

    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'entity: names, valid_from: name, valid_to: name, allow_gaps: boolean', entity, valid_from, valid_to, allow_gaps
    ) -%}
    {%- set row = baton.as_list(entity) + [valid_from, valid_to] -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set known = baton._expect_tested_columns(problems, tested, row) -%}
    {%- do baton.raise_problems('valid_intervals', problems) -%}
    {%- set columns = baton.identifiers(row) -%}
    {%- set keys, start, end = columns[:-2], columns[-2], columns[-1] -%}
    {%- set select_list = columns | join(',\n        ') -%}

with versions as (

    select
        {{ baton._tested_columns(row, [valid_from, valid_to], known) | join(',\n        ') }}
    from {{ model }}
    {{ baton._where(baton._not_null(keys)) | indent }}

),

judged as (

    select
        {{ select_list }},
        coalesce({{ start }} < {{ end }}, {{ start }} is not null and {{ end }} is null) as baton_holds
    from versions

),

-- each version beside those before it, by start, then end
after_earlier as (

    select
        {{ select_list }},
        baton_holds,
        max({{ start }}) over earlier_versions as baton_previous_start,
        max({{ end }}) over earlier_versions as baton_latest_end,
        max(case when {{ end }} is null then {{ start }} end) over earlier_versions as baton_open_since
    from judged
    window earlier_versions as (
        partition by {{ keys | join(', ') }}, baton_holds
        order by {{ start }}, {{ end }}
        rows between unbounded preceding and 1 preceding
    )

),

faults as (

    select
        {{ select_list }},
        case
            when {{ start }} is null
                then {{ baton.literal("%s is NULL, so no moment finds this version" | format(valid_from)) }}
            when not baton_holds
                then 'it ends no later than it begins, so it holds at no moment'
            when baton_previous_start = {{ start }}
                then 'another version begins at the same moment, so a join takes either of them or both'
            when baton_open_since is not null
                then 'the version from ' || {{ baton._value_in_words('baton_open_since') }} || ' is still open'
                || case when {{ end }} is null then ' as well' else '' end || ', so a join finds both'
            when baton_latest_end > {{ start }}
                then 'an earlier version is valid until ' || {{ baton._value_in_words('baton_latest_end') }} || ', so a join finds both'
            {%- if not allow_gaps %}
            when baton_latest_end < {{ start }}
                then 'no version is valid from ' || {{ baton._value_in_words('baton_latest_end') }} || ' until it begins'
            {%- endif %}
        end as baton_fault
    from after_earlier

)

{{ baton._failing_rows(row, row) }}
{%- endcall -%}
{%- endtest %}
