"""Multivariate drift: changes that no single feature shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dbt_baton.drift import classifier
from dbt_baton.drift.finding import Finding
from dbt_baton.drift.reconstruction import Reconstruction
from dbt_baton.drift.rows import period_of, read, read_periods, shuffled
from dbt_baton.errors import DriftInputError, raise_problems
from dbt_baton.registry import provenance
from dbt_baton.registry.versions import find_version
from dbt_baton.warehouse.relations import column_types, find_column, is_relation
from dbt_baton.warehouse.signature import KINDS, type_of

CLASSIFIER, PCA = METHODS = ("classifier", "pca_reconstruction")
PERIODS = ("hour", "day", "week", "month", "quarter", "year")
COLUMNS = {
    **dict.fromkeys(["model_name", "model_version"], "string"),
    "period_start": "datetime64[us]",
    **dict.fromkeys(["segment_name", "segment_value", "method"], "string"),
    **dict.fromkeys(["value", "value_reference", "p_value"], "float64"),
    **dict.fromkeys(["n_reference", "n"], "int64"),
    **dict.fromkeys(["features", "undefined_reason"], "string"),
}


def multivariate_drift(
    dbt: Any,
    reference: Any,
    relation: Any,
    *,
    features: Sequence[str] | None = None,
    as_of: str = "as_of",
    period: str | None = "week",
    methods: str | Sequence[str] = METHODS,
    registry: Any = None,
    model_name: str | None = None,
    model_version: str | None = None,
    alias: str = "champion",
    explained_variance: float = 0.65,
    max_rows: int | None = None,
    random_state: int = 42,
) -> pd.DataFrame:
    """Compare the rows of each period with a reference, all features together.

    Method `classifier`: histogram gradient boosting learns to tell rows of the period from those of the
    reference, and `value` is its AUC on rows that it was not fitted on: 0.5 where nothing has changed, 1
    where every row can be told. Method `pca_reconstruction`: `value` is the mean distance of a row from its
    projection on principal components of the reference, which grows where a linear dependence is lost.

    Parameters
    ----------
    dbt : object
        The first argument of the dbt Python model.
    reference : duckdb.DuckDBPyRelation, shape (n_reference_rows, n_columns)
        `dbt.ref("...")`, which may be filtered: the rows that the model was trained on, or others that are
        known to be good.
    relation : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`: the time and the features of the rows to compare.
    features : list of str, optional
        Numbers, booleans, texts, dates and times. Required without `registry`, because a key or a time among
        them would always tell the rows apart; with it, those of the version's signature.
    as_of : str, default="as_of"
        The column of `relation` with the time of each row.
    period : str or None, default="week"
        `hour`, `day`, `week`, `month`, `quarter` or `year`; None for all time.
    methods : str or list of str
        `classifier` and `pca_reconstruction`, by default both.
    registry : duckdb.DuckDBPyRelation, optional
        `dbt.ref("...")` of a model made with `baton.model_aliases`, as for `predict`.
    model_name, model_version : str, optional
        What to write into the report; with `registry` the version is that of the alias.
    alias : str, default="champion"
        The alias of the version in the registry.
    explained_variance : float, default=0.65
        The share of the variance that the principal components explain together; between 0 and 1.
    max_rows : int, optional
        Use so many rows of the reference, and of each period. Which ones depends on the rows alone, not on
        their order. By default all.
    random_state : int, default=42
        Of the order in which rows are split.

    Returns
    -------
    pandas.DataFrame
        One row per period and method: `model_name`, `model_version`, `period_start`, `segment_name` and
        `segment_value` ('all'), `method`, `value`, `value_reference` (the value without drift: 0.5, and for
        PCA the mean distance of reference rows that had no part in the fit), `p_value` (of such a value
        without drift; one-sided for the classifier, of Kolmogorov and Smirnov's test of the distances for
        PCA), `n_reference` and `n` (rows used), `features` (JSON: `feature` and `importance`, the largest
        first: the AUC that is lost when its values are permuted, and for PCA the rise of the mean squared
        distance along it, of a variance of 1), `undefined_reason` (fewer than 50 rows on a side, or no
        feature that varies).

    Raises
    ------
    DriftInputError
        If an argument or a column is missing or of a type that cannot be used; names all of them.
    UnknownModel
        If the registry has no such model or alias; lists the existing ones.

    References
    ----------
    Lopez-Paz and Oquab, Revisiting classifier two-sample tests: https://arxiv.org/abs/1610.06545
    NannyML's multivariate drift: https://nannyml.readthedocs.io/en/stable/how_it_works/multivariate_drift.html
    """
    where = f"dbt_baton.multivariate_drift in model '{dbt.this.identifier}'"
    chosen = [methods] if isinstance(methods, str) else list(methods)
    named = [features] if isinstance(features, str) else features
    problems = _problems_with_arguments(
        named, period, chosen, registry, model_name, model_version, explained_variance, max_rows
    )
    # with --empty no version can be read
    if registry is not None and not problems and not provenance.reads_no_rows():
        version = find_version(registry, str(model_name), alias, "dbt_baton.multivariate_drift")
        model_version = version.model_version
        named = named or [feature.name for feature in version.features]
    problems += _problems_with_columns(reference, relation, named or [], as_of, period)
    raise_problems(DriftInputError, where, problems)
    if provenance.reads_no_rows():
        return _report([])
    columns = list(dict.fromkeys(named or []))
    known = shuffled(read(reference, columns), [random_state, 0], max_rows)
    comparisons = _Comparisons(known, chosen, explained_variance, random_state)
    cells = []
    for start, rows in read_periods(relation, columns, period_of(relation, as_of, period)):
        used = shuffled(rows, [random_state, 1], max_rows)
        for method in chosen:
            cell = {
                "model_name": model_name,
                "model_version": model_version,
                "period_start": start,
                "segment_name": "all",
                "segment_value": "all",
                "method": method,
                "n_reference": len(known),
                "n": len(used),
            }
            cells.append(cell | _columns(comparisons.find(method, used)))
    return _report(cells)


@dataclass
class _Comparisons:
    """The reference, and what is fitted on it once."""

    reference: pd.DataFrame
    methods: Sequence[str]
    explained_variance: float
    random_state: int

    def __post_init__(self) -> None:
        if PCA in self.methods:
            self._reconstruction = Reconstruction(self.reference, self.explained_variance)

    def find(self, method: str, rows: pd.DataFrame) -> Finding:
        if method == PCA:
            return self._reconstruction.compare(rows)
        return classifier.compare(self.reference, rows, self.random_state)


def _columns(finding: Finding) -> dict[str, Any]:
    ranked = sorted(finding.importances.items(), key=lambda item: (-item[1], item[0]))
    described = [{"feature": feature, "importance": round(value, 6)} for feature, value in ranked]
    return {
        "value": finding.value,
        "value_reference": finding.value_reference,
        "p_value": finding.p_value,
        "features": json.dumps(described, ensure_ascii=False) if described else None,
        "undefined_reason": finding.undefined_reason,
    }


def _report(cells: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=list(COLUMNS)).astype(COLUMNS)


def _problems_with_arguments(
    features: Sequence[str] | None,
    period: str | None,
    methods: Sequence[str],
    registry: Any,
    model_name: str | None,
    model_version: str | None,
    explained_variance: float,
    max_rows: int | None,
) -> list[str]:
    problems = []
    if period is not None and period not in PERIODS:
        problems.append(f"period is {period!r}, expected one of {', '.join(PERIODS)}, or None")
    if not methods or len(set(methods)) < len(methods) or not set(methods) <= set(METHODS):
        problems.append(f"methods is {list(methods)!r}, expected one or both of {', '.join(METHODS)}")
    if not 0 < explained_variance < 1:
        problems.append(f"explained_variance is {explained_variance!r}, expected a number between 0 and 1")
    if max_rows is not None and max_rows < 1:
        problems.append(f"max_rows is {max_rows!r}, expected a number above 0, or None")
    if registry is None:
        if not features:
            problems.append("features is missing: name columns, or give registry and model_name")
        return problems
    if not is_relation(registry):
        problems.append(f"registry is {type(registry).__name__}, expected dbt.ref(...)")
    if model_name is None:
        problems.append("model_name is missing, which the registry is read by")
    if model_version is not None:
        problems.append("model_version and registry are both given, and the registry says which version")
    return problems


def _problems_with_columns(
    reference: Any, relation: Any, features: Sequence[str], as_of: str, period: str | None
) -> list[str]:
    problems = []
    kinds: dict[str, dict[str, str | None]] = {}
    sides = {"reference": reference, "relation": relation}
    for argument, side in sides.items():
        if not is_relation(side):
            problems.append(f"{argument} is {type(side).__name__}, expected dbt.ref(...)")
            continue
        names = [*features, *([as_of] if argument == "relation" and period is not None else [])]
        missing = [name for name in dict.fromkeys(names) if find_column(side, name) is None]
        if missing:
            problems.append(
                f"{argument} has no {', '.join(map(repr, missing))}, it has {', '.join(side.columns)}"
            )
        types = column_types(side)
        found = {name: column for name in names if (column := find_column(side, name))}
        kinds[argument] = {name: KINDS.get(type_of(types[column]) or "") for name, column in found.items()}
        for name, kind in kinds[argument].items():
            is_time = name == as_of and argument == "relation" and period is not None
            if kind is None or (is_time and kind != "timestamp"):
                expected = "a date or timestamp" if is_time else "a number, boolean, text, date or timestamp"
                problems.append(f"{argument}.{found[name]} is {types[found[name]]}, expected {expected}")
    if len(kinds) == len(sides):
        for name in features:
            one, other = (kinds[argument].get(name) for argument in sides)
            if one and other and one != other:
                problems.append(f"feature {name!r} is a {one} in reference and a {other} in relation")
    return problems
