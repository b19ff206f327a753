from sklearn.linear_model import LogisticRegression

from dbt_baton import train


def model(dbt, session):
    dbt.config(materialized="ml_model")
    return train(
        dbt,
        dbt.ref("churn_training_matrix"),
        LogisticRegression(max_iter=1000),
        label="label",
        entity="user_id",
        owner="Retention",
    )
