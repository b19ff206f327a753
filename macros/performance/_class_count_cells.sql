{#
    `class_cells`: what the metrics of predicted classes need, for each cell, by its pairs of an actual and a predicted class; and
    `classes`, one row for each class of a cell.

    A standard error is that of the mean of the influences of the rows: by how much a metric changes with one more row like this one
    (the delta method).
#}
{%- macro _class_count_cells(call) -%}
{%- call baton.with_named_windows() -%}

{%- set cell = call.cell | join(', ') -%}
{%- set double = baton.type_double() -%}
sliced as (
    {{ baton._sliced_rows(call, ['actual', 'predicted_class']) | indent }}

),

-- counts are doubles: whole numbers add up exactly, in any order, and divide without truncation
confusion as (

    select
        {{ call.cell | join(',\n        ') }},
        actual,
        predicted_class,
        cast(count(*) as {{ double }}) as n,
        actual is not null and predicted_class is not null as is_classified
    from sliced
    group by {{ cell }}, actual, predicted_class

),

-- each pair of classes twice: for its actual class and for the predicted one
sides as (

    select
        *,
        actual as class,
        true as is_actual_side
    from confusion

    union all

    select
        *,
        predicted_class as class,
        false as is_actual_side
    from confusion
    where is_classified

),

class_totals as (

    select
        *,
        sum(case when is_classified and is_actual_side then n else 0 end) over class as actual_rows,
        sum(case when is_classified and not is_actual_side then n else 0 end) over class as predicted_rows,
        sum(case when is_classified and is_actual_side and actual = predicted_class then n else 0 end) over class as right_rows,
        sum(case when is_actual_side then n else 0 end) over cell as all_rows,
        sum(case when is_actual_side and actual is not null then n else 0 end) over cell as labelled_rows
    from sides
    window
        cell as (
            partition by {{ cell }}
        ),
        class as (
            partition by {{ cell }}, class
        )

),

classes as (

    select
        {{ baton.qualified(call.cell, 'class_totals') | join(',\n        ') }},
        class,
        max(all_rows) as n,
        max(labelled_rows) as n_labelled,
        max(actual_rows) as actual_rows,
        max(predicted_rows) as predicted_rows,
        max(right_rows) as right_rows,
        max(models.other_task) as other_task
    from class_totals
    inner join models
        on {{ baton.same_value('class_totals.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('class_totals.model_version', 'models.model_version') | indent(8) }}
    where is_classified and models.other_task is null
    group by
        {{ baton.qualified(call.cell, 'class_totals') | join(',\n        ') }},
        class

),

pairs as (

    select
        {{ call.cell | join(',\n        ') }},
        actual,
        predicted_class,
        max(n) as n,
        max(case when is_classified then n else 0 end) as weight,
        max(case when actual = predicted_class then 1 else 0 end) as is_right,
        {%- for side, condition in [('actual', 'is_actual_side'), ('predicted', 'not is_actual_side')] %}
        {%- for count in ['actual_rows', 'predicted_rows', 'right_rows'] %}
        max(case when is_classified and {{ condition }} then {{ count }} end) as {{ count }}_of_{{ side }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    from class_totals
    group by {{ cell }}, actual, predicted_class

),

pair_scores as (

    select
        *,
        right_rows_of_actual / nullif(actual_rows_of_actual, 0) as recall_of_actual,
        coalesce(right_rows_of_actual / nullif(predicted_rows_of_actual, 0), 0) as precision_of_actual,
        right_rows_of_predicted / nullif(predicted_rows_of_predicted, 0) as precision_of_predicted,
        2 * right_rows_of_actual / nullif(actual_rows_of_actual + predicted_rows_of_actual, 0) as f1_of_actual,
        2 * right_rows_of_predicted / nullif(actual_rows_of_predicted + predicted_rows_of_predicted, 0) as f1_of_predicted,
        actual_rows_of_actual + predicted_rows_of_actual as rows_of_actual,
        actual_rows_of_predicted + predicted_rows_of_predicted as rows_of_predicted,
        nullif(sum(weight) over cell, 0) as classified,
        sum(weight * is_right) over cell as right_rows,
        -- sums over the classes of a cell: of the actual rows times the predicted rows, and of the squares of both
        sum(weight * predicted_rows_of_actual) over cell as chance,
        sum(weight * predicted_rows_of_predicted) over cell as predicted_squares,
        sum(weight * actual_rows_of_actual) over cell as actual_squares
    from pairs
    window cell as (
        partition by {{ cell }}
    )

),

agreement as (

    select
        *,
        right_rows * classified - chance as covariance,
        power(classified, 2) - chance as disagreement,
        power(classified, 2) - predicted_squares as predicted_spread,
        power(classified, 2) - actual_squares as actual_spread,
        {{ baton.stable_sum_over('weight * precision_of_actual', cell) | indent(8) }} / classified as precision_weighted,
        {{ baton.stable_sum_over('weight * f1_of_actual', cell) | indent(8) }} / classified as f1_weighted
    from pair_scores

),

scored_pairs as (

    select
        *,
        covariance / nullif(disagreement, 0) as kappa,
        covariance / nullif(sqrt(predicted_spread * actual_spread), 0) as mcc
    from agreement

),

-- a part is what the pair adds to the sum of a metric over the classes; an influence is the derivative of the metric by the number
-- of rows of the pair, of a macro average that of this sum
influences as (

    select
        *,
        weight * recall_of_actual / actual_rows_of_actual as recall_part,
        weight * precision_of_predicted / predicted_rows_of_predicted as precision_part,
        weight * f1_of_actual / actual_rows_of_actual as f1_part,
        (is_right - recall_of_actual) / actual_rows_of_actual as recall_influence,
        (is_right - precision_of_predicted) / predicted_rows_of_predicted as precision_influence,
        case
            when is_right = 1 then (2 - 2 * f1_of_actual) / rows_of_actual
            else -f1_of_actual / rows_of_actual - f1_of_predicted / rows_of_predicted
        end as f1_influence,
        (
            actual_rows_of_predicted * (is_right - precision_of_predicted) / predicted_rows_of_predicted
            + precision_of_actual - precision_weighted
        ) / classified as precision_weighted_influence,
        (
            case
                when is_right = 1 then actual_rows_of_actual * (2 - 2 * f1_of_actual) / rows_of_actual
                else
                    -actual_rows_of_actual * f1_of_actual / rows_of_actual
                    - actual_rows_of_predicted * f1_of_predicted / rows_of_predicted
            end
            + f1_of_actual - f1_weighted
        ) / classified as f1_weighted_influence,
        (
            is_right * classified + right_rows - predicted_rows_of_actual - actual_rows_of_predicted
            - kappa * (2 * classified - predicted_rows_of_actual - actual_rows_of_predicted)
        ) / nullif(disagreement, 0) as kappa_influence,
        (
            is_right * classified + right_rows - predicted_rows_of_actual - actual_rows_of_predicted
        ) / nullif(sqrt(predicted_spread * actual_spread), 0)
        - mcc * (
            (classified - predicted_rows_of_predicted) / nullif(predicted_spread, 0)
            + (classified - actual_rows_of_actual) / nullif(actual_spread, 0)
        ) as mcc_influence
    from scored_pairs

),

class_cells as (

    select
        {{ call.cell | join(',\n        ') }},
        sum(n) as n,
        sum(case when actual is not null then n else 0 end) as n_labelled,
        sum(weight) as classified,
        max(right_rows) as right_rows,
        count(distinct case when weight > 0 then actual end) as actual_classes,
        count(distinct case when weight > 0 then actual end)
            + count(distinct case when actual_rows_of_predicted = 0 then predicted_class end) as all_classes,
        count(distinct case when predicted_rows_of_actual = 0 then actual end) as never_predicted,
        max(kappa) as kappa,
        max(mcc) as mcc,
        max(precision_weighted) as precision_weighted,
        max(f1_weighted) as f1_weighted,
        -- over the classes
        {%- for metric in ['recall', 'precision', 'f1'] %}
        {{ baton.stable_sum('%s_part' | format(metric)) | indent(8) }} as {{ metric }}_sum,
        {%- endfor %}
        {%- for metric in ['recall', 'precision', 'f1', 'precision_weighted', 'f1_weighted', 'kappa', 'mcc'] %}
        {{ baton.stable_sum('weight * power(%s_influence, 2)' | format(metric)) | indent(8) }}
            as {{ metric }}_variance{{ ',' if not loop.last }}
        {%- endfor %}
    from influences
    group by {{ cell }}

)
{%- endcall -%}
{%- endmacro -%}
