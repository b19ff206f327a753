{#
    The SQL that is written inside of `{% call baton.with_concat() %}`, in which `concat` takes texts and numbers, as many as there
    are, of which none is NULL. Where an engine takes two of them, or only texts, each `concat` is written with `||`.
#}
{%- macro with_concat() -%}
    {{ return(adapter.dispatch('with_concat', 'baton')(caller())) }}
{%- endmacro -%}

{%- macro default__with_concat(sql) -%}{{ return(sql) }}{%- endmacro -%}

{%- macro redshift__with_concat(sql) -%}{{ return(baton._with_joined_parts(sql, '%s')) }}{%- endmacro -%}

{#- A number that is joined to a text has to be cast. -#}
{%- macro trino__with_concat(sql) -%}{{ return(baton._with_joined_parts(sql, 'cast(%s as varchar)')) }}{%- endmacro -%}

{#- The last `concat` first, so that those inside of another one are written when it is. Of its parts all but literals get the form. -#}
{%- macro _with_joined_parts(sql, form) -%}
    {%- set written = namespace(sql=sql) -%}
    {%- for found in modules.re.finditer('\\bconcat[(]', sql) | list | reverse -%}
        {%- set parts = baton._call_arguments(written.sql[found.end():]) -%}
        {%- set joined = [] -%}
        {%- for part in parts -%}
            {%- do joined.append(part.sql if modules.re.fullmatch("'(?:[^']|'')*'", part.sql) else form | format(part.sql)) -%}
        {%- endfor -%}
        {%- set written.sql = '%s(%s)%s' | format(
            written.sql[:found.start()], joined | join(' || '), written.sql[found.end() + parts[-1].end:]
        ) -%}
    {%- endfor -%}
    {{ return(written.sql) }}
{%- endmacro -%}

{#- The arguments of the call whose parenthesis was opened just before a text of SQL, each with the place behind it. -#}
{%- macro _call_arguments(sql) -%}
    {%- set arguments = [] -%}
    {%- set seen = namespace(depth=1, begin=0) -%}
    {%- for found in modules.re.finditer("'(?:[^']|'')*'|--[^\n]*|[(),]", sql) if seen.depth -%}
        {%- set seen.depth = seen.depth + {'(': 1, ')': -1}.get(found.group(), 0) -%}
        {%- if seen.depth == 0 or seen.depth == 1 and found.group() == ',' -%}
            {%- do arguments.append({'sql': sql[seen.begin:found.start()] | trim, 'end': found.end()}) -%}
            {%- set seen.begin = found.end() -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(arguments) }}
{%- endmacro -%}
