{#
    The SQL that is written inside of `{% call baton.with_named_windows() %}`, in which selects name their windows. Where an engine
    has no window clause each `over` gets the window itself.
#}
{%- macro with_named_windows() -%}
    {{ return(adapter.dispatch('with_named_windows', 'baton')(caller())) }}
{%- endmacro -%}

{%- macro default__with_named_windows(sql) -%}{{ return(sql) }}{%- endmacro -%}

{#- Its windows belong to the select that begins at the same column, the last one before it. -#}
{%- macro snowflake__with_named_windows(sql) -%}
    {%- set parentheses = '[(](?:[^()]|[(](?:[^()]|[(](?:[^()]|[(][^()]*[)])*[)])*[)])*[)]' -%}
    {%- set window = '(\\w+) as (%s)' | format(parentheses) -%}
    {%- set clause = modules.re.compile('\n( *)window\\s+%s(?:,\\s*%s)*' | format(window, window)) -%}
    {%- set written = namespace(sql=sql) -%}
    {%- for _ in range(sql.count('window')) -%}
        {%- set found = clause.search(written.sql) -%}
        {%- if found -%}
            {%- set before, after = written.sql[:found.start()], written.sql[found.end():] -%}
            {%- set begin = ('\n' ~ before).rfind('\n%sselect' | format(found.group(1))) -%}
            {%- set select = namespace(sql=before[[begin, 0] | max:]) -%}
            {%- for name, definition in modules.re.findall(window, found.group(0)) -%}
                {%- set select.sql = modules.re.sub('\\bover %s\\b' | format(name), 'over ' ~ definition | replace('\\', '\\\\'), select.sql) -%}
            {%- endfor -%}
            {%- set written.sql = before[:[begin, 0] | max] ~ select.sql ~ after -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(written.sql) }}
{%- endmacro -%}

{%- macro redshift__with_named_windows(sql) -%}{{ return(baton.snowflake__with_named_windows(sql)) }}{%- endmacro -%}
