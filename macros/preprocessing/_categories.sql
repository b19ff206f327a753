{#
    Categories: those of a call, and how often each occurs.
#}

{#- The categories of a call as the text that the column's values have. -#}
{%- macro _given_categories(unit) -%}
    {%- set texts = [] -%}
    {%- for value in unit.parameters.categories -%}
        {%- if value is none or value is string -%}
            {%- do texts.append(value) -%}
        {%- elif value is boolean -%}
            {%- do texts.append(value | string | lower) -%}
        {%- else -%}
            {%- do texts.append(baton.number_text(value)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro -%}


{#- The CTE of a column's categories with how often each occurs and its position: numbers by value, text by code point, NULL last. -#}
{%- macro _ranked_categories(stage, unit) -%}
    {%- set ranked -%}
select
    category,
    n,
    row_number() over (order by category is null, {{ baton._category_order('category', unit.kind) }}) - 1 as position
from (
    select {{ unit.value }} as category, count(*) as n
    from {{ stage.rows }} as input
    group by {{ unit.value }}
) as counted
    {%- endset -%}
    {{ return(baton._add_cte(stage, unit, 'categories', ranked)) }}
{%- endmacro -%}

{#- What the texts of values of a kind are sorted by. -#}
{%- macro _category_order(category, kind) -%}
    {%- if kind == 'integer' -%}
cast({{ category }} as decimal(38, 0))
    {%- elif kind in 'double decimal number'.split() -%}
{{ baton.as_double(category) }}
    {%- else -%}
{{ baton.by_code_point(category) }}
    {%- endif -%}
{%- endmacro -%}


{#- An expression that ends the query: the value is none of the known categories. -#}
{%- macro _unknown_category(unit, type) -%}
    {%- set message -%}
{{ baton.literal('%s: unknown category in column %s: ' | format(unit.step.name, unit.label)) }} || coalesce({{ unit.value }}, 'NULL')
    {%- endset -%}
{{ baton.fail(message, type) }}
{%- endmacro -%}

{#- A condition: the value is one of these categories. -#}
{%- macro _is_one_of(value, categories) -%}
    {%- set literals = [] -%}
    {%- for text in categories if text is not none -%}{%- do literals.append(baton.literal(text)) -%}{%- endfor -%}
    {%- if literals | length == 1 -%}
{{ value }} = {{ literals[0] }}
    {%- elif literals | length < 5 and literals -%}
{{ value }} in ({{ literals | join(', ') }})
    {%- elif literals -%}
{{ value }} in (
        {%- for line in literals | batch(5) %}
        {{ line | join(', ') }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    {%- elif not categories -%}
false
    {%- endif -%}
    {%- if none in categories -%}
{{ ' or ' if literals }}{{ value }} is null
    {%- endif -%}
{%- endmacro -%}
