{#
    The metrics of a binary task over the counts and totals of a cell, in the order of the report:

    name              scikit-learn's name
    value             its SQL, NULL where the metric is undefined
    zero_division     what scikit-learn gives there with a warning, if it is a number
    reasons           why it is undefined, as [{'condition': SQL, 'reason': text}, ...]; the first that holds counts
    variance          of the metric, or none where no standard error is given
    lowest, highest   the metric's range
    trials            where the interval is made on the logit scale: the independent rows that a metric at the end of its range has
    lower, upper      the interval, where it is neither the normal one nor one on the logit scale
#}
{%- macro _binary_metrics(with_value) -%}
    {%- set pairs = 'nullif(actual_positives * actual_negatives, 0)' -%}
    {%- set any_positive = 'true_positives + false_positives + false_negatives' -%}
    {%- set jaccard_lower = baton._wilson_bound('true_positives', '(%s)' | format(any_positive), '-') -%}
    {%- set jaccard_upper = baton._wilson_bound('true_positives', '(%s)' | format(any_positive), '+') -%}
    {%- set rate = '(positives_in_15 - positives_in_5) / nullif(scored, 0)' -%}
    {%- set gain = 'positives_in_10 / nullif(positives, 0)' -%}
    {#- by the influence of a row on the share of positives, with the rate of positives around the tenth part of the rows -#}
    {%- set gain_variance -%}
(
    positives_in_10
        * power(1 - {{ gain }} - 9 * {{ rate }}, 2)
    + (positives - positives_in_10)
        * power({{ rate }} - {{ gain }}, 2)
    + negatives_in_10 * power(9 * {{ rate }}, 2)
    + (negatives - negatives_in_10) * power({{ rate }}, 2)
) / nullif(positives * positives, 0)
    {%- endset -%}
    {%- set metrics = [
        {'name': 'predictions', 'value': 'n', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._proportion_metric('accuracy', '(true_positives + true_negatives)', 'classified'),
        baton._ratio_metric(
            'balanced_accuracy',
            '(true_positives * actual_negatives + true_negatives * actual_positives)', '2 * actual_positives * actual_negatives',
            'classified', 'one class only',
            '(true_positives * false_negatives / nullif(power(actual_positives, 3), 0)
            + true_negatives * false_positives / nullif(power(actual_negatives, 3), 0)) / 4',
            lower=baton._mean_of_rates_bound('-'), upper=baton._mean_of_rates_bound('+'),
            zero_division='coalesce(true_positives / nullif(actual_positives, 0), true_negatives / nullif(actual_negatives, 0))'
        ),
        baton._proportion_metric('precision', 'true_positives', 'called_positives', 'no positive predictions'),
        baton._proportion_metric('recall', 'true_positives', 'actual_positives', 'no actual positives'),
        baton._proportion_metric('specificity', 'true_negatives', 'actual_negatives', 'no actual negatives'),
        baton._ratio_metric(
            'f1', '2 * true_positives', 'actual_positives + called_positives', 'classified', 'no positives, actual or predicted',
            '4 * true_positives * (false_positives + false_negatives) * (%s)
            / nullif(power(actual_positives + called_positives, 4), 0)' | format(any_positive),
            lower='2 - 2 / (1 + %s)' | format(jaccard_lower), upper='2 - 2 / (1 + %s)' | format(jaccard_upper),
            zero_division='case when classified > 0 then 0 end'
        ),
        baton._ratio_metric(
            'mcc', 'mcc', '1', 'classified', 'one class only, actual or predicted', '(
    true_positives * power(sqrt(actual_odds * called_odds) - mcc * (actual_odds + called_odds) / 2, 2)
    + false_positives * power(sqrt(called_odds / actual_odds) + mcc * (1 / actual_odds + called_odds) / 2, 2)
    + false_negatives * power(sqrt(actual_odds / called_odds) + mcc * (actual_odds + 1 / called_odds) / 2, 2)
    + true_negatives * power(1 / sqrt(actual_odds * called_odds) - mcc * (1 / actual_odds + 1 / called_odds) / 2, 2)
) / nullif(power(classified, 2), 0)', lowest='-1', trials='classified', zero_division='case when classified > 0 then 0 end',
            undefined_if='mcc is null'
        ),
        baton._ratio_metric(
            'kappa', 'kappa', '1', 'classified', 'one class only, actual and predicted', '(
    true_positives * power(false_share - (1 - kappa) * (called_shift * (1 - actual_share) + actual_shift * (1 - called_share)), 2)
    + false_positives * power(false_share - 1 - (1 - kappa) * (actual_shift * (1 - called_share) - called_shift * actual_share), 2)
    + false_negatives * power(false_share - 1 - (1 - kappa) * (called_shift * (1 - actual_share) - actual_shift * called_share), 2)
    + true_negatives * power(false_share + (1 - kappa) * (called_shift * actual_share + actual_shift * called_share), 2)
) / nullif(power(classified * (actual_share * (1 - called_share) + called_share * (1 - actual_share)), 2), 0)',
            lowest='-1', trials='classified', undefined_if='kappa is null'
        ),
        baton._ratio_metric(
            'roc_auc', 'ordered_pairs', 'positives * negatives', 'scored', 'one class only',
            variance='positive_spread / nullif(positives * (positives - 1), 0) + negative_spread / nullif(negatives * (negatives - 1), 0)',
            trials='least(positives, negatives)'
        ),
        baton._ratio_metric(
            'average_precision', 'precision_steps', 'positives', 'scored', 'no actual positives',
            'precision_spread / nullif(positives * positives, 0)', trials='positives', zero_division='case when scored > 0 then 0 end'
        ),
        baton._mean_metric('log_loss', 'log_loss', highest='36.04365338911715'),
        baton._mean_metric('brier', 'squared_error', highest='1'),
        baton._ratio_metric('expected_calibration_error', 'calibration_error', 'scored', 'scored'),
        baton._count_metric('true_positives', 'true_positives', 'classified'),
        baton._count_metric('false_positives', 'false_positives', 'classified'),
        baton._count_metric('false_negatives', 'false_negatives', 'classified'),
        baton._count_metric('true_negatives', 'true_negatives', 'classified'),
        baton._ratio_metric(
            'lift_at_10', '10 * positives_in_10', 'positives', 'scored', 'no actual positives',
            '100 * %s' | format(gain_variance), highest='10', trials='positives'
        ),
        baton._ratio_metric(
            'gain_at_10', 'positives_in_10', 'positives', 'scored', 'no actual positives', gain_variance, trials='positives'
        ),
        baton._count_metric('missing_classes', 'n_labelled - classified', 'n_labelled'),
        baton._count_metric('missing_probabilities', 'n_labelled - scored', 'n_labelled'),
    ] -%}
    {%- if with_value -%}
        {%- for name, rows in {'recovered': 'classified', 'total': 'n_labelled'}.items() -%}
            {%- do metrics.append(dict(
                baton._count_metric('%s_value' | format(name), '%s_value' | format(name), rows),
                variance='coalesce(\n    power(largest_value, 2) * %s_spread * %s / nullif(greatest(%s - 1, 0), 0),\n    case when %s > 1 then 0 end\n)' | format(
                    name, rows, rows, rows
                ),
                lowest=baton.as_double('null'), highest=baton.as_double('null')
            )) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(metrics) }}
{%- endmacro -%}

{#- A ratio, undefined where the denominator is 0. A numerator or denominator that is a sum comes with its parentheses. -#}
{%- macro _ratio_metric(
    name, numerator, denominator, basis, undefined=none, variance=none, lowest='0', highest='1', trials=none, lower=none, upper=none,
    zero_division=none, undefined_if=none
) -%}
    {%- set value -%}
{{ numerator }}
    {%- if denominator != '1' -%}
    {%- if numerator | length + denominator | length > 80 %}
   {% endif %} / nullif({{ denominator }}, 0)
    {%- endif -%}
    {%- endset -%}
    {%- set reasons = baton._reasons_without_rows(basis) -%}
    {%- if undefined -%}
        {%- do reasons.append({'condition': undefined_if or '%s = 0' | format(denominator), 'reason': undefined}) -%}
    {%- endif -%}
    {{ return({
        'name': name, 'value': value, 'reasons': reasons, 'variance': variance, 'lowest': lowest, 'highest': highest, 'trials': trials,
        'lower': lower, 'upper': upper, 'zero_division': zero_division,
    }) }}
{%- endmacro -%}

{#- A share of independent rows: its variance is the binomial's, and its interval Wilson's. -#}
{%- macro _proportion_metric(name, numerator, denominator, undefined=none) -%}
    {%- set variance -%}
        {{ numerator }} * ({{ denominator }} - {{ numerator }}) / nullif(power({{ denominator }}, 3), 0)
    {%- endset -%}
    {{ return(baton._ratio_metric(
        name, numerator, denominator, 'classified', undefined, variance,
        lower=baton._wilson_bound(numerator, denominator, '-'), upper=baton._wilson_bound(numerator, denominator, '+'),
        zero_division='case when classified > 0 then 0 end'
    )) }}
{%- endmacro -%}

{#- An end of Wilson's 95 % interval of a share; `sign` is - for the lower one. -#}
{%- macro _wilson_bound(successes, trials, sign) -%}
({{ successes }} + 1.920729410347062 {{ sign }} 1.959963984540054 * sqrt(
            {{ successes }} * ({{ trials }} - {{ successes }})
            / nullif({{ trials }}, 0) + 0.960364705173531
        )) / ({{ trials }} + 3.841458820694124)
{%- endmacro -%}

{#- An end of the interval of the mean of two rates, from those of both (Newcombe's MOVER). -#}
{%- macro _mean_of_rates_bound(sign) -%}
(
            true_positives / nullif(actual_positives, 0) + true_negatives / nullif(actual_negatives, 0)
            {{ sign }} sqrt(
                power({{ baton._wilson_bound('true_positives', 'actual_positives', sign) }} - true_positives / nullif(actual_positives, 0), 2)
                + power({{ baton._wilson_bound('true_negatives', 'actual_negatives', sign) }} - true_negatives / nullif(actual_negatives, 0), 2)
            )
        ) / 2
{%- endmacro -%}

{#- A mean over the scored rows of what the cell holds as `<total>`, and as `<total>_spread` around the mean. -#}
{%- macro _mean_metric(name, total, highest) -%}
    {{ return(baton._ratio_metric(
        name, total, 'scored', 'scored', none, '%s_spread / nullif(scored * (scored - 1), 0)' | format(total), highest=highest
    )) }}
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
        'predicted': 'no predicted values',
    } -%}
    {%- set reasons = [] -%}
    {%- for count in ['n_labelled', basis] | unique -%}
        {%- do reasons.append({'condition': '%s = 0' | format(count), 'reason': without_rows[count]}) -%}
    {%- endfor -%}
    {{ return(reasons) }}
{%- endmacro -%}
