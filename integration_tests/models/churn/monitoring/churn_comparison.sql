-- the rule came first, so it is the champion until the model has shown that it is better
with predictions as (

    select
        user_id,
        as_of,
        'churn' as model_name,
        'silent_days_rule' as model_version,
        'champion' as role,
        predicted_class,
        predicted_probability
    from {{ ref('rule_predictions') }}

    union all

    select
        user_id,
        as_of,
        'churn' as model_name,
        model_version,
        'challenger' as role,
        predicted_class,
        predicted_probability
    from {{ ref('model_predictions') }}

),

-- a user is scored in many weeks
comparison as (

    {{ baton.compare_models(
        predictions='predictions',
        outcomes=ref('actual_outcomes'),
        entity='user_id',
        outcome_as_of='as_of',
        actual='churned',
        metric=['roc_auc', 'brier'],
        cluster='user_id'
    ) | indent }}

)

select * from comparison
