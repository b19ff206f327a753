"""Models as JavaScript in Chromium, scored like those of an engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from playwright.sync_api import Page

import dbt_baton.whatif
from dbt_baton.fitted_model import FittedModel
from dbt_baton.warehouse.signature import Feature
from dbt_baton.whatif.program import programs

TREES = (Path(dbt_baton.whatif.__file__).parent / "trees.js").read_text(encoding="utf-8")
RUN = """([source, nodes, rows]) => {
    const score = eval(source), trees = readNodes(JSON.parse(nodes));
    return rows.map((row) => score(row, trees));
}"""


class ScoringPage:
    """An empty page, in which a compiled model runs."""

    name = "page"

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_script_tag(content=TREES)

    def scores(
        self,
        model: Any,
        features: list[Feature],
        frame: pd.DataFrame,
        positive_class: str | None = None,
        threshold: float | None = None,
    ) -> pd.DataFrame:
        """Score every row, as the columns of a score."""
        fitted = FittedModel(model, positive_class, threshold)
        (program,) = programs(fitted, features)
        columns = [
            [None if pd.isna(value) else str(value) for value in frame[feature.name]]
            if feature.type == "text"
            else frame[feature.name].astype(float).tolist()
            for feature in features
        ]
        rows = [list(row) for row in zip(*columns, strict=True)]
        scored = self.page.evaluate(RUN, [program.code, json.dumps(program.nodes), rows])
        found = [_row(fitted, one) for one in scored]
        return pd.DataFrame(
            found,
            columns=["predicted_class", "predicted_probability", "predicted_value", "class_probabilities"],
            dtype=object,
        )


def _row(model: FittedModel, score: dict[str, Any]) -> list[Any]:
    if "value" in score:
        return [None, None, score["value"], None]
    labels = [str(label) for label in model.labels]
    probabilities, winner = score["probabilities"], score["winner"]
    if winner != winner:
        return [None] * 4
    if not probabilities:
        return [labels[int(winner)], None, None, None]
    if len(labels) > 2:
        return [
            labels[int(winner)],
            probabilities[int(winner)],
            None,
            json.dumps(dict(zip(labels, probabilities, strict=True))),
        ]
    if model.threshold is not None:
        winner = model.positive if probabilities[model.positive] >= model.threshold else 1 - model.positive
    return [labels[int(winner)], probabilities[model.positive if len(labels) == 2 else 0], None, None]
