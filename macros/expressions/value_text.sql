{#
    A value as text, by which it is known as a key, a category or a part of a hash: equal numbers are the same text whatever
    their type (1, 1.0, 1.00 and 1e0 are '1'; -0.0 is '0'), and a timestamp with a zone is written in UTC.

    `columns` is what `columns_of` knows of the relation; a column that is not among them gets the form for any type.
    Text, integers, booleans, dates and timestamps are a plain cast.
#}
{%- macro value_text(column, columns=none, qualifier='') -%}
    {%- set known = baton.find_column(columns, column) if columns else none -%}
    {%- set value = '%s.%s' | format(qualifier, column) if qualifier else column -%}
    {%- set kind = baton.number_kind(columns, column) -%}
    {%- if kind == 'unknown' -%}
        {{ return(baton.any_value_text(value)) }}
    {%- elif kind == 'double' -%}
        {{ return(baton.double_text(value)) }}
    {%- elif kind == 'decimal' -%}
        {{ return(baton.decimal_text(value, known.data_type)) }}
    {%- endif -%}
    {{ return(baton.as_text(baton.utc(column, columns, qualifier) if baton.is_zoned_type(known.dtype) else value)) }}
{%- endmacro -%}

{#- The text of a value as a category: as `value_text`, but NULL for NaN and infinity, which are missing. -#}
{%- macro category_text(column, columns=none, qualifier='') -%}
    {%- set text = baton.value_text(column, columns, qualifier) -%}
    {%- set value = '%s.%s' | format(qualifier, column) if qualifier else column -%}
    {%- set kind = baton.number_kind(columns, column) -%}
    {%- if kind == 'unknown' -%}
case when {{ baton.is_missing_number(value) }} then null else {{ text }} end
    {%- elif kind == 'double' or kind == 'decimal' and baton.finite_decimal(value) != value -%}
case when {{ baton.is_finite(value) }} then {{ text }} end
    {%- else -%}
{{ text }}
    {%- endif -%}
{%- endmacro -%}
