"""A built dbt project without dbt: its tables, its profile, and a manifest that says how they were made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from bench import SCHEMA, DuckDB, Engine
from dbt_baton import Project

OWNERS = {"Shop's analysts": "shop", "Retention": "retention"}


class BuiltProject:
    """What `dbt build` leaves behind, as far as `dbt_baton.Project` reads it.

    Parameters
    ----------
    root : pathlib.Path
        An empty directory for the project's files.
    engine : Engine
        Its tables are dropped first.
    """

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self._nodes: dict[str, dict[str, Any]] = {}
        engine.clear()
        (root / "models").mkdir()
        (root / "target").mkdir()
        self._write("dbt_project.yml", {"name": "shop", "profile": "shop", "version": "1.0.0"})
        self._write("profiles.yml", {"shop": {"target": "dev", "outputs": {"dev": engine.profile()}}})
        self._write_manifest()
        # the manifest is newer than every file of the project
        for file in ("dbt_project.yml", "profiles.yml"):
            os.utime(root / file, (0, 0))

    def put(
        self,
        name: str,
        rows: pd.DataFrame | None,
        *,
        calls: str | None = None,
        reads: Sequence[str] = (),
        kind: str = "model",
        materialized: str = "table",
        owner: str | None = None,
    ) -> None:
        """Write a table, and its node into the manifest.

        Parameters
        ----------
        name : str
        rows : pandas.DataFrame or None
            None for a node that is not built.
        calls : str, optional
            The macro of baton that the model calls.
        reads : sequence of str
            The names of the nodes that it reads.
        kind : str
            model, seed, snapshot, or source (of `raw`).
        materialized : str
        owner : str, optional
            A key of `OWNERS`: the owner of its group.
        """
        if rows is not None:
            self.engine.write(name, rows)
        database = self.engine.query("select current_database() as name")["name"][0]
        unique_id = f"source.shop.raw.{name}" if kind == "source" else f"{kind}.shop.{name}"
        group = OWNERS[owner] if owner else None
        self._nodes[name] = {
            "unique_id": unique_id,
            "name": name,
            "resource_type": kind,
            "package_name": "shop",
            "source_name": "raw",
            "database": database,
            "schema": SCHEMA,
            "alias": name,
            "relation_name": f'"{database}"."{SCHEMA}"."{name}"',
            "original_file_path": f"models/{name}.sql",
            "language": "sql",
            "description": "",
            "columns": {},
            "tags": [],
            "meta": {},
            "group": group,
            "config": {"materialized": materialized, "meta": {}, "group": group},
            "depends_on": {
                "nodes": [self._nodes[parent]["unique_id"] for parent in reads],
                "macros": [f"macro.baton.{calls}"] if calls else [],
            },
        }
        self._write_manifest()

    def remove(self, *names: str) -> None:
        """Take nodes out of the manifest, as if they were not in the project."""
        for name in names:
            self._nodes.pop(name, None)
        self._write_manifest()

    def open(self) -> Project:
        """Open it as a user does."""
        return Project(self.root)

    def arguments(self, *more: object) -> list[str]:
        """Give the arguments of `dbt-baton` after the command, which say where the project is."""
        return [*map(str, more), "--project-dir", str(self.root), "--profiles-dir", str(self.root)]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let another process have the database open to write, as dbt has while it runs; PostgreSQL locks nobody out."""
        if not isinstance(self.engine, DuckDB):
            pytest.skip("PostgreSQL locks no readers out")
        holding = (
            f"import duckdb; held = duckdb.connect({str(self.engine.path)!r}); print(flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout and writer.stdin
            writer.stdout.readline()
            yield
            writer.stdin.close()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self.root / name).write_text(yaml.safe_dump(content))

    def _write_manifest(self) -> None:
        is_source = [node["resource_type"] == "source" for node in self._nodes.values()]
        called = {macro for node in self._nodes.values() for macro in node["depends_on"]["macros"]}
        parts = {
            part: {
                node["unique_id"]: node
                for node, source in zip(self._nodes.values(), is_source, strict=True)
                if source == (part == "sources")
            }
            for part in ("nodes", "sources")
        }
        manifest = {
            **parts,
            "macros": {name: {"package_name": "baton", "depends_on": {"macros": []}} for name in called},
            "groups": {
                f"group.shop.{group}": {"name": group, "owner": {"name": owner}}
                for owner, group in OWNERS.items()
            },
            "exposures": {},
            "metadata": {"project_name": "shop"},
        }
        (self.root / "target" / "manifest.json").write_text(json.dumps(manifest))
