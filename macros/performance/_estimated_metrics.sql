{#
    The metrics of `estimated_performance` as rows over the `ratios` of a cell: name, value, how much it changes when a row that is called
    positive, or negative, turns out positive (of metrics that need classes; the others have a variance), its greatest value (the lowest is
    0), the number of rows that it can use, and why it may be undefined though there are some.
-#}
{%- macro _estimated_metrics() -%}
    {%- set rows = [
        ["'predictions'", 'n', 'null', 'null', baton.as_double('null'), 'n', 'n', "''"],
    ] -%}
    {%- for name, value, called, uncalled, highest, reason in [
        ('accuracy', '(true_positives + true_negatives) * per_row', 'per_row', '-per_row', '1', ''),
        ('balanced_accuracy', '(recall + specificity) / 2', 'balance_if_called', '-balance_if_not', '1', 'one class only'),
        ('precision', 'true_positives * per_call', 'per_call', '0', '1', 'no positive predictions'),
        ('recall', 'recall', '(1 - recall) * per_positive', '-recall * per_positive', '1', 'no expected positives'),
        ('specificity', 'specificity', 'specificity_if_called', '-specificity_if_not', '1', 'no expected negatives'),
        ('f1', 'f1', '(2 - f1) * per_positive_or_call', '-f1 * per_positive_or_call', '1', 'no positives, expected or predicted'),
        ('true_positives', 'true_positives', '1', '0', 'called', ''),
        ('false_positives', 'false_positives', '-1', '0', 'called', ''),
        ('false_negatives', 'false_negatives', '0', '1', 'uncalled', ''),
        ('true_negatives', 'true_negatives', '0', '-1', 'uncalled', ''),
    ] -%}
        {%- do rows.append(["'%s'" | format(name), value, called, uncalled, 'null', highest, 'classified', "'%s'" | format(reason)]) -%}
    {%- endfor -%}
    {%- for name, value, highest, reason in [
        ('roc_auc', 'roc_auc', '1', 'one class only'),
        ('average_precision', 'average_precision', '1', 'no expected positives'),
        ('log_loss', 'log_loss * per_score', '36.04365338911715', ''),
        ('brier', 'squared_error * per_score', '1', ''),
    ] -%}
        {%- set variance = '%s_variance' | format(name | replace('average_', '')) -%}
        {%- do rows.append(["'%s'" | format(name), value, 'null', 'null', variance, highest, 'n_scored', "'%s'" | format(reason)]) -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro -%}

{#- `ratios`: the `cells` with what the metrics are made of. -#}
{%- macro _estimated_ratios() -%}
expected_counts as (

    select
        cells.*,
        estimated.*,
        called - true_positives as false_positives,
        uncalled - false_negatives as true_negatives,
        n_scored - positives as negatives,
        called + uncalled as classified,
        1 / nullif(n_scored, 0) as per_score,
        1 / nullif(called + uncalled, 0) as per_row,
        1 / nullif(called, 0) as per_call,
        1 / nullif(true_positives + false_negatives, 0) as per_positive,
        1 / nullif(called - true_positives + uncalled - false_negatives, 0) as per_negative,
        1 / nullif(true_positives + false_negatives + called, 0) as per_positive_or_call
    from numbered_cells as cells
    left join estimated_cells as estimated
        on cells.cell_id = estimated.estimated_cell

),

-- the AUC is over pairs of different rows: the expected wins and pairs of a row against itself are taken off
ratios as (

    select
        *,
        true_positives * per_positive as recall,
        true_negatives * per_negative as specificity,
        2 * true_positives * per_positive_or_call as f1,
        true_negatives * per_negative * per_negative as specificity_if_called,
        (1 - true_negatives * per_negative) * per_negative as specificity_if_not,
        ((1 - true_positives * per_positive) * per_positive + true_negatives * per_negative * per_negative) / 2 as balance_if_called,
        (true_positives * per_positive * per_positive + (1 - true_negatives * per_negative) * per_negative) / 2 as balance_if_not,
        case
            when n_scored > 1 then (ordered_pairs * negatives - spread / 2) / nullif(positives * negatives - spread, 0)
        end as roc_auc,
        case when positives > 0 then (precision_steps + precision_of_themselves) / positives end as average_precision
    from expected_counts

)
{%- endmacro -%}
