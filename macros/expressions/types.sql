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
        {#- dbt raises a limit that is too small before it writes -#}
        {{ return(there.kind in ['text', 'enum'] and (here.size is none or there.size is not none)) }}
    {%- elif here.kind == 'timestamp' -%}
        {{ return(here.places < 9 and (there.kind == 'date' or there.kind == 'timestamp' and here.places >= there.places)) }}
    {%- elif here.kind == 'zoned timestamp' -%}
        {{ return(here.places < 9 and there.kind == 'zoned timestamp' and here.places >= there.places) }}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro -%}

{#- Whether both are numbers: of each value one can ask whether the other type holds it, and the engine has a type for both. -#}
{%- macro are_numbers(column, other) -%}
    {%- set numbers = ['integer', 'decimal', 'double'] -%}
    {{ return(baton.type_shape(column).kind in numbers and baton.type_shape(other).kind in numbers) }}
{%- endmacro -%}

{#- Whether one column can have the values of both: two types of numbers can, of other types one has to hold the other. -#}
{%- macro can_be_united(column, other) -%}
    {{ return(baton.can_hold(column, other) or baton.can_hold(other, column) or baton.are_numbers(column, other)) }}
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
        {%- set bits = dict(
            tinyint=8, byteint=8, int1=8, smallint=16, int2=16, integer=32, int=32, int4=32, hugeint=128
        ).get(name.lstrip('u'), 64) -%}
        {%- set is_unsigned = name.startswith('u') -%}
        {{ return(dict(
            kind='integer',
            is_unsigned=is_unsigned,
            bits=bits + (1 if is_unsigned else 0),
            digits={8: 3, 16: 5, 32: 10, 64: 20 if is_unsigned else 19, 128: 39}[bits],
            scale=0,
        )) }}
    {%- elif kind == 'decimal' -%}
        {#- without limits PostgreSQL keeps every digit -#}
        {{ return(dict(kind='decimal', digits=limits[0] if limits else 2000, scale=(limits + [0, 0])[1] if limits else 1000)) }}
    {%- elif kind == 'double' -%}
        {%- set is_single = name in ['real', 'float4'] or name == 'float' and adapter.type() in ['duckdb', 'spark', 'databricks'] -%}
        {{ return(dict(kind='double', digits=6 if is_single else 15, scale=0, bits=24 if is_single else 53)) }}
    {%- elif name in ['text', 'varchar', 'character varying', 'string', 'enum', 'character', 'char', 'bpchar'] -%}
        {{ return(dict(kind='text' if name != 'enum' else 'enum', size=limits[0] if limits else none)) }}
    {%- elif baton.is_zoned_type(name) -%}
        {{ return(dict(kind='zoned timestamp', places=9 if name.endswith('_ns') else 6)) }}
    {%- elif name.startswith('timestamp') or name == 'datetime' -%}
        {{ return(dict(kind='timestamp', places=dict(timestamp_s=0, timestamp_ms=3, timestamp_ns=9).get(name, 6))) }}
    {%- endif -%}
    {{ return({'kind': name}) }}
{%- endmacro -%}


{#- What a column holds: 'double', 'integer', 'decimal', 'boolean', 'other', or 'unknown' where its type cannot be known yet. -#}
{%- macro number_kind(columns, name) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set type = (known.dtype | lower).split('(')[0] if known else none -%}
    {%- if type is none -%}
        {{ return('unknown') }}
    {%- endif -%}
    {%- set kinds = dict(
        double='double|double precision|float|float4|float8|float64|real',
        decimal='decimal|numeric|number|bignumeric',
        integer='u?(tiny|small|medium|big|huge|byte)?int(eger)?[0-9]*',
        boolean='boolean|bool',
    ) -%}
    {%- for kind, pattern in kinds.items() if modules.re.fullmatch(pattern, type) and not known.dtype.endswith(']') -%}
        {{ return(kind) }}
    {%- endfor -%}
    {{ return('other') }}
{%- endmacro -%}

{%- macro is_zoned_type(type) -%}
    {%- set name = type | lower -%}
    {{ return(name.startswith('timestamp') and name.endswith('with time zone') or name in ['timestamptz', 'timestamptz_ns', 'timestamp_tz', 'timestamp_ltz']) }}
{%- endmacro -%}


{#-
    A sum of whole numbers as a type that holds it: 64 bits for numbers of up to 32, the engine's own wider type for longer ones.
    A flag, or a type that is not known, is short.
-#}
{%- macro whole_sum(sum, columns, name) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set is_long = known and known.dtype | lower in ['bigint', 'ubigint', 'hugeint', 'uhugeint', 'int8', 'int64', 'long'] -%}
    {{- sum if is_long else 'cast(%s as bigint)' | format(sum) -}}
{%- endmacro -%}


{#-
    Whether two columns, none where they are not known, have types that every engine compares with each other; else their texts have
    to be compared.
-#}
{%- macro are_compared_alike(column, other) -%}
    {%- if not column or not other or column.data_type == other.data_type or baton.are_numbers(column, other) -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set kinds = [baton.type_shape(column).kind, baton.type_shape(other).kind] | sort -%}
    {{ return(kinds in [['text', 'text'], ['timestamp', 'timestamp'], ['date', 'timestamp']]) }}
{%- endmacro -%}
