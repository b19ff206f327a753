{#
    Until when something holds.
#}

{#- A moment after all others. -#}
{%- macro end_of_time() -%}
    {{ return(adapter.dispatch('end_of_time', 'baton')()) }}
{%- endmacro -%}

{%- macro default__end_of_time() -%}{{ return("timestamp '9999-12-31 23:59:59.999999'") }}{%- endmacro -%}
{%- macro duckdb__end_of_time() -%}{{ return("timestamp 'infinity'") }}{%- endmacro -%}
{%- macro postgres__end_of_time() -%}{{ return("timestamp 'infinity'") }}{%- endmacro -%}


{#- The last moment before a timestamp. -#}
{%- macro just_before(timestamp) -%}
    {{ return(adapter.dispatch('just_before', 'baton')(timestamp)) }}
{%- endmacro -%}

{%- macro default__just_before(timestamp) -%}
    {{ return(dbt.dateadd('microsecond', -1, timestamp)) }}
{%- endmacro -%}

{%- macro duckdb__just_before(timestamp) -%}
{{ timestamp }} - interval '1 microsecond'
{%- endmacro -%}

{%- macro postgres__just_before(timestamp) -%}
    {{ return(baton.duckdb__just_before(timestamp)) }}
{%- endmacro -%}
