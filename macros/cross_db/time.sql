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
    {{ return(timestamp ~ (" - " if seconds < 0 else " + ") ~ "interval '" ~ baton._largest_unit(seconds | abs) ~ "'") }}
{%- endmacro -%}

{%- macro postgres__add_seconds(timestamp, seconds) -%}
    {{ return(baton.duckdb__add_seconds(timestamp, seconds)) }}
{%- endmacro -%}

{#- The next moment that a timestamp can hold. -#}
{%- macro add_microsecond(timestamp) -%}
    {{ return(adapter.dispatch('add_microsecond', 'baton')(timestamp)) }}
{%- endmacro -%}

{%- macro default__add_microsecond(timestamp) -%}
    {{ return(dbt.dateadd('microsecond', 1, timestamp)) }}
{%- endmacro -%}

{%- macro duckdb__add_microsecond(timestamp) -%}
    {{ return(timestamp ~ " + interval '1 microsecond'") }}
{%- endmacro -%}

{%- macro postgres__add_microsecond(timestamp) -%}
    {{ return(baton.duckdb__add_microsecond(timestamp)) }}
{%- endmacro -%}

{#- Seconds as a person would say them; without zones a day is always 24 hours. -#}
{%- macro _largest_unit(seconds) -%}
    {%- for unit, size in [('days', 86400), ('hours', 3600), ('minutes', 60)] if seconds % size == 0 -%}
        {{ return((seconds // size) ~ ' ' ~ unit) }}
    {%- endfor -%}
    {{ return(seconds ~ ' seconds') }}
{%- endmacro -%}


{#- Seconds from one timestamp to a later one, as a double with its fraction. -#}
{%- macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'baton')(earlier, later)) }}
{%- endmacro -%}

{%- macro default__seconds_between(earlier, later) -%}
    {{ return(dbt.datediff(earlier, later, 'microsecond') ~ " / 1e6") }}
{%- endmacro -%}

{%- macro duckdb__seconds_between(earlier, later) -%}
    {{ return("(epoch_us(" ~ later ~ ") - epoch_us(" ~ earlier ~ ")) / 1e6") }}
{%- endmacro -%}

{%- macro postgres__seconds_between(earlier, later) -%}
    {{ return("cast(extract(epoch from (" ~ later ~ ") - (" ~ earlier ~ ")) as double precision)") }}
{%- endmacro -%}


{#-
    A moment of a call in SQL: a date or a timestamp becomes a literal, one with a zone in UTC; anything else is an expression,
    of a time without zone.
-#}
{%- macro moment(value) -%}
    {%- set written = baton.written_moment(value) -%}
    {%- if not written -%}
        {{ return("cast((" ~ baton.user_sql(value) ~ ") as timestamp)") }}
    {%- elif written.zone -%}
        {{ return("(timestamp with time zone '" ~ written.time ~ written.zone ~ "' at time zone 'UTC')") }}
    {%- endif -%}
    {{ return("timestamp '" ~ written.time ~ "'") }}
{%- endmacro -%}

{#- The `time` and the `zone`, which may be '', of a date or a timestamp as ISO 8601 writes it; none of anything else. -#}
{%- macro written_moment(value) -%}
    {%- set found = modules.re.match(
        '^([0-9]{4}-[0-9]{2}-[0-9]{2})([ T]([0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$', value | string | trim
    ) -%}
    {{ return({
        'time': found.group(1) ~ (' ' ~ found.group(3) if found.group(3) else ''),
        'zone': (found.group(6) or '') | replace('Z', '+00'),
    } if found else none) }}
{%- endmacro -%}

{#- The moment at which this run of dbt began, in UTC: the only clock that is read. -#}
{%- macro run_start() -%}
    {{ return("timestamp '" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "'") }}
{%- endmacro -%}


{#-
    A column as a timestamp without zone, in UTC: a zoned one is moved to UTC, a date is its midnight. `columns` is what
    `columns_of` knows; of an unknown column a cast makes a timestamp.
-#}
{%- macro utc(name, columns=none, qualifier='') -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set type = known.dtype | lower if known else '' -%}
    {%- set sql = (qualifier ~ '.' if qualifier else '') ~ baton.identifier(name) -%}
    {%- if 'with time zone' in type or type in ['timestamptz', 'timestamp_tz', 'timestamp_ltz'] -%}
        {{ return(sql ~ " at time zone 'UTC'") }}
    {%- elif type in ['timestamp', 'timestamp without time zone', 'timestamp_ntz', 'datetime'] -%}
        {{ return(sql) }}
    {%- endif -%}
    {{ return('cast(' ~ sql ~ ' as timestamp)') }}
{%- endmacro -%}

{#- The same in a select list, under the column's own name. -#}
{%- macro utc_column(name, columns=none) -%}
    {%- set sql = baton.utc(name, columns) -%}
    {{ return(sql if sql == baton.identifier(name) else sql ~ ' as ' ~ baton.identifier(name)) }}
{%- endmacro -%}


{#-
    The start of the tile of some seconds that holds a moment. The tiles are half-open: with `closed='left'` a moment at
    their border belongs to the later one, with 'right' to the earlier one.
-#}
{%- macro time_tile(timestamp, seconds, closed) -%}
    {%- set inside = timestamp if closed == 'left' else timestamp ~ " - interval '1 microsecond'" -%}
    {{ return(adapter.dispatch('time_tile', 'baton')(inside, seconds)) }}
{%- endmacro -%}

{%- macro default__time_tile(timestamp, seconds) -%}
    {{ return("floor(" ~ baton.seconds_between("timestamp '2000-01-01 00:00:00'", timestamp) ~ " / " ~ seconds ~ ")") }}
{%- endmacro -%}

{#- The tile some tiles later. -#}
{%- macro add_tiles(tile, tiles, seconds) -%}
    {{ return(adapter.dispatch('add_tiles', 'baton')(tile, tiles, seconds)) }}
{%- endmacro -%}

{%- macro default__add_tiles(tile, tiles, seconds) -%}
    {{ return(tile ~ " + " ~ tiles) }}
{%- endmacro -%}
