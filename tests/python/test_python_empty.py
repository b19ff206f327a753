"""A run with `--empty` trains and scores nothing, and the tables get their final columns."""

from __future__ import annotations

from types import SimpleNamespace

import dbt.flags
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression

from dbt_baton import SignatureMismatch, TrainingInputError, predict, train
from dbt_baton.registry.version_row import VERSION_SCHEMA
from python_bench import PythonModel, customers

NO_ROWS = customers(5).head(0)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> PythonModel:
    """A dbt Python model in a run with `--empty`: its refs have columns and no rows."""
    monkeypatch.setattr(dbt.flags, "get_flags", lambda: SimpleNamespace(EMPTY=True))
    return PythonModel()


def test_nothing_is_trained(model: PythonModel):
    table = train(
        model, model.put("training_set", NO_ROWS), LogisticRegression(), label="label", entity="customer_id"
    )
    assert (table.schema, table.num_rows) == (VERSION_SCHEMA, 0)


def test_scores_have_the_columns_that_a_version_gives_them(
    model: PythonModel, monkeypatch: pytest.MonkeyPatch
):
    features, registry = model.put("features", NO_ROWS), model.put("registry", VERSION_SCHEMA.empty_table())
    scores = predict(model, features, registry, model_name="churn_model", entity="CUSTOMER_ID").read_all()
    assert scores.num_rows == 0

    monkeypatch.undo()
    version = model.train(customers(), LogisticRegression(), features=["order"])
    scored = model.predict(customers(5), version)
    real = pa.Table.from_pandas(scored, preserve_index=False)
    assert scores.column_names == real.column_names
    assert scores.schema.field("customer_id").type == real.schema.field("customer_id").type


def test_keys_that_are_missing_or_not_named_are_one_error(model: PythonModel):
    features, registry = model.put("features", NO_ROWS), model.put("registry", VERSION_SCHEMA.empty_table())
    with pytest.raises(
        SignatureMismatch, match=r"1 problem: \(1\) entity is missing, and with --empty no version"
    ):
        predict(model, features, registry, model_name="churn_model")
    with pytest.raises(
        SignatureMismatch, match=r"2 problems: \(1\) key 'shop' is missing.*\(2\) key 'at' is missing"
    ):
        predict(model, features, registry, model_name="churn_model", entity="shop", as_of="at")


def test_without_the_flag_a_training_set_without_rows_is_an_error():
    model = PythonModel()
    with pytest.raises(TrainingInputError, match="the training set has no rows"):
        model.train(NO_ROWS, LogisticRegression())
