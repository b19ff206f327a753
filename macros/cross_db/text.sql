{#- Sort key of a text: in the order of its code points on every engine. -#}
{%- macro by_code_point(text) -%}
    {{ return(adapter.dispatch('by_code_point', 'baton')(text)) }}
{%- endmacro -%}

{%- macro default__by_code_point(text) -%}{{ return(text) }}{%- endmacro -%}

{%- macro postgres__by_code_point(text) -%}{{ text }} collate "C"{%- endmacro -%}


{#- In which literals a backslash begins an escape: 'always', in those 'prefixed' by an E, or 'never'. -#}
{%- macro text_escapes() -%}
    {{ return(adapter.dispatch('text_escapes', 'baton')()) }}
{%- endmacro -%}

{%- macro default__text_escapes() -%}{{ return('never') }}{%- endmacro -%}

{%- macro duckdb__text_escapes() -%}{{ return('prefixed') }}{%- endmacro -%}

{%- macro postgres__text_escapes() -%}{{ return('prefixed') }}{%- endmacro -%}

{%- macro redshift__text_escapes() -%}{{ return('always') }}{%- endmacro -%}

{%- macro snowflake__text_escapes() -%}{{ return('always') }}{%- endmacro -%}

{%- macro bigquery__text_escapes() -%}{{ return('always') }}{%- endmacro -%}

{%- macro spark__text_escapes() -%}{{ return('always') }}{%- endmacro -%}
