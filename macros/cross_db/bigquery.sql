{#
    BigQuery. These forms are rendered and parsed by a test, and have not run. A time is a TIMESTAMP there, a moment, which is read in UTC;
    a DATETIME is made one. Frames take numbers only, so times are ordered by their microseconds where a frame has a width.
#}

{%- macro bigquery__as_utc(sql, type, up) -%}
    {{ return(sql if type == 'timestamp' else 'cast(%s as timestamp)' | format(sql)) }}
{%- endmacro -%}

{%- macro bigquery__add_seconds(timestamp, seconds) -%}
timestamp_add({{ timestamp }}, interval {{ seconds }} second)
{%- endmacro -%}

{%- macro bigquery__add_microsecond(timestamp) -%}
timestamp_add({{ timestamp }}, interval 1 microsecond)
{%- endmacro -%}

{%- macro bigquery__just_before(timestamp) -%}
timestamp_sub({{ timestamp }}, interval 1 microsecond)
{%- endmacro -%}

{%- macro bigquery__add_whole_seconds(timestamp, seconds) -%}
timestamp_add({{ timestamp }}, interval {{ seconds }} second)
{%- endmacro -%}

{%- macro bigquery__frame_order(timestamp) -%}unix_micros({{ timestamp }}){%- endmacro -%}

{%- macro bigquery__frame_width(seconds) -%}{{ return(seconds * 1000000) }}{%- endmacro -%}

{%- macro bigquery__just_under(seconds) -%}{{ return(seconds * 1000000 - 1) }}{%- endmacro -%}

{%- macro bigquery__seconds_between(earlier, later) -%}
timestamp_diff({{ later }}, {{ earlier }}, microsecond) / 1e6
{%- endmacro -%}

{%- macro bigquery__period_of(timestamp, period) -%}
timestamp_trunc({{ timestamp }}, {{ 'isoweek' if period == 'week' else period }})
{%- endmacro -%}

{%- macro bigquery__utc_now() -%}current_timestamp(){%- endmacro -%}

{%- macro bigquery__iso_weekday(timestamp) -%}
(mod(extract(dayofweek from {{ timestamp }}) + 5, 7) + 1)
{%- endmacro -%}

{%- macro bigquery__time_grid(start, end, seconds) -%}
select as_of
from unnest(generate_timestamp_array({{ start }}, {{ baton.bigquery__just_before(end) }}, interval {{ seconds }} second)) as as_of
{%- endmacro -%}

{%- macro bigquery__type_double() -%}{{ return('float64') }}{%- endmacro -%}

{%- macro bigquery__nan_to_null(number) -%}
if(is_nan({{ baton.as_double(number) }}), null, {{ baton.as_double(number) }})
{%- endmacro -%}

{%- macro bigquery__is_finite(value) -%}
not (is_nan({{ baton.as_double(value) }}) or is_inf({{ baton.as_double(value) }}))
{%- endmacro -%}

{#- BIGNUMERIC has 38 digits before the point and 38 behind it, and what is too great for it is an error. -#}
{%- macro bigquery__type_whole() -%}{{ return('bignumeric') }}{%- endmacro -%}

{%- macro bigquery__exact_parts(value) -%}
    {{ return(['cast(%s as bignumeric)' | format(value)]) }}
{%- endmacro -%}

{%- macro bigquery__exact_total(parts, exponents) -%}
{{ baton.postgres__exact_total(parts, exponents) }}
{%- endmacro -%}

{%- macro bigquery__with_squares(label, rows, values) -%}
{{ baton.postgres__with_squares(label, rows, values) }}
{%- endmacro -%}

{%- macro bigquery__square_parts(value) -%}
    {{ return(baton.postgres__square_parts(value)) }}
{%- endmacro -%}

{%- macro bigquery__with_variances(label, rows, spreads, name, keyword) -%}
{{ baton.postgres__with_variances(label, rows, spreads, name, keyword) }}
{%- endmacro -%}

{%- macro bigquery__fail(message, type) -%}cast(error({{ message }}) as {{ type }}){%- endmacro -%}

{%- macro bigquery__union_distinct() -%}{{ return('union distinct') }}{%- endmacro -%}

{%- macro bigquery__hash_word(hash, first) -%}{{ baton.duckdb__hash_word(hash, first) }}{%- endmacro -%}

{%- macro bigquery__hash_remainder(hash, n) -%}
mod(mod(mod(mod(
    {{ baton.hash_word(hash, 1) }}, {{ n }}) * 4294967296
    + {{ baton.hash_word(hash, 9) }}, {{ n }}) * 4294967296
    + {{ baton.hash_word(hash, 17) }}, {{ n }}) * 4294967296
    + {{ baton.hash_word(hash, 25) }}, {{ n }})
{%- endmacro -%}

{%- macro bigquery__multiset_hash(values, row) -%}
sum(cast(farm_fingerprint({{ row }}) as bignumeric))
{%- endmacro -%}

{#- Its own function is for windows alone, and UNNEST takes no aggregate: so each is read from the sorted numbers. -#}
{%- macro bigquery__quantiles(number, fractions) -%}
[
    {%- for fraction in fractions %}
    {%- set place = '%s * (count(%s) - 1)' | format(fraction, number) %}
    {{ baton.bigquery__number_at(number, 'floor(%s)' | format(place)) }}
    + (
        {{ baton.bigquery__number_at(number, 'ceil(%s)' | format(place)) }}
        - {{ baton.bigquery__number_at(number, 'floor(%s)' | format(place)) }}
    ) * ({{ place }} - floor({{ place }})){{ ',' if not loop.last }}
    {%- endfor %}
]
{%- endmacro -%}

{%- macro bigquery__discrete_quantiles(number, fractions) -%}
[
    {%- for fraction in fractions %}
    {{ baton.bigquery__number_at(number, 'greatest(ceil(%s * count(%s)) - 1, 0)' | format(fraction, number)) }}{{ ',' if not loop.last }}
    {%- endfor %}
]
{%- endmacro -%}

{#- The number at a place, from 0, among the sorted ones. -#}
{%- macro bigquery__number_at(number, place) -%}
array_agg({{ number }} ignore nulls order by {{ number }})[safe_offset(cast({{ place }} as int64))]
{%- endmacro -%}

{%- macro bigquery__median(number) -%}
{{ baton.quantiles(number, [0.5]) }}[safe_offset(0)]
{%- endmacro -%}

{%- macro bigquery__array_of(numbers) -%}[{{ numbers }}]{%- endmacro -%}

{%- macro bigquery__item(array, number) -%}{{ array }}[safe_offset({{ number - 1 }})]{%- endmacro -%}

{%- macro bigquery__text_rows(columns, rows) %}
    {{ return(baton.redshift__text_rows(columns, rows)) }}
{%- endmacro -%}


{#- JSON: a document is of the type JSON, a JSON value that is made of SQL values is a text. -#}
{%- macro bigquery__json_document(json) -%}safe.parse_json({{ json }}, wide_number_mode => 'round'){%- endmacro -%}

{%- macro bigquery__json_member(document, path) -%}
    {{ return(baton.snowflake__json_member(document, path)) }}
{%- endmacro -%}

{%- macro bigquery__json_is(kind, document) -%}json_type({{ document }}) = '{{ kind }}'{%- endmacro -%}

{%- macro bigquery__json_text(document, key) -%}
json_value({{ baton.json_member(document, [key] if key else []) }})
{%- endmacro -%}

{%- macro bigquery__json_members(document, alias) -%}
cross join unnest(array(
    select as struct key, {{ document }}[key] as value
    from unnest(json_keys({{ document }}, 1)) as key
)) as {{ alias }}
{%- endmacro -%}

{%- macro bigquery__json_elements(document, alias) -%}
cross join unnest(array(select as struct value from unnest(json_query_array({{ document }})) as value)) as {{ alias }}
{%- endmacro -%}

{%- macro bigquery__json_list(document, keys) -%}
    {%- set members = [] -%}
    {%- for key in keys -%}{%- do members.append(baton.json_member(document, [key])) -%}{%- endfor -%}
[{{ baton.wrapped(members) }}]
{%- endmacro -%}

{%- macro bigquery__json_item(list, number) -%}{{ list }}[offset({{ number - 1 }})]{%- endmacro -%}

{%- macro bigquery__json_object(members) -%}
to_json_string({{ baton.default__json_object(members, 'json_object') }})
{%- endmacro -%}

{%- macro bigquery__json_of(value) -%}to_json_string({{ value }}){%- endmacro -%}
