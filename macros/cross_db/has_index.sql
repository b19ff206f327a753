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
    {%- if relation is string or relation.is_cte or not relation.schema -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set query -%}
        select string_agg(cast(attributes.attname as text), chr(10) order by places.position)
        from pg_catalog.pg_index as indexes
        cross join lateral unnest(cast(indexes.indkey as int2[])) with ordinality as places (attnum, position)
        inner join pg_catalog.pg_attribute as attributes
            on indexes.indrelid = attributes.attrelid
            and places.attnum = attributes.attnum
        where
            indexes.indrelid = to_regclass({{ baton.literal(relation.include(database=false).render()) }})
            and indexes.indisvalid
            and indexes.indpred is null
            and indexes.indexprs is null
        group by indexes.indexrelid
    {%- endset -%}
    {%- for index in run_query(query).columns[0].values() -%}
        {%- set names = index.split('\n') -%}
        {%- if names[:columns | length] | sort == columns | sort and names[columns | length:][:1] == [then] -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro -%}
