{#
    Rolling-origin folds for backtesting: each row once for every fold that it is in, with `fold` (from 1) and `split`.

    A fold validates on the rows from its start on, for as long as `validation` says, and trains on those before. From one
    fold to the next the start moves on by `every`. `train` is 'lifetime' for a window that grows, or the length of one that
    slides. Training ends `embargo` before the validation starts, and a training row whose label window ends after that start
    is purged: its label was not known then. A row without as_of is in no fold; one without an end of its window is kept, as in a split.
#}
{%- macro folds(
    relation, start, validation, as_of='as_of', every=none, folds=none, end=none, train='lifetime', embargo='0d', purge=true, label='label',
    of_split=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'relation: relation, as_of: name, start: moment, validation: {duration: {allow_zero: false}}, every: {duration?: {allow_zero: false}}',
        relation, as_of, start, validation, every
    ) -%}
    {%- if (folds is none) == (end is none) -%}
        {%- do problems.append("folds and end are both %s, expected exactly one: the number of folds, or the time by which the last validation ends" | format(
            'missing' if folds is none else 'given'
        )) -%}
    {%- elif end is not none -%}
        {%- do baton.expect_moment(problems, 'end', end) -%}
    {%- else -%}
        {%- do baton.expect_whole_number(problems, 'folds', folds, most=10000) -%}
    {%- endif -%}
    {%- do baton.expect(
        problems, 'train: {duration: {allow_lifetime: true}}, embargo: duration, purge: boolean, label: names', train, embargo, purge, label
    ) -%}
    {%- if of_split is not none -%}
        {%- if of_split is not string -%}{%- do baton.expect_list(problems, 'of_split', of_split, of='names') -%}{%- endif -%}
        {%- for name in baton.as_list(of_split) -%}{%- do baton.expect_text(problems, 'of_split', name) -%}{%- endfor -%}
        {%- if relation is string -%}
            {%- do problems.append(
                "of_split is for a ref() or source(): the columns of the CTE '%s' are not known, select its rows and leave out `split` in the CTE" | format(relation)
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set is_readable = not problems -%}
    {#- a renamed label has its window's end under its own name or as `label_window_end` -#}
    {%- set labels = [] -%}
    {%- set known = baton.columns_of(relation) -%}
    {%- for name in baton.names_in(label) if name != 'label' and not baton.find_column(known or [], baton._label_column(name, 'window_end')) -%}
        {%- do labels.append(name) -%}
    {%- endfor -%}
    {%- do baton.expect_known_columns(problems, 'relation', known, [as_of, labels, 'split' if of_split is not none]) -%}
    {%- if is_readable -%}
        {%- do baton.expect_no_columns(problems, 'relation', known, ['fold']) -%}
        {%- if known and of_split is none and baton.find_column(known, 'split') -%}
            {%- do problems.append(
                "relation already has a column 'split': pass of_split with the splits to make folds of, such as ['train']; the fold's split replaces it"
            ) -%}
        {%- endif -%}
        {%- if purge -%}
            {%- do baton._expect_label_window_ends(problems, 'relation', label, known, 'folds are purged', 'purge=false') -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('folds', problems) -%}
    {%- set made, start = {}, baton.moment(start) -%}
    {%- set at = baton.utc_beside(made, as_of, known, 'fold_rows') -%}
    {%- set window_ends = baton._label_window_ends(label, known, 'fold_rows', made) if purge else [] -%}
    {%- set validation_seconds = baton.duration_seconds(validation) -%}
    {%- set step = baton.duration_seconds(every or validation) -%}
    {%- set gap = baton.duration_seconds(embargo) -%}
    {%- set train_seconds = baton.duration_seconds(train) -%}

with fold_starts as (

    {% if folds is not none -%}
    {%- set rows = [] -%}
    {%- for number in range(folds) -%}
        {%- do rows.append([number + 1, baton.add_seconds(start, number * step)]) -%}
    {%- endfor -%}
    {{ baton.values_rows(['fold', 'validation_start'], rows) | indent }}
    {%- else -%}
    -- all folds whose validation ends by then
    select
        row_number() over (order by as_of) as fold,
        as_of as validation_start
    from (
        {{ baton.time_grid(
            start, baton.add_microsecond(baton.add_seconds(baton.moment(end), -validation_seconds)), step
        ) | indent(8) }}
    ) as grid
    {%- endif %}

),

fold_periods as (

    select
        fold,
        'train' as split,
        {{ 'cast(null as timestamp)' if train == 'lifetime' else baton.add_seconds('validation_start', -gap - train_seconds) }} as begins_at,
        {{ baton.add_seconds('validation_start', -gap) }} as ends_at,
        validation_start as labels_known_by
    from fold_starts

    union all

    select
        fold,
        'validation' as split,
        validation_start as begins_at,
        {{ baton.add_seconds('validation_start', validation_seconds) }} as ends_at,
        cast(null as timestamp) as labels_known_by
    from fold_starts

)

select
    {%- if of_split is not none and known %}
    {%- for column in known if column.name | lower != 'split' %}
    fold_rows.{{ baton.identifier(baton._exact_name(column.name)) }},
    {%- endfor %}
    fold_periods.fold,
    fold_periods.split
    {%- else %}
    {{ baton.star_without('fold_rows', made) | indent }},
    -- not qualified, so that the engine refuses rows that have columns of these names already
    fold,
    split
    {%- endif %}
from {{ baton.aliased(relation, 'fold_rows', made) }}
inner join fold_periods
    on {{ at }} < fold_periods.ends_at
    {%- if train == 'lifetime' %}
    and (fold_periods.begins_at is null or {{ at }} >= fold_periods.begins_at)
    {%- else %}
    and {{ at }} >= fold_periods.begins_at
    {%- endif %}
    {%- if window_ends %}
    -- purge: no training row whose label was not known when the validation starts
    {%- endif %}
    {%- for window_end in window_ends %}
    and coalesce({{ window_end }} <= fold_periods.labels_known_by, true)
    {%- endfor %}
{%- if of_split is not none %}
where fold_rows.split in ({% for name in baton.as_list(of_split) %}{{ baton.literal(name) }}{{ ', ' if not loop.last }}{% endfor %})
{%- endif %}

{%- endmacro -%}
