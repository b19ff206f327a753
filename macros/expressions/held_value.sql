{#-
    Casts a value of `column` to the type of `target`. Where the type cannot hold a number, the query fails with `message` and the number.
    No branch is a bare NULL, beside which PostgreSQL would forget the limit of the type.
-#}
{%- macro held_value(value, column, target, message) -%}
    {%- if baton.can_hold(target, column) -%}
cast({{ value }} as {{ target.data_type }})
    {%- else -%}
{{ baton._cast_or_fail(value, target, message, '%s is null' | format(value), baton._is_held(value, column, target)) }}
    {%- endif -%}
{%- endmacro -%}

{#- The same where only the engine knows the type of the value, and also for what is not a number. -#}
{%- macro equal_value(value, target, message) -%}
{{ baton._cast_or_fail(value, target, message, 'cast(%s as %s) = %s' | format(value, target.data_type, value), '%s is null' | format(value)) }}
{%- endmacro -%}

{%- macro _cast_or_fail(value, target, message, first, second) -%}
case
    when {{ first }} then cast({{ value }} as {{ target.data_type }})
    when {{ second | indent }} then cast({{ value }} as {{ target.data_type }})
    else {{ baton.fail("%s || %s" | format(baton.literal("%s: " | format(message)), baton.as_text(value)), target.data_type) }}
end
{%- endmacro -%}

{#- The range first: a cast of what lies outside of it is an error. -#}
{%- macro _is_held(value, column, target) -%}
    {%- set here, there = baton.type_shape(target), baton.type_shape(column) -%}
    {%- if here.kind == 'integer' -%}
        {%- set limit = 2 ** (here.bits - 1) -%}
{{ value }} >= {{ 0 if here.is_unsigned else -limit }} and {{ value }} < {{ limit }}
        {%- if there.kind != 'integer' %} and {{ value }} = floor({{ value }}){% endif -%}
    {%- elif here.kind == 'double' and there.kind == 'integer' -%}
{{ value }} between {{ -(2 ** here.bits) }} and {{ 2 ** here.bits }}
    {%- else -%}
        {%- set limit -%}
            {#- 99.995 would be rounded beyond two digits; no double is beyond 308 digits, and a longer number cannot be compared with one -#}
            {%- if here.kind == 'decimal' and here.digits < 18 -%} {{ '9' * (here.digits - here.scale) }}.{{ '9' * here.scale }}5
            {%- elif here.kind == 'decimal' -%} 1{{ '0' * [here.digits - here.scale, 308] | min }}
            {%- else -%} 3e38
            {%- endif -%}
        {%- endset -%}
case
    when abs({{ value }}) < {{ limit }} and (abs({{ value }}) > 1e-37 or {{ value }} = 0)
        then cast(cast({{ value }} as {{ target.data_type }}) as {{ column.data_type }}) = {{ value }}
    else {% if here.kind == there.kind == 'double' %}not {{ baton.is_finite(value) }}{% else %}false{% endif %}
end
    {%- endif -%}
{%- endmacro -%}
