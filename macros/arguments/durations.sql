{#
    Durations are strings, a whole number and a unit: '90s', '15min', '12h', '30d', '4w'.
#}

{#- Seconds of a duration, or none where it is not one. -#}
{%- macro duration_seconds(duration) -%}
    {%- set units = {'s': 1, 'min': 60, 'h': 3600, 'd': 86400, 'w': 604800} -%}
    {%- set found = modules.re.match('^([0-9]+)(s|min|h|d|w)$', duration) if duration is string else none -%}
    {{ return(found.group(1) | int * units[found.group(2)] if found else none) }}
{%- endmacro -%}
