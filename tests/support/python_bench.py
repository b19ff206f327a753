"""The inputs of a dbt Python model, without dbt: a connection with tables, and the `dbt` object."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime
from typing import Any

import dbt.flags
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from dbt_baton import Provenance, predict, train

TRAINED_AT = datetime(2024, 5, 1, 12, 0)
ORIGIN = Provenance(trained_at=TRAINED_AT, run_id="a run", git_sha="a commit")


class This:
    """A relation as in dbt's generated code."""

    def __init__(self, identifier: str) -> None:
        self.database, self.schema, self.identifier = "memory", "main", identifier

    def __repr__(self) -> str:
        return f'"memory"."main"."{self.identifier}"'


class PythonModel:
    """A dbt Python model called `churn_model` on a separate database."""

    def __init__(self) -> None:
        # flags of an earlier command in this process, such as --empty, must not affect this model
        dbt.flags.set_flags(Namespace(USE_COLORS=True))  # type: ignore[no-untyped-call]
        self.session = duckdb.connect()
        self.this = This("churn_model")
        self.is_incremental = False
        self.meta: dict[str, Any] | None = None
        self.config = self

    def get(self, key: str, default: Any = None) -> Any:
        """`dbt.config.get`."""
        return self.meta if key == "meta" else default

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """`dbt.ref`."""
        return self.session.query(f'select * from "{name}"')

    def put(self, name: str, frame: pd.DataFrame | pa.Table) -> duckdb.DuckDBPyRelation:
        """Make the frame a table."""
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        self.session.register("frame", table)
        self.session.execute(f'create or replace table "{name}" as select * from frame')
        self.session.unregister("frame")
        return self.ref(name)

    def train(self, frame: pd.DataFrame | pa.Table, estimator: Any, **options: Any) -> dict[str, Any]:
        """The version row for the frame."""
        arguments: dict[str, Any] = {"label": "label", "entity": "customer_id", "origin": ORIGIN}
        table = train(self, self.put("training_set", frame), estimator, **(arguments | options))
        assert table.num_rows == 1
        row: dict[str, Any] = table.to_pylist()[0]
        return row

    def predict(
        self, frame: pd.DataFrame | pa.Table, version: dict[str, Any], **options: Any
    ) -> pd.DataFrame:
        """The scores of the frame with one version, the only one in the registry."""
        registry = self.put("registry", pa.Table.from_pylist([version | {"version_number": 1}]))
        arguments: dict[str, Any] = {
            "model_name": version["model_name"],
            "alias": "latest",
            "entity": "customer_id",
        }
        scores = predict(self, self.put("features", frame), registry, **(arguments | options))
        result: pd.DataFrame = scores.read_pandas()
        return result


def customers(n: int = 300, *, seed: int = 0) -> pd.DataFrame:
    """A training set of difficult values: NULL, text with quotes and accents, booleans, a reserved word."""
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, n)
    plan = random.choice(np.array(["basic", "d'or", "prémium", None], dtype=object), n)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 7, unit="D"),
            "Age": np.where(random.random(n) < 0.1, np.nan, age),
            "order": random.integers(0, 20, n),
            "plan": plan,
            "is_new": random.random(n) < 0.5,
            "label": ((age + 10 * (plan == "basic") + random.normal(0, 5, n)) > 45).astype(int),
            "split": np.array(["train", "train", "train", "validation", "test"])[np.arange(n) % 5],
            "label_window_start": pd.Timestamp("2024-01-01"),
            "label_is_mature": True,
            "customer_features_feature_time": pd.Timestamp("2023-12-31"),
        }
    )
    return frame


FEATURES = ["Age", "order", "plan", "is_new"]


def as_scikit_learn_takes_it(frame: pd.DataFrame, features: list[str] = FEATURES) -> pd.DataFrame:
    """The same conversion in an independent implementation, as the oracle of every prediction."""
    return pd.DataFrame(
        {
            name: pd.Categorical(frame[name].astype(object).where(frame[name].notna(), None))
            if frame[name].dtype.kind == "O" or frame[name].dtype == "str"
            else frame[name].astype(float)
            for name in features
        }
    )
