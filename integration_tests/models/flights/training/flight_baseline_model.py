from sklearn.ensemble import HistGradientBoostingClassifier

from dbt_baton import train


def model(dbt, session):
    dbt.config(materialized="ml_model")
    return train(
        dbt,
        dbt.ref("flight_training_set"),
        HistGradientBoostingClassifier(
            categorical_features="from_dtype", learning_rate=0.07, max_leaf_nodes=15, min_samples_leaf=200
        ),
        label="label",
        entity="flight_id",
        features=["carrier", "departure_hour", "departure_weekday", "departure_month"],
        owner="Punctuality",
    )
