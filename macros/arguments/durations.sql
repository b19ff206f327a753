{#
    Durations are strings, a whole number and a unit: '90s', '15min', '12h', '30d', '4w'.
#}

{#- Seconds of a duration, or none where it is not one, or more than ten thousand years, which no timestamp can be moved by. -#}
{%- macro duration_seconds(duration) -%}
    {%- set units = dict(s=1, min=60, h=3600, d=86400, w=604800) -%}
    {%- set is_duration = duration is string and modules.re.fullmatch('[0-9]{1,12}(s|min|h|d|w)', duration) is not none -%}
    {%- set number, unit = modules.re.findall('[0-9]+|[a-z]+', duration) if is_duration else ['0', 's'] -%}
    {%- set seconds = number | int * units[unit] -%}
    {{ return(seconds if is_duration and seconds <= 315576000000 else none) }}
{%- endmacro -%}


{#-
    Whether a text is a date, or a timestamp with or without a zone, that stands in the calendar: from the year 1 to 9999, with
    the days that the month has, hours to 23, and a zone of less than 16 hours.
-#}
{%- macro is_moment(text) -%}
    {%- set found = modules.re.match(
        '^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?(?:Z|[+-]([0-9]{2})(?::?([0-9]{2}))?)?)?$', text | trim
    ) -%}
    {%- if not found -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for part in found.groups() -%}{%- do parts.append(part | int if part else 0) -%}{%- endfor -%}
    {%- set year, month, day, hour, minute, second, zone_hours, zone_minutes = parts -%}
    {%- set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {{ return(
        year >= 1 and 1 <= month <= 12 and 1 <= day <= days[(month - 1) % 12]
        and hour <= 23 and minute <= 59 and second <= 59 and zone_hours <= 15 and zone_minutes <= 59
    ) }}
{%- endmacro -%}
