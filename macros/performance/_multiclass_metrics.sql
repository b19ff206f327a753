{#- The metrics of a multiclass task over `cells`, and those of a class over `classes`. -#}
{%- macro _multiclass_metrics(call) -%}
    {%- set accuracy = 'right_rows / nullif(classified, 0)' -%}
    {%- set accuracy_variance = 'right_rows * (classified - right_rows) / nullif(power(classified, 3), 0)' -%}
    {%- set never_predicted = {'never_predicted > 0': 'a class is never predicted'} -%}
    {%- set signed = ['-1', '1'] -%}
    {{ return([
        {'name': 'predictions', 'value': 'n', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._task_metric(call, 'accuracy', accuracy, 'classified', variance=accuracy_variance, trials='classified'),
        baton._task_metric(
            call, 'balanced_accuracy', 'recall_sum / nullif(actual_classes, 0)', 'classified',
            {'actual_classes = 1': 'one class only'}, 'recall_variance / nullif(power(actual_classes, 2), 0)',
            trials='classified', fills=true
        ),
        baton._task_metric(
            call, 'log_loss', 'log_loss', 'scored', variance='log_loss_variance', range=['0', '36.04365338911715']
        ),
        baton._task_metric(
            call, 'roc_auc_ovr', 'roc_auc', 'scored', {
                'unknown_classes > 0': 'an actual class has no probabilities',
                'partial_classes > 0': 'not all rows have probabilities of the same classes',
                'rarest_class = 0': 'a class never occurs',
            }, 'roc_auc_variance', trials='rarest_class'
        ),
        baton._task_metric(
            call, 'top_2_accuracy', 'top_2', 'scored', {'most_classes <= 2': 'no more than two classes'}, 'top_2_variance',
            trials='scored', fills=true
        ),
        baton._task_metric(
            call, 'mcc', 'case when classified > 0 then coalesce(mcc, 0) end', 'classified',
            {'mcc is null': 'one class only, actual or predicted'}, 'mcc_variance', signed, 'classified', fills=true
        ),
        baton._task_metric(
            call, 'kappa', 'kappa', 'classified', {'kappa is null': 'one class only, actual and predicted'}, 'kappa_variance', signed,
            'classified'
        ),
        baton._task_metric(call, 'precision_micro', accuracy, 'classified', variance=accuracy_variance, trials='classified'),
        baton._task_metric(call, 'recall_micro', accuracy, 'classified', variance=accuracy_variance, trials='classified'),
        baton._task_metric(call, 'f1_micro', accuracy, 'classified', variance=accuracy_variance, trials='classified'),
        baton._task_metric(
            call, 'precision_macro', 'precision_sum / nullif(all_classes, 0)', 'classified',
            never_predicted, 'precision_variance / nullif(power(all_classes, 2), 0)', trials='classified', fills=true
        ),
        baton._task_metric(
            call, 'recall_macro', 'recall_sum / nullif(all_classes, 0)', 'classified',
            {'all_classes > actual_classes': 'a predicted class never occurs'}, 'recall_variance / nullif(power(all_classes, 2), 0)',
            trials='classified', fills=true
        ),
        baton._task_metric(
            call, 'f1_macro', 'f1_sum / nullif(all_classes, 0)', 'classified',
            variance='f1_variance / nullif(power(all_classes, 2), 0)', trials='classified'
        ),
        baton._task_metric(
            call, 'precision_weighted', 'precision_weighted', 'classified', never_predicted, 'precision_weighted_variance',
            trials='classified', fills=true
        ),
        baton._task_metric(call, 'recall_weighted', accuracy, 'classified', variance=accuracy_variance, trials='classified'),
        baton._task_metric(
            call, 'f1_weighted', 'f1_weighted', 'classified', variance='f1_weighted_variance', trials='classified'
        ),
        baton._count_metric('missing_classes', 'n_labelled - classified', 'n_labelled'),
        baton._count_metric('missing_probabilities', 'n_labelled - scored', 'n_labelled'),
        baton._task_metric(
            call, 'precision', 'coalesce(right_rows / nullif(predicted_rows, 0), 0)', none,
            {'predicted_rows = 0': 'the class is never predicted'},
            'right_rows * (predicted_rows - right_rows) / nullif(power(predicted_rows, 3), 0)',
            trials='predicted_rows', of='classes', fills=true
        ),
        baton._task_metric(
            call, 'recall', 'coalesce(right_rows / nullif(actual_rows, 0), 0)', none,
            {'actual_rows = 0': 'the class never occurs'},
            'right_rows * (actual_rows - right_rows) / nullif(power(actual_rows, 3), 0)',
            trials='actual_rows', of='classes', fills=true
        ),
        baton._task_metric(
            call, 'f1', '2 * right_rows / (actual_rows + predicted_rows)', none,
            variance='4 * right_rows * (actual_rows + predicted_rows - 2 * right_rows) * (actual_rows + predicted_rows - right_rows)'
            '\n            / power(actual_rows + predicted_rows, 4)',
            trials='actual_rows + predicted_rows - right_rows', of='classes'
        ),
    ]) }}
{%- endmacro -%}
