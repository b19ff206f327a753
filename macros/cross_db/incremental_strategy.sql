{#- What dbt does in an incremental model that has a unique_key and names no strategy. -#}
{%- macro default_incremental_strategy() -%}
    {{ return(adapter.dispatch('default_incremental_strategy', 'baton')()) }}
{%- endmacro -%}

{%- macro default__default_incremental_strategy() -%}{{ return('merge') }}{%- endmacro -%}
{%- macro duckdb__default_incremental_strategy() -%}{{ return('delete+insert') }}{%- endmacro -%}
{%- macro postgres__default_incremental_strategy() -%}{{ return('delete+insert') }}{%- endmacro -%}
{%- macro redshift__default_incremental_strategy() -%}{{ return('delete+insert') }}{%- endmacro -%}
{%- macro spark__default_incremental_strategy() -%}{{ return('append') }}{%- endmacro -%}
{%- macro databricks__default_incremental_strategy() -%}{{ return('merge') }}{%- endmacro -%}
