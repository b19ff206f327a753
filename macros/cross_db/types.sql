{#
    What the type of a column can hold. All of these take dbt's Column objects.
#}

{#- Whether each value of `other` is a value of this column too, without rounding, cutting, or a cast in the session's zone. -#}
{%- macro can_hold(column, other) -%}
    {%- if column.data_type == other.data_type -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set here, there = baton.type_shape(column), baton.type_shape(other) -%}
    {%- if here.kind == 'integer' -%}
        {{ return(
            there.kind == 'integer' and here.bits >= there.bits and not (here.is_unsigned and not there.is_unsigned)
            or there.kind == 'decimal' and there.scale == 0 and there.digits < here.digits
        ) }}
    {%- elif here.kind == 'decimal' -%}
        {{ return(there.kind in ['integer', 'decimal'] and here.digits - here.scale >= there.digits - there.scale and here.scale >= there.scale) }}
    {%- elif here.kind == 'double' -%}
        {#- a decimal number of that many digits comes back from a double as it was -#}
        {{ return(there.kind in ['integer', 'decimal', 'double'] and here.digits >= there.digits) }}
    {%- elif here.kind == 'text' -%}
        {#- a limit that is too small is one that dbt raises before it writes -#}
        {{ return(there.kind in ['text', 'enum'] and (here.size is none or there.size is not none)) }}
    {%- elif here.kind == 'timestamp' -%}
        {{ return(here.places < 9 and (there.kind == 'date' or there.kind == 'timestamp' and here.places >= there.places)) }}
    {%- elif here.kind == 'zoned timestamp' -%}
        {{ return(here.places < 9 and there.kind == 'zoned timestamp' and here.places >= there.places) }}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro -%}

{#- Whether both are numbers, of which each value can be asked whether the other type holds it, and for which the engine finds a type for both. -#}
{%- macro are_numbers(column, other) -%}
    {%- set numbers = ['integer', 'decimal', 'double'] -%}
    {{ return(baton.type_shape(column).kind in numbers and baton.type_shape(other).kind in numbers) }}
{%- endmacro -%}

{#- Whether one column can have the values of both: of others than numbers one of the two has to do. -#}
{%- macro can_be_united(column, other) -%}
    {{ return(baton.can_hold(column, other) or baton.can_hold(other, column) or baton.are_numbers(column, other)) }}
{%- endmacro -%}


{#-
    A value of `column` in SQL as one of the type of `target`, which can hold it or is a number too; a number that it can not hold
    ends the query with `message` and the number. No branch is a bare NULL, beside which PostgreSQL would forget the limit of the type.
-#}
{%- macro held_value(value, column, target, message) -%}
    {%- set cast_value = 'cast(' ~ value ~ ' as ' ~ target.data_type ~ ')' -%}
    {%- if baton.can_hold(target, column) -%}
{{ cast_value }}
    {%- else -%}
case
    when {{ value }} is null then {{ cast_value }}
    when {{ baton._is_held(value, column, target, cast_value) | trim | indent(4) }} then {{ cast_value }}
    else {{ baton.fail(baton.literal(message ~ ': ') ~ ' || ' ~ baton.as_text(value), target.data_type) }}
end
    {%- endif -%}
{%- endmacro -%}

{#- The same where the type of the value is known to the engine alone, and for what is not a number too. -#}
{%- macro equal_value(value, target, message) -%}
    {%- set cast_value = 'cast(' ~ value ~ ' as ' ~ target.data_type ~ ')' -%}
case
    when {{ cast_value }} = {{ value }} or {{ value }} is null then {{ cast_value }}
    else {{ baton.fail(baton.literal(message ~ ': ') ~ ' || ' ~ baton.as_text(value), target.data_type) }}
end
{%- endmacro -%}

{#- The range first: a cast of what lies outside of it is an error. -#}
{%- macro _is_held(value, column, target, cast_value) -%}
    {%- set here, there = baton.type_shape(target), baton.type_shape(column) -%}
    {%- if here.kind == 'integer' -%}
        {%- set limit = 2 ** (here.bits - 1) -%}
{{ value }} >= {{ 0 if here.is_unsigned else -limit }} and {{ value }} < {{ limit }}
        {%- if there.kind != 'integer' %} and {{ value }} = floor({{ value }}){% endif -%}
    {%- elif here.kind == 'double' and there.kind == 'integer' -%}
{{ value }} between {{ -(2 ** here.bits) }} and {{ 2 ** here.bits }}
    {%- else -%}
        {#- no double is beyond 308 digits, and a longer number is no double to compare with; 99.995 would be rounded beyond two digits -#}
        {%- set limit = '9' * (here.digits - here.scale) ~ '.' ~ '9' * here.scale ~ '5' if here.kind == 'decimal' and here.digits < 18
            else '1' ~ '0' * [here.digits - here.scale, 308] | min if here.kind == 'decimal' else '3e38' -%}
case
    when abs({{ value }}) < {{ limit }} and (abs({{ value }}) > 1e-37 or {{ value }} = 0) then
        cast({{ cast_value }} as {{ column.data_type }}) = {{ value }}
    else {{ 'not ' ~ baton.is_finite(value) if here.kind == there.kind == 'double' else 'false' }}
end
    {%- endif -%}
{%- endmacro -%}


{#-
    The kind of a type and its measures: `digits` before and after the point and `scale` after it, `bits`, the `size` of a text
    (none without a limit), `places` of a second.
-#}
{%- macro type_shape(column) -%}
    {%- set type = column.data_type | lower -%}
    {%- if type.endswith(']') -%}{{ return({'kind': type}) }}{%- endif -%}
    {%- set name = type.split('(')[0] | trim -%}
    {%- set limits = modules.re.findall('[0-9]+', type.split('(')[1]) | map('int') | list if '(' in type and not type.startswith('enum') else [] -%}
    {%- set kind = baton.number_kind([column], column.name) -%}
    {%- if kind == 'integer' -%}
        {%- set bits = {
            'tinyint': 8, 'byteint': 8, 'int1': 8, 'smallint': 16, 'int2': 16, 'integer': 32, 'int': 32, 'int4': 32, 'hugeint': 128
        }.get(name.lstrip('u'), 64) -%}
        {%- set is_unsigned = name.startswith('u') -%}
        {{ return({
            'kind': 'integer',
            'is_unsigned': is_unsigned,
            'bits': bits + (1 if is_unsigned else 0),
            'digits': {8: 3, 16: 5, 32: 10, 64: 20 if is_unsigned else 19, 128: 39}[bits],
            'scale': 0,
        }) }}
    {%- elif kind == 'decimal' -%}
        {#- without limits PostgreSQL keeps every digit -#}
        {{ return({'kind': 'decimal', 'digits': limits[0] if limits else 2000, 'scale': (limits + [0, 0])[1] if limits else 1000}) }}
    {%- elif kind == 'double' -%}
        {%- set is_single = name in ['real', 'float4'] or name == 'float' and adapter.type() == 'duckdb' -%}
        {{ return({'kind': 'double', 'digits': 6 if is_single else 15, 'scale': 0, 'bits': 24 if is_single else 53}) }}
    {%- elif name in ['text', 'varchar', 'character varying', 'string', 'enum', 'character', 'char', 'bpchar'] -%}
        {{ return({'kind': 'text' if name != 'enum' else 'enum', 'size': limits[0] if limits else none}) }}
    {%- elif baton._is_zoned_type(name) -%}
        {{ return({'kind': 'zoned timestamp', 'places': 9 if name.endswith('_ns') else 6}) }}
    {%- elif name.startswith('timestamp') or name == 'datetime' -%}
        {{ return({'kind': 'timestamp', 'places': {'timestamp_s': 0, 'timestamp_ms': 3, 'timestamp_ns': 9}.get(name, 6)}) }}
    {%- endif -%}
    {{ return({'kind': name}) }}
{%- endmacro -%}
