{#
    An order of rows: the greatest value of the first column first, then that of the next one, each with NULL last. It is the same on
    every engine, unlike their hashes. What is neither a number, a time nor a text goes by its text.

    `columns` are ready for SQL, and `known` is what `columns_of` knows of them.
#}
{%- macro greatest_first(columns, known=none) -%}
    {%- set plain = ['integer', 'decimal', 'double', 'boolean', 'date', 'timestamp', 'zoned timestamp'] -%}
    {%- set order = [] -%}
    {%- for name in columns -%}
        {%- set column = baton.find_column(known, name) if known else none -%}
        {%- set kind = baton.type_shape(column).kind if column else 'unknown' -%}
        {%- if kind in plain -%}
            {%- do order.append('%s desc nulls last' | format(name)) -%}
        {%- else -%}
            {%- do order.append('%s desc nulls last' | format(baton.by_code_point(name if kind == 'text' else baton.value_text(name, known)))) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(order) }}
{%- endmacro -%}
