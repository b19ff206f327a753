{#
    Keys and hashes over columns, the same on every engine that writes the values as the same text.
#}

{#- What `dbt_utils.generate_surrogate_key` gives for the same columns under its defaults: 32 hex digits, NULL and '' apart. -#}
{%- macro surrogate_key(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}{%- do texts.append(baton.as_text(column)) -%}{%- endfor -%}
{{ baton.key_hash(texts) }}
{%- endmacro -%}

{#- The same hash of texts. Of each value's `value_text` it spreads keys over folds and splits alike, whatever the type of equal numbers. -#}
{%- macro key_hash(texts) -%}
    {%- set parts = [] -%}
    {%- for text in texts -%}
        {%- set part -%} coalesce({{ text }}, '_dbt_utils_surrogate_key_null_') {%- endset -%}
        {%- do parts.extend([part] if loop.first else ["'-'", part]) -%}
    {%- endfor -%}
{{ dbt.hash(baton.joined_texts(parts)) }}
{%- endmacro -%}


{#-
    A hash of a row's values by their names, whatever the order of the columns and the types of equal numbers. No two different rows
    are joined to one text: a name ends with =, a value with a comma, and a comma inside of a value is doubled. A NULL is left out,
    so a new column that is NULL so far changes no hash.

    `known` is what `columns_of` knows of the columns, `texts` names those that are text already.
-#}
{%- macro row_hash(columns, known=none, texts=[]) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(baton.unquoted(column)) -%}{%- endfor -%}
    {%- set folded = names | map('lower') | list -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {#- a name may change its case, unless the case alone tells it from another -#}
        {%- set name = folded[loop.index0] if folded.count(folded[loop.index0]) == 1 else names[loop.index0] -%}
        {%- do values.append({
            'name': name | replace('%', '%25') | replace('=', '%3D') | replace(',', '%2C'),
            'sorted_by': name,
            'text': column if column in texts else baton.value_text(column, known),
            'has_no_comma': column not in texts and baton._has_no_comma(known, column),
        }) -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for value in values | sort(attribute='sorted_by', case_sensitive=true) -%}
        {%- set escaped = value.text if value.has_no_comma else "replace(%s, ',', ',,')" | format(value.text) -%}
        {%- set part -%}
            coalesce({{ baton.literal('%s=' | format(value.name)) }} || {{ escaped }} || ',', '')
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
{{ dbt.hash(baton.joined_texts(parts)) }}
{%- endmacro -%}

{#- Whether the text of every value of a column is one without a comma. -#}
{%- macro _has_no_comma(known, name) -%}
    {%- set column = baton.find_column(known, name) if known else none -%}
    {{ return(column is not none and (
        baton.number_kind(known, name) in ['integer', 'double', 'decimal', 'boolean']
        or baton.type_shape(column).kind in ['timestamp', 'zoned timestamp', 'date']
    )) }}
{%- endmacro -%}

{#- Hash of a group's rows as a multiset, see `multiset_hash`; `known` is what `columns_of` knows of the columns. -#}
{%- macro rows_fingerprint(columns, known=none) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- set found = baton.find_column(known, column) if known else none -%}
        {%- do values.append(baton.hashed_value(column, (found.data_type if found else '') if known else none)) -%}
    {%- endfor -%}
{{ baton.multiset_hash(values, baton.row_hash(columns)) }}
{%- endmacro -%}


{#- The place in [0, 1) of an md5 in hex digits, evenly spread: its first 32 bits. -#}
{%- macro hash_fraction(hash) -%}
{{ baton.hash_word(hash, 1) }} / 4294967296.0
{%- endmacro -%}

{#- An md5 in hex digits as a 128 bit number, modulo a number below 2^31: by long division, 32 bits at a time. -#}
{%- macro hash_modulo(hash, divisor) -%}
(((
    {{ baton.hash_word(hash, 1) }} % {{ divisor }} * 4294967296
    + {{ baton.hash_word(hash, 9) }}) % {{ divisor }} * 4294967296
    + {{ baton.hash_word(hash, 17) }}) % {{ divisor }} * 4294967296
    + {{ baton.hash_word(hash, 25) }}) % {{ divisor }}
{%- endmacro -%}
