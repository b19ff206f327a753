{#- Texts of which none is NULL, one after the other. -#}
{%- macro joined_texts(texts) -%}
    {{ adapter.dispatch('joined_texts', 'baton')(texts) }}
{%- endmacro -%}

{%- macro default__joined_texts(texts) -%}
    {{ return(dbt.concat(texts)) }}
{%- endmacro -%}

{#- `concat` builds one text, where each `||` would build another. -#}
{%- macro duckdb__joined_texts(texts) -%}
concat(
    {{ texts | join(',\n') | indent }}
)
{%- endmacro -%}

{%- macro postgres__joined_texts(texts) -%}
{{ texts | join('\n|| ') | indent }}
{%- endmacro -%}


{#- The md5 of a text, in hex digits. -#}
{%- macro md5(text) -%}
    {{ return(adapter.dispatch('md5', 'baton')(text)) }}
{%- endmacro -%}

{%- macro default__md5(text) -%}{{ return(dbt.hash(text)) }}{%- endmacro -%}

{#- dbt's own casts it to a type of 256 bytes. -#}
{%- macro redshift__md5(text) -%}md5({{ text }}){%- endmacro -%}


{#- A hash of values in their order, as they are written: 1.0 and 1.00 are different. -#}
{%- macro values_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set part -%}
coalesce({{ baton.count_text('length(%s)' | format(baton.as_text(column))) }} || ':' || {{ baton.as_text(column) }}, '-')
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
{{ baton.md5(baton.joined_texts(parts)) }}
{%- endmacro -%}


{#- The 32 bits of an md5 in hex digits that begin at its digit `first`, 1, 9, 17 or 25, as a number. -#}
{%- macro hash_word(hash, first) -%}
    {{ adapter.dispatch('hash_word', 'baton')(hash, first) }}
{%- endmacro -%}

{%- macro default__hash_word(hash, first) -%}
    {{ return(baton.not_available('baton.hash_word')) }}
{%- endmacro -%}

{%- macro duckdb__hash_word(hash, first) -%}
cast('0x' || substr({{ hash }}, {{ first }}, 8) as bigint)
{%- endmacro -%}

{%- macro postgres__hash_word(hash, first) -%}
cast(cast(('x' || substr({{ hash }}, {{ first }}, 8)) as bit(32)) as bigint)
{%- endmacro -%}

{%- macro spark__hash_word(hash, first) -%}
cast(conv(substr({{ hash }}, {{ first }}, 8), 16, 10) as bigint)
{%- endmacro -%}


{#- An md5 in hex digits as a number, modulo `n`: by long division, 32 bits at a time. -#}
{%- macro hash_remainder(hash, n) -%}
    {{ adapter.dispatch('hash_remainder', 'baton')(hash, n) }}
{%- endmacro -%}

{#- `%` and `*` bind from the left. -#}
{%- macro default__hash_remainder(hash, n) -%}
(((
    {{ baton.hash_word(hash, 1) }} % {{ n }} * 4294967296
    + {{ baton.hash_word(hash, 9) }}) % {{ n }} * 4294967296
    + {{ baton.hash_word(hash, 17) }}) % {{ n }} * 4294967296
    + {{ baton.hash_word(hash, 25) }}) % {{ n }}
{%- endmacro -%}


{#- The place in [0, 1) of an md5 in hex digits, evenly spread: its first 32 bits. -#}
{%- macro hash_fraction(hash) -%}
{{ baton.as_double(baton.hash_word(hash, 1)) }} / 4294967296
{%- endmacro -%}


{#-
    A hash of a group's rows as a multiset: duplicates count, order does not. It is only compared with one that the same engine
    made before, so it may be the engine's own.

    values   expressions over a row
    row      the row's portable hash, for engines without one of their own
-#}
{%- macro multiset_hash(values, row) -%}
    {{ adapter.dispatch('multiset_hash', 'baton')(values, row) }}
{%- endmacro -%}

{%- macro default__multiset_hash(values, row) -%}
{{ baton.md5(baton.listed_texts(row, "''")) }}
{%- endmacro -%}

{#- Low 63 bits of the sum: a bigint joins faster. -#}
{%- macro duckdb__multiset_hash(values, row) -%}
cast(sum(hash({{ baton.wrapped(values) }})) & 9223372036854775807 as bigint)
{%- endmacro -%}

{%- macro postgres__multiset_hash(values, row) -%}
cast(mod(sum(hashtextextended(cast(row({{ baton.wrapped(values) }}) as text), 0)), 9223372036854775807) as bigint)
{%- endmacro -%}

{#- xxhash64 skips a NULL, so whether there is one is hashed too. -#}
{%- macro spark__multiset_hash(values, row) -%}
    {%- set parts = [] -%}
    {%- for value in values -%}{%- do parts.append('%s is null, %s' | format(value, value)) -%}{%- endfor -%}
cast(pmod(sum(cast(xxhash64({{ baton.wrapped(parts) }}) as decimal(38, 0))), 9223372036854775807) as bigint)
{%- endmacro -%}


{#-
    A column as `multiset_hash` takes it: its text where the engine hashes values alike that differ, the column itself else.
    `type` is none where it is not known.
-#}
{%- macro hashed_value(column, type=none) -%}
    {{ adapter.dispatch('hashed_value', 'baton')(column, type) }}
{%- endmacro -%}

{%- macro default__hashed_value(column, type) -%}{{ return(column) }}{%- endmacro -%}

{#- DuckDB hashes an empty list as NULL, and a month as 30 days. -#}
{%- macro duckdb__hashed_value(column, type) -%}
    {%- set nested = '\\[|^(MAP|STRUCT|UNION|INTERVAL)' -%}
    {%- if type is none -%}
{{ column }}, case when regexp_matches(typeof({{ column }}), '{{ nested }}') then {{ baton.as_text(column) }} end
    {%- elif modules.re.search(nested, type) -%}
{{ baton.as_text(column) }}
    {%- else -%}
{{ column }}
    {%- endif -%}
{%- endmacro -%}

{#- A map has no hash, and a NULL inside of an array or a struct is skipped. -#}
{%- macro spark__hashed_value(column, type) -%}
    {%- if type is none or modules.re.search('^(map|array|struct)<', type) -%}
{{ baton.as_text(column) }}
    {%- else -%}
{{ column }}
    {%- endif -%}
{%- endmacro -%}
