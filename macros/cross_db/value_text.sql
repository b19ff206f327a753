{#
    Values as text: equal numbers are the same text whatever their type, without an exponent where a whole number is meant.
    `expressions/value_text.sql` chooses among these by the type of a column.
#}

{#- The type of text, in lower case as all types in the SQL. -#}
{%- macro type_text() -%}
    {{ return(adapter.dispatch('type_text', 'baton')()) }}
{%- endmacro -%}

{%- macro default__type_text() -%}{{ return(dbt.type_string() | lower) }}{%- endmacro -%}

{%- macro as_text(value) -%}
cast({{ value }} as {{ baton.type_text() }})
{%- endmacro -%}


{%- macro double_text(value) -%}
    {{ adapter.dispatch('double_text', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__double_text(value) -%}
case
    when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1e15 then cast(cast({{ value }} as bigint) as {{ baton.type_text() }})
    else cast({{ baton.as_double(value) }} as {{ baton.type_text() }})
end
{%- endmacro -%}

{#- A whole number as an integer writes it, which is faster than the text of a double as well. -#}
{%- macro duckdb__double_text(value) -%}
case
    when {{ value }} = trunc({{ value }}) and abs({{ value }}) < 1e38
        then cast(cast({{ value }} as hugeint) as text)
    else cast(cast({{ value }} as double) as text)
end
{%- endmacro -%}

{#- The text of a double has all its digits, where a cast from double to numeric keeps fifteen. -#}
{%- macro postgres__double_text(value) -%}
cast(trim_scale(cast(cast(cast({{ value }} as double precision) as text) as numeric)) as text)
{%- endmacro -%}

{#- Without the exponent that Java writes from ten million on. -#}
{%- macro spark__double_text(value) -%}
case
    when {{ value }} = rint({{ value }}) and abs({{ value }}) < 1e38 then cast(cast({{ value }} as decimal(38, 0)) as string)
    when abs({{ value }}) between 1e7 and 1e38 then trim(trailing '0' from cast(cast({{ value }} as decimal(38, 10)) as string))
    else cast(cast({{ value }} as double) as string)
end
{%- endmacro -%}


{%- macro decimal_text(value, type='') -%}
    {{ adapter.dispatch('decimal_text', 'baton')(value, type) }}
{%- endmacro -%}

{%- macro default__decimal_text(value, type) -%}
    {{ return(baton.default__double_text(value)) }}
{%- endmacro -%}

{%- macro duckdb__decimal_text(value, type) -%}
    {%- set scale = modules.re.match('.*,\\s*([0-9]+)', type) -%}
    {%- set scale = scale.group(1) | int if scale else none -%}
    {%- set text = baton.as_text(value) -%}
    {%- if scale == 0 -%}
{{ text }}
    {%- elif scale is not none and scale <= 4 -%}
rtrim(rtrim({{ text }}, '0'), '.')
    {%- else -%}
    {%- set number -%} try_cast({{ value }} as double) {%- endset -%}
case
    -- a double as small as this is written with an exponent; a decimal may have more digits than a double
    when {{ number }} <> 0 and abs({{ number }}) < 0.0001 and length(ltrim(rtrim({{ text }}, '0'), '-0.')) <= 15
        then cast({{ number }} as text)
    when contains({{ text }}, '.') then rtrim(rtrim({{ text }}, '0'), '.')
    else {{ text }}
end
    {%- endif -%}
{%- endmacro -%}

{%- macro postgres__decimal_text(value, type) -%}
cast(trim_scale({{ value }}) as text)
{%- endmacro -%}

{#- A small one as the double is written. -#}
{%- macro spark__decimal_text(value, type) -%}
case
    when {{ value }} = 0 then '0'
    when abs({{ value }}) < 0.001 then cast(cast({{ value }} as double) as string)
    when {{ value }} = floor({{ value }}) then cast(floor({{ value }}) as string)
    else trim(trailing '0' from cast({{ value }} as string))
end
{%- endmacro -%}


{#- For a value whose type is known to the engine alone, which keeps one branch of it. -#}
{%- macro any_value_text(value) -%}
    {{ adapter.dispatch('any_value_text', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__any_value_text(value) -%}
    {{ return(baton.as_text(value)) }}
{%- endmacro -%}

{%- macro duckdb__any_value_text(value) -%}
case
    when typeof({{ value }}) in ('DOUBLE', 'FLOAT') then
        {{ baton.duckdb__double_text('try_cast(%s as double)' | format(value)) | indent(8) }}
    when typeof({{ value }}) like 'DECIMAL%' then
        {{ baton.duckdb__decimal_text(value, '') | indent(8) }}
    when typeof({{ value }}) in ('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ_NS') then
        cast(timezone('UTC', cast({{ value }} as timestamptz)) as text)
    else cast({{ value }} as text)
end
{%- endmacro -%}

{#- PostgreSQL folds a cast of a constant while it plans, also in a branch that is never taken; `text` hides the constant from it. -#}
{%- macro postgres__any_value_text(value) -%}
    {%- set text -%} case when pg_typeof({{ value }}) <> 'text'::regtype then cast({{ value }} as text) end {%- endset -%}
case cast(pg_typeof({{ value }}) as text)
    when 'double precision' then cast(trim_scale(cast({{ text }} as numeric)) as text)
    when 'real' then cast(trim_scale(cast(cast(cast(cast({{ text }} as real) as double precision) as text) as numeric)) as text)
    when 'numeric' then cast(trim_scale(cast({{ text }} as numeric)) as text)
    when 'timestamp with time zone' then cast(cast({{ text }} as timestamptz) at time zone 'UTC' as text)
    else cast({{ value }} as text)
end
{%- endmacro -%}

{#- Through a text, since every branch has to be typed for every type. -#}
{%- macro spark__any_value_text(value) -%}
case
    when typeof({{ value }}) in ('double', 'float') then
        {{ baton.spark__double_text('cast(%s as double)' | format(baton.as_text(value))) | indent(8) }}
    when typeof({{ value }}) like 'decimal%' then
        {{ baton.spark__decimal_text('cast(%s as decimal(38, 18))' | format(baton.as_text(value)), '') | indent(8) }}
    else {{ baton.as_text(value) }}
end
{%- endmacro -%}


{#- Whether a value is NaN or infinite; its type is known to the engine alone. -#}
{%- macro is_missing_number(value) -%}
    {{ adapter.dispatch('is_missing_number', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__is_missing_number(value) -%}false{%- endmacro -%}

{%- macro duckdb__is_missing_number(value) -%}
typeof({{ value }}) in ('DOUBLE', 'FLOAT') and not isfinite(try_cast({{ value }} as double))
{%- endmacro -%}

{%- macro postgres__is_missing_number(value) -%}
pg_typeof({{ value }}) in ('double precision'::regtype, 'real'::regtype, 'numeric'::regtype)
and cast({{ value }} as text) in ('NaN', 'Infinity', '-Infinity')
{%- endmacro -%}

{%- macro spark__is_missing_number(value) -%}
typeof({{ value }}) in ('double', 'float') and not {{ baton.is_finite(baton.as_text(value)) }}
{%- endmacro -%}


{#- Whether a value is a number; its type is known to the engine alone. -#}
{%- macro is_number(value) -%}
    {{ adapter.dispatch('is_number', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__is_number(value) -%}false{%- endmacro -%}

{%- macro duckdb__is_number(value) -%}
regexp_matches(typeof({{ value }}), '^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$')
{%- endmacro -%}

{%- macro postgres__is_number(value) -%}
cast(pg_typeof({{ value }}) as text) in ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision')
{%- endmacro -%}

{%- macro spark__is_number(value) -%}
typeof({{ value }}) rlike '^(tinyint|smallint|int|bigint|float|double|decimal.*)$'
{%- endmacro -%}


{#- A number of a call as the text that its value has in the rows. -#}
{%- macro number_text(value) -%}
    {{ return(value | int | string if value == value | int and value | abs < 1e38 else adapter.dispatch('number_text', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__number_text(value) -%}
    {{ return(value | float | string) }}
{%- endmacro -%}

{#- Without an exponent. -#}
{%- macro postgres__number_text(value) -%}
    {%- set text = value | float | string -%}
    {%- if 'e' not in text -%}{{ return(text) }}{%- endif -%}
    {%- set sign = '-' if text[0] == '-' else '' -%}
    {%- set mantissa, exponent = text.lstrip('-').split('e') -%}
    {%- set digits = mantissa.replace('.', '') -%}
    {%- set exponent = exponent | int -%}
{{ sign }}
    {%- if exponent < 0 -%}
0.{{ '0' * (-exponent - 1) }}{{ digits }}
    {%- else -%}
{{ digits }}{{ '0' * (exponent + 1 - digits | length) }}
    {%- endif -%}
{%- endmacro -%}

{#- With Java's exponent where the number is small. -#}
{%- macro spark__number_text(value) -%}
    {%- set text = value | float | abs | string -%}
    {%- if value | abs >= 0.001 -%}{{ return(value | float | string) }}{%- endif -%}
    {%- if 'e' in text -%}
        {%- set mantissa, exponent = text.split('e') -%}
        {%- set digits, exponent = mantissa.replace('.', ''), exponent | int -%}
    {%- else -%}
        {%- set digits, exponent = text.lstrip('0.'), -4 -%}
    {%- endif -%}
{{ '-' if value < 0 }}{{ digits[0] }}.{{ digits[1:] or '0' }}E{{ exponent }}
{%- endmacro -%}
