{#
    The metrics of a binary task over the counts and totals of a cell, in the order of the report:

    name              scikit-learn's name
    value             its SQL, NULL where the metric is undefined
    reasons           why it is undefined, as [{'condition': SQL, 'reason': text}, ...]; the first that holds counts
    variance          of the metric, or none where no standard error is given
    lowest, highest   the metric's range
#}
{%- macro _binary_metrics(with_value) -%}
    {%- set metrics = [
        {'name': 'predictions', 'value': 'n', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._proportion_metric('accuracy', '(true_positives + true_negatives)', 'classified'),
        baton._ratio_metric(
            'balanced_accuracy',
            '(true_positives * actual_negatives + true_negatives * actual_positives)', '2 * actual_positives * actual_negatives',
            'classified', 'one class only'
        ),
        baton._proportion_metric('precision', 'true_positives', 'called_positives', 'no positive predictions'),
        baton._proportion_metric('recall', 'true_positives', 'actual_positives', 'no actual positives'),
        baton._proportion_metric('specificity', 'true_negatives', 'actual_negatives', 'no actual negatives'),
        baton._ratio_metric(
            'f1', '2 * true_positives', 'actual_positives + called_positives', 'classified', 'no positives, actual or predicted'
        ),
        baton._ratio_metric(
            'mcc',
            '(true_positives * true_negatives - false_positives * false_negatives)',
            'sqrt(actual_positives * actual_negatives * called_positives * called_negatives)',
            'classified', 'one class only, actual or predicted', lowest='-1'
        ),
        baton._ratio_metric(
            'kappa',
            '2 * (true_positives * true_negatives - false_positives * false_negatives)',
            'called_positives * actual_negatives + called_negatives * actual_positives',
            'classified', 'one class only, actual and predicted', lowest='-1'
        ),
        baton._ratio_metric(
            'roc_auc', 'ordered_pairs', 'positives * negatives', 'scored', 'one class only',
            variance='positive_spread / nullif(positives * (positives - 1), 0) + negative_spread / nullif(negatives * (negatives - 1), 0)'
        ),
        baton._ratio_metric('average_precision', 'precision_steps', 'positives', 'scored', 'no actual positives'),
        baton._mean_metric('log_loss', 'log_loss', highest='36.04365338911715'),
        baton._mean_metric('brier', 'squared_error', highest='1'),
        baton._ratio_metric('expected_calibration_error', 'calibration_error', 'scored', 'scored'),
        baton._count_metric('true_positives', 'true_positives', 'classified'),
        baton._count_metric('false_positives', 'false_positives', 'classified'),
        baton._count_metric('false_negatives', 'false_negatives', 'classified'),
        baton._count_metric('true_negatives', 'true_negatives', 'classified'),
        baton._count_metric('missing_classes', 'n_labelled - classified', 'n_labelled'),
        baton._count_metric('missing_probabilities', 'n_labelled - scored', 'n_labelled'),
    ] -%}
    {%- if with_value -%}
        {%- do metrics.append(baton._count_metric('recovered_value', 'coalesce(recovered_value, 0)', 'classified')) -%}
        {%- do metrics.append(baton._count_metric('total_value', 'coalesce(total_value, 0)', 'n_labelled')) -%}
    {%- endif -%}
    {{ return(metrics) }}
{%- endmacro -%}

{#- A ratio, undefined where the denominator is 0. A numerator or denominator that is a sum comes with its parentheses. -#}
{%- macro _ratio_metric(name, numerator, denominator, basis, undefined=none, variance=none, lowest='0', highest='1') -%}
    {%- set value -%}
{{ numerator }}
    {%- if numerator | length + denominator | length > 80 %}
   {% endif %} / nullif({{ denominator }}, 0)
    {%- endset -%}
    {%- set reasons = baton._reasons_without_rows(basis) -%}
    {%- if undefined -%}
        {%- do reasons.append({'condition': '%s = 0' | format(denominator), 'reason': undefined}) -%}
    {%- endif -%}
    {{ return({'name': name, 'value': value, 'reasons': reasons, 'variance': variance, 'lowest': lowest, 'highest': highest}) }}
{%- endmacro -%}

{#- A share of independent rows: its variance is the binomial's. -#}
{%- macro _proportion_metric(name, numerator, denominator, undefined=none) -%}
    {%- set variance -%}
        {{ numerator }} * ({{ denominator }} - {{ numerator }}) / nullif(power({{ denominator }}, 3), 0)
    {%- endset -%}
    {{ return(baton._ratio_metric(name, numerator, denominator, 'classified', undefined, variance)) }}
{%- endmacro -%}

{#- A mean over the scored rows of what the cell holds as `<total>` and `<total>_squares`. -#}
{%- macro _mean_metric(name, total, highest) -%}
    {%- set variance -%}
        greatest({{ total }}_squares - power({{ total }}, 2) / nullif(scored, 0), 0) / nullif(scored * (scored - 1), 0)
    {%- endset -%}
    {{ return(baton._ratio_metric(name, total, 'scored', 'scored', none, variance, highest=highest)) }}
{%- endmacro -%}

{#- A count, or a sum, over the rows of the basis. -#}
{%- macro _count_metric(name, count, basis) -%}
    {%- set value -%} case when {{ basis }} > 0 then {{ count }} end {%- endset -%}
    {{ return({
        'name': name, 'value': value, 'reasons': baton._reasons_without_rows(basis), 'variance': none, 'lowest': 'null', 'highest': 'null',
    }) }}
{%- endmacro -%}

{#- `basis`: the count of the rows that a metric can use, 'n_labelled', 'classified' or 'scored'. -#}
{%- macro _reasons_without_rows(basis) -%}
    {%- set without_rows = {
        'n_labelled': 'no labelled predictions',
        'classified': 'no predicted classes',
        'scored': 'no probabilities',
    } -%}
    {%- set reasons = [] -%}
    {%- for count in ['n_labelled', basis] | unique -%}
        {%- do reasons.append({'condition': '%s = 0' | format(count), 'reason': without_rows[count]}) -%}
    {%- endfor -%}
    {{ return(reasons) }}
{%- endmacro -%}
