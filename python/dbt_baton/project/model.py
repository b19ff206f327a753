"""A machine-learning model of a project: its versions, who was champion when, its scores and its health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dbt_baton.errors import ProjectError, UnknownModel
from dbt_baton.project.names import near_names
from dbt_baton.project.relation import Relation, as_pandas
from dbt_baton.warehouse.relations import literal

if TYPE_CHECKING:
    import pandas as pd

    from dbt_baton.project.card import Card
    from dbt_baton.project.project import Project

CHAMPION = "champion"
LARGE_COLUMNS = ("artifact", "scoring_sql", "scoring_nodes")


@dataclass(frozen=True)
class Model:
    """A model by its `model_name`.

    Attributes
    ----------
    name : str
    registry, aliases_node, health_node : mapping or None
        The nodes of the manifest with its version rows, its aliases and its verdicts.
    """

    project: Project
    name: str
    registry: Mapping[str, Any] | None
    aliases_node: Mapping[str, Any] | None
    health_node: Mapping[str, Any] | None

    def __repr__(self) -> str:
        return f"Model('{self.name}')"

    def versions(self) -> pd.DataFrame:
        """Give the version rows, numbered from 1 in the order of training, without what is large.

        Returns
        -------
        pandas.DataFrame, shape (n_versions, n_columns)
            The columns of the version row but `artifact`, `scoring_sql` and `scoring_nodes`, and
            `version_number`.
        """
        return as_pandas(self._version_rows(LARGE_COLUMNS))

    def aliases(self) -> pd.DataFrame:
        """Give every promotion, the newest last, with the time from and until which it counted.

        Returns
        -------
        pandas.DataFrame
            `alias, model_version, valid_from, valid_to, is_current, promoted_by, reason`.
        """
        return as_pandas(self._alias_rows())

    def champion(self, at: date | str | None = None, *, alias: str = CHAMPION) -> dict[str, Any] | None:
        """Give the version that had an alias at a moment.

        Parameters
        ----------
        at : datetime.datetime, datetime.date or str, optional
            By default now. A time without zone is in UTC, as all times of baton.
        alias : str, default="champion"

        Returns
        -------
        dict or None
            The row of `baton.model_aliases`, with the version's columns; None if no version had the alias
            then.
        """
        condition = f"alias = {literal(alias)} and {_holds(utc_moment(at))}"
        rows = _rows(self._of_model(self._node("aliases")).arrow(where=condition))
        return rows[0] if rows else None

    def alias_rows(self, at: date | str | None = None) -> list[dict[str, Any]]:
        """Give the rows of `aliases`, or those that hold at a moment; none without a model of aliases."""
        if self.aliases_node is None:
            return []
        return _rows(self._alias_rows(None if at is None else _holds(utc_moment(at))))

    def version_rows(self, *, with_sql: bool = False) -> list[dict[str, Any]]:
        """Give the rows of `versions`, or with `scoring_sql`; none for a model that has verdicts alone."""
        if self.registry is None:
            return []
        without = [name for name in LARGE_COLUMNS if not (with_sql and name == "scoring_sql")]
        return _rows(self._version_rows(without))

    def version(self, version: str | int | None = None, *, alias: str = CHAMPION) -> dict[str, Any]:
        """Give one version row, with everything.

        Parameters
        ----------
        version : str or int, optional
            Its `model_version`, or its number. By default the version that has the alias now, or the newest
            one where the project has no aliases.
        alias : str, default="champion"

        Raises
        ------
        UnknownModel
            If there is no such version; the message lists those there are.
        """
        rows = _rows(self._version_rows())
        wanted: str | int | None = version
        if version is None and self.aliases_node is not None:
            holder = self.champion(alias=alias)
            if holder is None:
                raise UnknownModel(f"no version of {self.name} is {alias} now; it has {_listed(rows)}")
            wanted = holder["model_version"]
        for row in reversed(rows):
            if wanted is None or wanted in (row["model_version"], row["version_number"]):
                return row
        raise UnknownModel(f"{self.name} has no version {wanted!r}; it has {_listed(rows)}")

    def load(
        self, version: str | int | None = None, *, alias: str = CHAMPION, allow_pickle: bool = False
    ) -> Any:
        """Load the estimator of a version.

        Nothing is built before the artifact's hash and all its types were checked.

        Parameters
        ----------
        version : str or int, optional
            As for `version`.
        alias : str, default="champion"
        allow_pickle : bool, default=False
            Load an artifact that is a pickle, which can run arbitrary code of its author.

        Returns
        -------
        estimator
            As it was fitted. With `group_by`, the estimator of all rows; `fitted_model` has the others.

        Raises
        ------
        ArtifactRejected
            If the artifact was altered or contains types that are not allowed.
        """
        return self.fitted_model(version, alias=alias, allow_pickle=allow_pickle).estimator

    def fitted_model(
        self, version: str | int | None = None, *, alias: str = CHAMPION, allow_pickle: bool = False
    ) -> Any:
        """Load a version as it scores: with the estimators of groups, positive class and threshold.

        Returns
        -------
        dbt_baton.fitted_model.FittedModel
        """
        from dbt_baton.registry.versions import load_version, version_of_row

        return load_version(version_of_row(self.version(version, alias=alias), alias), allow_pickle)

    def score(
        self,
        rows: Any,
        version: str | int | None = None,
        *,
        alias: str = CHAMPION,
        allow_pickle: bool = False,
    ) -> pd.DataFrame:
        """Score rows in this process, as `dbt_baton.predict` scores them in a dbt model.

        Parameters
        ----------
        rows : Relation, pandas.DataFrame, polars.DataFrame or pyarrow.Table, shape (n_rows, n_columns)
            With the features of the version, in any order; other columns are ignored.
        version : str or int, optional
            As for `version`.
        alias : str, default="champion"
        allow_pickle : bool, default=False

        Returns
        -------
        pandas.DataFrame, shape (n_rows, 4)
            `predicted_class`, `predicted_probability`, `predicted_value` and `class_probabilities`, in the
            order of the rows and, for a pandas data frame, with its index.

        Raises
        ------
        SignatureMismatch
            If a feature is missing or has another type; names all of them.
        """
        from dbt_baton.registry.versions import version_of_row
        from dbt_baton.scoring import score_table

        found = version_of_row(self.version(version, alias=alias), alias)
        table = rows.arrow() if isinstance(rows, Relation) else rows
        index = table.index if hasattr(table, "index") else None
        scores = score_table(table if isinstance(table, pa.Table) else _as_arrow(table), found, allow_pickle)
        frame = as_pandas(scores)
        return frame if index is None else frame.set_axis(index)

    def health(self) -> pd.DataFrame:
        """Give the rows of `baton.model_health`, the newest last.

        Raises
        ------
        ProjectError
            If no model of the project that calls `model_health` has rows of it.
        """
        found = self._of_model(self._node("health")).arrow()
        return as_pandas(found.sort_by([("period_start", "ascending"), ("model_version", "ascending")]))

    def card(self, version: str | int | None = None, *, alias: str = CHAMPION) -> Card:
        """Describe a version on one page of Markdown: what it is, learnt from what, how good, whose."""
        from dbt_baton.project.card import Card

        row = self.version(version, alias=alias)
        promotions = self.alias_rows()
        return Card.of(row, [each for each in promotions if each["model_version"] == row["model_version"]])

    def _repr_html_(self) -> str:
        """Show its part of the report in a notebook."""
        from dbt_baton.report.build import build_report
        from dbt_baton.report.page import notebook_frame

        return notebook_frame(build_report(self.project, [self.name]))

    def _alias_rows(self, where: str | None = None) -> pa.Table:
        names = ["alias", "model_version", "valid_from", "valid_to", "is_current", "promoted_by", "reason"]
        found = self._of_model(self._node("aliases")).arrow(names, where)
        return found.sort_by([("valid_from", "ascending"), ("alias", "ascending")])

    def _version_rows(self, without: Sequence[str] = ()) -> pa.Table:
        relation = self._of_model(self._node("registry"))
        names = relation.arrow(limit=0).column_names
        found = relation.arrow([name for name in names if name not in without])
        if "version_number" in found.column_names:
            return found.sort_by("version_number")
        found = found.sort_by([("trained_at", "ascending"), ("model_version", "ascending")])
        numbers = pa.array(range(1, found.num_rows + 1), pa.int64())
        return found.append_column("version_number", numbers)

    def _of_model(self, node: Mapping[str, Any]) -> Relation:
        relation = self.project.relation_of(node)
        of_model = f"{relation.sql} where model_name = {literal(self.name)}"
        return Relation(relation.name, of_model, relation._read)

    def _node(self, kind: str) -> Mapping[str, Any]:
        node, needed = {
            "registry": (self.registry, "a model with materialized='ml_model'"),
            "aliases": (self.aliases_node, "a model that calls baton.model_aliases"),
            "health": (self.health_node, "a model that calls baton.model_health"),
        }[kind]
        if node is None:
            raise ProjectError(f"the project has no rows of {self.name} in {needed}")
        return node


def find_model(project: Project, name: str) -> Model:
    """Find the tables that have rows of a model.

    Raises
    ------
    UnknownModel
        If none has; the message has near names, and names tables that are not built.
    """
    return find_models(project, [name])[0]


def find_models(project: Project, names: Sequence[str] = ()) -> list[Model]:
    """Find the tables of several models, by default of all that have rows.

    Raises
    ------
    UnknownModel
        If none has rows of some; names all of these.
    """
    tables = _tables(project)
    known = sorted({model for _, models in tables.values() for model in models})
    unknown = [
        f"no model {name!r} has version rows or verdicts"
        + (f"; did you mean {near_names(name, known)}?" if known else "")
        for name in names
        if name not in known
    ]
    if unknown:
        unbuilt = [node["name"] for node in _nodes(project) if node["unique_id"] not in tables]
        hint = f"; not built are {', '.join(unbuilt)}" if unbuilt else ""
        raise UnknownModel("; ".join(unknown) + hint)

    def first(nodes: list[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
        having = (node for node in nodes if name in tables.get(node["unique_id"], (None, ()))[1])
        return next(having, None)

    return [
        Model(
            project,
            name,
            first(_registries(project), name),
            first(project.manifest.calling("model_aliases"), name),
            first(project.manifest.calling("model_health"), name),
        )
        for name in names or known
    ]


def names_of_models(project: Project) -> list[str]:
    """Give the names of all models that have version rows or verdicts, in order."""
    return sorted({model for _, models in _tables(project).values() for model in models})


def _registries(project: Project) -> list[Mapping[str, Any]]:
    """Give the nodes with version rows, the numbered ones first."""
    trained = list(project.manifest.models("ml_model").values())
    return [*project.manifest.calling("model_registry"), *trained]


def _nodes(project: Project) -> list[Mapping[str, Any]]:
    calling = project.manifest.calling
    return [*_registries(project), *calling("model_aliases"), *calling("model_health")]


def _tables(project: Project) -> dict[str, tuple[Mapping[str, Any], set[str]]]:
    """Give the nodes that are built, by unique id, each with the names of the models that it has rows of."""
    found = {}
    with project.reader() as read:
        for node in _nodes(project):
            try:
                rows = read(f"select distinct model_name from {node['relation_name']}")
            except ProjectError:
                continue  # not built yet, which is said where a model is not found
            found[node["unique_id"]] = (node, set(rows.column("model_name").drop_null().to_pylist()))
    return found


def _as_arrow(table: Any) -> pa.Table:
    if hasattr(table, "iloc"):
        return pa.Table.from_pandas(table, preserve_index=False)
    return pa.table(table)


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def _holds(moment: datetime) -> str:
    text = literal(moment.strftime("%Y-%m-%d %H:%M:%S.%f"))
    return f"valid_from <= timestamp {text} and (valid_to is null or valid_to > timestamp {text})"


def utc_moment(at: date | str | None) -> datetime:
    """Read a time in UTC, by default now.

    Raises
    ------
    ProjectError
        If it is no time.
    """
    moment = datetime.now(timezone.utc) if at is None else at
    if not isinstance(moment, datetime):
        try:
            # Python 3.10 reads no Z
            moment = datetime.fromisoformat(str(moment).replace("Z", "+00:00"))
        except ValueError:
            raise ProjectError(f"{at!r} is no time such as '2024-09-30' or '2024-09-30 12:00'") from None
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment


def _listed(rows: list[dict[str, Any]]) -> str:
    numbered = (f"{row['model_version']} (number {row['version_number']})" for row in rows)
    return ", ".join(numbered) or "no version"
