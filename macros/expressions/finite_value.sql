{#-
    What a column brings to a computation: its value, NULL where it is NaN or infinite.

    kind    the column's `number_kind`
    reads   'value': as it is; 'order': as what can be compared, a boolean as 0 or 1, since not every engine has a least one;
            'number': as what can be summed, so that what is not known is a number
-#}
{%- macro finite_value(value, kind, reads='value') -%}
    {%- if kind == 'boolean' and reads != 'value' -%}
cast({{ value }} as integer)
    {%- elif kind == 'double' or kind == 'unknown' and reads == 'number' -%}
{{ baton.finite(value) }}
    {%- elif kind == 'decimal' -%}
{{ baton.finite_decimal(value) }}
    {%- elif kind == 'unknown' -%}
case when not ({{ baton.is_missing_number(value) }}) then {{ value }} end
    {%- else -%}
{{ value }}
    {%- endif -%}
{%- endmacro -%}

{#- The same as a double. `column` is dbt's, none where its type is not known. -#}
{%- macro finite_double(value, kind, column) -%}
    {%- if kind == 'unknown' -%}
{{ baton.finite(baton.as_double(value)) }}
    {%- elif kind == 'double' and baton.type_shape(column).bits == 53 -%}
{{ baton.finite(value) }}
    {%- else -%}
{{ baton.as_double(baton.finite_value(value, kind, 'number')) }}
    {%- endif -%}
{%- endmacro -%}
