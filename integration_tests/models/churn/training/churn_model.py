from sklearn.ensemble import HistGradientBoostingClassifier

from dbt_baton import train


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append", full_refresh=False)
    return train(
        dbt,
        dbt.ref("churn_training_set"),
        HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=60, max_leaf_nodes=15),
        label="label",
        entity="user_id",
        owner="Retention",
    )
