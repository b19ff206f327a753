{#
    A column name as it stands in SQL: bare where every engine reads it as it is (lower case, no reserved word),
    quoted where not. A name that comes with double quotes means that very name.
#}
{%- macro identifier(name) -%}
    {%- if modules.re.match('^[a-z_][a-z0-9_]*$', name) and name not in baton._reserved_words() -%}
        {{ return(name) }}
    {%- endif -%}
    {%- set mark = adapter.quote('')[0] -%}
    {{ return(adapter.quote(baton.unquoted(name) | replace(mark, mark ~ mark))) }}
{%- endmacro -%}

{%- macro identifiers(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}{%- do quoted.append(baton.identifier(name)) -%}{%- endfor -%}
    {{ return(quoted) }}
{%- endmacro -%}

{#- Columns, ready for SQL, under the alias of their table. -#}
{%- macro qualified(columns, alias) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append('%s.%s' | format(alias, column)) -%}{%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}

{#- An expression with its name, unless it is a column of that name. -#}
{%- macro named(sql, name) -%}
{{ sql }}{% if not modules.re.fullmatch('(\\w+[.])?' ~ modules.re.escape(name), sql | string) %} as {{ name }}{% endif %}
{%- endmacro -%}

{#- The name without the double quotes that a user may have put around it, or those of the engine. -#}
{%- macro unquoted(name) -%}
    {%- if name | length > 1 and name[0] == name[-1] and name[0] in ['"', adapter.quote('')[0]] -%}
        {{ return(name[1:-1] | replace(name[0] * 2, name[0])) }}
    {%- endif -%}
    {{ return(name) }}
{%- endmacro -%}

{#- Words that at least one of the supported engines does not take as a bare column name. -#}
{%- macro _reserved_words() -%}
    {%- set words %}
        all analyse analyze and anti any array as asc asof assert_rows_modified asymmetric at authorization between
        binary both by case cast check collate collation column concurrently connect constraint contains create cross
        cube current current_catalog current_date current_role current_schema current_time current_timestamp
        current_user default deferrable define delete desc describe distinct do drop else end enum escape except exclude
        exists extract false fetch following for foreign freeze from full function glob grant group grouping groups hash
        having if ignore ilike in increment initially inner insert intersect interval into is isnull join lambda lateral
        leading left like limit localtime localtimestamp lookup loop merge minus natural new no not notnull null nulls
        of offset old on only or order outer over overlaps partition pivot pivot_longer pivot_wider placing positional
        preceding primary proto qualify range recursive references regexp returning revoke right rlike rollup row rows
        sample select semi session_user set show similar some start struct summarize symmetric system_user table
        tablesample then to trailing treat trigger true unbounded union unique unnest unpack unpivot update user using
        values variadic verbose view when whenever where window with within
    {% endset -%}
    {{ return(words.split()) }}
{%- endmacro -%}
