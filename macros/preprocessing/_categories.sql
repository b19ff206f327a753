{#
    Categories: those of a call, and how often each occurs.
#}

{#- The parameters of an encoder that may be told its categories. -#}
{%- macro _category_parameters() -%}
    {{ return({
        'categories': {'default': 'auto', 'takes': 'lists'},
        'min_frequency': {'default': none, 'takes': 'frequency', 'or_none': true},
        'max_categories': {'default': none, 'takes': 'count', 'or_none': true},
    }) }}
{%- endmacro -%}

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
{%- macro _ranked_categories(fit, unit) -%}
    {%- set name = baton._wide_name(fit, unit.value) ~ '_categories' ~ ('_' ~ (unit.stage + 1) if unit.stage) -%}
    {%- if name not in fit.ctes -%}
        {%- do fit.ctes.update({name:
            "select\n    category,\n    n,\n    row_number() over (order by category is null, " ~ baton._category_order(unit) ~ ") - 1 as position\n"
            ~ "from (\n    select " ~ unit.value ~ " as category, count(*) as n\n    from baton_rows_of_stage as data\n    group by "
            ~ unit.value ~ "\n) as counted"
        }) -%}
    {%- endif -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _category_order(unit) -%}
    {%- if unit.kind_of_value == 'integer' -%}
        {{ return('cast(category as decimal(38, 0))') }}
    {%- elif unit.kind_of_value in ['double', 'decimal', 'number'] -%}
        {{ return('cast(category as ' ~ baton.type_double() ~ ')') }}
    {%- endif -%}
    {{ return(baton.by_code_point('category')) }}
{%- endmacro -%}
