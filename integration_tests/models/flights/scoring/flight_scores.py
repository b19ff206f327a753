from dbt_baton import predict


def model(dbt, session):
    return predict(
        dbt,
        dbt.ref("flights_to_score"),
        dbt.ref("flight_model_aliases"),
        model_name="flight_model",
        entity="flight_id",
    )
