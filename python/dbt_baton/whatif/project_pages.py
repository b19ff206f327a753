"""The page of a model in a dbt project: its version row, its drift baseline and its training rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError
from dbt_baton.registry.versions import load_version, version_of_row
from dbt_baton.warehouse.signature import Feature
from dbt_baton.whatif.inputs import Input, input_of_baseline, input_of_rows
from dbt_baton.whatif.page import Facts, page_programs, whatif_page
from dbt_baton.whatif.program import WHERE
from dbt_baton.whatif.training_rows import (
    TrainingRows,
    entities_of,
    quantiles_of,
    scores_of_rows,
    training_rows,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from dbt_baton.project.project import Project

Bins = dict[str, list[Mapping[str, Any]]]


def page_of_model(
    project: Project,
    name: str,
    *,
    version: str | int | None = None,
    alias: str = "champion",
    entities: int = 0,
    allow_pickle: bool = False,
) -> str:
    """Write the page of a model.

    Parameters
    ----------
    project : Project
    name : str
        Its `model_name`.
    version : str or int, optional
        Its `model_version`, or its number. By default the version that has the alias.
    alias : str, default="champion"
    entities : int, default=0
        How many training rows to start from are in the page: the features of those at even ranks of the
        score. With 0 there is no row of the warehouse in it.
    allow_pickle : bool, default=False
        Load an artifact that is a pickle, which can run arbitrary code of its author.

    Raises
    ------
    UnknownModel
        If there is no such model or version; the message has near names.
    UnsupportedScoring
        If a page cannot hold the model; names every reason.
    ProjectError
        If neither a drift baseline nor training rows say what a feature's values are.
    """
    named = project.model(name)
    row = named.version(version, alias=alias)
    found = version_of_row(row, alias)
    model = load_version(found, allow_pickle)
    page_programs(model, found.features)  # what cannot be a page is refused before rows are read
    with project.reader() as read:
        rows = training_rows(read, row, found.features)
        origin, bins = _baseline(project, read, row)
    if entities and rows.missing:
        raise ProjectError(f"{WHERE}: there are no rows to start from: {rows.missing}")
    scores = None if rows.missing else scores_of_rows(model, rows.frame)
    facts = Facts(
        name,
        found.model_version,
        _described(row, alias if version is None and named.aliases_node else None),
        json.loads(row.get("feature_importances") or "{}"),
        len(rows.frame),
        [] if scores is None else quantiles_of(scores),
        [] if scores is None else entities_of(rows.frame, scores, entities),
    )
    return whatif_page(model, found.features, _inputs(found.features, rows, origin, bins), facts)


def _baseline(project: Project, read: Callable[[str], pa.Table], row: Mapping[str, Any]) -> tuple[str, Bins]:
    """Give where a drift baseline is from, and its bins by feature.

    It is that of the version, else one without a version that was made from the version's training rows.
    """
    of_version: dict[str, Bins] = {}
    for node in project.manifest.calling("drift_baseline"):
        try:
            bins = read(f"select * from {node['relation_name']}").to_pylist()
        except ProjectError:
            continue  # not built yet
        reads_training = row.get("training_relation") in project.manifest.inputs(node)
        for one in bins:
            named = (one.get("model_name"), one.get("model_version"))
            is_own = named == (row["model_name"], row["model_version"])
            if is_own or (named == (None, None) and reads_training):
                name = f"the drift baseline {node['name']}"
                key = name if is_own else f"{name} of the training rows"
                of_version.setdefault(key, {}).setdefault(one["feature"].lower(), []).append(one)
    return next(iter(sorted(of_version.items(), key=lambda one: (one[0].endswith("rows"), one[0]))), ("", {}))


def _inputs(features: Sequence[Feature], rows: TrainingRows, origin: str, bins: Bins) -> list[Input]:
    """Describe each feature by the baseline, else by the training rows."""
    made, unknown = [], []
    for feature in features:
        of_feature = bins.get(feature.name.lower())
        one = input_of_baseline(feature, of_feature, origin) if of_feature else None
        if one is None and rows.missing:
            unknown.append(feature.name)
        else:
            made.append(one or input_of_rows(feature, rows.frame[feature.name]))
    if unknown:
        raise ProjectError(
            f"{WHERE}: no values are known of {', '.join(unknown)}: no drift baseline has them, and"
            f" {rows.missing}"
        )
    return made


def _described(row: Mapping[str, Any], alias: str | None) -> list[tuple[str, str]]:
    """Give what is said of a version at the top."""
    described = [
        ("alias", alias),
        ("estimator", str(row["estimator"]).rsplit(".", 1)[-1]),
        ("trained", f"{row['trained_at']:%Y-%m-%d}"),
        ("training rows", f"{row['training_rows']:,}"),
        ("owner", row.get("owner") or "nobody"),
    ]
    return [(name, value) for name, value in described if value]
