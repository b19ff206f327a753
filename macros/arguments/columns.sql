{#
    What is known of a relation's columns while a model is compiled.
#}

{#
    The columns of a relation, as dbt's Column objects; none for a CTE, for a relation that is not built yet, for what is no
    relation at all, and while dbt parses. Whoever asks must have a sound answer for none.
#}
{%- macro columns_of(relation) -%}
    {%- if not execute or relation is string or not baton.is_relation(relation) or relation.is_cte -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set columns = baton._with_whole_types(relation, adapter.get_columns_in_relation(relation)) -%}
    {{ return(columns if columns else none) }}
{%- endmacro -%}

{#- The columns with types that can be compared and written in a cast. -#}
{%- macro _with_whole_types(relation, columns) -%}
    {{ return(adapter.dispatch('_with_whole_types', 'baton')(relation, columns)) }}
{%- endmacro -%}

{%- macro default___with_whole_types(relation, columns) -%}
    {{ return(columns) }}
{%- endmacro -%}

{#- dbt knows of every array there only that it is an ARRAY, and of an enum that it is USER-DEFINED. -#}
{%- macro postgres___with_whole_types(relation, columns) -%}
    {%- if not columns | selectattr('dtype', 'in', ['ARRAY', 'USER-DEFINED']) | list -%}
        {{ return(columns) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- set query -%}
        select attributes.attname, format_type(attributes.atttypid, attributes.atttypmod)
        from pg_catalog.pg_attribute as attributes
        inner join pg_catalog.pg_class as classes on attributes.attrelid = classes.oid
        inner join pg_catalog.pg_namespace as schemas on classes.relnamespace = schemas.oid
        where
            classes.relname = {{ baton.literal(relation.identifier) }}
            {%- if relation.schema %}
            and schemas.nspname = {{ baton.literal(relation.schema) }}
            {%- else %}
            and classes.relpersistence = 't'
            {%- endif %}
            and attributes.attnum > 0
            and not attributes.attisdropped
    {%- endset -%}
    {%- for row in run_query(query).rows -%}{%- do types.update({row[0]: row[1]}) -%}{%- endfor -%}
    {%- set whole = [] -%}
    {%- for column in columns -%}
        {%- set is_whole = column.dtype not in ['ARRAY', 'USER-DEFINED'] or column.name not in types -%}
        {%- do whole.append(column if is_whole else api.Column(column.name, types[column.name])) -%}
    {%- endfor -%}
    {{ return(whole) }}
{%- endmacro -%}

{#-
    Whether the columns of a relation should be known by now, so that a call which needs them and finds none is wrong. They need not be
    while dbt compiles, or makes the docs, before anything is built; those of a CTE will not be known later either.
-#}
{%- macro should_be_built(relation) -%}
    {%- set is_to_be_built = flags.WHICH in ['compile', 'generate'] and relation is not string and not relation.is_cte -%}
    {{ return(execute and not (is_to_be_built and baton.columns_of(relation) is none)) }}
{%- endmacro -%}

{#-
    Whether a run reads a table or view that is not there. What an adapter reads from a file is not looked for. dbt's own list of relations
    is asked first, which costs no query.
-#}
{%- macro is_missing(relation) -%}
    {{ return(
        execute and flags.WHICH in 'run build test retry'.split() and relation is not string and not relation.is_cte and not relation.external
        and load_relation(relation) is none and baton.columns_of(relation) is none
    ) }}
{%- endmacro -%}

{#- Placeholder for a query whose columns are those of a relation that is not built yet. -#}
{%- macro not_built_yet(relation) -%}
-- {{ relation }} is not built yet: the columns of this query are not known
select * from {{ relation }}
{%- endmacro -%}

{#-
    The column of that name, by the exact name first and then regardless of case; none where there is none. Only a name with quotes goes
    through `unquoted`: models look for some twenty columns each, and a call of a macro takes longer than the search.
-#}
{%- macro find_column(columns, name) -%}
    {%- set plain = baton.unquoted(name) if name | first in ['"', '`'] else name -%}
    {%- for column in columns if column.name == plain -%}
        {{ return(column) }}
    {%- endfor -%}
    {%- for column in columns if column.name | lower == plain | lower -%}
        {{ return(column) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro -%}

{#- A column's name as the relation writes it, or as given if its columns are not known. -#}
{%- macro name_in_relation(columns, name) -%}
    {%- set found = baton.find_column(columns, name) if columns else none -%}
    {{ return(found.name if found else name) }}
{%- endmacro -%}
