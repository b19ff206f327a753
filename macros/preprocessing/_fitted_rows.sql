{#
    The rows that `fit` gives: those that say how it was called, and what each stage has learned.

    A stage fits all units that read the same rows. `_fit_<transformer>(stage, unit)` writes to it: single values by
    `_write_fitted_values`, any number of rows by `_write_fitted_rows`, and by `_write_known_row` what follows from the call
    alone.
-#}
{%- macro _stage_suffix(number) -%}
{% if number %}_{{ number + 1 }}{% endif %}
{%- endmacro -%}


{#- A CTE of the stage after its statistics, by its select; returns the CTE's name. -#}
{%- macro _add_cte(stage, unit, name, sql) -%}
    {%- set name = baton._cte_names(stage, unit, [name])[0] -%}
    {%- set cte -%}
{{ name }} as (

    {{ sql | trim | indent }}

)
    {%- endset -%}
    {%- do stage.ctes.append(cte) -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _cte_names(stage, unit, names) -%}
    {%- set free_names = [] -%}
    {%- for name in names -%}{%- do free_names.append(baton._free_name(stage.used_names, unit.label ~ '_' ~ name)) -%}{%- endfor -%}
    {{ return(free_names) }}
{%- endmacro -%}

{#- Fitted values by their parameters, as expressions over the stage's statistics. -#}
{%- macro _write_fitted_values(stage, unit) -%}
    {%- for parameter, sql in kwargs.items() -%}
        {%- do stage.fitted_values.append([unit.name_literal, unit.label_literal, baton.literal(parameter), sql | trim | indent]) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The rows of a select, one fitted row each: expressions over `source`. -#}
{%- macro _write_fitted_rows(stage, unit, parameter, source, category='null', position='null', number='null', text='null', where=none) -%}
    {%- set rows -%}
select
    {{ baton._fitted_columns(
        unit.name_literal, unit.label_literal, baton.literal(parameter), category, position, number, text
    ) | indent }}
from {{ source }}
    {%- if where %}
where {{ where }}
    {%- endif -%}
    {%- endset -%}
    {%- do stage.fitted_rows.append(rows) -%}
{%- endmacro -%}

{#- The columns of the fitted table; those that may be NULL throughout get their types. -#}
{%- macro _fitted_columns(transformer, column_name, parameter, category='null', position='null', number='null', text='null') -%}
{{ baton._column_as(transformer, 'transformer') }},
{{ baton._column_as(column_name, 'column_name') }},
{{ baton._column_as(parameter, 'parameter') }},
{{ baton.as_text(category) }} as category,
cast({{ position }} as integer) as position,
{{ baton.as_double(number) }} as value_number,
{{ baton.as_text(text) }} as value_text
{%- endmacro -%}

{#- A fitted row that follows from the call. -#}
{%- macro _write_known_row(unit, parameter, category=none, position='null', number=none, text=none) -%}
    {%- do unit.known_rows.append([
        unit.name_literal, unit.label_literal, baton.literal(parameter),
        baton.literal(category), position, baton.number_literal(number), baton.literal(text),
    ]) -%}
{%- endmacro -%}


{#- The CTEs of a stage, of which the last is its part of the fitted table. -#}
{%- macro _stage_ctes(stage) -%}
{{ baton._statistics_ctes(stage) }}
{%- for cte in stage.ctes -%}
{{ cte }},

{% endfor -%}
fitted{{ stage.suffix }} as (
    {%- if stage.fitted_values %}
    {%- set statistics -%}
{{ stage.ctes_of.aggregates }}
        {%- if stage.columns_with.mean %}
cross join {{ stage.ctes_of.mean }}
        {%- endif %}
        {%- if stage.columns_with.variance %}
cross join {{ stage.ctes_of.variance }}
        {%- endif %}
    {%- endset %}

    select
        {{ baton._fitted_columns('transformer', 'column_name', 'parameter', number='value_number') | indent(8) }}
    from (
        {{ baton.values_rows(
            'transformer column_name parameter value_number'.split(), stage.fitted_values, source=statistics
        ) | indent(8) }}
    ) as written
    {%- endif %}
    {%- for rows in stage.fitted_rows %}
    {%- if stage.fitted_values or not loop.first %}

    union all
    {%- endif %}

    {{ rows | indent }}
    {%- endfor %}

)
{%- endmacro -%}
