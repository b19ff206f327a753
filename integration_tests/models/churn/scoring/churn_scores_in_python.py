from dbt_baton import predict


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append", full_refresh=False)
    features = dbt.ref("churn_scoring_features")
    if dbt.is_incremental:
        features = features.filter(f"(user_id, as_of) not in (select (user_id, as_of) from {dbt.this})")
    return predict(dbt, features, dbt.ref("churn_aliases"), model_name="churn_model", entity="user_id")
