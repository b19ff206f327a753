"""What-if pages of models that were fitted here, without a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dbt_baton.fitted_model import FittedModel
from dbt_baton.warehouse.signature import GROUP, Feature
from dbt_baton.whatif.inputs import input_of_rows
from dbt_baton.whatif.page import Facts, whatif_page
from dbt_baton.whatif.training_rows import entities_of, quantiles_of, scores_of_rows

N = 2_000
FEATURES = [
    Feature("amount", "float"),
    Feature("visits", "int"),
    Feature("is_new", "boolean"),
    Feature("plan", "text"),
]
# the row of a page as JSON has it, given to the functions of its script
RUN = "rows => rows.map((row) => { const found = run(row); return { ...found, decision: found.probabilities.length ? decided(found) : null } })"


def customers(seed: int = 0) -> pd.DataFrame:
    """Rows as a model takes them: few distinct numbers, so that rows lie on split points; NULL in two columns."""
    rng = np.random.default_rng(seed)
    amount = rng.choice(np.round(rng.lognormal(3, 1, 60), 2), N)
    plan = rng.choice(np.array(["basic", "d'or", "größe", None], dtype=object), N)
    return pd.DataFrame(
        {
            "amount": np.where(rng.random(N) < 0.1, np.nan, amount),
            "visits": rng.integers(0, 12, N).astype(float),
            "is_new": (rng.random(N) < 0.4).astype(float),
            "plan": pd.Categorical(plan),
        }
    )


def truth(frame: pd.DataFrame) -> np.ndarray:
    """A number that depends on every column, and on what is missing."""
    noise = np.random.default_rng(1).normal(size=len(frame))
    filled = frame["amount"].fillna(60)
    return (
        filled / 20 - frame["visits"] / 3 + (frame["plan"] == "basic") + frame["is_new"] + 0.5 * noise
    ).to_numpy()


def classes_of(frame: pd.DataFrame) -> np.ndarray:
    """Two of them, which are not balanced."""
    return np.where(truth(frame) > 1, "churned", "stayed")


def page_of(
    model: FittedModel,
    rows: pd.DataFrame,
    features: Sequence[Feature] = FEATURES,
    name: str = "churn_model",
    entities: int = 0,
    **facts: Any,
) -> str:
    """The page of a model with aggregates of these rows."""
    scores = scores_of_rows(model, rows)
    inputs = [input_of_rows(feature, rows[feature.name]) for feature in features]
    about = Facts(
        name,
        "0123456789ab",
        n_rows=len(rows),
        quantiles=quantiles_of(scores),
        entities=entities_of(rows, scores, entities),
        **facts,
    )
    return whatif_page(model, features, inputs, about)


def written(path: Path, text: str) -> Path:
    """Write a page."""
    path.write_text(text, encoding="utf-8")
    return path


def as_values(frame: pd.DataFrame, features: Sequence[Feature] = FEATURES) -> list[list[Any]]:
    """Rows as a page has them: null for what is missing."""
    columns = []
    for feature in features:
        is_text = feature.type == "text" or feature.role == GROUP
        columns.append(
            [
                None if pd.isna(value) else str(value) if is_text else float(value)
                for value in frame[feature.name]
            ]
        )
    return [list(row) for row in zip(*columns, strict=True)]
