"""Fit and transform of 20 mixed columns: imputing, scaling, binning and encoding, compared with scikit-learn.

python benchmarks/preprocessing.py --rows 1_000_000
"""

from __future__ import annotations

import argparse
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from harness import Tables, compare, describe_machine, part, same_values
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

NUMBERS = {
    "standard_scaler": ["income", "balance", "age", "tenure", "visits", "spent"],
    "robust_scaler": ["refunds", "discount"],
    "min_max_scaler": ["rating", "distance"],
    "max_abs_scaler": ["margin"],
    "k_bins_discretizer": ["basket", "price"],
    "quantile_transformer": ["delay"],
}
# each with the number of its categories
TEXTS = {
    "one_hot_encoder": {"plan": 4, "channel": 8},
    "ordinal_encoder": {"country": 50, "device": 20},
    "target_encoder": {"city": 500},
    "frequency_encoder": {"product": 2_000},
}
MISSING = 0.05

IMPUTED = [column for columns in NUMBERS.values() for column in columns]
PARAMETERS = {
    "k_bins_discretizer": {"encode": "ordinal"},
    "target_encoder": {"target": "bought", "target_type": "continuous"},
}
TRANSFORMERS = [
    {"transformer": "simple_imputer", "columns": IMPUTED, "strategy": "median"},
    *(
        {"transformer": name, "columns": list(columns), **PARAMETERS.get(name, {})}
        for name, columns in (NUMBERS | TEXTS).items()
    ),
]
ROWS = "source('data', 'rows')"
BATON = {
    "fit": f"{{{{ baton.fit({ROWS}, {TRANSFORMERS}) }}}}",
    "transform": f"{{{{ baton.transform({ROWS}, ref('fit'), {TRANSFORMERS}, keep=['row_id']) }}}}",
}


class FrequencyEncoder(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Frequency encoding, for which scikit-learn has no transformer."""

    def fit(self, X: pd.DataFrame, y: object = None) -> FrequencyEncoder:
        """Count the categories."""
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        self.shares_ = {column: X[column].value_counts(normalize=True) for column in X}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Replace categories by their shares."""
        shares: pd.DataFrame = X.apply(lambda column: column.map(self.shares_[column.name]).astype("float64"))
        return shares


class WholeTargetEncoder(TargetEncoder):  # type: ignore[misc]
    """A target encoder without cross-fitting, which is baton's default."""

    def fit_transform(self, X: pd.DataFrame, y: pd.Series) -> Any:
        """Encode with the encoding from all rows."""
        return self.fit(X, y).transform(X)


def column_transformer() -> ColumnTransformer:
    """Make the same steps, without sampling."""

    def imputed(transformer: BaseEstimator) -> Pipeline:
        return make_pipeline(SimpleImputer(strategy="median"), transformer)

    steps = {
        "standard_scaler": imputed(StandardScaler()),
        "robust_scaler": imputed(RobustScaler()),
        "min_max_scaler": imputed(MinMaxScaler()),
        "max_abs_scaler": imputed(MaxAbsScaler()),
        "k_bins_discretizer": imputed(KBinsDiscretizer(encode="ordinal", subsample=None)),
        "quantile_transformer": imputed(QuantileTransformer(subsample=None)),
        "one_hot_encoder": OneHotEncoder(sparse_output=False),
        "ordinal_encoder": OrdinalEncoder(),
        "target_encoder": WholeTargetEncoder(target_type="continuous"),
        "frequency_encoder": FrequencyEncoder(),
    }
    together = ColumnTransformer(
        [(name, steps[name], list(columns)) for name, columns in (NUMBERS | TEXTS).items()],
        verbose_feature_names_out=False,
    )
    return together.set_output(transform="pandas")


def with_fit_transform(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    with part("read"):
        rows = connection.execute("select * from rows").df()
    with part("fit_transform"):
        transformed: pd.DataFrame = column_transformer().fit_transform(rows, rows["bought"])
    return transformed.assign(row_id=rows["row_id"])


def with_fit_and_transform(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    with part("read"):
        rows = connection.execute("select * from rows").df()
    with part("fit"):
        fitted = column_transformer().fit(rows, rows["bought"])
    with part("transform"):
        transformed: pd.DataFrame = fitted.transform(rows)
    return transformed.assign(row_id=rows["row_id"])


def make_tables(rows: int) -> Tables:
    """Make numbers with missing values, texts with some frequent values, and a target."""
    random = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {"row_id": random.permutation(rows)}
    for place, name in enumerate(IMPUTED):
        numbers = random.gamma(1 + place, 10, rows) - 10 * (place % 3)
        columns[name] = np.where(random.random(rows) < MISSING, np.nan, numbers.round(2))
    for texts in TEXTS.values():
        for name, categories in texts.items():
            names = np.array([f"{name} {number:04}" for number in range(categories)], dtype=object)
            columns[name] = names[(categories * random.random(rows) ** 2).astype("int64")]
    columns["bought"] = random.integers(0, 1_000, rows) / 10
    return {"rows": pd.DataFrame(columns)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()

    describe_machine()
    compare(
        f"{arguments.rows:,} rows of {len(IMPUTED)} numbers and {sum(map(len, TEXTS.values()))} texts",
        make_tables=make_tables,
        sizes={"rows": arguments.rows},
        models=BATON,
        peers={
            "scikit-learn: fit_transform": with_fit_transform,
            "scikit-learn: fit, then transform": with_fit_and_transform,
        },
        agreement=same_values(["row_id"]),
    )


if __name__ == "__main__":
    main()
