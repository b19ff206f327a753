{#
    A column as a timestamp without zone, in UTC: a zoned one is moved to UTC, a date is its midnight. `columns` is what
    `columns_of` knows.

    What is finer than a microsecond is cut off; with `up` it counts as the next whole one. For x < t and x >= t compare the time that is
    cut off, for x <= t and x > t the other: then no comparison with a whole microsecond `t` changes its result, as it would by rounding.
#}
{%- macro utc(name, columns=none, qualifier='', up=false) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set column = baton.identifier(name) -%}
    {%- set sql = '%s.%s' | format(qualifier, column) if qualifier else column -%}
    {{ return(baton.as_utc(sql, known.dtype | lower if known else none, up)) }}
{%- endmacro -%}

{#- In a select list, under the column's own name. -#}
{%- macro utc_column(name, columns=none) -%}
    {%- set column = baton.identifier(name) -%}
    {%- set sql = baton.utc(name, columns) -%}
{{ sql }}
    {%- if sql != column %} as {{ column }}{% endif -%}
{%- endmacro -%}

{#- Whether a column may be finer than a microsecond, so that two different times of it are one in UTC. -#}
{%- macro is_finer(name, columns) -%}
    {{ return(baton.utc(name, columns) != baton.utc(name, columns, up=true)) }}
{%- endmacro -%}


{#-
    For a time that is read more than once: the name of its column under `alias`. Where it has to be cast first, the cast is added
    to `made`, the columns that `aliased` writes beside the relation's own: {name: SQL}.
-#}
{%- macro utc_made(made, name, columns, alias, up=false) -%}
    {%- set own = '%s.%s' | format(alias, baton.identifier(name)) -%}
    {%- set sql = baton.utc(name, columns, alias, up) -%}
    {%- set same = made.items() | selectattr(1, 'equalto', sql) | map('first') | list -%}
    {%- if sql == own -%}
{{ own }}
    {%- elif same -%}
{{ alias }}.{{ same[0] }}
    {%- else -%}
        {%- set column = baton.cte_name('baton_utc_%s' | format(baton.unquoted(name)), made | list) -%}
        {%- do made.update({column: sql}) -%}
{{ alias }}.{{ column }}
    {%- endif -%}
{%- endmacro -%}

{#-
    As `utc_made`, for a relation of which every own column is passed on: `star_without` leaves out what was added. Where an engine
    cannot leave out a column, nothing is added, and the time is cast wherever it is read.
-#}
{%- macro utc_beside(made, name, columns, alias, up=false) -%}
    {%- if baton.has_star_exclude() -%}
{{ baton.utc_made(made, name, columns, alias, up) }}
    {%- else -%}
{{ baton.utc(name, columns, alias, up) }}
    {%- endif -%}
{%- endmacro -%}
