{#
    Cells by number, so that what follows sorts and groups by numbers:

    `numbered_cells`   a row for each cell: its columns, `cell_id`, the `counts` ({name: SQL over labelled}) and `other_task`
    `by_score`         the `totals` ({name: SQL}) of each score in each cell, from the CTE `rows`, which has the columns of `labelled`

    Left joins let PostgreSQL estimate enough rows to hash them; of inner joins by model it expects one row, and loops.
-#}
{%- macro _score_counts(call, counts, totals, rows='labelled', condition='score is not null') -%}
{%- set by_model = ['model_name', 'model_version', 'period_start'] -%}
counted_cells as (
    {%- for slice in call.slices %}

    select
        model_name,
        model_version,
        period_start,
        cast({{ slice.name }} as {{ baton.type_text() }}) as segment_name,
        cast({{ slice.value | indent(8) }} as {{ baton.type_text() }}) as segment_value,
        {%- for name, sql in counts.items() %}
        {{ baton.as_double(sql) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from labelled
    group by {{ (by_model + slice.columns) | join(', ') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

numbered_cells as {{ baton.materialized() }}(

    select
        cells.*,
        models.other_task,
        row_number() over (
            order by {{ baton.qualified(call.cell, 'cells') | join(', ') }}
        ) as cell_id
    from counted_cells as cells
    left join models
        on {{ baton.same_value('cells.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('cells.model_version', 'models.model_version') | indent(8) }}

),

by_score as (
    {%- for slice in call.slices %}

    select
        cells.cell_id,
        scores.score,
        {%- for name, sql in totals.items() %}
        {{ sql }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as scores
    left join numbered_cells as cells
        on cells.segment_name = {{ slice.name }}
        and {{ baton.same_value('scores.model_name', 'cells.model_name') | indent(8) }}
        and {{ baton.same_value('scores.model_version', 'cells.model_version') | indent(8) }}
        and {{ baton._same_period('scores', 'cells') }}
        {%- if slice.columns %}
        and {{ baton.same_value(slice.value, 'cells.segment_value') | indent(8) }}
        {%- endif %}
    where {{ condition }}
    group by cells.cell_id, scores.score
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)
{%- endmacro -%}

{#- For a curve: `numbered_cells`, and `by_score` with the labelled predictions `n` and `positives` of each score in each cell. -#}
{%- macro _labelled_scores(call) -%}
{{ baton._labelled_predictions(call) }},

{{ baton._score_counts(
    call,
    counts={'n_cell': 'count(*)'},
    totals={'n': baton.as_double('count(*)'), 'positives': baton.as_double('count(case when is_positive then 1 end)')},
    condition='score is not null and is_positive is not null'
) }}
{%- endmacro -%}
