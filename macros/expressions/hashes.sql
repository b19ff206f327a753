{#
    Keys and hashes over columns, the same on every engine that writes the values as the same text.
#}

{#- What `dbt_utils.generate_surrogate_key` gives for the same columns under its defaults: 32 hex digits, NULL and '' apart. -#}
{%- macro surrogate_key(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}{%- do texts.append(baton.as_text(column)) -%}{%- endfor -%}
{{ baton.key_hash(texts) }}
{%- endmacro -%}

{#- The same hash, of texts. Given the `value_text` of each key, equal keys fall into the same fold or split whatever their type. -#}
{%- macro key_hash(texts) -%}
    {%- set parts = [] -%}
    {%- for text in texts -%}
        {%- set part -%} coalesce({{ text }}, '_dbt_utils_surrogate_key_null_') {%- endset -%}
        {%- do parts.extend([part] if loop.first else ["'-'", part]) -%}
    {%- endfor -%}
{{ baton.md5(baton.joined_texts(parts)) }}
{%- endmacro -%}


{#-
    A hash of a row's values by their names, whatever the order of the columns and the types of equal numbers. No two different rows
    are joined to one text: a name ends with =, a value with a comma, and a comma inside of a value is doubled. A NULL is left out,
    so a new column that is NULL so far changes no hash.

    `known` is what `columns_of` knows of the columns; `texts` names those whose `value_text` stands in the rows already, in place of
    what is known.
-#}
{%- macro row_hash(columns, known=none, texts=[]) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(baton.unquoted(column)) -%}{%- endfor -%}
    {%- set lower_names = names | map('lower') | list -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {#- a name may change its case, unless the case alone tells it from another -#}
        {%- set lower_name = lower_names[loop.index0] -%}
        {%- do values.append(dict(
            name=lower_name if lower_names.count(lower_name) == 1 else names[loop.index0],
            text=column if column in texts else baton.value_text(column, known),
            has_no_comma=baton._has_no_comma(known, column),
        )) -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for value in values | sort(attribute='name', case_sensitive=true) -%}
        {#- escaped, so that = and , end a name and a value -#}
        {%- set name = value.name | replace('%', '%25') | replace('=', '%3D') | replace(',', '%2C') -%}
        {%- set text = value.text if value.has_no_comma else "replace(%s, ',', ',,')" | format(value.text) -%}
        {%- set part -%}
            coalesce({{ baton.literal('%s=' | format(name)) }} || {{ text }} || ',', '')
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
{{ baton.md5(baton.joined_texts(parts)) }}
{%- endmacro -%}

{#- Whether the text of every value of a column is one without a comma. -#}
{%- macro _has_no_comma(known, name) -%}
    {%- set column = baton.find_column(known, name) if known else none -%}
    {{ return(column is not none and (
        baton.number_kind(known, name) in 'integer double decimal boolean'.split()
        or baton.type_shape(column).kind in ['timestamp', 'zoned timestamp', 'date']
    )) }}
{%- endmacro -%}

{#- Hash of a group's rows as a multiset, see `multiset_hash`; `known` is what `columns_of` knows of the columns. -#}
{%- macro rows_fingerprint(columns, known=none) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- if not known -%}
            {%- do values.append(baton.hashed_value(column)) -%}
        {%- else -%}
            {#- a column that is not the relation's own has a plain type -#}
            {%- do values.append(baton.hashed_value(column, (baton.find_column(known, column) or {'data_type': 'text'}).data_type)) -%}
        {%- endif -%}
    {%- endfor -%}
{{ baton.multiset_hash(values, baton.row_hash(columns, known)) }}
{%- endmacro -%}
