{#
    One number or text for all rows of a group: the same for the same rows as often, in whatever order they come.

    It is only compared with one that the same engine made before, so it may be the engine's own hash; after an upgrade
    that changes the hash every group is taken for changed once. `known` is what `columns_of` knows of the columns.
#}
{%- macro rows_fingerprint(columns, known=none) -%}
    {{ return(adapter.dispatch('rows_fingerprint', 'baton')(columns, known)) }}
{%- endmacro -%}

{%- macro default__rows_fingerprint(columns, known) -%}
    {%- set row = baton.row_hash(columns) -%}
    {{ return(dbt.hash(dbt.listagg(row, "''", "order by " ~ row))) }}
{%- endmacro -%}

{#-
    Of a sum of 64 bit hashes 63 bits, which join faster than all of them or a text. An empty list has the hash of NULL there, and
    a month that of 30 days, so of such a value the text counts.
-#}
{%- macro duckdb__rows_fingerprint(columns, known) -%}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- set its = baton.find_column(known, column) if known else none -%}
        {%- set text = baton.as_text(column) | trim -%}
        {%- if not known -%}
            {%- do values.append(column ~ ", case when regexp_matches(typeof(" ~ column ~ "), '" ~ baton._nested_type() ~ "') then " ~ text ~ " end") -%}
        {%- else -%}
            {%- do values.append(text if its and modules.re.search(baton._nested_type(), its.data_type) else column) -%}
        {%- endif -%}
    {%- endfor -%}
cast(sum(hash({{ values | join(", ") }})) & 9223372036854775807 as bigint)
{%- endmacro -%}

{%- macro _nested_type() -%}
    {{ return('\\[|^(MAP|STRUCT|UNION|INTERVAL)') }}
{%- endmacro -%}

{%- macro postgres__rows_fingerprint(columns, known) -%}
cast(mod(sum(hashtextextended(cast(row({{ columns | join(", ") }}) as text), 0)), 9223372036854775807) as bigint)
{%- endmacro -%}
