{#
    The sums of squares around the mean from which standard errors are made, of each cell: around the mean and not as a difference of
    sums, which would leave rounding errors where nothing varies.
#}
{%- macro _performance_spreads(with_value) -%}
around_means as (

    select
        placed.cell_id,
        placed.positives,
        placed.negatives,
        -- DeLong's placement values, whose mean is the AUC
        placed.negatives_below / nullif(numbered.negatives, 0)
            - totals.ordered_pairs / nullif(numbered.positives * numbered.negatives, 0) as placement_of_positive,
        placed.positives_above / nullif(numbered.positives, 0)
            - totals.ordered_pairs / nullif(numbered.positives * numbered.negatives, 0) as placement_of_negative,
        -- the influence of a row on the average precision
        placed.precision_down_to - totals.precision_steps / nullif(numbered.positives, 0)
            + placed.gain_of_positive - placed.loss_of_row as influence_of_positive,
        placed.loss_of_row as influence_of_negative,
        (1 - placed.score_or_zero) * (1 - placed.score_or_zero) - totals.squared_error / numbered.scored as error_of_positive,
        placed.score_or_zero * placed.score_or_zero - totals.squared_error / numbered.scored as error_of_negative,
        placed.loss_if_positive - totals.log_loss / numbered.scored as loss_of_positive,
        placed.loss_if_negative - totals.log_loss / numbered.scored as loss_of_negative
    from placed
    inner join numbered
        on placed.cell_id = numbered.cell_id
    inner join totals
        on placed.cell_id = totals.cell_id

),

spreads as (

    select
        cell_id
        {%- for name, weights in {
            'positive': {'positives': 'placement_of_positive'},
            'negative': {'negatives': 'placement_of_negative'},
            'precision': {'positives': 'influence_of_positive', 'negatives': 'influence_of_negative'},
            'squared_error': {'positives': 'error_of_positive', 'negatives': 'error_of_negative'},
            'log_loss': {'positives': 'loss_of_positive', 'negatives': 'loss_of_negative'},
        }.items() %},
        {%- set squares %}
            {%- for weight, distance in weights.items() %}
            {{ '+ ' if not loop.first }}{{ weight }} * {{ baton._square(distance) }}
            {%- endfor %}
        {% endset %}
        {{ baton.stable_sum(squares) | indent(8) }} as {{ name }}_spread
        {%- endfor %}
    from around_means
    group by cell_id

),
{%- if with_value %}

-- a row that is not counted has the value 0
value_distances as (

    select
        rows_of_cells.cell_id,
        case
            when rows_of_cells.is_positive and rows_of_cells.is_called_positive then coalesce(rows_of_cells.relative_value, 0)
            when rows_of_cells.is_called_positive is not null then 0
        end - coalesce(numbered.recovered_value / nullif(numbered.largest_value * numbered.classified, 0), 0) as recovered,
        case when rows_of_cells.is_positive then coalesce(rows_of_cells.relative_value, 0) else 0 end
            - coalesce(numbered.total_value / nullif(numbered.largest_value * numbered.n_labelled, 0), 0) as total
    from rows_of_cells
    inner join numbered
        on rows_of_cells.cell_id = numbered.cell_id

),

value_spreads as (

    select
        cell_id
        {%- for name in ['recovered', 'total'] %},
        {{ baton.stable_sum(baton._square(name)) | indent(8) }} as {{ name }}_spread
        {%- endfor %}
    from value_distances
    group by cell_id

),
{%- endif %}
{%- endmacro -%}

{#- A square that is 0 where it would underflow, which is an error on PostgreSQL. -#}
{%- macro _square(number) -%}
power(case when abs({{ number }}) > 1e-150 then {{ number }} else 0 end, 2)
{%- endmacro -%}
