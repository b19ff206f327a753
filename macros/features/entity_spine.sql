{#
    Each entity at each moment of a regular grid, while it is active: the moments at which a model looks at its entities.
    The grid is half-open, `[start, end)`, and so is the time in which an entity is active.
#}
{%- macro entity_spine(entities, entity, start, end, every='1d', active_from=none, active_to=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'entities: relation, entity: names', entities, entity) -%}
    {%- do baton._expect_no_as_of(problems, entity) -%}
    {%- do baton.expect(
        problems, 'start: moment, end: moment, every: {duration: {allow_zero: false}}, active_from: name?, active_to: name?',
        start, end, every, active_from, active_to
    ) -%}
    {%- set columns = baton.expect_columns(problems, 'entities', entities, [entity, active_from, active_to]) -%}
    {%- do baton.raise_problems('entity_spine', problems) -%}

    {%- set bounds = baton.names_in([active_from, active_to]) -%}
    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {%- set start = baton.moment(start) -%}
    {%- set end = baton.moment(end) -%}

with baton_grid as (

    {{ baton.time_grid(start, end, baton.duration_seconds(every)) | indent }}

),

-- each entity once {{- ' for every time in which it was active' if bounds }}
baton_active as (

    select distinct
        {{ keys | join(',\n        ') }}
        {%- if active_from %},
        coalesce({{ baton.utc(active_from, columns, up=true) | indent(8) }}, {{ start }}) as baton_active_from
        {%- endif %}
        {%- if active_to %},
        coalesce({{ baton.utc(active_to, columns, up=true) | indent(8) }}, {{ end }}) as baton_active_to
        {%- endif %}
    from {{ baton.of_all_times(entities) }}
    where {{ baton.none_is_null(keys) | indent(8) }}

)

select{{ ' distinct' if bounds }}
    {%- for key in keys %}
    baton_active.{{ key }},
    {%- endfor %}
    baton_grid.as_of
from baton_active
{%- if bounds %}
inner join baton_grid
    on {% if active_from -%}
    baton_grid.as_of >= baton_active.baton_active_from
    {%- endif -%}
    {{ '\n    and ' if active_from and active_to }}
    {%- if active_to -%}
    baton_grid.as_of < baton_active.baton_active_to
    {%- endif %}
{%- else %}
cross join baton_grid
{%- endif %}

{%- endmacro -%}


{#- A spine adds the column as_of, so no key may have that name. -#}
{%- macro _expect_no_as_of(problems, entity) -%}
    {%- for name in baton.names_in(entity) if baton.unquoted(name) | lower == 'as_of' -%}
        {%- do problems.append("entity names %s, which the spine adds itself: rename the key" | format(baton._repr(name))) -%}
    {%- endfor -%}
{%- endmacro -%}
