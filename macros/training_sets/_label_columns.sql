{#
    The columns that `labels` adds for a label and others look for: <label>_window_start, <label>_window_end, <label>_is_mature and
    <label>_is_censored.
#}

{#- One of these column names, ready for SQL. -#}
{%- macro _label_column(label, what) -%}
    {{ return(baton.identifier(baton.stored_name(baton.unquoted(label) ~ '_' ~ what))) }}
{%- endmacro -%}

{#-
    The column of each label, none if the relation has none. If there is one label, which may have been renamed, the column of
    `label` is looked for too. Of a relation whose columns are not known it is the label's own.
-#}
{%- macro _label_columns(label, what, known) -%}
    {%- set labels = baton.as_list(label) -%}
    {%- set columns = [] -%}
    {%- for one in labels -%}
        {%- set found = [] -%}
        {%- for name in ([one, 'label'] if labels | length == 1 else [one]) -%}
            {%- set column = baton._label_column(name, what) -%}
            {%- if not known or baton.find_column(known, column) -%}{%- do found.append(column) -%}{%- endif -%}
        {%- endfor -%}
        {%- do columns.append(found[0] if found else none) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}

{#-
    The ends of the labels' windows as timestamps of `alias`, see `utc_beside`: those that the relation has, or all if its columns
    are not known.
-#}
{%- macro _label_window_ends(label, known, alias, made) -%}
    {%- set ends = [] -%}
    {%- for column in baton._label_columns(label, 'window_end', known) if column -%}
        {%- do ends.append(baton.utc_beside(made, column, known, alias, up=true)) -%}
    {%- endfor -%}
    {{ return(ends) }}
{%- endmacro -%}

{#- Every label needs the end of its window; `purged` and `unless` complete the message. -#}
{%- macro _expect_label_window_ends(problems, argument, label, known, purged, unless) -%}
    {%- for one, column in zip(baton.as_list(label), baton._label_columns(label, 'window_end', known)) if not column -%}
        {%- do problems.append("%s by %s, which %s does not have; give it, or set %s" | format(
            purged, baton.unquoted(baton._label_column(one, 'window_end')), argument, unless
        )) -%}
    {%- endfor -%}
{%- endmacro -%}
