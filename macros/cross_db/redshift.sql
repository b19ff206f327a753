{#
    Redshift. These forms are rendered and parsed by a test, and have not run. It would inherit the forms of PostgreSQL, of which it has no
    arrays, no frame by range, no recursion without a list of columns, no pg_typeof and no functions for JSON.
#}

{%- macro redshift__as_utc(sql, type, up) -%}
    {%- if type -%}
{{ baton.default__as_utc(sql, type) }}
    {%- else -%}
cast(cast({{ sql }} as timestamptz) at time zone 'UTC' as timestamp)
    {%- endif -%}
{%- endmacro -%}

{%- macro redshift__expect_utc_session(problems) -%}
    {%- do baton.expect_utc_zone(problems, 'show timezone', "alter the user: alter user ... set timezone to 'UTC'") -%}
{%- endmacro -%}

{#- dbt's has 256 bytes there. -#}
{%- macro redshift__type_text() -%}{{ return('varchar(65535)') }}{%- endmacro -%}

{#- `getdate()` has whole seconds. -#}
{%- macro redshift__utc_now() -%}sysdate{%- endmacro -%}

{%- macro redshift__iso_weekday(timestamp) -%}
((extract(dow from {{ timestamp }}) + 6) % 7 + 1)
{%- endmacro -%}

{#- As many steps as its ends need, where both are literals; ten million where one is an expression, and an error beyond. -#}
{%- macro redshift__time_grid(start, end, seconds) -%}
    {%- set number = 'cast(numbered.generated_number - 1 as bigint)' -%}
    {%- set most = baton.steps_between(start, end, seconds) -%}
select dateadd(second, {{ number }} * {{ seconds }}, {{ start }}) as as_of
from ({{ dbt.generate_series(most or 10000000) }}) as numbered
where dateadd(second, {{ number }} * {{ seconds }}, {{ start }}) < {{ end }}
{%- endmacro -%}

{#- How many steps of some seconds there are between two literals; none where one is an expression. -#}
{%- macro steps_between(start, end, seconds) -%}
    {%- set moments = [] -%}
    {%- for sql in [start, end] -%}
        {%- set found = modules.re.match("^timestamp '([^'.]*)([.][0-9]+)?'$", sql) -%}
        {%- if not found -%}{{ return(none) }}{%- endif -%}
        {%- do moments.append(modules.datetime.datetime.fromisoformat(found.group(1))) -%}
    {%- endfor -%}
    {{ return([((moments[1] - moments[0]).total_seconds() / seconds) | int + 2, 1] | max) }}
{%- endmacro -%}

{%- macro redshift__hash_word(hash, first) -%}strtol(substring({{ hash }}, {{ first }}, 8), 16){%- endmacro -%}

{%- macro redshift__multiset_hash(values, row) -%}
sum(cast(farmfingerprint64({{ row }}) as decimal(38, 0)))
{%- endmacro -%}

{%- macro redshift__quantiles(number, fractions) -%}
{{ baton.array_of_percentiles('percentile_cont', number, fractions) }}
{%- endmacro -%}

{%- macro redshift__array_of(numbers) -%}array({{ numbers }}){%- endmacro -%}

{%- macro redshift__item(array, number) -%}cast({{ array }}[{{ number - 1 }}] as double precision){%- endmacro -%}

{#- Without VALUES in `from`. -#}
{%- macro redshift__text_rows(columns, rows) %}
    {%- for row in rows or [{}] %}
    {{ 'union all ' if not loop.first }}select {% for column in columns -%}
    cast({{ baton.literal(row[column] or none) }} as {{ baton.type_text() }}) as {{ column }}{{ ', ' if not loop.last }}
    {%- endfor %}
    {%- endfor %}
    {%- if not rows %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}


{#- What it does not have. -#}
{%- macro redshift__with_recursive() -%}{{ return(baton.not_available('a recursive query')) }}{%- endmacro -%}
{%- macro redshift___followed_links(links, keys) -%}{{ return(baton.not_available('a recursive query')) }}{%- endmacro -%}
{%- macro redshift__just_under(seconds) -%}{{ return(baton.not_available('a frame by range')) }}{%- endmacro -%}
{%- macro redshift__frame_width(seconds) -%}{{ return(baton.not_available('a frame by range')) }}{%- endmacro -%}
{%- macro redshift__discrete_quantiles(number, fractions) -%}{{ return(baton.not_available('percentile_disc')) }}{%- endmacro -%}
{%- macro redshift__json_members(document, alias) -%}{{ return(baton.not_available('unfolding JSON')) }}{%- endmacro -%}
{%- macro redshift__json_elements(document, alias) -%}{{ return(baton.not_available('unfolding JSON')) }}{%- endmacro -%}
{%- macro redshift__json_list(document, keys) -%}{{ return(baton.not_available('unfolding JSON')) }}{%- endmacro -%}


{#- JSON is a text there, as are the members that are read from it. -#}
{%- macro redshift__json_document(json) -%}{{ return(json) }}{%- endmacro -%}

{%- macro redshift__json_member(document, path) -%}
    {{ return('json_extract_path_text(%s, %s, true)' | format(document, baton.json_key_literals(path)) if path else document) }}
{%- endmacro -%}

{%- macro redshift__json_number(json, path) -%}{{ return(baton.default__json_number(json, path)) }}{%- endmacro -%}

{#- A member that is not there is an empty text. -#}
{%- macro redshift__json_has(json, path) -%}
nullif({{ baton.json_member(json, path) }}, '') is not null
{%- endmacro -%}

{%- macro redshift__json_is(kind, document) -%}
    {%- if kind == 'object' -%}
left({{ document }}, 1) = '{'
    {%- else -%}
regexp_instr({{ document }}, '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$') = 1
    {%- endif -%}
{%- endmacro -%}

{%- macro redshift__json_text(document, key) -%}
nullif({{ baton.json_member(document, [key] if key else []) }}, '')
{%- endmacro -%}

{%- macro redshift__json_object(members) -%}
json_serialize({{ baton.default__json_object(members, 'object') }})
{%- endmacro -%}

{%- macro redshift__json_of(value) -%}json_serialize(cast({{ value }} as super)){%- endmacro -%}
