{#- Sort key of a text: in the order of its code points on every engine. -#}
{%- macro by_code_point(text) -%}
    {{ adapter.dispatch('by_code_point', 'baton')(text) }}
{%- endmacro -%}

{%- macro default__by_code_point(text) -%}{{ return(text) }}{%- endmacro -%}

{%- macro postgres__by_code_point(text) -%}{{ text }} collate "C"{%- endmacro -%}


{#- The texts of a group in their order, joined to one. -#}
{%- macro listed_texts(text, separator) -%}
    {{ adapter.dispatch('listed_texts', 'baton')(text, separator) }}
{%- endmacro -%}

{%- macro default__listed_texts(text, separator) -%}
    {{ return(dbt.listagg(text, separator, 'order by %s' | format(text))) }}
{%- endmacro -%}

{#- dbt's own form for Spark ignores the order. -#}
{%- macro spark__listed_texts(text, separator) -%}
array_join(array_sort(collect_list({{ text }})), {{ separator }})
{%- endmacro -%}


{#- In which literals a backslash begins an escape: 'always', in those 'prefixed' by an E, or 'never'. -#}
{%- macro text_escapes() -%}
    {{ return(adapter.dispatch('text_escapes', 'baton')()) }}
{%- endmacro -%}

{%- macro default__text_escapes() -%}
    {%- set known = dict(
        duckdb='prefixed', postgres='prefixed', redshift='always', snowflake='always', bigquery='always', spark='always', databricks='always'
    ) -%}
    {{ return(known.get(adapter.type(), 'never')) }}
{%- endmacro -%}


{#- A whole number that is joined to a text. -#}
{%- macro count_text(number) -%}
    {{ return(adapter.dispatch('count_text', 'baton')(number)) }}
{%- endmacro -%}

{%- macro default__count_text(number) -%}{{ return(baton.as_text(number)) }}{%- endmacro -%}
{%- macro duckdb__count_text(number) -%}{{ return(number) }}{%- endmacro -%}
{%- macro postgres__count_text(number) -%}{{ return(number) }}{%- endmacro -%}
{%- macro spark__count_text(number) -%}{{ return(number) }}{%- endmacro -%}
