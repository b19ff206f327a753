{#
    The rows that a model learns from: the spine's rows whose label is mature, with the features known at their `as_of`
    and the split that each belongs to.
#}
{%- macro training_set(
    spine, entity, feature_views, as_of='as_of', label='label', split=none, known_at=none, is_mature=none, keep_censored=false, weights=none
) -%}

    {%- set problems = [] -%}
    {%- do baton._expect_training_set(problems, spine, label, split, is_mature, keep_censored, weights) -%}
    {%- set views = baton._feature_views(problems, spine, entity, feature_views, as_of, known_at) -%}
    {%- set added = ['split'] + baton._weight_columns(weights) -%}
    {%- if not problems -%}
        {%- do baton._expect_free_columns(problems, spine, views, added) -%}
    {%- endif -%}
    {%- do baton.raise_problems('training_set', problems) -%}

    {%- set known = baton.columns_of(spine) -%}
    {%- set at = baton.utc(as_of, known) -%}
    {%- set left_out = baton._left_out(split, at, baton._window_ends(label, known)) -%}

with mature_rows as (

    select * from {{ spine }}
    where {{ baton._usable_labels(baton.as_list(label), is_mature, keep_censored, known) | join('\n        and ') }}

),

{{ baton._joined_views('mature_rows', views) | trim }}
{%- if weights %},

split_rows as (

    {{ baton._split_rows(views[-1].joined, split, entity, at, left_out) | trim | indent }}

),

{{ baton._weighted_rows('split_rows', weights, label, at) | trim }}
{%- else %}

{{ baton._split_rows(views[-1].joined, split, entity, at, left_out) | trim }}
{%- endif %}

{%- endmacro -%}


{%- macro _split_rows(rows, split, entity, at, left_out) -%}
select
    *,
    {{ baton.split(split, entity, at) | trim | indent }} as split
from {{ rows }}
{%- if left_out %}
where
    {%- for sql, reason in left_out %}
    {%- if loop.changed(reason) %}
    -- {{ reason }}
    {%- endif %}
    {{ 'and ' if not loop.first }}not ({{ sql }})
    {%- endfor %}
{%- endif %}
{%- endmacro -%}


{#-
    What keeps rows out of a split by time, [(condition, reason)]. Purge: a label window that crosses a boundary. Embargo: a
    moment at or after a boundary, by less than the embargo. Both after M. López de Prado, Advances in Financial Machine
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
    The column that says something of a label, ready for SQL: <label>_is_mature, or label_is_mature for a label that was
    renamed; none where the spine has neither. Of columns that are not known it is the first.
-#}
{%- macro _column_of_label(label, what, known, alone=true) -%}
    {%- for name in ([label, 'label'] if alone else [label]) -%}
        {%- set column = baton._label_column(name, what) -%}
        {%- if not known or baton.find_column(known, column) -%}{{ return(column) }}{%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro -%}


{#- The ends of the labels' windows as timestamps: those that the spine has, all where its columns are not known. -#}
{%- macro _window_ends(label, known, qualifier='') -%}
    {%- set ends = [] -%}
    {%- set labels = baton.as_list(label) -%}
    {%- for one in labels -%}
        {%- set name = baton._column_of_label(one, 'window_end', known, alone=labels | length == 1) -%}
        {%- if name -%}{%- do ends.append(baton.utc(name, known, qualifier)) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(ends) }}
{%- endmacro -%}


{#- For each label the condition under which a model can learn from it. -#}
{%- macro _usable_labels(labels, is_mature, keep_censored, known) -%}
    {%- set conditions = [] -%}
    {%- for label in labels -%}
        {%- set flag = baton._column_of_label(label, 'is_mature', known, alone=labels | length == 1) -%}
        {%- set censored = baton._column_of_label(label, 'is_censored', known, alone=labels | length == 1) -%}
        {%- if keep_censored and censored -%}
            {%- do conditions.append(censored ~ ' is not null') -%}
        {%- elif is_mature is not none and is_mature is not boolean -%}
            {%- do conditions.append(baton.identifier(baton.as_list(is_mature)[loop.index0])) -%}
        {%- elif is_mature is none and flag -%}
            {%- do conditions.append(flag) -%}
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
    {%- if not problems -%}
        {%- set known = baton.columns_of(spine) if spine is defined else none -%}
        {%- do baton.expect_columns(problems, 'spine', spine, baton.as_list(label) + (baton.as_list(is_mature) if is_mature is not boolean else [])) -%}
        {%- set alone = baton.as_list(label) | length == 1 -%}
        {%- set flags = [] -%}
        {%- for one in baton.as_list(label) -%}
            {%- if baton.purges(split) and not baton._column_of_label(one, 'window_end', known, alone) -%}
                {%- do problems.append("split purges by " ~ baton.unquoted(baton._label_column(one, 'window_end')) ~ ", which spine does not have; give it, or set 'purge': false") -%}
            {%- endif -%}
            {%- if baton._column_of_label(one, 'is_censored', known, alone) -%}{%- do flags.append(one) -%}{%- endif -%}
        {%- endfor -%}
        {%- if keep_censored and not flags -%}
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
