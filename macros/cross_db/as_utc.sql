{#-
    A time as a timestamp without zone, in UTC; without a `type` the SQL is right for every type of a time.

    sql    an expression
    type   its type in lower case, none where it is not known
    up     count what is finer than a microsecond as the next whole one, instead of cutting it off
-#}
{%- macro as_utc(sql, type=none, up=false) -%}
    {%- if (type or '').split('(')[0] in ['timestamp', 'timestamp without time zone', 'timestamp_ntz'] and 'with time' not in type -%}
        {{ return(sql) }}
    {%- endif -%}
    {{ adapter.dispatch('as_utc', 'baton')(sql, type, up) }}
{%- endmacro -%}

{%- macro default__as_utc(sql, type, up) -%}
    {%- if type and ('with time zone' in type or type in ['timestamptz', 'timestamp_tz', 'timestamp_ltz']) -%}
{{ sql }} at time zone 'UTC'
    {%- else -%}
cast({{ sql }} as {{ baton.type_timestamp() }})
    {%- endif -%}
{%- endmacro -%}

{#-
    A cast rounds nanoseconds, and takes a zoned time in the session's zone. DuckDB folds `typeof` while it binds, which leaves
    one branch; but every branch has to bind for every type, also where there is no TIMESTAMPTZ_NS.
-#}
{%- macro duckdb__as_utc(sql, type, up) -%}
    {%- set sign, is_off = ('+', '<') if up else ('-', '>') -%}
    {%- if not type -%}
case
    when
        typeof({{ sql }}) = 'TIMESTAMP_NS'
        and cast(cast({{ sql }} as timestamp_ns) as timestamp)
            {{ is_off }} cast({{ sql }} as timestamp_ns)
        then cast({{ sql }} as timestamp) {{ sign }} interval '1 microsecond'
    when
        typeof({{ sql }}) = 'TIMESTAMPTZ_NS'
        and cast(cast({{ sql }} as timestamp_ns) as timestamp)
            {{ is_off }} cast({{ sql }} as timestamp_ns)
        then timezone('UTC', cast({{ sql }} as timestamptz)) {{ sign }} interval '1 microsecond'
    when typeof({{ sql }}) in ('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ_NS')
        then timezone('UTC', cast({{ sql }} as timestamptz))
    else cast({{ sql }} as timestamp)
end
    {%- elif type in ['timestamp_ns', 'timestamptz_ns'] -%}
        {%- set fine -%}
            {%- if type == 'timestamptz_ns' -%} timezone('UTC', {{ sql }}) {%- else -%} {{ sql }} {%- endif -%}
        {%- endset -%}
case
    when cast({{ fine }} as timestamp) {{ is_off }} {{ fine }} then cast({{ fine }} as timestamp) {{ sign }} interval '1 microsecond'
    else cast({{ fine }} as timestamp)
end
    {%- else -%}
{{ baton.default__as_utc(sql, type) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro postgres__as_utc(sql, type, up) -%}
    {%- if type -%}
{{ baton.default__as_utc(sql, type) }}
    {%- else -%}
case
    when pg_typeof({{ sql }}) = cast('timestamptz' as regtype) then cast({{ sql }} as timestamptz) at time zone 'UTC'
    else cast({{ sql }} as timestamp)
end
    {%- endif -%}
{%- endmacro -%}


{#- A moment that is written with its zone, as '+02', in UTC. -#}
{%- macro zoned_moment(time, zone) -%}
    {{ adapter.dispatch('zoned_moment', 'baton')(time, zone) }}
{%- endmacro -%}

{#- The engine is spared the zone. -#}
{%- macro default__zoned_moment(time, zone) -%}
    {%- set sign, hours, minutes = modules.re.match('([-+])([0-9]{2}):?([0-9]{2})?$', zone if zone != 'Z' else '+00').groups('0') -%}
    {%- set offset = modules.datetime.timedelta(hours=hours | int, minutes=minutes | int) -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(time.split('.')[0]) -%}
    {%- set moment = moment + offset if sign == '-' else moment - offset -%}
timestamp '{{ moment }}{{ '.' ~ time.split('.')[1] if '.' in time }}'
{%- endmacro -%}

{%- macro duckdb__zoned_moment(time, zone) -%}
(timestamp with time zone '{{ time }}{{ zone }}' at time zone 'UTC')
{%- endmacro -%}

{%- macro postgres__zoned_moment(time, zone) -%}
    {{ return(baton.duckdb__zoned_moment(time, zone)) }}
{%- endmacro -%}

{%- macro spark__zoned_moment(time, zone) -%}
timestamp '{{ time }}{{ zone }}'
{%- endmacro -%}
