-- scikit-learn and the SQL of the same version: equal classes, and probabilities within 1e-9
select
    in_sql.user_id,
    in_sql.as_of,
    in_sql.predicted_probability as probability_in_sql,
    in_python.predicted_probability as probability_in_python,
    in_sql.predicted_class as class_in_sql,
    in_python.predicted_class as class_in_python
from {{ ref('churn_scores') }} as in_sql
full join {{ ref('churn_scores_in_python') }} as in_python
    on in_sql.user_id = in_python.user_id
    and in_sql.as_of = in_python.as_of
where
    in_sql.model_version is distinct from in_python.model_version
    or in_sql.predicted_class is distinct from in_python.predicted_class
    or in_sql.feature_hash is distinct from in_python.feature_hash
    or coalesce(abs(in_sql.predicted_probability - in_python.predicted_probability), 1) > 1e-9
