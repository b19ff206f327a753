{#- The moments `as_of` from `start` in steps of some seconds, before `end`; both are expressions. -#}
{%- macro time_grid(start, end, seconds) -%}
    {{ adapter.dispatch('time_grid', 'baton')(start, end, seconds) }}
{%- endmacro -%}

{%- macro default__time_grid(start, end, seconds) -%}
    {{ return(baton.not_available('baton.time_grid')) }}
{%- endmacro -%}

{#-
    DuckDB takes a list that is unnested, and a range between expressions, for one row, and an ASOF JOIN of few rows for a
    nested loop: minutes instead of a second. It knows how long a range between literals is, and expects a thousand rows
    of a recursion, unless its first row is filtered.
-#}
{%- macro duckdb__time_grid(start, end, seconds) -%}
{%- set step -%} interval '{{ baton._largest_unit(seconds) }}' {%- endset -%}
{%- if modules.re.match("^timestamp '[^']*'$", start) and modules.re.match("^timestamp '[^']*'$", end) -%}
select as_of
from range({{ start }}, {{ end }}, {{ step }}) as grid (as_of)
{%- else -%}
with recursive baton_steps as (

    select
        {{ start }} as as_of,
        {{ end }} as ends_at
    union all
    select
        as_of + {{ step }},
        ends_at
    from baton_steps
    where as_of + {{ step }} < ends_at

)

select as_of
from baton_steps
where as_of < ends_at
{%- endif -%}
{%- endmacro -%}

{%- macro postgres__time_grid(start, end, seconds) -%}
select generate_series({{ start }}, {{ end }} - interval '1 microsecond', interval '{{ baton._largest_unit(seconds) }}') as as_of
{%- endmacro -%}

{%- macro spark__time_grid(start, end, seconds) -%}
select explode(
    case
        when {{ start }} < {{ end }}
            then sequence({{ start }}, {{ end }} - interval '1 microsecond', interval '{{ baton._largest_unit(seconds) }}')
        else array()
    end
) as as_of
{%- endmacro -%}


{#- The beginning of the hour, day, week, month, quarter or year that a moment is in; a week begins on Monday. -#}
{%- macro period_of(timestamp, period) -%}
    {{ return(adapter.dispatch('period_of', 'baton')(timestamp, period)) }}
{%- endmacro -%}

{%- macro default__period_of(timestamp, period) -%}{{ return(dbt.date_trunc(period, timestamp)) }}{%- endmacro -%}
