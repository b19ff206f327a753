{#-
    Whether a value can stand for a relation: one of dbt's, or the name of a CTE or a table, be it quoted or with its schema.
-#}
{%- macro is_relation(value) -%}
    {%- if value is string -%}
        {%- set name = '(?:[^\\W0-9][\\w$]*|"(?:[^"]|"")+"|`[^`]+`)' -%}
        {{ return(modules.re.fullmatch('%s(?:[.]%s){0,2}' | format(name, name), value) is not none) }}
    {%- endif -%}
    {{ return(value is defined and value is not none and value.identifier is string and value.render is defined and value.render is callable) }}
{%- endmacro -%}

{#-
    A name for a CTE that reads like the relation it stands for, unlike those in `taken`; short enough to be followed by twenty
    letters where names end after 63, as on PostgreSQL.
-#}
{%- macro cte_name(relation, taken=[]) -%}
    {%- set name = modules.re.sub('[^a-z0-9_]', '_', baton.relation_name(relation) | lower) -%}
    {%- set name = ('of_%s' | format(name) if name[0] in '0123456789' else name)[:40] -%}
    {%- for number in range(2, taken | length + 2) if name in taken -%}
        {%- set numbered = '%s_%s' | format(name, number) -%}
        {%- if numbered not in taken -%}{{ return(numbered) }}{%- endif -%}
    {%- endfor -%}
    {{ return(name) }}
{%- endmacro -%}

{#- What a user calls the relation: the identifier of a ref or source (an ephemeral one's without dbt's prefix), the name of a CTE. -#}
{%- macro relation_name(relation) -%}
    {{ return((relation if relation is string else relation.identifier) | replace('__dbt__cte__', '')) }}
{%- endmacro -%}

{#-
    The relation under an alias, with the columns `made` of it beside its own: {name: an expression over the alias}. With
    `--empty` and in samples dbt writes a relation as a subquery that has an alias already, so there it is wrapped once more.
-#}
{%- macro aliased(relation, alias, made={}) -%}
    {%- if made -%}
(
    {{ baton.rows_with(relation, alias, made) | indent }}
) as {{ alias }}
    {%- elif relation is not string and (relation.limit is number or relation.event_time_filter) -%}
(select * from {{ relation }}) as {{ alias }}
    {%- else -%}
{{ relation }} as {{ alias }}
    {%- endif -%}
{%- endmacro -%}

{#- All rows of a relation, with the columns `made` of it beside its own. -#}
{%- macro rows_with(relation, alias, made) -%}
    {%- if not made -%}
select * from {{ relation }}
    {%- else -%}
select
    {{ alias }}.*
    {%- for name, sql in made.items() %},
    {{ sql | indent }} as {{ name }}
    {%- endfor %}
from {{ baton.aliased(relation, alias) }}
    {%- endif -%}
{%- endmacro -%}

{#-
    The relation with its rows of all times. In a microbatch, and in a sample, dbt filters every relation that has an `event_time`,
    but what is known at a row's moment began long before its batch: histories are read whole, while the spine stays filtered.
-#}
{%- macro of_all_times(relation) -%}
    {%- if relation is string or not relation.event_time_filter -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return(relation.replace(event_time_filter=none)) }}
{%- endmacro -%}

{#- For a call that would need the rows of all times and yet may only give those of the batch. -#}
{%- macro expect_all_times(problems, argument, relation, reason) -%}
    {%- if relation is defined and relation is not string and relation.event_time_filter -%}
        {%- do problems.append(
            "%s has the rows of one batch or sample only, but %s: build it as a table, or pass %s as a CTE that selects from ref(...).render()"
            | format(argument, reason, argument)
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- The relation with all of its rows, for what decides on the columns of a query: `--empty` is to change the rows alone. -#}
{%- macro without_limit(relation) -%}
    {{ return(relation if relation is string or relation.limit is not number else relation.replace(limit=none)) }}
{%- endmacro -%}
