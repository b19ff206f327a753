{#-
    Keyword that runs a CTE once; DuckDB otherwise inlines it per reader and plans for minutes. Empty for engines that run it
    once by themselves.
-#}
{%- macro materialized() -%}
    {{ adapter.dispatch('materialized', 'baton')() }}
{%- endmacro -%}

{%- macro default__materialized() -%}{%- endmacro -%}

{%- macro duckdb__materialized() -%}materialized {% endmacro -%}
