{#
    A value as text, by which it is known as a key, a category or a part of a hash: equal numbers are the same text whatever
    their type (1, 1.0, 1.00 and 1e0 are '1'; -0.0 is '0'), and a timestamp with a zone is written in UTC.

    `columns` is what `columns_of` knows of the relation; a column that is not among them gets the form for any type.
    Text, integers, booleans, dates and timestamps are a plain cast.
#}
{%- macro value_text(column, columns=none, qualifier='') -%}
    {%- set known = baton.find_column(columns, column) if columns else none -%}
    {%- set value = qualifier ~ '.' ~ column if qualifier else column -%}
    {%- set kind = baton.number_kind(columns, column) -%}
    {%- if kind == 'unknown' -%}
        {{ return(baton.any_value_text(value) | trim) }}
    {%- elif kind == 'double' -%}
        {{ return(baton.double_text(value) | trim) }}
    {%- elif kind == 'decimal' -%}
        {{ return(baton.decimal_text(value, known.data_type) | trim) }}
    {%- elif baton._is_zoned_type(known.dtype) -%}
        {%- set value = baton.utc(column, columns, qualifier) -%}
    {%- endif -%}
    {{ return(baton.as_text(value) | trim) }}
{%- endmacro -%}

{%- macro _is_zoned_type(type) -%}
    {%- set name = type | lower -%}
    {{ return(name.startswith('timestamp') and name.endswith('with time zone') or name in ['timestamptz', 'timestamptz_ns', 'timestamp_tz', 'timestamp_ltz']) }}
{%- endmacro -%}

{%- macro as_text(value) -%}
cast({{ value }} as {{ dbt.type_string() }})
{%- endmacro -%}


{%- macro double_text(value) -%}
    {{ return(adapter.dispatch('double_text', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__double_text(value) -%}
case
    when {{ value }} = floor({{ value }}) and abs({{ value }}) < 1e15 then {{ baton.as_text('cast(' ~ value ~ ' as bigint)') }}
    else {{ baton.as_text(baton.as_double(value)) }}
end
{%- endmacro -%}

{#- A whole number as an integer writes it, which is faster than the text of a double as well. -#}
{%- macro duckdb__double_text(value) -%}
case
    when {{ value }} = trunc({{ value }}) and abs({{ value }}) < 1e38 then cast(cast({{ value }} as hugeint) as varchar)
    else cast(cast({{ value }} as double) as varchar)
end
{%- endmacro -%}

{#- The text of a double has all its digits, where a cast from double to numeric keeps fifteen. -#}
{%- macro postgres__double_text(value) -%}
cast(trim_scale(cast(cast(cast({{ value }} as double precision) as text) as numeric)) as text)
{%- endmacro -%}


{%- macro decimal_text(value, type='') -%}
    {{ return(adapter.dispatch('decimal_text', 'baton')(value, type)) }}
{%- endmacro -%}

{%- macro default__decimal_text(value, type) -%}
    {{ return(baton.default__double_text(value)) }}
{%- endmacro -%}

{%- macro duckdb__decimal_text(value, type) -%}
    {%- set scale = modules.re.match('.*,\\s*([0-9]+)', type) -%}
    {%- set scale = scale.group(1) | int if scale else none -%}
    {%- set text = 'cast(' ~ value ~ ' as varchar)' -%}
    {%- if scale == 0 -%}
{{ text }}
    {%- elif scale is not none and scale <= 4 -%}
rtrim(rtrim({{ text }}, '0'), '.')
    {%- else -%}
    {%- set number = 'try_cast(' ~ value ~ ' as double)' -%}
case
    -- a double as small as this is written with an exponent; a decimal may have more digits than a double
    when {{ number }} <> 0 and abs({{ number }}) < 0.0001 and length(ltrim(rtrim({{ text }}, '0'), '-0.')) <= 15 then cast({{ number }} as varchar)
    when contains({{ text }}, '.') then rtrim(rtrim({{ text }}, '0'), '.')
    else {{ text }}
end
    {%- endif -%}
{%- endmacro -%}

{%- macro postgres__decimal_text(value, type) -%}
cast(trim_scale({{ value }}) as text)
{%- endmacro -%}


{#- For a value whose type is known to the engine alone, which keeps one branch of it. -#}
{%- macro any_value_text(value) -%}
    {{ return(adapter.dispatch('any_value_text', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__any_value_text(value) -%}
    {{ return(baton.as_text(value)) }}
{%- endmacro -%}

{%- macro duckdb__any_value_text(value) -%}
case
    when typeof({{ value }}) in ('DOUBLE', 'FLOAT') then
        {{ baton.duckdb__double_text('try_cast(' ~ value ~ ' as double)') | indent(8) }}
    when typeof({{ value }}) like 'DECIMAL%' then
        {{ baton.duckdb__decimal_text(value, '') | indent(8) }}
    when typeof({{ value }}) in ('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ_NS') then cast(timezone('UTC', cast({{ value }} as timestamptz)) as varchar)
    else cast({{ value }} as varchar)
end
{%- endmacro -%}

{#- A cast of a constant is worked out while PostgreSQL plans, in a branch that is never taken too; of this it knows nothing then. -#}
{%- macro postgres__any_value_text(value) -%}
    {%- set text = "case when pg_typeof(" ~ value ~ ") <> 'text'::regtype then cast(" ~ value ~ " as text) end" -%}
case cast(pg_typeof({{ value }}) as text)
    when 'double precision' then cast(trim_scale(cast({{ text }} as numeric)) as text)
    when 'real' then cast(trim_scale(cast(cast(cast(cast({{ text }} as real) as double precision) as text) as numeric)) as text)
    when 'numeric' then cast(trim_scale(cast({{ text }} as numeric)) as text)
    when 'timestamp with time zone' then cast(cast({{ text }} as timestamptz) at time zone 'UTC' as text)
    else cast({{ value }} as text)
end
{%- endmacro -%}


{#- The text of a value as a category: what `value_text` gives, and NULL for NaN and infinity, which are missing. -#}
{%- macro category_text(column, columns=none, qualifier='') -%}
    {%- set text = baton.value_text(column, columns, qualifier) -%}
    {%- set value = qualifier ~ '.' ~ column if qualifier else column -%}
    {%- set kind = baton.number_kind(columns, column) -%}
    {%- if kind == 'unknown' -%}
        {{ return('case when ' ~ baton.is_missing_number(value) ~ ' then null else ' ~ text ~ ' end') }}
    {%- elif kind == 'double' or kind == 'decimal' and baton.finite_decimal(value) != value -%}
        {{ return('case when ' ~ baton.is_finite(value) ~ ' then ' ~ text ~ ' end') }}
    {%- endif -%}
    {{ return(text) }}
{%- endmacro -%}

{#- Whether a value is NaN or infinite; its type is known to the engine alone. -#}
{%- macro is_missing_number(value) -%}
    {{ return(adapter.dispatch('is_missing_number', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__is_missing_number(value) -%}false{%- endmacro -%}

{%- macro duckdb__is_missing_number(value) -%}
typeof({{ value }}) in ('DOUBLE', 'FLOAT') and not isfinite(try_cast({{ value }} as double))
{%- endmacro -%}

{%- macro postgres__is_missing_number(value) -%}
pg_typeof({{ value }}) in ('double precision'::regtype, 'real'::regtype, 'numeric'::regtype) and cast({{ value }} as text) in ('NaN', 'Infinity', '-Infinity')
{%- endmacro -%}


{#- A number of a call as `value_text` writes it in the rows. -#}
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
{{ sign }}{{ '0.' ~ '0' * (-exponent - 1) ~ digits if exponent < 0 else digits ~ '0' * (exponent + 1 - digits | length) }}
{%- endmacro -%}


{#-
    What rows are spread by that belong to one key: the hash is that of `surrogate_key`, of the canonical text of each value,
    so that equal numbers are in one fold or split whatever their type.
-#}
{%- macro key_hash(texts) -%}
    {%- set parts = [] -%}
    {%- for text in texts -%}
        {%- if not loop.first -%}{%- do parts.append("'-'") -%}{%- endif -%}
        {%- do parts.append("coalesce(" ~ text ~ ", '_dbt_utils_surrogate_key_null_')") -%}
    {%- endfor -%}
    {{ return(dbt.hash(baton.joined_texts(parts))) }}
{%- endmacro -%}
