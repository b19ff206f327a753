{#
    One row per event, at its time: the moments of a model that is asked when something happens. Events of an entity at
    the same instant are one moment.

    With `min_gap` an entity's first moment counts, and then the next one that is at least that much later, again and
    again. Each moment is linked to the one that would count after it, and only the links are followed one by one.
#}
{%- macro event_spine(events, entity, event_time, min_gap=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'events: relation, entity: names', events, entity) -%}
    {%- do baton._expect_no_as_of(problems, entity) -%}
    {%- do baton.expect_name(problems, 'event_time', event_time) -%}
    {%- if min_gap is not none -%}
        {%- do baton.expect_all_times(problems, 'events', events, "min_gap counts from an entity's first event") -%}
        {%- do baton.expect_duration(problems, 'min_gap', min_gap, allow_zero=false) -%}
    {%- endif -%}
    {%- set columns = baton.expect_columns(problems, 'events', events, [entity, event_time]) -%}
    {%- do baton.raise_problems('event_spine', problems) -%}

    {%- if columns and baton.is_finer(event_time, columns) -%}
        {%- do exceptions.warn(
            "baton.event_spine cuts the nanoseconds off %s in model '%s', so an event can come after its own as_of and" | format(event_time, model.name)
            ~ " into the window of its own label: cast it to microseconds in the events that labels reads too"
        ) -%}
    {%- endif -%}

    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {%- set at = baton.utc(event_time, columns) -%}

    {%- set moments -%}
select distinct
    {%- for key in keys %}
    {{ key }},
    {%- endfor %}
    {{ at | indent }} as as_of
from {{ events }}
where
    {%- for key in keys %}
    {{ key }} is not null and
    {%- endfor %}
    {{ baton.identifier(event_time) }} is not null
    {%- endset -%}

{%- if min_gap is none -%}

{{ moments }}

{%- else -%}

{{ baton.with_recursive() }} baton_moments as (

    {{ moments | indent }}

),

-- each moment, and the first that is at least {{ min_gap }} later: the next to count if this one counts
baton_links as (

    select
        {{ keys | join(',\n        ') }},
        as_of,
        row_number() over (partition by {{ keys | join(', ') }} order by as_of) as baton_position,
        1 + count(*) over (
            partition by {{ keys | join(', ') }}
            order by {{ baton.frame_order('as_of') }}
            range between unbounded preceding
            and {{ baton.just_under(baton.duration_seconds(min_gap)) }} following
        ) as baton_next
    from baton_moments

),

{{ baton._followed_links('baton_links', keys) }}

select
    {{ keys | join(',\n    ') }},
    as_of
from baton_followed

{%- endif -%}

{%- endmacro -%}
