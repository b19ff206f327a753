{#- What dbt does in an incremental model that has a unique_key and names no strategy. -#}
{%- macro default_incremental_strategy() -%}
    {{ return(adapter.dispatch('default_incremental_strategy', 'baton')()) }}
{%- endmacro -%}

{%- macro default__default_incremental_strategy() -%}
    {%- set known = dict(duckdb='delete+insert', postgres='delete+insert', redshift='delete+insert', spark='append') -%}
    {{ return(known.get(adapter.type(), 'merge')) }}
{%- endmacro -%}
