{#
    One row per event, at its time: the moments of a model that is asked when something happens. Events of an entity at
    the same instant are one moment.
#}
{%- macro event_spine(events, entity, event_time, min_gap=none) -%}

    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'events', events) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'event_time', event_time) -%}
    {%- do baton.expect_built(problems, 'min_gap', min_gap is none) -%}
    {%- if not problems -%}{%- do baton.expect_columns(problems, 'events', events, baton.as_list(entity) + [event_time]) -%}{%- endif -%}
    {%- do baton.raise_problems('event_spine', problems) -%}

    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {%- set at = baton.utc(event_time, baton.columns_of(events)) -%}

select distinct
    {%- for key in keys %}
    {{ key }},
    {%- endfor %}
    {{ at }} as as_of
from {{ events }}
where
    {%- for key in keys %}
    {{ key }} is not null and
    {%- endfor %}
    {{ at }} is not null

{%- endmacro -%}
