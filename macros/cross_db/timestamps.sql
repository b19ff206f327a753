{#
    Arithmetic on timestamps without zone.
#}

{#- A timestamp moved by a whole number of seconds, back where it is negative. -#}
{%- macro add_seconds(timestamp, seconds) -%}
    {{ return(timestamp if seconds == 0 else adapter.dispatch('add_seconds', 'baton')(timestamp, seconds)) }}
{%- endmacro -%}

{%- macro default__add_seconds(timestamp, seconds) -%}
    {{ return(dbt.dateadd('second', seconds, timestamp)) }}
{%- endmacro -%}

{%- macro duckdb__add_seconds(timestamp, seconds) -%}
{{ timestamp }} {{ '-' if seconds < 0 else '+' }} interval '{{ baton._largest_unit(seconds | abs) }}'
{%- endmacro -%}

{%- macro postgres__add_seconds(timestamp, seconds) -%}
    {{ return(baton.duckdb__add_seconds(timestamp, seconds)) }}
{%- endmacro -%}

{%- macro spark__add_seconds(timestamp, seconds) -%}
    {{ return(baton.duckdb__add_seconds(timestamp, seconds)) }}
{%- endmacro -%}

{#- The same by an expression. -#}
{%- macro add_whole_seconds(timestamp, seconds) -%}
    {{ return(adapter.dispatch('add_whole_seconds', 'baton')(timestamp, seconds)) }}
{%- endmacro -%}

{%- macro default__add_whole_seconds(timestamp, seconds) -%}
    {{ return(dbt.dateadd('second', seconds, timestamp)) }}
{%- endmacro -%}

{#- The next moment that a timestamp can hold. -#}
{%- macro add_microsecond(timestamp) -%}
    {{ adapter.dispatch('add_microsecond', 'baton')(timestamp) }}
{%- endmacro -%}

{%- macro default__add_microsecond(timestamp) -%}
    {{ return(dbt.dateadd('microsecond', 1, timestamp)) }}
{%- endmacro -%}

{%- macro duckdb__add_microsecond(timestamp) -%}
{{ timestamp }} + interval '1 microsecond'
{%- endmacro -%}

{%- macro postgres__add_microsecond(timestamp) -%}
    {{ return(baton.duckdb__add_microsecond(timestamp)) }}
{%- endmacro -%}

{%- macro spark__add_microsecond(timestamp) -%}
    {{ return(baton.duckdb__add_microsecond(timestamp)) }}
{%- endmacro -%}

{#- Seconds as an interval in the largest unit without a rest; without zones a day is always 24 hours. -#}
{%- macro _largest_unit(seconds) -%}
    {%- for unit, size in [('day', 86400), ('hour', 3600), ('minute', 60), ('second', 1)] if seconds % size == 0 -%}
        {{ return('%s %s%s' | format(seconds // size, unit, '' if seconds == size else 's')) }}
    {%- endfor -%}
{%- endmacro -%}

{#- Seconds from one timestamp to a later one, as a double with its fraction. -#}
{%- macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch('seconds_between', 'baton')(earlier, later) }}
{%- endmacro -%}

{%- macro default__seconds_between(earlier, later) -%}
{{ baton.as_double(dbt.datediff(earlier, later, 'microsecond')) }} / 1000000
{%- endmacro -%}

{%- macro duckdb__seconds_between(earlier, later) -%}
(epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1e6
{%- endmacro -%}

{%- macro postgres__seconds_between(earlier, later) -%}
cast(extract(epoch from ({{ later }}) - ({{ earlier }})) as double precision)
{%- endmacro -%}

{%- macro spark__seconds_between(earlier, later) -%}
timestampdiff(microsecond, {{ earlier }}, {{ later }}) / 1e6
{%- endmacro -%}

{#- The days from 1970 to a timestamp, as a double; NULL for an infinite one. -#}
{%- macro days_since_1970(timestamp) -%}
    {{ adapter.dispatch('days_since_1970', 'baton')(timestamp) }}
{%- endmacro -%}

{%- macro default__days_since_1970(timestamp) -%}
{{ baton.seconds_between("timestamp '1970-01-01'", timestamp) }} / 86400
{%- endmacro -%}

{%- macro duckdb__days_since_1970(timestamp) -%}
epoch_us({{ timestamp }}) / 86400e6
{%- endmacro -%}

{%- macro postgres__days_since_1970(timestamp) -%}
case when isfinite({{ timestamp }}) then cast(extract(epoch from {{ timestamp }}) * 1000000 as double precision) / 86400e6 end
{%- endmacro -%}

{#- A timestamp in a type that stores every other: PostgreSQL would keep the type of a `timestamp(0)`, and round what comes later. -#}
{%- macro whole_time(sql) -%}
    {{ adapter.dispatch('whole_time', 'baton')(sql) }}
{%- endmacro -%}

{%- macro default__whole_time(sql) -%}{{ return(sql) }}{%- endmacro -%}

{%- macro postgres__whole_time(sql) -%}
    {%- if sql.startswith('cast(') -%}
{{ sql }}
    {%- else -%}
cast({{ sql }} as timestamp)
    {%- endif -%}
{%- endmacro -%}

{#-
    The start of the tile of some seconds that holds a moment. The tiles are half-open: with `closed='left'` a moment at
    their border belongs to the later one, with 'right' to the earlier one.
-#}
{%- macro time_tile(timestamp, seconds, closed) -%}
    {{ adapter.dispatch('time_tile', 'baton')(timestamp if closed == 'left' else baton.just_before(timestamp), seconds) }}
{%- endmacro -%}

{%- macro default__time_tile(timestamp, seconds) -%}
floor({{ baton.seconds_between("timestamp '2000-01-01 00:00:00'", timestamp) }} / {{ seconds }})
{%- endmacro -%}

{#- The tile some tiles later. -#}
{%- macro add_tiles(tile, tiles, seconds) -%}
    {{ adapter.dispatch('add_tiles', 'baton')(tile, tiles, seconds) }}
{%- endmacro -%}

{%- macro default__add_tiles(tile, tiles, seconds) -%}
{{ tile }} + {{ tiles }}
{%- endmacro -%}


{#- A moment after all others. -#}
{%- macro end_of_time() -%}
    {{ adapter.dispatch('end_of_time', 'baton')() }}
{%- endmacro -%}

{%- macro default__end_of_time() -%}{{ return("timestamp '9999-12-31 23:59:59.999999'") }}{%- endmacro -%}

{%- macro duckdb__end_of_time() -%}{{ return("timestamp 'infinity'") }}{%- endmacro -%}

{%- macro postgres__end_of_time() -%}{{ return("timestamp 'infinity'") }}{%- endmacro -%}

{#- The last moment before a timestamp. -#}
{%- macro just_before(timestamp) -%}
    {{ adapter.dispatch('just_before', 'baton')(timestamp) }}
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

{%- macro spark__just_before(timestamp) -%}
    {{ return(baton.duckdb__just_before(timestamp)) }}
{%- endmacro -%}


{#- The moment at which a query runs, in UTC: for a view, which has to know it when it is read. -#}
{%- macro utc_now() -%}
    {{ adapter.dispatch('utc_now', 'baton')() }}
{%- endmacro -%}

{%- macro default__utc_now() -%}
current_timestamp at time zone 'UTC'
{%- endmacro -%}

{#- The session is in UTC, see `expect_utc_session`. -#}
{%- macro spark__utc_now() -%}
current_timestamp()
{%- endmacro -%}


{#- The day of the week, 1 for Monday to 7. -#}
{%- macro iso_weekday(timestamp) -%}
    {{ adapter.dispatch('iso_weekday', 'baton')(timestamp) }}
{%- endmacro -%}

{%- macro default__iso_weekday(timestamp) -%}
extract(isodow from {{ timestamp }})
{%- endmacro -%}

{%- macro spark__iso_weekday(timestamp) -%}
extract(dayofweek_iso from {{ timestamp }})
{%- endmacro -%}
