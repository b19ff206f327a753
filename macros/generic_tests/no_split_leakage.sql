{#
    No test row overlaps with what the model was trained on.

    By time, each split ends where the next begins: no row of the earlier one lies at or after the first row of the later one, and
    no label window reaches beyond it. By entity, no entity is in two splits. Rows without a split or fold, or with a NULL key where
    entities are compared, are left out.
#}
{% test no_split_leakage(
    model, entity, as_of='as_of', split='split', label_window_end='label_window_end', horizon=none, by='time', fold=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set by_time = by != 'entity' -%}
    {%- do baton.expect(
        problems, 'entity: names, split: name, by: {choice: [time, entity]}, fold: name?', entity, split, by, fold
    ) -%}
    {%- if by_time -%}
        {%- do baton.expect_name(problems, 'as_of', as_of) -%}
        {%- if label_window_end is not none or horizon is not none -%}
            {%- do baton._expect_tested_window_end(problems, label_window_end, horizon) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set row = baton.as_list(fold) + baton.as_list(entity) + ([as_of] if by_time else []) -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set known = baton._expect_tested_columns(problems, tested, [row, split, label_window_end if by_time and horizon is none]) -%}
    {%- do baton.raise_problems('no_split_leakage', problems) -%}

    {%- set call = dict(
        row=row,
        read=baton._tested_columns(row, [as_of] if by_time else [], known) | join(',\n        '),
        fold=baton.identifiers(baton.as_list(fold)),
        entity=baton.identifiers(baton.as_list(entity)),
        split=baton.identifier(split),
        split_text='cast(%s as %s)' | format(baton.identifier(split), baton.type_text()),
    ) -%}
    {%- if by_time -%}
        {{ baton._no_split_in_two_times(model, call, as_of, baton._tested_window_end(as_of, label_window_end, horizon, known)) }}
    {%- else -%}
        {{ baton._no_entity_in_two_splits(model, call) }}
    {%- endif -%}

{%- endtest %}


{%- macro _no_split_in_two_times(model, call, as_of, window_end) -%}
{%- call baton.with_named_windows() -%}
{%- set at = baton.identifier(as_of) -%}
with tested_rows as (

    select
        {{ call.read }},
        {{ call.split_text }} as baton_split,
        {%- if window_end %}
        {{ window_end }} as baton_window_end,
        {%- endif %}
        min({{ call.split_text }}) over same_row as baton_first_split,
        max({{ call.split_text }}) over same_row as baton_last_split
    from {{ model }}
    {{ baton._where(baton._not_null(call.fold + [call.split])) | indent }}
    window same_row as (partition by {{ (call.fold + call.entity + [at]) | join(', ') }})

),

-- a split begins with its first row; the one before must end there
splits as (

    select
        {%- for column in call.fold %}
        {{ column }},
        {%- endfor %}
        baton_split,
        lead(baton_split) over in_time as baton_next_split,
        lead(min({{ at }})) over in_time as baton_next_split_begins
    from tested_rows
    group by {{ (call.fold + ['baton_split']) | join(', ') }}
    having min({{ at }}) is not null
    window in_time as (
        {%- if call.fold %}
        partition by {{ call.fold | join }}
        {%- endif %}
        order by min({{ at }}), baton_split
    )

),

beside_next_split as (

    select
        tested_rows.*,
        splits.baton_next_split,
        splits.baton_next_split_begins
    from tested_rows
    left join splits
        on {{ baton.same_keys(['baton_split'] + call.fold, 'tested_rows', 'splits') | indent(8) }}

),

faults as (

    select
        *,
        case
            when {{ at }} is null
                then {{ baton.literal("%s is NULL, so it may be in another split" | format(as_of)) }}
            when {{ at }} >= baton_next_split_begins and baton_first_split <> baton_last_split
                then 'the same row is in ' || baton_first_split || ' and in ' || baton_last_split
            when {{ at }} >= baton_next_split_begins
                then baton_next_split || ' begins at ' || {{ baton._value_in_words('baton_next_split_begins') }}
                || ', so the two overlap in time'
            {%- if window_end %}
            when baton_next_split_begins is not null and baton_window_end is null
                then 'its label window has no end, so it may reach into ' || baton_next_split
            when baton_window_end > baton_next_split_begins
                then 'its label window ends at ' || {{ baton._value_in_words('baton_window_end') }}
                || ' and reaches into ' || baton_next_split
                || ', which begins at ' || {{ baton._value_in_words('baton_next_split_begins') }}
            {%- endif %}
        end as baton_fault
    from beside_next_split

)

{{ baton._failing_rows(
    call.row, call.row, 'split next_split next_split_begins'.split() + (['window_end'] if window_end else []), group='baton_split'
) }}
{%- endcall -%}
{%- endmacro -%}


{%- macro _no_entity_in_two_splits(model, call) -%}
with tested_rows as (

    select
        {{ call.read }},
        {{ call.split_text }} as baton_split
    from {{ model }}
    {{ baton._where(baton._not_null(call.fold + call.entity + [call.split])) | indent }}

),

entities as (

    select
        {{ (call.fold + call.entity) | join(',\n        ') }},
        count(*) as rows_in_all,
        count(distinct baton_split) as splits,
        min(baton_split) as first_split,
        max(baton_split) as last_split
    from tested_rows
    group by {{ (call.fold + call.entity) | join(', ') }}
    having min(baton_split) <> max(baton_split)

)

select
    {{ baton._row_in_words(call.row) }}
    || ': its ' || {{ baton.as_text('rows_in_all') }} || ' rows are in ' || {{ baton.as_text('splits') }}
    || ' splits (such as ' || first_split || ' and ' || last_split || '), so a model is tested on entities that it was trained on' as message,
    {{ baton._concerned_columns(call.row) | join(',\n    ') }},
    splits,
    first_split,
    last_split
from entities
{%- endmacro -%}
