{#-
    A column name as the engine keeps it. PostgreSQL cuts names at 63 bytes, so that two could become one: a longer name
    ends with 8 hex digits of its md5 there.
-#}
{%- macro stored_name(name) -%}
    {{ adapter.dispatch('stored_name', 'baton')(name.splitlines() | join(' ')) }}
{%- endmacro -%}

{%- macro default__stored_name(name) -%}{{ return(name) }}{%- endmacro -%}

{%- macro postgres__stored_name(name) -%}
    {%- set bytes = name.encode('utf-8') -%}
    {%- if bytes | length <= 63 -%}
{{ name }}
    {%- else -%}
{{ bytes[:54].decode('utf-8', 'ignore') }}_{{ local_md5(name)[:8] }}
    {%- endif -%}
{%- endmacro -%}

{#- Name as the engine compares it. -#}
{%- macro comparison_name(name) -%}
    {{ adapter.dispatch('comparison_name', 'baton')(name) }}
{%- endmacro -%}

{%- macro default__comparison_name(name) -%}{{ return(name | lower) }}{%- endmacro -%}

{%- macro postgres__comparison_name(name) -%}{{ return(name) }}{%- endmacro -%}
