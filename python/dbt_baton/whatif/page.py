"""The page: a model, what its inputs may be, and rows by which it checks itself."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dbt_baton.errors import UnsupportedScoring, raise_problems
from dbt_baton.fitted_model import BINARY, REGRESSION, FittedModel, takes_the_most_probable
from dbt_baton.pages.text import CONTENT_POLICY, file, script_json, style, templates
from dbt_baton.release import __version__
from dbt_baton.warehouse.signature import GROUP, Feature
from dbt_baton.whatif.checks import check_rows, scores_of
from dbt_baton.whatif.inputs import CATEGORY, MOST_CATEGORIES, UNREAD, WHOLE, YES_NO, Input
from dbt_baton.whatif.program import WHERE, Program, programs

FOLDER = Path(__file__).parent
SCRIPTS = ("trees.js", "model.js", "numbers.js", "curves.js", "changes.js", "result.js", "page.js")

# of more inputs, those that matter least are folded
MOST_SHOWN = 15


@dataclass(frozen=True)
class Facts:
    """What a page says of a version, and of the rows that it learnt from.

    Attributes
    ----------
    model_name, model_version : str
    described : sequence of (str, str)
        More that is said at the top, such as the estimator and the owner.
    importances : mapping from str to float
        By which the features are ordered, the largest first; those without one come last.
    n_rows : int
        How many training rows `quantiles` are of.
    quantiles : sequence of sequence of float
        Evenly spaced quantiles of the scores of training rows: of the value, of the probability of the
        positive class, or of each of several classes.
    entities : sequence of (str, sequence)
        Rows to start from, each with what it is called.
    """

    model_name: str
    model_version: str
    described: Sequence[tuple[str, str]] = ()
    importances: Mapping[str, float] = field(default_factory=dict)
    n_rows: int = 0
    quantiles: Sequence[Sequence[float]] = ()
    entities: Sequence[tuple[str, Sequence[Any]]] = ()


def whatif_page(
    model: FittedModel, features: Sequence[Feature], inputs: Sequence[Input], facts: Facts
) -> str:
    """Write the page of a version; the same arguments give the same bytes.

    Parameters
    ----------
    model : FittedModel
    features : sequence of Feature
        The signature.
    inputs : sequence of Input
        One for each feature, in its order.
    facts : Facts

    Raises
    ------
    UnsupportedScoring
        If a page cannot hold the model, with every reason, or it has no score to show.
    """
    compiled = page_programs(model, features)
    reads = {name for program in compiled for name in program.reads} | {model.group_by}
    order = sorted(range(len(inputs)), key=lambda place: -facts.importances.get(inputs[place].name, -1.0))
    rows = check_rows(inputs, reads)
    data = {
        "task": model.task,
        "classes": [] if model.task == REGRESSION else [str(label) for label in model.labels],
        "positive": model.positive if model.task == BINARY else None,
        "threshold": model.threshold,
        "bound": _bound(model),
        "groups": None if model.group_by is None else list(model.groups),
        "groupPlace": next((place for place, one in enumerate(features) if one.role == GROUP), None),
        "inputs": [_as_data(one, one.name in reads) for one in inputs],
        "quantiles": facts.quantiles,
        "checks": [rows, scores_of(model, features, rows)],
        "entities": [row for _, row in facts.entities],
    }
    functions = ",\n".join(program.code for program in compiled)
    try:
        nodes, inside = script_json([program.nodes for program in compiled]), script_json(data)
    except ValueError:
        raise_problems(UnsupportedScoring, WHERE, ["a score of the model is infinite, or a NaN"])
    controls = [_control(place, inputs[place]) for place in order if inputs[place].name in reads]
    template = templates(FOLDER).get_template("page.html")
    page: str = template.render(
        facts=facts,
        policy=CONTENT_POLICY,
        style=style() + file(FOLDER / "page.css"),
        functions=Markup(functions),
        nodes=nodes,
        data=inside,
        checksum=zlib.crc32("\n".join([functions, nodes, inside]).encode()),
        scripts=[file(FOLDER / name) for name in SCRIPTS],
        controls=controls,
        n_shown=len(controls) if len(controls) <= MOST_SHOWN else MOST_SHOWN - 3,
        unread=[one.name for one in inputs if one.name not in reads],
        origins=_origins([one for one in inputs if one.name in reads]),
        is_regression=model.task == REGRESSION,
        classes=data["classes"],
        n_checks=len(rows),
        version=__version__,
    )
    return page


def page_programs(model: FittedModel, features: Sequence[Feature]) -> list[Program]:
    """Write the model in JavaScript.

    Raises
    ------
    UnsupportedScoring
        If a page cannot hold the model, with every reason, or it has no score to show.
    """
    compiled = programs(model, features)
    if model.task != REGRESSION and not hasattr(model.estimator, "predict_proba"):
        name = type(model.estimator).__name__
        problem = f"{name} gives classes without probabilities: there is no score to show"
        raise_problems(UnsupportedScoring, WHERE, [problem])
    return compiled


def _bound(model: FittedModel) -> float | None:
    """Give the probability from which a binary model says the positive class, where there is one."""
    if model.threshold is not None:
        return model.threshold
    estimators = (model.estimator, *model.groups.values())
    return 0.5 if model.task == BINARY and all(map(takes_the_most_probable, estimators)) else None


def _as_data(one: Input, is_read: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "start": one.start,
        "missing": one.missing,
        "below": one.below,
        "categories": one.categories,
        "isCut": len(one.categories) == MOST_CATEGORIES,
        "isRead": is_read and one.kind != UNREAD,
    }


def _control(place: int, one: Input) -> dict[str, Any]:
    """Give what the template needs for a feature."""
    control: dict[str, Any] = {
        "place": place,
        "name": one.name,
        "missing": _percent(one.missing),
        "options": [],
    }
    if one.kind == CATEGORY:
        options = [(str(i), text, _percent(share)) for i, (text, share) in enumerate(one.categories)]
        return {**control, "options": options, "kind": "choice", "has_others": True}
    if one.kind == YES_NO:
        options = [("0", "false", ""), ("1", "true", "")]
        return {**control, "options": options, "kind": "choice", "has_others": False}
    low, high = (one.below[0][0], one.below[-1][0]) if one.below else (0.0, 1.0)
    step = 1 if one.kind == WHOLE else "any"
    return {**control, "kind": "number", "low": low, "high": high, "step": step, "is_known": bool(one.below)}


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "under 0.1 %"
    return f"{100 * share:.1f} %" if share < 0.1 and share else f"{100 * share:.0f} %"


def _origins(inputs: Sequence[Input]) -> list[tuple[str, list[str]]]:
    """Give where the ranges are from, each with its features."""
    origins: dict[str, list[str]] = {}
    for one in inputs:
        origins.setdefault(one.origin, []).append(one.name)
    return list(origins.items())
