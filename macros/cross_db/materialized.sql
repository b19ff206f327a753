{#-
    Keyword that runs a CTE once: DuckDB otherwise inlines it per reader and plans for minutes, and PostgreSQL runs one with a single
    reader again for each row of a nested loop. Empty for engines that run it once by themselves.
-#}
{%- macro materialized() -%}
    {{ adapter.dispatch('materialized', 'baton')() }}
{%- endmacro -%}

{%- macro default__materialized() -%}{%- endmacro -%}

{%- macro duckdb__materialized() -%}materialized {% endmacro -%}

{%- macro postgres__materialized() -%}materialized {% endmacro -%}


{#- Whether a CTE is written out wherever it is read, so that it is better read once. -#}
{%- macro inlines_ctes() -%}
    {{ return(adapter.dispatch('inlines_ctes', 'baton')()) }}
{%- endmacro -%}

{%- macro default__inlines_ctes() -%}{{ return(false) }}{%- endmacro -%}
{%- macro spark__inlines_ctes() -%}{{ return(true) }}{%- endmacro -%}

{#-
    The same keyword for a query over a relation from which others read a few columns each: a table is rather read again, column by column,
    than copied.
-#}
{%- macro materialized_unless_table(relation) -%}
    {{ adapter.dispatch('materialized_unless_table', 'baton')(relation) }}
{%- endmacro -%}

{%- macro default__materialized_unless_table(relation) -%}{%- endmacro -%}

{%- macro duckdb__materialized_unless_table(relation) -%}
    {%- set found = load_relation(relation) if relation is not string and not relation.is_cte else none -%}
{{ 'not ' if found and found.type == 'table' }}materialized {% endmacro -%}


{#- A named window at the beginning of another one; what it is, where an engine takes no name there. -#}
{%- macro named_window(name, sql) -%}
    {{ return(adapter.dispatch('named_window', 'baton')(name, sql)) }}
{%- endmacro -%}

{%- macro default__named_window(name, sql) -%}{{ return(name) }}{%- endmacro -%}

{%- macro spark__named_window(name, sql) -%}{{ return(sql) }}{%- endmacro -%}
