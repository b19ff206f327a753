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
    {{ return(dbt.hash(baton.joined_texts(parts))) }}
{%- endmacro -%}

{#-
    A hash of a row's values by their names, in whatever order the columns stand and whatever the types of equal numbers.
    Two different rows do not share it by the way they are joined: a name ends with =, a value with a comma, and one inside of
    it is doubled.
    A NULL is not there at all, so a new column that is NULL so far changes no hash.

    `known` is what `columns_of` knows of the columns, `texts` names those that are text already.
    One value a line, as a reader of the compiled SQL sees it.
-#}
{%- macro row_hash(columns, known=none, texts=[]) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(baton.unquoted(column)) -%}{%- endfor -%}
    {%- set folded = names | map('lower') | list -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {#- a name may change its case, unless that is what tells it from another -#}
        {%- do values.append({
            'name': folded[loop.index0] if folded.count(folded[loop.index0]) == 1 else names[loop.index0],
            'text': column if column in texts else baton.value_text(column, known),
            'has_no_comma': column not in texts and baton._has_no_comma(known, column),
        }) -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for value in values | sort(attribute='name', case_sensitive=true) -%}
        {%- set escaped = value.text if value.has_no_comma else "replace(" ~ value.text ~ ", ',', ',,')" -%}
        {%- do parts.append("\n            coalesce(" ~ baton.literal(value.name | replace('%', '%25') | replace('=', '%3D') | replace(',', '%2C') ~ '=') ~ " || " ~ escaped ~ " || ',', '')") -%}
    {%- endfor -%}
    {{ return(dbt.hash(baton.joined_texts(parts))) }}
{%- endmacro -%}

{#- Whether the text of every value of a column is one without a comma. -#}
{%- macro _has_no_comma(known, name) -%}
    {%- set column = baton.find_column(known, name) if known else none -%}
    {{ return(column is not none and (
        baton.number_kind(known, name) in ['integer', 'double', 'decimal', 'boolean']
        or baton.type_shape(column).kind in ['timestamp', 'zoned timestamp', 'date']
    )) }}
{%- endmacro -%}

{#- Texts of which none is NULL, one after the other. -#}
{%- macro joined_texts(texts) -%}
    {{ return(adapter.dispatch('joined_texts', 'baton')(texts)) }}
{%- endmacro -%}

{%- macro default__joined_texts(texts) -%}
    {{ return(dbt.concat(texts)) }}
{%- endmacro -%}

{#- Each `||` makes a text of its own; `concat` makes one of all. -#}
{%- macro duckdb__joined_texts(texts) -%}
concat({{ texts | join(', ') | replace(', \n', ',\n') }})
{%- endmacro -%}


{#- A hash that only decides between rows of one run, so it may be the engine's own, and fast. -#}
{%- macro tie_hash(columns) -%}
    {{ return(adapter.dispatch('tie_hash', 'baton')(columns)) }}
{%- endmacro -%}

{#- No type has to be known here: two rows that differ in the text of a value only, as 1.0 and 1.00 do, are not equal in all. -#}
{%- macro default__tie_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set text = baton.as_text(column) | trim -%}
        {%- do parts.append("coalesce(length(" ~ text ~ ") || ':' || " ~ text ~ ", '-')") -%}
    {%- endfor -%}
    {{ return(dbt.hash(dbt.concat(parts))) }}
{%- endmacro -%}

{%- macro duckdb__tie_hash(columns) -%}
hash({{ columns | join(', ') }})
{%- endmacro -%}


{#- The 32 bits of an md5 in hex digits that begin at its digit `first`, 1, 9, 17 or 25, as a number. -#}
{%- macro hash_word(hash, first) -%}
    {{ return(adapter.dispatch('hash_word', 'baton')(hash, first)) }}
{%- endmacro -%}

{%- macro default__hash_word(hash, first) -%}
    {{ exceptions.raise_compiler_error("baton.hash_word has no form for " ~ adapter.type() ~ " yet") }}
{%- endmacro -%}

{%- macro duckdb__hash_word(hash, first) -%}
cast('0x' || substr({{ hash }}, {{ first }}, 8) as bigint)
{%- endmacro -%}

{%- macro postgres__hash_word(hash, first) -%}
cast(cast(('x' || substr({{ hash }}, {{ first }}, 8)) as bit(32)) as bigint)
{%- endmacro -%}


{#- The place in [0, 1) of an md5 in hex digits, evenly spread: its first 32 bits. -#}
{%- macro hash_fraction(hash) -%}
{{ baton.hash_word(hash, 1) }} / 4294967296.0
{%- endmacro -%}


{#- An md5 in hex digits as a 128 bit number, modulo a number below 2^31: by long division, 32 bits at a time. -#}
{%- macro hash_modulo(hash, divisor) -%}
    {%- set rest = namespace(sql='0') -%}
    {%- for first in [1, 9, 17, 25] -%}
        {%- set word = baton.hash_word(hash, first) -%}
        {%- set rest.sql = word ~ " % " ~ divisor if loop.first else "((" ~ rest.sql ~ ") * 4294967296 + " ~ word ~ ") % " ~ divisor -%}
    {%- endfor -%}
    {{ return(rest.sql) }}
{%- endmacro -%}
