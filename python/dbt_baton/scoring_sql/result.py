"""The columns of a score, from what a model gives."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dbt_baton.scoring_sql.expressions import labels_of, switch
from dbt_baton.scoring_sql.prediction import Prediction
from dbt_baton.scoring_sql.query import Column, Query


def result_columns(
    query: Query, prediction: Prediction, positive_class: str | None, threshold: float | None
) -> tuple[list[tuple[str, str]], list[Column]]:
    """Write the score's columns, and give the columns that they need."""
    dialect = query.dialect
    no_text, no_number = dialect.null(dialect.text_type), dialect.null(dialect.double_type)
    if prediction.value is not None:
        results = [no_text, no_number, str(prediction.value), no_text]
        return _named(results), [prediction.value]
    assert prediction.winner is not None, "a classifier has a winner"
    labels = labels_of(prediction.classes)
    texts = [dialect.text(label) for label in labels]
    probabilities = prediction.probabilities
    needs = [*prediction.winner.needs]
    predicted = prediction.winner.choose(texts)
    probability, by_class = no_number, no_text
    if len(labels) <= 2 and probabilities:
        place = labels.index(positive_class) if positive_class is not None else len(labels) - 1
        probability = str(probabilities[place])
        if threshold is not None and len(labels) == 2:
            bound = dialect.number(threshold)
            whens = [
                (f"{probability} >= {bound}", texts[place]),
                (f"{probability} < {bound}", texts[1 - place]),
            ]
            predicted, needs = switch(whens, "null"), []
        needs += [probabilities[place]]
    elif probabilities:
        probability = prediction.winner.choose([str(column) for column in probabilities])
        by_class = class_probabilities(query, labels, probabilities)
        needs += probabilities
    return _named([predicted, probability, no_number, by_class]), needs


def _named(results: Sequence[str]) -> list[tuple[str, str]]:
    names = ("predicted_class", "predicted_probability", "predicted_value", "class_probabilities")
    return list(zip(names, results, strict=True))


def class_probabilities(query: Query, labels: Sequence[str], probabilities: Sequence[Column]) -> str:
    """Write JSON with the probability of every class, all digits of it."""
    dialect = query.dialect
    pieces = []
    for place, (label, probability) in enumerate(zip(labels, probabilities, strict=True)):
        before = ("{" if place == 0 else ", ") + json.dumps(label, ensure_ascii=False) + ": "
        pieces.append(f"{dialect.text(before)} || cast({probability} as {dialect.text_type})")
    return "\n|| ".join([*pieces, dialect.text("}")])
