{#- The moments `as_of` from `start` in steps of some seconds, before `end`; both are expressions. -#}
{%- macro time_grid(start, end, seconds) -%}
    {{ return(adapter.dispatch('time_grid', 'baton')(start, end, seconds)) }}
{%- endmacro -%}

{%- macro default__time_grid(start, end, seconds) -%}
    {{ exceptions.raise_compiler_error("baton.time_grid has no form for " ~ adapter.type() ~ " yet") }}
{%- endmacro -%}

{%- macro duckdb__time_grid(start, end, seconds) -%}
select unnest(range({{ start }}, {{ end }}, interval '{{ baton._largest_unit(seconds) }}')) as as_of
{%- endmacro -%}

{%- macro postgres__time_grid(start, end, seconds) -%}
select generate_series({{ start }}, {{ end }} - interval '1 microsecond', interval '{{ baton._largest_unit(seconds) }}') as as_of
{%- endmacro -%}
