{#
    The metrics of a binary task as ratios over the counts and totals of a cell, in the order of the report:

    name                    scikit-learn's name
    numerator, denominator  the metric is their ratio, undefined where the denominator is 0
    reasons                 why it is undefined, as [{'condition': SQL, 'reason': text}, ...]; the first that holds counts
    variance                of the metric, or none where no standard error is given
    lowest, highest         the metric's range
#}
{%- macro _binary_metrics(with_value) -%}
    {%- set metrics = [
        {'name': 'predictions', 'numerator': 'n', 'denominator': '1', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._proportion('accuracy', 'true_positives + true_negatives', 'classified'),
        baton._metric(
            'balanced_accuracy',
            'true_positives * actual_negatives + true_negatives * actual_positives', '2 * actual_positives * actual_negatives',
            'classified', 'one class only', lowest='0', highest='1'
        ),
        baton._proportion('precision', 'true_positives', 'called_positives', 'no positive predictions'),
        baton._proportion('recall', 'true_positives', 'actual_positives', 'no actual positives'),
        baton._proportion('specificity', 'true_negatives', 'actual_negatives', 'no actual negatives'),
        baton._metric(
            'f1', '2 * true_positives', 'actual_positives + called_positives',
            'classified', 'no positives, actual or predicted', lowest='0', highest='1'
        ),
        baton._metric(
            'mcc',
            'true_positives * true_negatives - false_positives * false_negatives',
            'sqrt(actual_positives * actual_negatives * called_positives * called_negatives)',
            'classified', 'one class only, actual or predicted', lowest='-1', highest='1'
        ),
        baton._metric(
            'kappa',
            '2 * (true_positives * true_negatives - false_positives * false_negatives)',
            'called_positives * actual_negatives + called_negatives * actual_positives',
            'classified', 'one class only, actual and predicted', lowest='-1', highest='1'
        ),
        baton._metric(
            'roc_auc', 'ordered_pairs', 'positives * negatives', 'scored', 'one class only', lowest='0', highest='1',
            variance='positive_spread / nullif(positives * (positives - 1), 0) + negative_spread / nullif(negatives * (negatives - 1), 0)'
        ),
        baton._metric('average_precision', 'precision_steps', 'positives', 'scored', 'no actual positives', lowest='0', highest='1'),
        baton._mean('log_loss', 'log_loss', highest='36.04365338911715'),
        baton._mean('brier', 'squared_error', highest='1'),
        baton._metric('expected_calibration_error', 'calibration_error', 'scored', 'scored', lowest='0', highest='1'),
        baton._metric('true_positives', 'true_positives', 'sign(classified)', 'classified'),
        baton._metric('false_positives', 'false_positives', 'sign(classified)', 'classified'),
        baton._metric('false_negatives', 'false_negatives', 'sign(classified)', 'classified'),
        baton._metric('true_negatives', 'true_negatives', 'sign(classified)', 'classified'),
        baton._metric('missing_classes', 'n_labelled - classified', 'sign(n_labelled)', 'n_labelled'),
        baton._metric('missing_probabilities', 'n_labelled - scored', 'sign(n_labelled)', 'n_labelled'),
    ] -%}
    {%- if with_value -%}
        {%- do metrics.append(baton._metric('recovered_value', 'coalesce(recovered_value, 0)', 'sign(classified)', 'classified')) -%}
        {%- do metrics.append(baton._metric('total_value', 'coalesce(total_value, 0)', 'sign(n_labelled)', 'n_labelled')) -%}
    {%- endif -%}
    {{ return(metrics) }}
{%- endmacro -%}

{#- `basis`: the count of the rows that the metric can use, 'n_labelled', 'classified' or 'scored'. -#}
{%- macro _metric(name, numerator, denominator, basis, undefined=none, variance=none, lowest='null', highest='null') -%}
    {%- set reasons = [{'condition': 'n_labelled = 0', 'reason': 'no labelled predictions'}] -%}
    {%- if basis == 'classified' -%}
        {%- do reasons.append({'condition': 'classified = 0', 'reason': 'no predicted classes'}) -%}
    {%- elif basis == 'scored' -%}
        {%- do reasons.append({'condition': 'scored = 0', 'reason': 'no probabilities'}) -%}
    {%- endif -%}
    {%- if undefined -%}
        {%- do reasons.append({'condition': denominator ~ ' = 0', 'reason': undefined}) -%}
    {%- endif -%}
    {{ return({
        'name': name,
        'numerator': numerator,
        'denominator': denominator,
        'reasons': reasons,
        'variance': variance,
        'lowest': lowest,
        'highest': highest,
    }) }}
{%- endmacro -%}

{#- A share of independent rows: its variance is the binomial's. -#}
{%- macro _proportion(name, numerator, denominator, undefined=none) -%}
    {%- set variance = '(' ~ numerator ~ ') * (' ~ denominator ~ ' - (' ~ numerator ~ ')) / nullif(power(' ~ denominator ~ ', 3), 0)' -%}
    {{ return(baton._metric(name, numerator, denominator, 'classified', undefined, variance, lowest='0', highest='1')) }}
{%- endmacro -%}

{#- A mean over the scored rows of what the cell holds as `<total>` and `<total>_squares`. -#}
{%- macro _mean(name, total, highest) -%}
    {%- set variance = 'greatest(' ~ total ~ '_squares - power(' ~ total ~ ', 2) / nullif(scored, 0), 0) / nullif(scored * (scored - 1), 0)' -%}
    {{ return(baton._metric(name, total, 'scored', 'scored', none, variance, lowest='0', highest=highest)) }}
{%- endmacro -%}
