"""What to do about a verdict: sentences, SQL that lists the rows, and how to take the champion back."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dbt_baton.project.model import CHAMPION
from dbt_baton.report.content import Advice, Feature, Period
from dbt_baton.report.queries import Queries
from dbt_baton.report.read import ModelRows, Row, champions

_ROLLBACK = "If the drop began with a promotion, the new version is worse: take it back."
_NO_ROLLBACK = "No other version was champion before, so there is nothing to go back to."
_STEPS = {
    "data_quality": [
        "Tell the owner of the first node below that has wrong rows, and load them again if they can be had.",
        "Put a data test on that column, so that the next such load is red before the model reads it.",
    ],
    "training_serving_skew": [
        "Refresh the features, score these rows again, and give the new scores to those who act on them.",
        "The prediction log keeps what was first predicted, so the performance of this period says nothing"
        " against the model.",
    ],
    "covariate_drift": [
        "Ask whether the new values stay. If they do, train again as soon as such rows have outcomes; if they"
        " do not, name the time in the argument ignore of drift_alerts.",
        "Do not roll back: an older version knows these rows no better.",
    ],
    "concept_drift": [
        "Ask what has changed in the business, train again once enough rows after the change have outcomes,"
        " and until then warn those who act on the scores.",
    ],
    "performance_drop_unexplained": [
        "Look at the scores themselves, and give model_health the inputs that it does not have: they tell"
        " causes apart.",
    ],
    "not_enough_labels": [
        "Wait for outcomes. If this lasts longer than outcomes take, they are broken, not the model.",
    ],
}


def advice(rows: ModelRows, history: Sequence[Period], features: Sequence[Feature]) -> Advice | None:
    """Say what to do about the newest verdict; None for a model without verdicts."""
    if not history:
        return None
    verdict = history[-1].verdict
    queries = Queries(rows, history)
    listing = {
        "data_quality": queries.of_nulls,
        "training_serving_skew": queries.of_skew,
        "covariate_drift": queries.of_values,
        "concept_drift": queries.of_predictions,
        "performance_drop_unexplained": queries.of_predictions,
        "not_enough_labels": queries.of_labels,
    }.get(verdict)
    steps = _STEPS.get(verdict, [])
    before = None
    if verdict in ("concept_drift", "performance_drop_unexplained"):
        before = _version_before(rows)
        steps = [_ROLLBACK if before else _NO_ROLLBACK, *steps]
    return Advice(
        steps=steps,
        queries=list(listing(features)) if listing else [],
        rollback=f"dbt-baton rollback {shlex.quote(rows.model.name)}" if before else None,
        rollback_row=before,
    )


def _version_before(rows: ModelRows) -> Row | None:
    """Give the row that a rollback appends, without its time and its author."""
    promoted = [row["model_version"] for row in champions(rows.aliases)]
    earlier = [version for version in promoted if version != promoted[-1]]
    if not earlier:
        return None
    return {"model_name": rows.model.name, "alias": CHAMPION, "model_version": earlier[-1]}
