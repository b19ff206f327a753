{#
    Keys and hashes over columns, the same on every engine for values that it writes the same way as text.
#}

{#- What `dbt_utils.generate_surrogate_key` gives for the same columns under its defaults: 32 hex digits, NULL and '' apart. -#}
{%- macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- if not loop.first -%}{%- do parts.append("'-'") -%}{%- endif -%}
        {%- do parts.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '_dbt_utils_surrogate_key_null_')") -%}
    {%- endfor -%}
    {{ return(dbt.hash(dbt.concat(parts))) }}
{%- endmacro -%}

{#-
    A hash of a row's values by their names. Two different rows do not share it by the way they are joined, since each value
    carries its length. A NULL is not there at all, so a new column that is NULL so far changes no hash.
-#}
{%- macro row_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set text = "cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")" -%}
        {%- do parts.append("coalesce(" ~ baton.literal(baton.unquoted(column) ~ '=') ~ " || length(" ~ text ~ ") || ':' || " ~ text ~ ", '')") -%}
    {%- endfor -%}
    {{ return(dbt.hash(dbt.concat(parts))) }}
{%- endmacro -%}


{#- A text's place in [0, 1), evenly spread and the same for ever: the first 32 bits of its md5. -#}
{%- macro hash_fraction(text) -%}
    {{ return(adapter.dispatch('hash_fraction', 'baton')(text)) }}
{%- endmacro -%}

{%- macro default__hash_fraction(text) -%}
    {{ exceptions.raise_compiler_error("baton.hash_fraction has no form for " ~ adapter.type() ~ " yet") }}
{%- endmacro -%}

{%- macro duckdb__hash_fraction(text) -%}
    {{ return("cast('0x' || substr(md5(" ~ text ~ "), 1, 8) as bigint) / 4294967296.0") }}
{%- endmacro -%}

{%- macro postgres__hash_fraction(text) -%}
    {{ return("cast(cast(('x' || substr(md5(" ~ text ~ "), 1, 8)) as bit(32)) as bigint) / 4294967296.0") }}
{%- endmacro -%}
