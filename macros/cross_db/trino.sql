{#
    Trino. These forms are rendered and parsed by a test, and have not run. A `timestamp` has milliseconds there, and so has an interval:
    times are timestamp(6), counted in microseconds, and frames are ranges of these counts.
#}

{%- macro trino__type_timestamp() -%}{{ return('timestamp(6)') }}{%- endmacro -%}

{%- macro trino__type_double() -%}{{ return('double') }}{%- endmacro -%}

{%- macro trino__as_utc(sql, type, up) -%}
    {%- if type == 'date' -%}
cast({{ sql }} as timestamp(6))
    {%- else -%}
cast(cast({{ sql }} as timestamp(6) with time zone) at time zone 'UTC' as timestamp(6))
    {%- endif -%}
{%- endmacro -%}

{%- macro trino__expect_utc_session(problems) -%}
    {%- do baton.expect_utc_zone(problems, 'select current_timezone()', 'set timezone: UTC in profiles.yml') -%}
{%- endmacro -%}

{#- Microseconds from 1970, exact: they are less than 2^53. -#}
{%- macro trino__frame_order(timestamp) -%}
cast(round(to_unixtime({{ timestamp }}) * 1e6) as bigint)
{%- endmacro -%}

{%- macro trino__frame_width(seconds) -%}{{ return(seconds * 1000000) }}{%- endmacro -%}

{%- macro trino__just_under(seconds) -%}{{ return(seconds * 1000000 - 1) }}{%- endmacro -%}

{%- macro trino__moment_of_micros(micros) -%}
cast(from_unixtime_nanos(({{ micros }}) * 1000) at time zone 'UTC' as timestamp(6))
{%- endmacro -%}

{%- macro trino__add_microsecond(timestamp) -%}
{{ baton.trino__moment_of_micros(baton.trino__frame_order(timestamp) ~ ' + 1') }}
{%- endmacro -%}

{%- macro trino__just_before(timestamp) -%}
{{ baton.trino__moment_of_micros(baton.trino__frame_order(timestamp) ~ ' - 1') }}
{%- endmacro -%}

{%- macro trino__seconds_between(earlier, later) -%}
({{ baton.trino__frame_order(later) }} - {{ baton.trino__frame_order(earlier) }}) / 1e6
{%- endmacro -%}

{%- macro trino__utc_now() -%}
cast(current_timestamp at time zone 'UTC' as timestamp(6))
{%- endmacro -%}

{%- macro trino__iso_weekday(timestamp) -%}day_of_week({{ timestamp }}){%- endmacro -%}

{#- A sequence has ten thousand items at most, so it is one of ten thousand steps for each of as many as are needed. -#}
{%- macro trino__time_grid(start, end, seconds) -%}
select date_add('second', {{ seconds }} * (blocks.number * 10000 + steps.number), ends.starts_at) as as_of
from (
    select
        {{ start }} as starts_at,
        {{ end }} as ends_at
) as ends
cross join unnest(sequence(0, 9999)) as blocks (number)
cross join unnest(sequence(0, 9999)) as steps (number)
where
    blocks.number * 10000 + steps.number < ceil({{ baton.seconds_between('ends.starts_at', 'ends.ends_at') }} / {{ seconds }})
{%- endmacro -%}

{%- macro trino__nan_to_null(number) -%}
if(is_nan({{ baton.as_double(number) }}), null, {{ baton.as_double(number) }})
{%- endmacro -%}

{%- macro trino__is_finite(value) -%}is_finite({{ baton.as_double(value) }}){%- endmacro -%}

{%- macro trino__fail(message, type) -%}cast(fail({{ message }}) as {{ type }}){%- endmacro -%}

{%- macro trino__hash_word(hash, first) -%}from_base(substr({{ hash }}, {{ first }}, 8), 16){%- endmacro -%}

{%- macro trino__multiset_hash(values, row) -%}checksum(row({{ baton.wrapped(values) }})){%- endmacro -%}

{#- Without recursion, which ends after ten steps there: a key's links are an array, and one pass keeps each position that is next. -#}
{%- macro trino___followed_links(links, keys) -%}
baton_steps as (

    select
        {{ keys | join(',\n        ') }},
        baton_position
    from (
        select
            {{ keys | join(',\n            ') }},
            reduce(
                array_agg(cast(row(baton_position, baton_next) as row(place bigint, next bigint)) order by baton_position),
                cast(row(1, array[]) as row(next bigint, kept array(bigint))),
                (walk, link) -> if(
                    link.place = walk.next,
                    cast(row(link.next, walk.kept || link.place) as row(next bigint, kept array(bigint))),
                    walk
                ),
                walk -> walk.kept
            ) as baton_positions
        from {{ links }}
        group by {{ keys | join(', ') }}
    ) as baton_walks
    cross join unnest(baton_positions) as baton_met (baton_position)

),

{{ baton._links_of_steps(links, keys) }}
{%- endmacro -%}


{#- There is no percentile_cont: the sorted numbers are an array, which the outer lambda names once. -#}
{%- macro trino__quantiles(number, fractions) -%}
transform(
    array[array_agg({{ number }} order by {{ number }}) filter (where {{ number }} is not null)],
    numbers -> transform(
        array[{{ fractions | join(', ') }}],
        fraction -> numbers[cast(floor(fraction * (cardinality(numbers) - 1)) as integer) + 1]
            + (
                numbers[cast(ceil(fraction * (cardinality(numbers) - 1)) as integer) + 1]
                - numbers[cast(floor(fraction * (cardinality(numbers) - 1)) as integer) + 1]
            ) * (fraction * (cardinality(numbers) - 1) - floor(fraction * (cardinality(numbers) - 1)))
    )
)[1]
{%- endmacro -%}

{%- macro trino__discrete_quantiles(number, fractions) -%}
transform(
    array[array_agg({{ number }} order by {{ number }}) filter (where {{ number }} is not null)],
    numbers -> transform(
        array[{{ fractions | join(', ') }}],
        fraction -> numbers[greatest(cast(ceil(fraction * cardinality(numbers)) as integer), 1)]
    )
)[1]
{%- endmacro -%}

{%- macro trino__median(number) -%}{{ baton.quantiles(number, [0.5]) }}[1]{%- endmacro -%}


{#- JSON: a document is of the type JSON, a JSON value that is made of SQL values is a text. -#}
{%- macro trino__json_document(json) -%}try(json_parse({{ json }})){%- endmacro -%}

{%- macro trino__json_member(document, path) -%}
    {%- set steps = [] -%}
    {%- for key in path -%}{%- do steps.append('["%s"]' | format(key | replace('\\', '\\\\') | replace('"', '\\"'))) -%}{%- endfor -%}
    {{ return('json_extract(%s, %s)' | format(document, baton.literal('$' ~ steps | join)) if path else document) }}
{%- endmacro -%}

{%- macro trino__json_is(kind, document) -%}
    {%- if kind == 'object' -%}
substr(json_format({{ document }}), 1, 1) = '{'
    {%- else -%}
regexp_like(json_format({{ document }}), '^-?[0-9]')
    {%- endif -%}
{%- endmacro -%}

{%- macro trino__json_text(document, key) -%}
json_extract_scalar({{ baton.json_member(document, [key] if key else []) }}, '$')
{%- endmacro -%}

{%- macro trino__json_members(document, alias) -%}
cross join unnest(try_cast({{ document }} as map(varchar, json))) as {{ alias }} (key, value)
{%- endmacro -%}

{%- macro trino__json_elements(document, alias) -%}
cross join unnest(try_cast({{ document }} as array(json))) as {{ alias }} (value)
{%- endmacro -%}

{%- macro trino__json_list(document, keys) -%}
    {%- set members = [] -%}
    {%- for key in keys -%}{%- do members.append(baton.json_member(document, [key])) -%}{%- endfor -%}
array[{{ baton.wrapped(members) }}]
{%- endmacro -%}

{%- macro trino__json_object(members) -%}
json_object(
    {%- for name, value in members.items() %}
    key {{ baton.literal(name) }} value {{ value | indent }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{ 'null on null' if members }}
)
{%- endmacro -%}

{%- macro trino__json_of(value) -%}json_format(cast({{ value }} as json)){%- endmacro -%}
