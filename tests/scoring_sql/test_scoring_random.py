"""Random small models of random rows in SQL against scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sklearn import ensemble, linear_model, naive_bayes, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from bench import Engine
from scoring_parity import Parity

# few distinct numbers, so that rows lie on split points, and any others
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.1, 0.2, 0.30000000000000004, 1.0, 2.0, 16777217.0, -3.25]),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 4)),
    st.none(),
)
TEXTS = st.one_of(st.sampled_from(["a", "A", "it's", "b", ""]), st.text(max_size=3), st.none())
# no zero character, which PostgreSQL has not
ROWS = st.lists(
    st.tuples(NUMBERS, NUMBERS, TEXTS.map(lambda text: text and text.replace("\x00", "0"))),
    min_size=12,
    max_size=40,
)
IMPUTERS = st.builds(
    SimpleImputer,
    strategy=st.sampled_from(["mean", "median", "most_frequent"]),
    add_indicator=st.booleans(),
    keep_empty_features=st.just(True),
)
NUMERIC = st.builds(
    make_pipeline,
    IMPUTERS,
    st.sampled_from(
        [
            "passthrough",
            StandardScaler(),
            MinMaxScaler(),
            RobustScaler(),
            KBinsDiscretizer(3, strategy="uniform"),
        ]
    ),
)
ENCODERS = st.one_of(
    st.builds(
        OneHotEncoder,
        handle_unknown=st.sampled_from(["ignore", "infrequent_if_exist"]),
        min_frequency=st.sampled_from([None, 2, 4]),
        drop=st.sampled_from([None, "first", "if_binary"]),
    ),
    st.just(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)),
    st.just(TargetEncoder(cv=2, random_state=0)),
)
SEEDS = st.integers(0, 99)
CLASSIFIERS = st.one_of(
    st.builds(linear_model.LogisticRegression, C=st.sampled_from([0.01, 1.0])),
    st.builds(naive_bayes.GaussianNB, var_smoothing=st.just(1e-3)),
    st.builds(tree.DecisionTreeClassifier, max_depth=st.integers(1, 6), random_state=SEEDS),
    st.builds(
        ensemble.RandomForestClassifier,
        n_estimators=st.integers(1, 7),
        max_depth=st.sampled_from([2, None]),
        random_state=SEEDS,
    ),
    st.builds(ensemble.GradientBoostingClassifier, n_estimators=st.integers(1, 4), random_state=SEEDS),
    st.builds(
        ensemble.HistGradientBoostingClassifier,
        max_iter=st.integers(1, 4),
        min_samples_leaf=st.integers(1, 3),
        random_state=SEEDS,
    ),
)


def frame_of(drawn: list[tuple[Any, Any, Any]]) -> pd.DataFrame:
    first, second, texts = zip(*drawn, strict=True)
    return pd.DataFrame(
        {
            "first": np.array(first, dtype=float),
            "Second": np.array(second, dtype=float),
            "text": pd.Categorical(pd.Series(texts, dtype=object)),
        }
    )


def labels_of(n: int, n_classes: int) -> np.ndarray:
    return np.array(["no", "yes", "may be"])[np.arange(n) ** 2 % 7 % n_classes]


@given(
    rows=ROWS,
    others=ROWS,
    numeric=NUMERIC,
    encoder=ENCODERS,
    model=CLASSIFIERS,
    n_classes=st.integers(2, 3),
    calibration=st.sampled_from([None, "sigmoid", "isotonic"]),
)
def test_a_pipeline(
    engine: Engine,
    rows: list[Any],
    others: list[Any],
    numeric: Any,
    encoder: Any,
    model: Any,
    n_classes: int,
    calibration: str | None,
):
    # a sum in another order may differ in its last digit, which a steep isotonic step turns into any difference
    if calibration == "isotonic" and not hasattr(model, "max_leaf_nodes"):
        calibration = "sigmoid"
    frame = frame_of(rows)
    columns = [("numbers", numeric, ["first", "Second"]), ("texts", encoder, ["text"])]
    pipeline = make_pipeline(ColumnTransformer(columns, sparse_threshold=0), model)
    labels = labels_of(len(frame), n_classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(frame, labels)
        if calibration is not None:
            frozen = FrozenEstimator(pipeline)
            pipeline = CalibratedClassifierCV(frozen, method=calibration).fit(frame, labels)
        # on the rows of the fit, and on others with values that it did not see
        Parity(engine, frame_of(rows + others)).check(pipeline)


@given(rows=ROWS, others=ROWS, n_classes=st.integers(2, 3), depth=st.integers(1, 5))
def test_native_missing_values_and_categories(
    engine: Engine, rows: list[Any], others: list[Any], n_classes: int, depth: int
):
    frame = frame_of(rows)
    labels = labels_of(len(frame), n_classes)
    parity = Parity(engine, frame_of(rows + others))
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=3, max_depth=depth, min_samples_leaf=1, categorical_features="from_dtype"
    )
    parity.check(model.fit(frame, labels))
    forest = ensemble.ExtraTreesClassifier(3, max_depth=depth, random_state=0)
    numbers = ["first", "Second"]
    chosen = ColumnTransformer([("numbers", "passthrough", numbers)])
    parity.check(make_pipeline(chosen, forest).fit(frame, labels))
