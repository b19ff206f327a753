"""The gate of scoring in SQL: a query that is wrong is not kept, and the probes are where it would be wrong."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from dbt_baton.fitted_model import FittedModel
from dbt_baton.training import parity
from dbt_baton.training.probes import probe_rows
from dbt_baton.training.progress import Progress
from dbt_baton.warehouse.duckdb_session import DuckDBSession
from dbt_baton.warehouse.signature import Feature

SIGNATURE = [Feature("a", "float"), Feature("b", "float")]


def rows(n: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(2)
    return pd.DataFrame({"a": random.normal(size=n), "b": random.normal(size=n)})


def export(estimator, frame, session=None):
    return parity.export(
        FittedModel(estimator), SIGNATURE, frame, session or DuckDBSession(duckdb.connect()), Progress("m")
    )


def labels(frame):
    return (frame.a + frame.b > 0).to_numpy()


@pytest.mark.parametrize("estimator", [LogisticRegression(), DecisionTreeClassifier(max_depth=3)])
def test_a_query_that_equals_scikit_learn_is_kept(estimator):
    frame = rows()
    found = export(estimator.fit(frame, labels(frame)), frame)
    assert found.query is not None and found.max_abs_error <= 1e-12 and found.differing_classes == 0


def test_only_the_scores_are_read_and_not_the_steps_of_the_query():
    """The steps of a large ensemble carry all of its trees, in every row."""
    frame = rows(5)
    table = parity.as_table(frame, SIGNATURE)
    query = "with step as (select *, 1 as predicted_probability from features) select *, 'c' as predicted_class, 2 as predicted_value from step"
    found = DuckDBSession(None).score(table, query, "[]")
    assert found.column_names == ["baton_row", "predicted_class", "predicted_probability", "predicted_value"]
    assert found.num_rows == 5


class Distorted(DuckDBSession):
    """An engine that scores one row, the last, otherwise."""

    def __init__(self, change):
        super().__init__(None)
        self.change = change

    def score(self, features, query, nodes):
        frame = super().score(features, query, nodes).to_pandas()
        last = frame["baton_row"].idxmax()
        for column, value in self.change.items():
            frame.loc[last, column] = value(frame.loc[last, column])
        return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize(
    ("change", "error", "differing"),
    [
        ({"predicted_probability": lambda value: value + 2e-9}, 2e-9, 0),
        ({"predicted_probability": lambda value: None}, np.inf, 0),
        ({"predicted_class": lambda value: "True" if value == "False" else "False"}, None, 1),
    ],
)
def test_one_row_that_differs_is_enough_to_refuse_a_query(change, error, differing, said_in_log):
    frame = rows()
    found = export(LogisticRegression().fit(frame, labels(frame)), frame, Distorted(change))
    assert found.query is None and found.differing_classes == differing
    assert "has no scoring SQL" in " ".join(said_in_log)
    if error is not None:
        assert found.max_abs_error == pytest.approx(error, rel=1e-3)


def test_a_regression_is_compared_by_its_value():
    frame = rows()
    fitted = LinearRegression().fit(frame, frame.a * 2)
    assert export(fitted, frame).max_abs_error <= 1e-12
    assert export(fitted, frame, Distorted({"predicted_value": lambda value: value * 1.01})).query is None


def test_an_estimator_without_a_form_in_sql_has_no_query(said_in_log):
    frame = rows()
    found = export(KNeighborsClassifier().fit(frame, labels(frame)), frame)
    assert found == parity.Export(None) and "KNeighborsClassifier" in " ".join(said_in_log)


def test_an_engine_that_refuses_the_query_is_a_warning(said_in_log):
    class Refusing(DuckDBSession):
        def score(self, features, query, nodes):
            return super().score(features, "select no_such_column from features", nodes)

    frame = rows()
    found = export(LogisticRegression().fit(frame, labels(frame)), frame, Refusing(None))
    assert found == parity.Export(None) and "the engine refused it" in " ".join(said_in_log)


def test_the_probes_hold_split_points_their_neighbours_and_missing_values():
    frame = rows()
    tree = DecisionTreeClassifier(max_depth=2).fit(frame, labels(frame))
    probed = probe_rows(FittedModel(tree), frame)
    assert probed.head(len(frame)).equals(frame)
    inner = tree.tree_.children_left >= 0
    for name, value in zip(
        frame.columns[tree.tree_.feature[inner]], tree.tree_.threshold[inner], strict=True
    ):
        added = set(probed[name].iloc[len(frame) :])
        assert {value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf)} <= added
    boosting = HistGradientBoostingClassifier(max_iter=2).fit(frame, labels(frame))
    missing = probe_rows(FittedModel(boosting), frame).isna()
    assert missing.a.any() and missing.b.any() and missing.all(axis=1).any()
    linear = LogisticRegression().fit(frame, labels(frame))
    assert not probe_rows(FittedModel(linear), frame).isna().any(axis=None)
    assert probe_rows(FittedModel(linear), frame.head(0)).empty
