"""A dbt project for notebooks and scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError
from dbt_baton.project.manifest import Manifest
from dbt_baton.project.names import near_names
from dbt_baton.project.profile import open_connection, read_target, read_yaml, target_path
from dbt_baton.project.readers import reader_of
from dbt_baton.project.relation import Relation
from dbt_baton.project.target_check import check_target
from dbt_baton.project.template import rendered

if TYPE_CHECKING:
    import pyarrow as pa

    from dbt_baton.project.model import Model


class Project:
    """A built dbt project, to be read: nothing here writes to the warehouse.

    It reads the profile and `target/manifest.json`, which every dbt command writes, and no class of dbt.

    Parameters
    ----------
    path : str or path, optional
        The directory of `dbt_project.yml`. By default that in DBT_PROJECT_DIR, else the working directory.
    target : str, optional
        The target of the profile. By default the profile's own.
    profiles_dir : str or path, optional
        The directory of `profiles.yml`. By default that in DBT_PROFILES_DIR, else the project's if it has
        one, else `~/.dbt`.

    Raises
    ------
    ProjectError
        If the project, its profile, its target or its manifest is missing.

    Examples
    --------
    >>> project = Project()                                       # doctest: +SKIP
    >>> rows = project.ref("churn_training_set").df()             # doctest: +SKIP
    >>> project.model("churn_model").champion()["model_version"]  # doctest: +SKIP
    """

    def __init__(
        self,
        path: str | Path | None = None,
        target: str | None = None,
        *,
        profiles_dir: str | Path | None = None,
    ) -> None:
        self.path = Path(path or os.environ.get("DBT_PROJECT_DIR") or ".").resolve()
        described = read_yaml(self.path / "dbt_project.yml")
        self.name = str(described.get("name"))
        self._settings = read_target(self.path, Path(profiles_dir) if profiles_dir else None, target)
        self._manifest_path = self.path / target_path(described) / "manifest.json"
        self._folders = ["dbt_project.yml", *(described.get("model-paths") or ["models"])]
        self.model_folder = self._folders[1]
        _ = self.manifest

    def __repr__(self) -> str:
        return f"Project({str(self.path)!r})"

    @cached_property
    def manifest(self) -> Manifest:
        """What dbt knew of the project when it last ran."""
        return Manifest.read(self._manifest_path)

    def ref(self, name: str) -> Relation:
        """Give the rows of a model, a seed or a snapshot.

        Raises
        ------
        ProjectError
            If there is none of that name, with near ones; or several, of packages or versions of a model.
        """
        kinds = ("model", "seed", "snapshot")
        nodes: dict[str, list[Any]] = {}
        for node in self.manifest.tables.values():
            if node["resource_type"] in kinds:
                nodes.setdefault(node["name"], []).append(node)
        if name not in nodes:
            raise ProjectError(
                f"there is no model, seed or snapshot called {name!r}; did you mean"
                f" {near_names(name, nodes)}?{self._if_outdated()}"
            )
        if len(nodes[name]) > 1:
            tables = " and ".join(node["relation_name"] for node in nodes[name])
            raise ProjectError(f"{name!r} is the name of {tables}: choose one with Project.sql")
        return self.relation_of(nodes[name][0])

    def source(self, source_name: str, table_name: str) -> Relation:
        """Give the rows of a source's table.

        Raises
        ------
        ProjectError
            If there is none of that name; the message has near ones.
        """
        sources = {
            f"{node['source_name']}.{node['name']}": node
            for node in self.manifest.tables.values()
            if node["resource_type"] == "source"
        }
        name = f"{source_name}.{table_name}"
        if name not in sources:
            raise ProjectError(
                f"there is no source table {name!r}; did you mean {near_names(name, sources)}?"
                f"{self._if_outdated()}"
            )
        return self.relation_of(sources[name])

    def sql(self, text: str) -> Relation:
        """Give the rows of a query, in which `ref` and `source` stand for tables, with no other Jinja.

        Raises
        ------
        ProjectError
            If the text names what is not there, or has other Jinja.
        """
        return Relation(
            "the query",
            rendered(
                text,
                ref=lambda *names, **_: self._table(self.ref(names[-1])),
                source=lambda *names: self._table(self.source(*names)),
            ),
            self._read,
        )

    def model(self, name: str) -> Model:
        """Give a machine-learning model by the `model_name` of its version rows or verdicts.

        Raises
        ------
        UnknownModel
            If no table of the project has rows of it; the message has near names.
        """
        from dbt_baton.project.model import find_model

        return find_model(self, name)

    def models(self) -> list[str]:
        """Give the names of the machine-learning models that have version rows or verdicts, in order."""
        from dbt_baton.project.model import names_of_models

        return names_of_models(self)

    def report(
        self,
        path: str | Path,
        models: str | Sequence[str] = (),
        *,
        until: date | str | None = None,
        written_at: datetime | None = None,
    ) -> Path:
        """Write the report on the health of models to a file.

        Parameters
        ----------
        path : str or path
            Its ending says the format: `.html`, `.md` or `.json`.
        models : str or sequence of str
            Their names; by default all that have version rows or verdicts.
        until : datetime.datetime, datetime.date or str, optional
            Leave out periods that begin later.
        written_at : datetime.datetime, optional
            A time for the head of the page. Without it, the same rows give the same bytes.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        UnknownModel
            If a model has neither version rows nor verdicts; names all such models.
        ProjectError
            If there is no model at all, a table cannot be read or the file cannot be written.
        """
        from dbt_baton.project.model import utc_moment
        from dbt_baton.report.build import build_report
        from dbt_baton.report.page import write_page

        names = [models] if isinstance(models, str) else models
        last = None if until is None else utc_moment(until).replace(tzinfo=None)
        return write_page(build_report(self, names, until=last, written_at=written_at), Path(path))

    def connection(self) -> Any:
        """Open a read-only connection for other tools, such as marimo, JupySQL or ibis. Close it after use.

        Returns
        -------
        duckdb.DuckDBPyConnection or psycopg2.extensions.connection

        Raises
        ------
        ProjectError
            If the database is not there, is locked by a writer, or cannot be reached.
        """
        return open_connection(self._settings, self.path, read_only=True)

    def has_baton(self) -> bool:
        """Whether baton is a package of the project."""
        return "macro.baton.windowed_features" in self.manifest.content.get("macros", {})

    def relation_of(self, node: Any) -> Relation:
        """Give the rows of a node of the manifest."""
        return Relation(node["name"], f"select * from {node['relation_name']}", self._read)

    @property
    def engine(self) -> str:
        """The type of the target: duckdb or postgres."""
        return str(self._settings["type"])

    @contextmanager
    def reader(self) -> Iterator[Callable[[str], pa.Table]]:
        """Open one connection for several queries; what is given runs a query and returns its rows.

        Raises
        ------
        ProjectError
            If the database cannot be opened, the manifest is that of another target, or a query fails.
        """
        connection = self.connection()
        try:
            check_target(self.manifest, self._settings)
            yield reader_of(self.engine, connection)
        finally:
            connection.close()

    def _read(self, relation: Relation, query: str) -> pa.Table:
        with self.reader() as read:
            try:
                return read(query)
            except ProjectError as failed:
                raise ProjectError(f"{relation.name} cannot be read: {failed}") from None

    @staticmethod
    def _table(relation: Relation) -> str:
        return relation.sql.removeprefix("select * from ")

    def _if_outdated(self) -> str:
        """Say so if the project's files are newer than what dbt wrote of them."""
        written = self._manifest_path.stat().st_mtime
        for folder in self._folders:
            root = self.path / folder
            for file in [root] if root.is_file() else sorted(root.rglob("*")):
                if file.is_file() and file.stat().st_mtime > written:
                    where = file.relative_to(self.path)
                    return f" {where} is newer than the manifest: run dbt parse"
        return ""
