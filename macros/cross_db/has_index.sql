{#
    Whether the engine keeps an index of a table in which these columns come first, in any order, and then this one. Only
    PostgreSQL is asked; elsewhere an index says nothing about how to probe.
#}
{%- macro has_index(relation, columns, then) -%}
    {{ return(adapter.dispatch('has_index', 'baton')(relation, columns, then)) }}
{%- endmacro -%}

{%- macro default__has_index(relation, columns, then) -%}
    {{ return(false) }}
{%- endmacro -%}

{%- macro postgres__has_index(relation, columns, then) -%}
    {%- if not execute or relation is string or relation.is_cte or not relation.schema -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set indexes = run_query(
        "select string_agg(cast(attribute.attname as text), chr(10) order by place.position)"
        ~ " from pg_index as catalog"
        ~ " cross join lateral unnest(cast(catalog.indkey as int2[])) with ordinality as place (attnum, position)"
        ~ " inner join pg_attribute as attribute on attribute.attrelid = catalog.indrelid and attribute.attnum = place.attnum"
        ~ " where catalog.indrelid = to_regclass(" ~ baton.literal(relation.include(database=false).render()) ~ ")"
        ~ " and catalog.indisvalid and catalog.indpred is null and catalog.indexprs is null"
        ~ " group by catalog.indexrelid"
    ) -%}
    {%- for index in indexes.columns[0].values() -%}
        {%- set names = index.split('\n') -%}
        {%- if names[:columns | length] | sort == columns | sort and names[columns | length:][:1] == [then] -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro -%}
