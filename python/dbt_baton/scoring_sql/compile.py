"""From a fitted model to the query that scores like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbt_baton.errors import UnsupportedScoring, raise_problems
from dbt_baton.scoring_sql.dialect import DIALECTS
from dbt_baton.scoring_sql.models import predict, problems_with
from dbt_baton.scoring_sql.node_table import nodes_json
from dbt_baton.scoring_sql.node_walk import duckdb_arrays, postgres_arrays
from dbt_baton.scoring_sql.query import Query
from dbt_baton.scoring_sql.render import render
from dbt_baton.scoring_sql.result import result_columns
from dbt_baton.warehouse.signature import Feature

WHERE = "dbt_baton.scoring_sql.compile_scoring"


@dataclass(frozen=True)
class ScoringSql:
    """A query that scores.

    Attributes
    ----------
    sql : str
        Reads the relation `features`, in which every feature is a column of its exact name: double or text,
        with NULL for missing. It gives all columns of `features`, the columns of its own layers, and
        `predicted_class`, `predicted_probability`, `predicted_value` and `class_probabilities`.
    nodes : str or None
        The trees of a large model as JSON. `sql` then also reads a relation `scoring_nodes`, of one row and
        one text column `nodes` with this text.
    """

    sql: str
    nodes: str | None


def compile_scoring(
    model: Any,
    features: Sequence[Feature],
    *,
    dialect: str,
    positive_class: str | None = None,
    threshold: float | None = None,
) -> ScoringSql:
    """Write the query that gives what a fitted scikit-learn model gives.

    Parameters
    ----------
    model : estimator
        A fitted classifier or regressor, or a Pipeline that ends in one, fitted on a frame as
        `signature.to_frame` makes it: doubles with NaN for NULL, and `category` for text.
    features : sequence of Feature
        The signature, in the order of the frame's columns.
    dialect : {'duckdb', 'postgres', 'default'}
        The engine.
    positive_class : str, optional
        The class of a binary model, as text, whose probability `predicted_probability` is. By default the
        last one of `classes_`.
    threshold : float, optional
        A row of a binary model is of the positive class if its probability is at least this. By default
        `predicted_class` is that of `predict`.

    Returns
    -------
    ScoringSql
        The query, and the table of nodes of a large model.

    Raises
    ------
    UnsupportedScoring
        If something has no form in SQL; names all of it.

    Notes
    -----
    Scores are equal to those of scikit-learn within 1e-9, and classes are equal. Trees are added up in
    scikit-learn's order, so their sums have the same last digit. Weighted sums may differ in it, which a step
    of an isotonic calibration that is steep enough turns into any difference.

    Rows that scikit-learn refuses have a score too: NULL for a missing value that the model does not take, or
    for a category that it does not know where that is an error. On PostgreSQL a product beyond the range of a
    double is an error of the query.

    On PostgreSQL, `jit = off` is best: compiling a large expression takes longer than running it.
    """
    problems = problems_with(model, is_model=True)
    if dialect not in DIALECTS:
        problems.append(f"dialect is '{dialect}', expected one of {', '.join(DIALECTS)}")
    raise_problems(UnsupportedScoring, WHERE, problems)
    query = Query(DIALECTS[dialect], features)
    prediction = predict(query, model, query.inputs)
    problems += query.problems
    labels = [str(label) for label in prediction.classes]
    if positive_class is not None and (positive_class not in labels or len(labels) > 2):
        problems.append(
            f"positive_class is '{positive_class}', expected one of two classes; the model has"
            f" {', '.join(labels) or 'none'}"
        )
    if threshold is not None and (len(labels) != 2 or not prediction.probabilities):
        problems.append("threshold needs a model of two classes with probabilities")
    raise_problems(UnsupportedScoring, WHERE, problems)
    results, needs = result_columns(query, prediction, positive_class, threshold)
    if not query.nodes:
        return ScoringSql(render(query, results, needs), None)
    if dialect == "duckdb":
        sql = render(query, results, needs, duckdb_arrays(query), "features_and_trees")
    else:
        sql = render(query, results, needs, postgres_arrays(query))
    return ScoringSql(sql, nodes_json(query))
