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
{{ timestamp }}{{ " - " if seconds < 0 else " + " }}interval '{{ baton._largest_unit(seconds | abs) }}'
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
{{ timestamp }} + interval '1 microsecond'
{%- endmacro -%}

{%- macro postgres__add_microsecond(timestamp) -%}
    {{ return(baton.duckdb__add_microsecond(timestamp)) }}
{%- endmacro -%}

{#- Seconds as a person would say them; without zones a day is always 24 hours. -#}
{%- macro _largest_unit(seconds) -%}
    {%- for unit, size in [('days', 86400), ('hours', 3600), ('minutes', 60)] if seconds % size == 0 -%}
        {{ return((seconds // size) ~ ' ' ~ unit) }}
    {%- endfor -%}
{{ seconds }} seconds
{%- endmacro -%}


{#- Seconds from one timestamp to a later one, as a double with its fraction. -#}
{%- macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'baton')(earlier, later)) }}
{%- endmacro -%}

{%- macro default__seconds_between(earlier, later) -%}
{{ dbt.datediff(earlier, later, 'microsecond') }} / 1e6
{%- endmacro -%}

{%- macro duckdb__seconds_between(earlier, later) -%}
(epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1e6
{%- endmacro -%}

{%- macro postgres__seconds_between(earlier, later) -%}
cast(extract(epoch from ({{ later }}) - ({{ earlier }})) as double precision)
{%- endmacro -%}


{#-
    A moment of a call in SQL: a date or a timestamp becomes a literal, one with a zone in UTC; anything else is an expression
    whose type is not known, so it is moved to UTC where it has a zone.
-#}
{%- macro moment(value) -%}
    {%- set written = baton.written_moment(value) -%}
    {%- if not written -%}
        {{ return("(select " ~ baton.as_utc('given.moment') ~ " from (select (" ~ baton.user_sql(value) ~ ") as moment) as given)") }}
    {%- elif written.zone -%}
        {{ return("(timestamp with time zone '" ~ written.time ~ written.zone ~ "' at time zone 'UTC')") }}
    {%- endif -%}
timestamp '{{ written.time }}'
{%- endmacro -%}

{#-
    The `time` and the `zone`, which may be '', of a date or a timestamp as ISO 8601 writes it; none of anything else. Digits
    after the microseconds are cut off: some engines would round them.
-#}
{%- macro written_moment(value) -%}
    {%- set found = modules.re.match(
        '^([0-9]{4}-[0-9]{2}-[0-9]{2})([ T]([0-9]{2}:[0-9]{2}(:[0-9]{2}(?:[.][0-9]{1,6})?)?)(?:(?<=[.][0-9]{6})[0-9]+)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$',
        value | string | trim
    ) -%}
    {{ return({
        'time': found.group(1) ~ (' ' ~ found.group(3) if found.group(3) else ''),
        'zone': (found.group(5) or '') | replace('Z', '+00'),
    } if found else none) }}
{%- endmacro -%}

{#- The moment at which this run of dbt began, in UTC: the only clock that is read. -#}
{%- macro run_start() -%}
timestamp '{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}'
{%- endmacro -%}


{#-
    A column as a timestamp without zone, in UTC: a zoned one is moved to UTC, a date is its midnight. `columns` is what
    `columns_of` knows.

    What is finer than a microsecond is cut off; with `up` it counts as the next whole one. Against a whole microsecond `t`, x < t
    and x >= t are decided by the time cut off, x <= t and x > t by the other, so nothing crosses a bound as it would by rounding.
-#}
{%- macro utc(name, columns=none, qualifier='', up=false) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set sql = (qualifier ~ '.' if qualifier else '') ~ baton.identifier(name) -%}
    {{ return(baton.as_utc(sql, known.dtype | lower if known else none, up)) }}
{%- endmacro -%}

{#- The same of an expression; without a type it is right for every type of a time. -#}
{%- macro as_utc(sql, type=none, up=false) -%}
    {%- if type in ['timestamp', 'timestamp without time zone', 'timestamp_ntz', 'datetime'] -%}
        {{ return(sql) }}
    {%- endif -%}
    {{ return(adapter.dispatch('as_utc', 'baton')(sql, type, up)) }}
{%- endmacro -%}

{%- macro default__as_utc(sql, type, up) -%}
    {%- if type and ('with time zone' in type or type in ['timestamptz', 'timestamp_tz', 'timestamp_ltz']) -%}
        {{ return(sql ~ " at time zone 'UTC'") }}
    {%- endif -%}
cast({{ sql }} as timestamp)
{%- endmacro -%}

{#-
    A cast rounds nanoseconds, and takes a zoned time in the session's zone. Of a type that is not known `typeof` is folded while
    DuckDB binds, which leaves one branch; each has to bind for every type, also where there is no TIMESTAMPTZ_NS.
-#}
{%- macro duckdb__as_utc(sql, type, up) -%}
    {%- set step = (" + " if up else " - ") ~ "interval '1 microsecond'" -%}
    {%- if not type -%}
        {%- set fine = 'cast(' ~ sql ~ ' as timestamp_ns)' -%}
        {%- set is_off = 'cast(' ~ fine ~ ' as timestamp)' ~ (' < ' if up else ' > ') ~ fine -%}
        {%- set cases -%}
case
    when typeof({{ sql }}) = 'TIMESTAMP_NS' and {{ is_off }} then cast({{ sql }} as timestamp){{ step }}
    when typeof({{ sql }}) = 'TIMESTAMPTZ_NS' and {{ is_off }} then timezone('UTC', cast({{ sql }} as timestamptz)){{ step }}
    when typeof({{ sql }}) in ('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ_NS') then timezone('UTC', cast({{ sql }} as timestamptz))
    else cast({{ sql }} as timestamp)
end
        {%- endset -%}
        {{ return(cases) }}
    {%- elif type in ['timestamp_ns', 'timestamptz_ns'] -%}
        {%- set fine = "timezone('UTC', " ~ sql ~ ")" if type == 'timestamptz_ns' else sql -%}
        {%- set rounded = 'cast(' ~ fine ~ ' as timestamp)' -%}
        {{ return('case when ' ~ rounded ~ (' < ' if up else ' > ') ~ fine ~ ' then ' ~ rounded ~ step ~ ' else ' ~ rounded ~ ' end') }}
    {%- endif -%}
    {{ return(baton.default__as_utc(sql, type)) }}
{%- endmacro -%}

{%- macro postgres__as_utc(sql, type, up) -%}
    {%- if not type -%}
        {{ return(
            "case when pg_typeof(" ~ sql ~ ") = cast('timestamptz' as regtype) then cast(" ~ sql ~ " as timestamptz) at time zone 'UTC'"
            ~ " else cast(" ~ sql ~ " as timestamp) end"
        ) }}
    {%- endif -%}
    {{ return(baton.default__as_utc(sql, type)) }}
{%- endmacro -%}

{#- A timestamp to be stored, in a type that holds every other one: PostgreSQL would keep that of a `timestamp(0)`, and round later ones. -#}
{%- macro whole_time(sql) -%}
    {{ return(adapter.dispatch('whole_time', 'baton')(sql)) }}
{%- endmacro -%}

{%- macro default__whole_time(sql) -%}{{ return(sql) }}{%- endmacro -%}
{%- macro postgres__whole_time(sql) -%}{{ return(sql if sql.startswith('cast(') else 'cast(' ~ sql ~ ' as timestamp)') }}{%- endmacro -%}

{#- Whether a column may be finer than a microsecond, so that two of its times are one here. -#}
{%- macro is_finer(name, columns) -%}
    {{ return(baton.utc(name, columns) != baton.utc(name, columns, up=true)) }}
{%- endmacro -%}

{#-
    The same where a time is read more than once: its name in a relation that `aliased` writes with the columns `made`, to which
    it is added where it has to be cast first.
-#}
{%- macro utc_made(made, name, columns, alias, up=false) -%}
    {%- set plain = alias ~ '.' ~ baton.identifier(name) -%}
    {%- set sql = baton.utc(name, columns, alias, up) -%}
    {%- if sql == plain -%}
        {{ return(plain) }}
    {%- endif -%}
    {%- for column, its_sql in made.items() if its_sql == sql -%}
        {{ return(alias ~ '.' ~ column) }}
    {%- endfor -%}
    {%- set column = 'baton_utc_' ~ (made | length + 1) -%}
    {%- do made.update({column: sql}) -%}
{{ alias }}.{{ column }}
{%- endmacro -%}

{#-
    The same for a relation all of whose own columns are passed on: what was added is left out by `without_made`. Where an engine
    can not leave a column out, nothing is added, and the time is cast wherever it is read.
-#}
{%- macro utc_beside(made, name, columns, alias, up=false) -%}
    {{ return(adapter.dispatch('utc_beside', 'baton')(made, name, columns, alias, up)) }}
{%- endmacro -%}

{%- macro default__utc_beside(made, name, columns, alias, up) -%}
    {{ return(baton.utc(name, columns, alias, up)) }}
{%- endmacro -%}

{%- macro duckdb__utc_beside(made, name, columns, alias, up) -%}
    {{ return(baton.utc_made(made, name, columns, alias, up)) }}
{%- endmacro -%}

{%- macro without_made(alias, made) -%}
{{ alias }}.*{{ ' exclude (' ~ made | join(', ') ~ ')' if made else '' }}
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
floor({{ baton.seconds_between("timestamp '2000-01-01 00:00:00'", timestamp) }} / {{ seconds }})
{%- endmacro -%}

{#- The tile some tiles later. -#}
{%- macro add_tiles(tile, tiles, seconds) -%}
    {{ return(adapter.dispatch('add_tiles', 'baton')(tile, tiles, seconds)) }}
{%- endmacro -%}

{%- macro default__add_tiles(tile, tiles, seconds) -%}
{{ tile }} + {{ tiles }}
{%- endmacro -%}
