{#
    The metrics of `estimated_performance` as rows over the `ratios` of a cell: name, value, how much it changes when a row that is called
    positive, or negative, turns out positive (of metrics that need classes; the others have a variance), its greatest value (the lowest is
    0), the number of rows that it can use, and why it may be undefined though there are some.
-#}
{%- macro _estimated_metrics() -%}
    {%- set null = baton.as_double('null') -%}
    {{ return([
        ["'predictions'", 'case when other_task is null then n end', null, null, null, 'n', 'n', "''"],
        ["'accuracy'", '(true_positives + true_negatives) * per_row', 'per_row', '-per_row', 'null', '1', 'classified', "''"],
        ["'balanced_accuracy'", '(recall + specificity) / 2', 'balance_if_called', '-balance_if_not', 'null', '1', 'classified', "'one class only'"],
        ["'precision'", 'true_positives * per_call', 'per_call', '0', 'null', '1', 'classified', "'no positive predictions'"],
        ["'recall'", 'recall', '(1 - recall) * per_positive', '-recall * per_positive', 'null', '1', 'classified', "'no expected positives'"],
        [
            "'specificity'", 'specificity', 'specificity * per_negative', '(specificity - 1) * per_negative', 'null', '1', 'classified',
            "'no expected negatives'",
        ],
        [
            "'f1'", 'f1', '(2 - f1) * per_positive_or_call', '-f1 * per_positive_or_call', 'null', '1', 'classified',
            "'no positives, expected or predicted'",
        ],
        ["'roc_auc'", 'roc_auc', 'null', 'null', 'roc_auc_variance', '1', 'n_scored', "'one class only'"],
        ["'average_precision'", 'average_precision', 'null', 'null', 'average_precision_variance', '1', 'n_scored', "'no expected positives'"],
        ["'log_loss'", 'log_loss * per_score', 'null', 'null', 'log_loss_variance', '36.04365338911715', 'n_scored', "''"],
        ["'brier'", 'squared_error * per_score', 'null', 'null', 'brier_variance', '1', 'n_scored', "''"],
        ["'true_positives'", 'true_positives', '1', '0', 'null', 'called', 'classified', "''"],
        ["'false_positives'", 'false_positives', '-1', '0', 'null', 'called', 'classified', "''"],
        ["'false_negatives'", 'false_negatives', '0', '1', 'null', 'uncalled', 'classified', "''"],
        ["'true_negatives'", 'true_negatives', '0', '-1', 'null', 'uncalled', 'classified', "''"],
    ]) }}
{%- endmacro -%}

{#- `ratios`: the `cells` with what the metrics are made of. -#}
{%- macro _estimated_ratios() -%}
expected_counts as (

    select
        *,
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
    from cells

),

-- the AUC is over pairs of different rows: the expected wins and pairs of a row against itself are taken off
ratios as (

    select
        *,
        true_positives * per_positive as recall,
        true_negatives * per_negative as specificity,
        2 * true_positives * per_positive_or_call as f1,
        ((1 - true_positives * per_positive) * per_positive + true_negatives * per_negative * per_negative) / 2 as balance_if_called,
        (true_positives * per_positive * per_positive + (1 - true_negatives * per_negative) * per_negative) / 2 as balance_if_not,
        case
            when n_scored > 1 then (ordered_pairs * negatives - spread / 2) / nullif(positives * negatives - spread, 0)
        end as roc_auc,
        case when positives > 0 then (precision_steps + precision_of_themselves) / positives end as average_precision
    from expected_counts

)
{%- endmacro -%}
