{#
    The rows that a model learns from: the spine's rows whose label is mature, with the features known at their `as_of`
    and the split that each belongs to.
#}
{%- macro training_set(
    spine, entity, feature_views, as_of='as_of', label='label', split=none, known_at=none, is_mature=none, keep_censored=false, weights=none
) -%}

    {%- set problems, made = [], {} -%}
    {%- do baton._expect_training_set(problems, spine, label, split, is_mature, keep_censored, weights) -%}
    {%- set views = baton._feature_views(problems, spine, entity, feature_views, as_of, known_at, made) -%}
    {%- set added = ['split'] + baton._weight_columns(weights) -%}
    {%- if not problems -%}
        {%- do baton._expect_free_columns(problems, spine, views, added) -%}
    {%- endif -%}
    {%- do baton.raise_problems('training_set', problems) -%}

    {%- set known = baton.columns_of(spine) -%}

with mature_rows as (

    {{ baton.rows_with(spine, 'spine', made) | indent }}
    where {{ baton._usable_labels(baton.as_list(label), is_mature, keep_censored, known) | join('\n        and ') }}

),

{{ baton._joined_views('mature_rows', views, made) | trim }}
{%- if weights %},

split_rows as (

    {{ baton._split_rows(views[-1].joined, split, entity, as_of, label, known) | trim | indent }}

),

{{ baton._weighted_rows('split_rows', weights, label, as_of, known) | trim }}
{%- else %}

{{ baton._split_rows(views[-1].joined, split, entity, as_of, label, known) | trim }}
{%- endif %}

{%- endmacro -%}


{#- Rows with their split; `known` is what is known of the columns of the spine that they come from. -#}
{%- macro _split_rows(rows, split, entity, as_of, label, known) -%}
{%- set made = {} -%}
{%- set by_time = split is mapping and split.by == 'time' -%}
{%- set at = baton.utc_beside(made, as_of, known, rows) if by_time else none -%}
{%- set left_out = baton._left_out(split, at, baton._window_ends(label, known, rows, made) if baton.purges(split) else []) -%}
select
    {{ baton.without_made(rows, made) }},
    {{ baton._split_sql(split, entity, at, known) | trim | indent }} as split
from {{ baton.aliased(rows, rows, made) if made else rows }}
{%- if left_out %}
where
    {%- for sql, reason in left_out %}
    {%- if loop.changed(reason) %}
    -- {{ reason }}
    {%- endif %}
    {{ 'and ' if not loop.first }}not coalesce({{ sql }}, false)
    {%- endfor %}
{%- endif %}
{%- endmacro -%}


{#-
    What keeps rows out of a split by time, [(condition, reason)]. Purge: a label window that crosses a boundary. Embargo: a
    moment at or after a boundary, by less than the embargo. A row without a moment or an end of its window crosses none. Both after M. López de Prado, Advances in Financial Machine
    Learning (2018), chapter 7.4, for splits that follow each other in time.
-#}
{%- macro _left_out(split, at, window_ends) -%}
    {%- set left_out = [] -%}
    {%- for boundary in baton.split_boundaries(split) if baton.purges(split) -%}
        {%- set crossing = [] -%}
        {%- for window_end in window_ends -%}{%- do crossing.append(window_end ~ ' > ' ~ boundary) -%}{%- endfor -%}
        {%- set crosses = crossing | join(' or ') -%}
        {%- do left_out.append((
            at ~ ' < ' ~ boundary ~ ' and ' ~ ('(' ~ crosses ~ ')' if crossing | length > 1 else crosses),
            'purge: a label window that crosses a boundary would show one split what belongs to the next',
        )) -%}
    {%- endfor -%}
    {%- set embargo = baton._embargo_seconds(split) -%}
    {%- for boundary in baton.split_boundaries(split) if embargo -%}
        {%- do left_out.append((
            at ~ ' >= ' ~ boundary ~ ' and ' ~ at ~ ' < ' ~ baton.add_seconds(boundary, embargo),
            'embargo: right after a boundary a split is still much like the one before it',
        )) -%}
    {%- endfor -%}
    {{ return(left_out) }}
{%- endmacro -%}


{#-
    For each label the column that says something of it, ready for SQL: <label>_is_mature, or label_is_mature for a label that
    stands alone and was renamed; none where the relation has neither. Of columns that are not known it is the first.
-#}
{%- macro _columns_of_labels(label, what, known) -%}
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


{#- The ends of the labels' windows as timestamps of `alias`, see `utc_beside`: those that it has, all where its columns are not known. -#}
{%- macro _window_ends(label, known, alias, made) -%}
    {%- set ends = [] -%}
    {%- for column in baton._columns_of_labels(label, 'window_end', known) if column -%}
        {%- do ends.append(baton.utc_beside(made, column, known, alias, up=true)) -%}
    {%- endfor -%}
    {{ return(ends) }}
{%- endmacro -%}

{#- Every label has the end of its window; `purged` and `unless` are what the message says of who needs it, and how to do without. -#}
{%- macro _expect_window_ends(problems, argument, label, known, purged, unless) -%}
    {%- for one, column in zip(baton.as_list(label), baton._columns_of_labels(label, 'window_end', known)) if not column -%}
        {%- set name = baton.unquoted(baton._label_column(one, 'window_end')) -%}
        {%- do problems.append(purged ~ " by " ~ name ~ ", which " ~ argument ~ " does not have; give it, or set " ~ unless) -%}
    {%- endfor -%}
{%- endmacro -%}


{#- For each label the condition under which a model can learn from it. -#}
{%- macro _usable_labels(labels, is_mature, keep_censored, known) -%}
    {%- set flags = baton._columns_of_labels(labels, 'is_mature', known) -%}
    {%- set censored = baton._columns_of_labels(labels, 'is_censored', known) -%}
    {%- set conditions = [] -%}
    {%- for label in labels -%}
        {%- if keep_censored and censored[loop.index0] -%}
            {%- do conditions.append(censored[loop.index0] ~ ' is not null') -%}
        {%- elif is_mature is not none and is_mature is not boolean -%}
            {%- do conditions.append(baton.identifier(baton.as_list(is_mature)[loop.index0])) -%}
        {%- elif is_mature is none and flags[loop.index0] -%}
            {%- do conditions.append(flags[loop.index0]) -%}
        {%- else -%}
            {%- do conditions.append(baton.identifier(label) ~ ' is not null') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro -%}


{%- macro _expect_training_set(problems, spine, label, split, is_mature, keep_censored, weights) -%}
    {%- do baton.expect_names(problems, 'label', label) -%}
    {%- do baton.expect_split(problems, 'split', split) -%}
    {%- do baton.expect_boolean(problems, 'keep_censored', keep_censored) -%}
    {%- if is_mature is not none and is_mature is not false -%}
        {%- do baton.expect_names(problems, 'is_mature', is_mature) -%}
        {%- if baton.as_list(is_mature) | length != baton.as_list(label) | length -%}
            {%- do problems.append("is_mature names " ~ baton.as_list(is_mature) | length ~ " columns for " ~ baton.as_list(label) | length ~ " labels") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton._expect_weights(problems, weights, label, split) -%}
    {%- set is_readable = not problems -%}
    {%- do baton.expect_columns(problems, 'spine', spine, [label, is_mature]) -%}
    {%- if is_readable -%}
        {%- set known = baton.columns_of(spine) -%}
        {%- if baton.purges(split) -%}
            {%- do baton._expect_window_ends(problems, 'spine', label, known, 'split purges', "'purge': false") -%}
        {%- endif -%}
        {%- if keep_censored and not baton._columns_of_labels(label, 'is_censored', known) | select | list -%}
            {%- do problems.append("keep_censored needs " ~ baton.unquoted(baton._label_column(baton.as_list(label)[0], 'is_censored')) ~ ", which spine does not have; labels adds it to a label with 'censored': true") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- The columns that the result adds are none of the spine's and none of a view's. -#}
{%- macro _expect_free_columns(problems, spine, views, added) -%}
    {%- do baton.expect_no_columns(problems, 'spine', spine, added) -%}
    {%- for view in views -%}
        {%- set place = 'feature_views[' ~ loop.index0 ~ ']' -%}
        {%- for column in view.columns if execute and baton.unquoted(column.alias) | lower in added -%}
            {%- do problems.append(place ~ " would add the column '" ~ baton.unquoted(column.alias) ~ "', which the result adds itself, give the view a 'prefix'") -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}
