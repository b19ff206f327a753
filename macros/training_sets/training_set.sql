{#
    The rows to train and evaluate a model on: the spine's rows whose label is mature, with the features known at their `as_of` and
    the split of each row.
#}
{%- macro training_set(
    spine, entity, feature_views, as_of='as_of', label='label', split=none, known_at=none, is_mature=none, keep_censored=false, weights=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems, made = [], {} -%}
    {%- do baton.expect_names(problems, 'label', label) -%}
    {%- do baton._expect_split(problems, 'split', split) -%}
    {%- do baton.expect_boolean(problems, 'keep_censored', keep_censored) -%}
    {%- if is_mature is not none and is_mature is not false -%}
        {%- do baton.expect_names(problems, 'is_mature', is_mature) -%}
        {%- if baton.as_list(is_mature) | length != baton.as_list(label) | length -%}
            {%- do problems.append("is_mature names %s columns for %s labels" | format(
                baton.as_list(is_mature) | length, baton.as_list(label) | length
            )) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if weights is not none -%}
        {%- do baton.expect_keys(problems, 'weights', weights, optional=['class', 'time']) -%}
    {%- endif -%}
    {%- if weights is mapping -%}
        {%- if not weights -%}
            {%- do problems.append("weights is empty, expected a mapping with class or time, or none") -%}
        {%- endif -%}
        {%- if 'class' in weights -%}
            {%- do baton.expect_choice(problems, 'weights.class', weights['class'], ['balanced']) -%}
            {%- if baton.as_list(label) | length > 1 -%}
                {%- do problems.append("weights.class is for one label, not for %s" | format(baton.as_list(label) | length)) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if 'time' in weights -%}
            {%- do baton.expect_keys(problems, 'weights.time', weights.time, required=['half_life']) -%}
            {%- if weights.time is mapping and 'half_life' in weights.time -%}
                {%- do baton.expect_duration(problems, 'weights.time.half_life', weights.time.half_life, allow_zero=false) -%}
            {%- endif -%}
        {%- endif -%}
        {%- set fractions = split.get('fractions') if split is mapping else none -%}
        {%- if fractions is mapping and 'train' not in fractions -%}
            {%- do problems.append("weights come from the rows of split 'train', which split.fractions does not name") -%}
        {%- endif -%}
    {%- endif -%}
    {%- set is_readable = not problems -%}
    {%- set known = baton.expect_columns(problems, 'spine', spine, [label, is_mature]) -%}
    {%- if is_readable -%}
        {%- if baton._split_purges(split) -%}
            {%- do baton._expect_label_window_ends(problems, 'spine', label, known, 'split purges', "'purge': false") -%}
        {%- endif -%}
        {%- if keep_censored and not baton._label_columns(label, 'is_censored', known) | select | list -%}
            {%- do problems.append("keep_censored needs %s, which spine does not have; labels with 'censored': true adds it" | format(
                baton.unquoted(baton._label_column(baton.as_list(label)[0], 'is_censored'))
            )) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set views = baton._feature_views(problems, spine, known, entity, feature_views, as_of, known_at, made) -%}
    {%- if not problems -%}
        {#- no column that the result adds is one of the spine or of a view -#}
        {%- set added = ['split'] + (['class_weight'] if weights and weights.get('class') else []) + (['time_weight'] if weights and weights.get('time') else []) -%}
        {%- do baton.expect_no_columns(problems, 'spine', known, added) -%}
        {%- for view in views -%}
            {%- set argument = 'feature_views[' ~ loop.index0 ~ ']' -%}
            {%- for name in view.added if name | lower in added -%}
                {%- do problems.append("%s would add the column '%s', which training_set adds itself: give the view a 'prefix'" | format(
                    argument, name
                )) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do baton.raise_problems('training_set', problems) -%}

    {#- for each label the condition under which it can be used -#}
    {%- set labels = baton.as_list(label) -%}
    {%- set mature = baton._label_columns(labels, 'is_mature', known) -%}
    {%- set censored = baton._label_columns(labels, 'is_censored', known) -%}
    {%- set conditions = [] -%}
    {%- for label in labels -%}
        {%- if keep_censored and censored[loop.index0] -%}
            {%- do conditions.append(censored[loop.index0] ~ ' is not null') -%}
        {%- elif is_mature is not none and is_mature is not boolean -%}
            {%- do conditions.append(baton.identifier(baton.as_list(is_mature)[loop.index0])) -%}
        {%- elif is_mature is none and mature[loop.index0] -%}
            {%- do conditions.append(mature[loop.index0]) -%}
        {%- else -%}
            {%- do conditions.append(baton.identifier(label) ~ ' is not null') -%}
        {%- endif -%}
    {%- endfor -%}

with mature_rows as (

    {{ baton.rows_with(spine, 'spine', made) | indent }}
    {{ baton._where(conditions) | indent }}

),

{{ baton._joined_views('mature_rows', views, made) }}
{%- if weights %},

split_rows as (

    {{ baton._split_rows(views[-1].joined, split, entity, as_of, label, known) | indent }}

),

{{ baton._weighted_rows('split_rows', weights, label, as_of, known) }}
{%- else %}

{{ baton._split_rows(views[-1].joined, split, entity, as_of, label, known) }}
{%- endif %}

{%- endmacro -%}


{#-
    Rows with their split; `known` is what is known of the columns of the spine that they come from. Purge and embargo after
    M. López de Prado, Advances in Financial Machine Learning (2018), chapter 7.4, for splits that follow each other in time. A
    row without a moment or an end of its window crosses no boundary.
-#}
{%- macro _split_rows(rows, split, entity, as_of, label, known) -%}
{%- set made = {} -%}
{%- set by_time = split is mapping and split.by == 'time' -%}
{%- set at = baton.utc_beside(made, as_of, known, rows) if by_time else none -%}
{%- set window_ends = baton._label_window_ends(label, known, rows, made) if baton._split_purges(split) else [] -%}
{%- set embargo = baton.duration_seconds(split.get('embargo', '0d')) if by_time else 0 -%}
{%- set boundaries = [] -%}
{%- for name in ['train_until', 'validation_until'] if by_time and split.get(name) is not none -%}
    {%- do boundaries.append(baton.moment(split[name])) -%}
{%- endfor -%}
select
    {{ baton.star_without(rows, made) | indent }},
    {{ baton._split_sql(split, entity, at, known) | indent }} as split
from {{ baton.aliased(rows, rows, made) if made else rows }}
{%- if window_ends or embargo %}
where
    {%- if window_ends %}
    -- purge: a label window across a boundary would leak the next split into this one
    {%- for boundary in boundaries %}
    {%- set crosses -%}
        {% for end in window_ends %}{{ ' or ' if not loop.first }}{{ end }} > {{ boundary }}{% endfor %}
    {%- endset %}
    {%- set crosses = '(%s)' | format(crosses) if window_ends | length > 1 else crosses %}
    {{ 'and ' if not loop.first }}({{ at }} < {{ boundary }} and {{ crosses }}) is not true
    {%- endfor %}
    {%- endif %}
    {%- if embargo %}
    -- embargo: rows right after a boundary still depend on the split before it
    {%- for boundary in boundaries %}
    {%- set embargo_end = baton.add_seconds(boundary, embargo) %}
    {{ 'and ' if window_ends or not loop.first }}({{ at }} >= {{ boundary }} and {{ at }} < {{ embargo_end }}) is not true
    {%- endfor %}
    {%- endif %}
{%- endif %}
{%- endmacro -%}
