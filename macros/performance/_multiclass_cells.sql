{#
    `cells` of a multiclass task: one row for each model, version, period and segment, with the totals that the metrics are made of;
    and `classes`, one row for each class of a cell.
#}
{%- macro _multiclass_cells(call) -%}

{%- set cell = call.cell | join(', ') -%}
{{ baton._class_count_cells(call) }},

{{ baton._class_score_cells(call) }},

{%- set of_classes = [
    'n', 'n_labelled', 'classified', 'right_rows', 'actual_classes', 'all_classes', 'never_predicted',
    'kappa', 'mcc', 'precision_weighted', 'f1_weighted', 'precision_sum', 'recall_sum', 'f1_sum', 'recall_variance', 'precision_variance',
    'f1_variance', 'precision_weighted_variance', 'f1_weighted_variance', 'kappa_variance', 'mcc_variance',
] %}
{%- set of_scores = [
    'scored', 'log_loss', 'log_loss_variance', 'top_2', 'top_2_variance', 'roc_auc', 'roc_auc_variance', 'most_classes',
    'rarest_class', 'unknown_classes', 'partial_classes',
] %}

totals as (

    select
        {{ call.cell | join(',\n        ') }},
        {%- for name in of_classes + of_scores %}
        {{ 'coalesce(max(scored), 0) as scored' if name == 'scored' else 'max(%s) as %s' | format(name, name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {{ call.cell | join(',\n            ') }},
            {{ of_classes | join(',\n            ') }},
            {{ 'null as ' ~ of_scores | join(',\n            null as ') }}
        from class_cells

        union all

        select
            {{ call.cell | join(',\n            ') }},
            {{ 'null as ' ~ of_classes | join(',\n            null as ') }},
            {{ of_scores | join(',\n            ') }}
        from score_cells
    ) as both_totals
    group by {{ cell }}

),

{{ baton._cells_of_task() }}
{%- endmacro -%}
