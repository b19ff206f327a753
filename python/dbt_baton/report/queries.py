"""SQL that lists the rows behind a verdict, with the names of the project's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from dbt_baton.report.content import Feature, Period, Query
from dbt_baton.report.history import better
from dbt_baton.report.read import ModelRows
from dbt_baton.warehouse.relations import literal, quoted


class Queries:
    """Queries about the newest period.

    Parameters
    ----------
    rows : ModelRows
    history : sequence of Period
    """

    def __init__(self, rows: ModelRows, history: Sequence[Period]) -> None:
        self._rows = rows
        self._history = history
        self._period = history[-1]
        self._manifest = rows.model.project.manifest
        known = [one for one in history if one.value is not None]
        self._known = known[-1] if known else history[-1]

    def of_nulls(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List the served rows in which the first feature of the verdict is NULL, and its values."""
        for feature in [one for one in features if one.detail][:1]:
            served = self._served(feature.name)
            if served is not None:
                drift = feature.drift or {}
                if (drift.get("null_share") or 0) > (drift.get("null_share_reference") or 0):
                    where = [*self._during(served, self._period), f"{quoted(feature.name)} is null"]
                    yield Query(f"Rows in which {feature.name} is NULL", _select("*", _table(served), where))
                yield Query(f"Values of {feature.name}", self._values(served, feature.name))

    def of_values(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List which values have come or gone, by the contributions and by the served rows."""
        for feature in [one for one in features if one.detail][:1]:
            if feature.bins:
                where = [
                    f"feature = {literal(feature.name)}",
                    "segment_name = 'all'",
                    f"period_start = {_time(feature.bins[0]['period_start'])}",
                ]
                columns = "label, share_reference, share, contribution"
                table = _table(self._rows.nodes["contributions"])
                yield Query(
                    f"Which values of {feature.name} have come or gone",
                    _select(columns, table, where, "contribution desc"),
                )
            served = self._served(feature.name)
            if served is not None:
                yield Query(f"Values of {feature.name}", self._values(served, feature.name))

    def of_skew(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List which features were served wrongly, and the rows of the first one."""
        if "skew" not in self._rows.nodes:
            return
        where = [f"period_start = {_time(self._period.start)}", "segment_name = 'all'"]
        columns = "feature, n, mismatch_share, stale_share, median_staleness_days, example"
        yield Query(
            "Which features were served wrongly",
            _select(columns, _table(self._rows.nodes["skew"]), where, "mismatch_share desc, feature"),
        )
        yield from self._differing_rows(features)

    def of_predictions(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List segments and predictions in the newest period with outcomes."""
        known = self._known
        performance = self._rows.nodes.get("performance")
        if performance is None:
            return
        where = [
            *self._of_version(known),
            f"metric = {literal(known.metric)}",
            f"period_start = {_time(known.start)}",
        ]
        columns = "segment_name, segment_value, n_labelled, value, lower, upper"
        order = "value desc, 1, 2" if better(self._history) < 0 else "value, 1, 2"
        yield Query("Segments, the worst first", _select(columns, _table(performance), where, order))
        for node in self._manifest.parents(performance):
            names = self._rows.columns.get(node["unique_id"], [])
            if {"model_name", "model_version", "as_of"} <= set(names):
                where = [*self._of_version(known), *self._during(node, known)]
                yield Query("What was predicted", _select("*", _table(node), where))
                return

    def of_labels(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List how many predictions of each period have an outcome."""
        performance = self._rows.nodes.get("performance")
        if performance is not None:
            where = [
                *self._of_version(self._period),
                f"metric = {literal(self._period.metric)}",
                "segment_name = 'all'",
            ]
            columns = "period_start, n, n_labelled, value, undefined_reason"
            yield Query(
                "Predictions with an outcome",
                _select(columns, _table(performance), where, "period_start desc"),
            )

    def _of_version(self, period: Period) -> list[str]:
        version = f"model_version = {literal(period.version)}" if period.version else "model_version is null"
        return [f"model_name = {literal(self._rows.model.name)}", version]

    def _served(self, feature: str) -> Any:
        """Give the nearest table with the feature that the verdict knows: what the model was scored from."""
        health = self._rows.model.health_node
        assert health is not None
        for node in self._manifest.parents(health):
            names = self._rows.columns.get(node["unique_id"], [])
            if feature in names and "as_of" in names:
                return node
        return None

    def _values(self, served: Any, feature: str) -> str:
        where = self._during(served, self._period)
        name = quoted(feature)
        return f"{_select(f'{name}, count(*) as n', _table(served), where)}\ngroup by {name}\norder by n desc"

    def _differing_rows(self, features: Sequence[Feature]) -> Iterator[Query]:
        """List the rows whose served value is not the recomputed one, by the keys of the version."""
        wrong = next((one.name for one in features if one.skew and one.skew["n_mismatched"]), None)
        tables = [
            node
            for node in self._manifest.parents(self._rows.nodes["skew"])
            if {wrong, "as_of"} <= set(self._rows.columns.get(node["unique_id"], []))
        ]
        keys = self._keys()
        if wrong is None or len(tables) < 2 or not keys:
            return
        names = [set(self._rows.columns[node["unique_id"]]) for node in tables[:2]]
        if not set(keys) <= names[0] & names[1]:
            return
        served, recomputed = map(_table, tables[:2])
        name = quoted(wrong)
        equal = "\n    and ".join(
            f"served.{quoted(key)} = recomputed.{quoted(key)}" for key in [*keys, "as_of"]
        )
        columns = [f"served.{quoted(key)}" for key in [*keys, "as_of"]]
        columns += [f"served.{name} as served", f"recomputed.{name} as recomputed"]
        conditions = [f"served.{name} is distinct from recomputed.{name}"]
        conditions += [f"served.{each}" for each in self._during(tables[0], self._period)]
        yield Query(
            f"Rows in which {wrong} was served wrongly",
            f"select\n    {', '.join(columns)}\nfrom {served} as served\n"
            f"inner join {recomputed} as recomputed\n    on {equal}\nwhere {_all(conditions)}",
        )

    def _keys(self) -> list[str]:
        for row in self._rows.versions:
            if row["model_version"] == self._period.version:
                entity = json.loads(row.get("configuration") or "{}").get("entity") or []
                return [entity] if isinstance(entity, str) else list(entity)
        return []

    def _during(self, node: Any, period: Period) -> list[str]:
        """Conditions on the time of rows: of the newest period only its start is known."""
        if "as_of" not in self._rows.columns.get(node["unique_id"], []):
            return []
        starts = sorted({row["period_start"] for row in self._rows.health})
        later = [start for start in starts if start > period.start]
        conditions = [f"as_of >= {_time(period.start)}"]
        return [*conditions, f"as_of < {_time(later[0])}"] if later else conditions


def _table(node: Any) -> str:
    return str(node["relation_name"])


def _select(columns: str, table: str, where: Sequence[str], order: str | None = None) -> str:
    text = f"select {columns}\nfrom {table}"
    text += f"\nwhere {_all(where)}" if where else ""
    return text + (f"\norder by {order}" if order else "")


def _all(conditions: Sequence[str]) -> str:
    return "\n    and ".join(conditions)


def _time(moment: datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"
