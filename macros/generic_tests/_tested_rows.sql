{#
    What the generic tests share: the relation under test, the columns that they read, and the words for a row.

    A failing row begins with `message`, which names the row by its keys and times and says what is wrong and why it matters; the
    columns concerned follow.
#}

{#-
    The relation under test. For a test with `where` dbt passes a subquery, whose columns cannot be read, so the relation inside is
    looked up.
-#}
{%- macro _tested_relation(tested) -%}
    {%- if tested is string -%}
        {%- for id in model.depends_on.nodes -%}
            {%- set node = graph.nodes.get(id) or graph.sources.get(id) -%}
            {%- if node and node.relation_name and " from %s " | format(node.relation_name) in tested -%}
                {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.get('alias') or node.identifier)) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tested) }}
{%- endmacro -%}

{#- Gives what is known of the columns. -#}
{%- macro _expect_tested_columns(problems, tested, names) -%}
    {{ return(baton.expect_columns(problems, baton.relation_name(tested), tested, names)) }}
{%- endmacro -%}

{#- A select list of columns, each once; those in `times` in UTC. -#}
{%- macro _tested_columns(names, times, known) -%}
    {%- set listed = [] -%}
    {%- set taken = [] -%}
    {%- set times = times | map('lower') | list -%}
    {%- for name in names if baton.comparison_name(baton.unquoted(name)) not in taken -%}
        {%- do taken.append(baton.comparison_name(baton.unquoted(name))) -%}
        {%- do listed.append(baton.utc_column(name, known) if name | lower in times else baton.identifier(name)) -%}
    {%- endfor -%}
    {{ return(listed) }}
{%- endmacro -%}

{#- The columns of a failing row after its `message`, each once. -#}
{%- macro _concerned_columns(names) -%}
    {%- set listed = [] -%}
    {%- for name in names if baton.identifier(name) not in listed -%}
        {%- do listed.append(baton.identifier(name) ~ (' as message_' if name | lower == 'message' else '')) -%}
    {%- endfor -%}
    {{ return(listed) }}
{%- endmacro -%}

{#-
    The failing rows: those of a CTE `faults` with a `baton_fault`, the sentence that says what is wrong. After the given columns
    come those that the test computed, without their prefix `baton_`.
-#}
{%- macro _failing_rows(row, columns, worked_out=[], group=none) -%}
select
    {{ baton._row_in_words(row) }}
    {{ "|| ', in ' || %s " | format(group) if group }}|| ': ' || baton_fault as message,
    {{ baton._concerned_columns(columns) | join(',\n    ') }}
    {%- for name in worked_out %},
    baton_{{ name }} as {{ name }}
    {%- endfor %}
from faults
where baton_fault is not null
{%- endmacro -%}

{#- A row by its keys and times: "customer_id 42, as_of 2024-06-01 00:00:00". -#}
{%- macro _row_in_words(names) -%}
{%- for name in names | unique -%}
{%- set title = "%s%s " | format(', ' if not loop.first else '', baton.unquoted(name)) -%}
{{ '\n    || ' if not loop.first }}{{ baton.literal(title) }} || {{ baton._value_in_words(baton.identifier(name)) }}
{%- endfor -%}
{%- endmacro -%}

{#- A value in a sentence; NULL as the word. -#}
{%- macro _value_in_words(sql) -%}
coalesce(cast({{ sql }} as {{ baton.type_text() }}), 'NULL')
{%- endmacro -%}

{#- Where a label's window ends: a column, or some time after as_of. -#}
{%- macro _tested_window_end(as_of, label_window_end, horizon, known) -%}
    {%- if horizon is not none -%}
        {{ return(baton.add_seconds(baton.utc(as_of, known), baton.duration_seconds(horizon))) }}
    {%- endif -%}
    {{ return(baton.utc(label_window_end, known) if label_window_end is not none else none) }}
{%- endmacro -%}

{%- macro _expect_tested_window_end(problems, label_window_end, horizon) -%}
    {%- if horizon is not none -%}
        {%- do baton.expect_duration(problems, 'horizon', horizon) -%}
    {%- else -%}
        {%- do baton.expect_name(problems, 'label_window_end', label_window_end) -%}
    {%- endif -%}
{%- endmacro -%}
