{#-
    Before the parenthesis of a CTE that is read many times: worked out once. DuckDB writes it out for every reader else, and
    plans a query of some hundred features for minutes. Where engines do so by themselves, nothing.
-#}
{%- macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'baton')()) }}
{%- endmacro -%}

{%- macro default__materialized() -%}{{ return('') }}{%- endmacro -%}

{%- macro duckdb__materialized() -%}{{ return('materialized ') }}{%- endmacro -%}
