{#
    Snowflake. These forms are rendered and parsed by a test, and have not run. NUMBER has 38 digits and a division of two of them is
    a NUMBER of few digits, so what is divided is made a double first; a TIMESTAMP has no zone.
#}

{#- The session has to be in UTC where the type is not known: a time without zone is then the same in both. -#}
{%- macro snowflake__as_utc(sql, type, up) -%}
    {%- if type in ['date', 'varchar', 'text'] -%}
cast({{ sql }} as timestamp_ntz)
    {%- elif type -%}
cast(convert_timezone('UTC', {{ sql }}) as timestamp_ntz)
    {%- else -%}
cast(convert_timezone('UTC', cast({{ sql }} as timestamp_tz)) as timestamp_ntz)
    {%- endif -%}
{%- endmacro -%}

{%- macro snowflake__expect_utc_session(problems) -%}
    {%- do baton.expect_utc_zone(
        problems, "show parameters like 'TIMEZONE' in session", "alter the user: alter user ... set timezone = 'UTC'", column=1
    ) -%}
{%- endmacro -%}

{%- macro snowflake__utc_now() -%}sysdate(){%- endmacro -%}

{%- macro snowflake__iso_weekday(timestamp) -%}dayofweekiso({{ timestamp }}){%- endmacro -%}

{%- macro snowflake__just_under(seconds) -%}
interval '{{ seconds * 1000000 - 1 }} microseconds'
{%- endmacro -%}

{%- macro snowflake__time_grid(start, end, seconds) -%}
select dateadd(second, {{ seconds }} * steps.value, ends.starts_at) as as_of
from (
    select
        {{ start }} as starts_at,
        {{ end }} as ends_at
) as ends
cross join lateral flatten(
    array_generate_range(0, ceil(datediff(microsecond, ends.starts_at, ends.ends_at) / {{ seconds * 1000000 }}))
) as steps
{%- endmacro -%}

{%- macro snowflake__hash_word(hash, first) -%}
to_number(substr({{ hash }}, {{ first }}, 8), 'XXXXXXXX')
{%- endmacro -%}

{%- macro snowflake__multiset_hash(values, row) -%}
hash_agg({{ baton.wrapped(values) }})
{%- endmacro -%}

{#- NaN is equal to itself there. -#}
{%- macro snowflake__is_finite(value) -%}
{{ baton.as_double(value) }} not in (cast('NaN' as double), cast('inf' as double), cast('-inf' as double))
{%- endmacro -%}

{%- macro snowflake__quantiles(number, fractions) -%}
{{ baton.array_of_percentiles('percentile_cont', number, fractions) }}
{%- endmacro -%}

{%- macro snowflake__discrete_quantiles(number, fractions) -%}
{{ baton.array_of_percentiles('percentile_disc', number, fractions) }}
{%- endmacro -%}

{%- macro snowflake__array_of(numbers) -%}array_construct({{ numbers }}){%- endmacro -%}

{%- macro snowflake__item(array, number) -%}cast({{ array }}[{{ number - 1 }}] as double){%- endmacro -%}


{#- JSON: a document is a VARIANT, a JSON value that is made of SQL values is a text. -#}
{%- macro snowflake__json_document(json) -%}try_parse_json({{ json }}){%- endmacro -%}

{%- macro snowflake__json_member(document, path) -%}
    {%- set steps = [] -%}
    {%- for key in path -%}{%- do steps.append('[%s]' | format(baton.literal(key))) -%}{%- endfor -%}
    {{ return('%s%s' | format(document, steps | join)) }}
{%- endmacro -%}

{%- macro snowflake__json_is(kind, document) -%}
typeof({{ document }}) {{ "= 'OBJECT'" if kind == 'object' else "in ('INTEGER', 'DECIMAL', 'DOUBLE')" }}
{%- endmacro -%}

{%- macro snowflake__json_text(document, key) -%}
cast({{ baton.json_member(document, [key] if key else []) }} as {{ baton.type_text() }})
{%- endmacro -%}

{%- macro snowflake__json_members(document, alias) -%}
cross join lateral flatten(input => {{ document }}, mode => 'OBJECT') as {{ alias }}
{%- endmacro -%}

{%- macro snowflake__json_elements(document, alias) -%}
cross join lateral flatten(input => {{ document }}, mode => 'ARRAY') as {{ alias }}
{%- endmacro -%}

{%- macro snowflake__json_list(document, keys) -%}
    {%- set members = [] -%}
    {%- for key in keys -%}{%- do members.append(baton.json_member(document, [key])) -%}{%- endfor -%}
array_construct({{ baton.wrapped(members) }})
{%- endmacro -%}

{%- macro snowflake__json_item(list, number) -%}{{ list }}[{{ number - 1 }}]{%- endmacro -%}

{%- macro snowflake__json_object(members) -%}
to_json({{ baton.default__json_object(members, 'object_construct_keep_null') }})
{%- endmacro -%}

{%- macro snowflake__json_of(value) -%}to_json(to_variant({{ value }})){%- endmacro -%}
