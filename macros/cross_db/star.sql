{#- Whether `*` can leave out columns, as in `* exclude (a, b)`. -#}
{%- macro has_star_exclude() -%}
    {{ return(adapter.dispatch('has_star_exclude', 'baton')()) }}
{%- endmacro -%}

{%- macro default__has_star_exclude() -%}{{ return(false) }}{%- endmacro -%}
{%- macro duckdb__has_star_exclude() -%}{{ return(true) }}{%- endmacro -%}

{#- All columns of `alias` but those named, of which there are none where `*` cannot leave them out. -#}
{%- macro star_without(alias, names) -%}
{{ alias }}.*
    {%- if names %} exclude ({{ baton.wrapped(names) }}){% endif -%}
{%- endmacro -%}
