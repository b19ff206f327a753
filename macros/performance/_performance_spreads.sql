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
        cell_id,
        {{ baton.stable_sum('positives * %s' | format(baton._square('placement_of_positive'))) | indent(8) }} as positive_spread,
        {{ baton.stable_sum('negatives * %s' | format(baton._square('placement_of_negative'))) | indent(8) }} as negative_spread
        {%- for name, term in {'precision': 'influence', 'squared_error': 'error', 'log_loss': 'loss'}.items() %},
        {%- set squares %}
            positives * {{ baton._square('%s_of_positive' | format(term)) }}
            + negatives * {{ baton._square('%s_of_negative' | format(term)) }}
        {% endset %}
        {{ baton.stable_sum(squares) | indent(8) }} as {{ name }}_spread
        {%- endfor %}
    from around_means
    group by cell_id

),
{%- if with_value %}

value_spreads as (

    select
        rows_of_cells.cell_id
        {%- for name, rows, condition in [
            ('recovered', 'classified', 'rows_of_cells.is_positive and rows_of_cells.is_called_positive'),
            ('total', 'n_labelled', 'rows_of_cells.is_positive'),
        ] %},
        {%- set distance -%}
coalesce(case when {{ condition }} then rows_of_cells.relative_value end, 0)
                - coalesce(numbered.{{ name }}_value / nullif(numbered.largest_value, 0), 0) / nullif(numbered.{{ rows }}, 0)
        {%- endset %}
        {{ baton.stable_sum(
            baton._square(distance) if name == 'total'
            else 'case when rows_of_cells.is_called_positive is not null then %s end' | format(baton._square(distance))
        ) | indent(8) }} as {{ name }}_spread
        {%- endfor %}
    from rows_of_cells
    inner join numbered
        on rows_of_cells.cell_id = numbered.cell_id
    group by rows_of_cells.cell_id

),
{%- endif %}
{%- endmacro -%}

{#- A square that is 0 where it would underflow, which is an error on PostgreSQL. -#}
{%- macro _square(number) -%}
power(case when abs({{ number }}) > 1e-150 then {{ number }} else 0 end, 2)
{%- endmacro -%}
