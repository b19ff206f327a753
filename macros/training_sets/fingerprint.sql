{#
    One row that identifies the content of a relation: `row_count`, `column_names` and `fingerprint`, 32 hex digits over names and
    values.

    It does not depend on the order of rows or columns; any change of a value, a NULL, a duplicate or a name changes it. Values
    count by their text: equal numbers are equal whatever their type, zoned times are in UTC.
#}
{%- macro fingerprint(relation, columns=none, where=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'relation: relation, columns: names?', relation, columns) -%}
    {%- if columns is none and relation is string -%}
        {%- do problems.append("columns is missing, and those of the CTE '%s' are not known: name them" | format(relation)) -%}
    {%- endif -%}
    {%- do baton.expect(problems, 'where: sql?', where) -%}
    {%- set known = baton.expect_columns(problems, 'relation', relation, columns) -%}
    {%- do baton.raise_problems('fingerprint', problems) -%}
    {%- set chosen = [] -%}
    {%- for name in baton.as_list(columns) or (known or []) | map(attribute='name') -%}
        {%- set exact = name if columns is not none else baton._exact_name(name) -%}
        {%- do chosen.append(dict(name=exact, plain=baton.unquoted(exact))) -%}
    {%- endfor -%}
    {%- set chosen = chosen | sort(attribute='plain', case_sensitive=true) -%}
    {%- set names = chosen | map(attribute='name') | list -%}
    {%- set plain = chosen | map(attribute='plain') | list -%}
    {%- set contents -%}
{{ baton._literal_on_lines(plain | tojson) | indent }}
{%- for value in 'row_count word_1 word_2 word_3 word_4'.split() %}
    || ',' || {{ baton.as_text(value) }}
{%- endfor %}
    {%- endset -%}

with value_texts as (

    select
        {%- for name in names %}
        {{ baton.value_text(baton.identifier(name), known) | indent(8) }} as {{ baton.identifier(name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {%- if where is not none %}
    where {{ baton.user_sql(where) }}
    {%- endif %}

),

hashed_rows as (

    select
        {{ baton.row_hash(baton.identifiers(names), known, texts=baton.identifiers(names)) | indent(8) }} as row_hash
    from value_texts

),

-- the four 32 bit words of the hashes are summed as integers: unlike xor, two equal rows do not cancel out
summed as (

    select
        count(*) as row_count,
        {%- for first in [1, 9, 17, 25] %}
        coalesce(sum({{ baton.hash_word('row_hash', first) }}), 0) as word_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from hashed_rows

)

select
    row_count,
    {{ baton._literal_on_lines(plain | join(', ')) | indent }} as column_names,
    {{ baton.md5(contents) | indent }} as fingerprint
from summed

{%- endmacro -%}

{#- A text with commas as a literal on lines of about a hundred characters, broken after a comma. -#}
{%- macro _literal_on_lines(text) -%}
{%- set lines = [] -%}
{%- for word in text.split(', ') -%}
    {%- set word = word if loop.last else '%s, ' | format(word) -%}
    {%- if lines and (lines[-1] ~ word) | length <= 100 -%}
        {%- do lines.append(lines.pop() ~ word) -%}
    {%- else -%}
        {%- do lines.append(word) -%}
    {%- endif -%}
{%- endfor -%}
{%- for line in lines -%}
{{ '\n    || ' if not loop.first }}{{ baton.literal(line) }}
{%- endfor -%}
{%- endmacro -%}

{#- A name as the engine reports it, written so that `identifier` keeps it exactly. -#}
{%- macro _exact_name(name) -%}
    {{ return(name if baton.identifier(name) == name else '"' ~ name | replace('"', '""') ~ '"') }}
{%- endmacro -%}
