{#- What predictions of churn were worth, by week, whoever made them: the model or the rule. -#}
{%- macro weekly_performance(predictions) -%}
with performance as (

    {{ baton.model_performance(
        predictions=predictions,
        outcomes=ref('actual_outcomes'),
        entity='user_id',
        outcome_as_of='as_of',
        task='binary',
        period='week',
        actual='churned',
        value='revenue_at_stake',
        shape='wide'
    ) | indent }}

)

select
    model_name,
    model_version,
    period_start as week,
    n as total_predictions,
    n_labelled as labelled_predictions,
    true_positives + true_negatives as correct_predictions,
    accuracy,
    true_positives,
    false_positives,
    false_negatives,
    precision,
    recall,
    f1 as f1_score,
    roc_auc,
    recovered_value as recovered_revenue,
    total_value as total_revenue,
    recovered_value / nullif(total_value, 0) as revenue_recovery_rate
from performance
{%- endmacro -%}
