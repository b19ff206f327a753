{#
    Each entity at each moment of a regular grid, while it is active: the moments at which a model looks at its entities.
    The grid is half-open, `[start, end)`, and so is the time in which an entity is active.
#}
{%- macro entity_spine(entities, entity, start, end, every='1d', active_from=none, active_to=none) -%}

    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'entities', entities) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_moment(problems, 'start', start) -%}
    {%- do baton.expect_moment(problems, 'end', end) -%}
    {%- do baton.expect_duration(problems, 'every', every) -%}
    {%- if baton.duration_seconds(every) == 0 -%}{%- do problems.append("every is " ~ baton._shown(every) ~ ", a step of no length") -%}{%- endif -%}
    {%- set activity = baton.as_list(active_from) + baton.as_list(active_to) -%}
    {%- if not problems -%}{%- do baton.expect_columns(problems, 'entities', entities, baton.as_list(entity) + activity) -%}{%- endif -%}
    {%- do baton.raise_problems('entity_spine', problems) -%}

    {%- set columns = baton.columns_of(entities) -%}
    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}

with time_grid as (

    {{ baton.time_grid(baton.moment(start), baton.moment(end), baton.duration_seconds(every)) }}

)

select distinct
    {%- for key in keys %}
    entities.{{ key }},
    {%- endfor %}
    time_grid.as_of
from {{ baton.aliased(entities, 'entities') }}
cross join time_grid
where
    {%- for key in keys %}
    entities.{{ key }} is not null{{ ' and' if not loop.last or active_from or active_to }}
    {%- endfor %}
    {%- if active_from %}
    {%- set begins = baton.utc(active_from, columns, 'entities') %}
    ({{ begins }} is null or time_grid.as_of >= {{ begins }}){{ ' and' if active_to }}
    {%- endif %}
    {%- if active_to %}
    {%- set ends = baton.utc(active_to, columns, 'entities') %}
    ({{ ends }} is null or time_grid.as_of < {{ ends }})
    {%- endif %}

{%- endmacro -%}
