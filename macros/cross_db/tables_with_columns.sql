{#
    Which tables of the warehouse have columns of these names, in any case: {'schema.table': [names]}, all in lower case.

    names       names of columns
    relations   the tables that are asked about; there may be others in the answer
#}
{%- macro tables_with_columns(names, relations) -%}
    {{ return(adapter.dispatch('tables_with_columns', 'baton')(names, relations)) }}
{%- endmacro -%}

{%- macro default__tables_with_columns(names, relations) -%}
    {%- set literals, found = [], {} -%}
    {%- for name in names -%}
        {%- do literals.append(baton.literal(name | lower)) -%}
    {%- endfor -%}
    {%- set query -%}
        select lower(table_schema), lower(table_name), lower(column_name)
        from information_schema.columns
        where lower(column_name) in ({{ literals | join(', ') }})
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
        {%- do found.setdefault(row[0] ~ '.' ~ row[1], []).append(row[2]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}

{#- Without information_schema, table by table. -#}
{%- macro spark__tables_with_columns(names, relations) -%}
    {%- set found = {} -%}
    {%- for relation in relations -%}
        {%- set built = load_relation(relation) -%}
        {%- if built -%}
            {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='name') | map('lower') | list -%}
            {%- do found.update({
                '%s.%s' | format(relation.schema, relation.identifier) | lower:
                names | map('lower') | select('in', columns) | list
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}
