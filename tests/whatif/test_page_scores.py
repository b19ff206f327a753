"""The scores in a what-if page are those of the model, to 1e-9, on 2,000 rows with NULLs and values at split points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, linear_model
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from browser import Browser
from dbt_baton.fitted_model import FittedModel
from dbt_baton.training.probes import probe_rows
from dbt_baton.warehouse.signature import GROUP, Feature
from whatif_pages import FEATURES, RUN, as_values, classes_of, customers, page_of, truth, written

ATOL = 1e-9
NATIVE = {"categorical_features": "from_dtype", "max_iter": 60, "max_leaf_nodes": 15, "random_state": 0}


def prepared(model: Any, *, imputer: Any = "passthrough", encoder: Any = None) -> Any:
    """A pipeline with columns of its own for numbers and texts."""
    numbers = make_pipeline(imputer, StandardScaler())
    encoder = encoder or OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(
        make_column_transformer(
            (numbers, make_column_selector(dtype_include="number")),
            (encoder, make_column_selector(dtype_include="category")),
        ),
        model,
    )


def filled(model: Any) -> Any:
    return prepared(model, imputer=SimpleImputer(add_indicator=True))


CODES = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "logistic": lambda: filled(linear_model.LogisticRegression()),
    "histogram boosting with categories": lambda: ensemble.HistGradientBoostingClassifier(**NATIVE),
    "random forest with missing values": lambda: prepared(
        ensemble.RandomForestClassifier(60, max_depth=8, random_state=0), encoder=CODES
    ),
    "extra trees": lambda: filled(ensemble.ExtraTreesClassifier(30, max_depth=9, random_state=0)),
    "gradient boosting": lambda: filled(ensemble.GradientBoostingClassifier(n_estimators=60, random_state=0)),
    "isotonic": lambda: CalibratedClassifierCV(
        ensemble.HistGradientBoostingClassifier(**NATIVE), method="isotonic", cv=3
    ),
    "sigmoid": lambda: CalibratedClassifierCV(
        filled(ensemble.RandomForestClassifier(10, max_depth=5, random_state=0)), cv=3
    ),
}
REGRESSORS: dict[str, Callable[[], Any]] = {
    "ridge": lambda: filled(linear_model.Ridge()),
    "boosted counts": lambda: ensemble.HistGradientBoostingRegressor(loss="poisson", **NATIVE),
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return customers()


def assert_scores(
    browser: Browser, folder: Path, model: FittedModel, rows: pd.DataFrame, features: list[Feature] = FEATURES
) -> None:
    """Open the page and compare every row, and rows at split points and with each column missing."""
    page = page_of(model, rows, features)
    tried = probe_rows(model, rows)
    assert len(tried) >= 2_000 and tried.isna().any(axis=None)
    with browser.open(written(folder / "page.html", page)) as opened:
        assert (opened.requests, opened.said) == ([], [])
        assert opened.page.inner_text("#check").startswith("Checked as it opened")
        found = opened.page.evaluate(RUN, as_values(tried, features))
    expected = model.predict(tried)
    if expected.probabilities is None:
        given = np.array([one["value"] for one in found])
        np.testing.assert_allclose(given, expected.predicted, rtol=ATOL, atol=ATOL)
        return
    given = np.array([one["probabilities"] for one in found])
    np.testing.assert_allclose(given, expected.probabilities, rtol=0, atol=ATOL)
    decisions = [str(model.labels[int(one["decision"])]) for one in found]
    assert decisions == [str(label) for label in expected.predicted]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_two_classes(browser: Browser, tmp_path: Path, rows: pd.DataFrame, name: str):
    model = CLASSIFIERS[name]().fit(rows, classes_of(rows))
    assert_scores(browser, tmp_path, FittedModel(model, "churned", 0.3), rows)


@pytest.mark.parametrize(
    "name", ["logistic", "histogram boosting with categories", "random forest with missing values"]
)
def test_four_classes(browser: Browser, tmp_path: Path, rows: pd.DataFrame, name: str):
    number = truth(rows)
    classes = np.array(["a", "ü", "it's", "</b>"])[
        np.searchsorted(np.quantile(number, [0.2, 0.5, 0.9]), number)
    ]
    assert_scores(browser, tmp_path, FittedModel(CLASSIFIERS[name]().fit(rows, classes)), rows)


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressions(browser: Browser, tmp_path: Path, rows: pd.DataFrame, name: str):
    model = REGRESSORS[name]().fit(rows, truth(rows) - truth(rows).min() + 0.1)
    assert_scores(browser, tmp_path, FittedModel(model), rows)


def test_a_model_for_each_group(browser: Browser, tmp_path: Path, rows: pd.DataFrame):
    grouped = rows.assign(
        country=pd.Categorical(np.array(["de", "f'r", "it", None], dtype=object)[np.arange(len(rows)) % 4])
    )
    features = [Feature("country", "text", GROUP), *FEATURES]
    estimators = {}
    for value in ("de", "f'r"):
        of_group = (grouped["country"] == value).to_numpy()
        estimators[value] = filled(linear_model.LogisticRegression()).fit(
            rows[of_group], classes_of(rows)[of_group]
        )
    fallback = ensemble.HistGradientBoostingClassifier(**NATIVE).fit(rows, classes_of(rows))
    model = FittedModel(fallback, "churned", None, estimators, "country")
    frame = grouped[["country", *rows.columns]]
    assert_scores(browser, tmp_path, model, frame, features)


def test_a_linear_model_refuses_null_in_a_column_without_weight(
    browser: Browser, tmp_path: Path, rows: pd.DataFrame
):
    numbers = rows.dropna()[["amount", "visits", "is_new"]]
    lasso = linear_model.Lasso(alpha=0.5).fit(numbers, numbers["visits"])
    assert lasso.coef_[0] == 0 and lasso.coef_[1] != 0
    with browser.open(
        written(tmp_path / "page.html", page_of(FittedModel(lasso), numbers, FEATURES[:3]))
    ) as opened:
        assert opened.page.inner_text("#check").startswith("Checked as it opened")


def test_a_row_that_the_model_refuses_has_no_score(browser: Browser, tmp_path: Path, rows: pd.DataFrame):
    complete = rows.dropna()
    model = FittedModel(prepared(linear_model.LogisticRegression()).fit(complete, classes_of(complete)))
    with browser.open(written(tmp_path / "page.html", page_of(model, complete))) as opened:
        assert opened.page.inner_text("#check").startswith("Checked as it opened")
        assert opened.page.inner_text("#score") != "no score"
        opened.page.check("#null-1")
        assert opened.page.inner_text("#score") == "no score"
        assert "does not take NULL" in opened.page.inner_text("#of")
        assert opened.page.inner_text("#note-1") == "NULL in no training row"
        assert opened.said == []
