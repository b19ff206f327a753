"""The scores of a compiled model beside those of scikit-learn."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from bench import SCHEMA, Engine
from dbt_baton.scoring_sql import compile_scoring
from dbt_baton.warehouse.signature import Feature
from scoring_page import ScoringPage

ATOL = 1e-9
NUMBERS = count()
RESULTS = ("predicted_class", "predicted_probability", "predicted_value", "class_probabilities")


def features_of(frame: pd.DataFrame) -> list[Feature]:
    """The signature of a frame as `to_frame` makes it."""
    return [
        Feature(str(name), "text" if isinstance(frame[name].dtype, pd.CategoricalDtype) else "float")
        for name in frame.columns
    ]


class Parity:
    """One table of rows on an engine, scored by any number of models.

    Parameters
    ----------
    engine : Engine or ScoringPage
    frame : pandas.DataFrame
        Doubles with NaN for NULL, and categories.
    """

    def __init__(self, engine: Engine | ScoringPage, frame: pd.DataFrame) -> None:
        self.engine, self.frame = engine, frame
        if isinstance(engine, ScoringPage):
            return
        self.table = f"rows_{next(NUMBERS)}"
        table = frame.copy()
        for name in frame.select_dtypes("category"):
            table[name] = frame[name].astype("string")
        # the columns get their names in a query, because `write` quotes no quotation marks
        self.features = ", ".join(
            f'c{place} as "{str(name).replace(chr(34), chr(34) * 2)}"' for place, name in enumerate(frame)
        )
        table.columns = pd.Index([f"c{place}" for place in range(len(frame.columns))])
        engine.write(self.table, table.assign(row_number=np.arange(len(frame))))

    def scores(self, model: Any, **options: Any) -> pd.DataFrame:
        """Score every row in SQL or in a page, in the order of the frame."""
        if isinstance(self.engine, ScoringPage):
            return self.engine.scores(model, features_of(self.frame), self.frame, **options)
        compiled = compile_scoring(model, features_of(self.frame), dialect=self.engine.name, **options)
        nodes = ""
        if compiled.nodes is not None:
            nodes = f", scoring_nodes as (select '{compiled.nodes.replace(chr(39), chr(39) * 2)}' as nodes)"
        return self.engine.query(
            f"with features as (select row_number, {self.features} from {SCHEMA}.{self.table}){nodes}, scored as (\n{compiled.sql}\n)"
            f" select row_number, {', '.join(RESULTS)} from scored order by row_number"
        )

    def check(self, model: Any, *, refuses_missing: bool = False, **options: Any) -> None:
        """Assert that every row has scikit-learn's score, or NULL where it refuses a missing value."""
        scores = self.scores(model, **options)
        assert len(scores) == len(self.frame)
        is_scored = np.ones(len(self.frame), dtype=bool)
        if refuses_missing:
            is_scored = self.frame.notna().all(axis=1).to_numpy()
            assert scores.loc[~is_scored, list(RESULTS)].isna().all(axis=None), (
                f"{model} scores missing values"
            )
        rows = self.frame[is_scored]
        expected = expected_scores(model, rows, **options) if len(rows) else {}
        for name in RESULTS:
            assert_same(name, scores.loc[is_scored, name].tolist(), expected.get(name, []), model, rows)


def expected_scores(
    model: Any, rows: pd.DataFrame, positive_class: str | None = None, threshold: float | None = None
) -> dict[str, list[Any]]:
    """What scikit-learn predicts, as the columns of a score."""
    nothing = [None] * len(rows)
    predicted = model.predict(rows)
    if not hasattr(model, "classes_"):
        return dict(zip(RESULTS, (nothing, nothing, np.ravel(predicted).tolist(), nothing), strict=True))
    classes = [str(label) for label in model.classes_]
    texts = [str(label) for label in predicted]
    if not hasattr(model, "predict_proba"):
        return dict(zip(RESULTS, (texts, nothing, nothing, nothing), strict=True))
    probabilities = model.predict_proba(rows)
    if len(classes) > 2:
        shown = [row[classes.index(text)] for row, text in zip(probabilities, texts, strict=True)]
        by_class = [dict(zip(classes, row.tolist(), strict=True)) for row in probabilities]
        return dict(zip(RESULTS, (texts, shown, nothing, by_class), strict=True))
    place = len(classes) - 1 if positive_class is None else classes.index(positive_class)
    shown = probabilities[:, place].tolist()
    if threshold is not None:
        texts = [classes[place if one >= threshold else 1 - place] for one in shown]
    return dict(zip(RESULTS, (texts, shown, nothing, nothing), strict=True))


def assert_same(name: str, actual: list[Any], expected: list[Any], model: Any, rows: pd.DataFrame) -> None:
    """Texts equal, numbers within ATOL, or the same to 1e-9 of a large one."""
    assert len(actual) == len(expected), name
    for number, (one, other) in enumerate(zip(actual, expected, strict=True)):
        if isinstance(other, dict):
            one = json.loads(one)
            assert list(one) == list(other), model
            same = all(np.isclose(one[key], other[key], rtol=0, atol=ATOL) for key in other)
        elif other is None:
            same = one is None or bool(pd.isna(one))
        elif isinstance(other, str):
            same = one == other
        else:
            same = one is not None and bool(np.isclose(one, other, rtol=ATOL, atol=ATOL))
        assert same, f"{name} is {one!r}, expected {other!r}, by {model} of\n{rows.iloc[number].to_dict()}"
