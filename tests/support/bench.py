"""A throw-away dbt project with baton installed: put data in, build models, read the results.

All tests of a worker share one project per engine. A build writes its models, runs dbt in this process (see
`quick_dbt`), and deletes the model files again, so the project stays small and one bad model affects no other test.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg2
import pyarrow as pa
import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult

import quick_dbt

BATON = Path(__file__).parents[2]
SCHEMA = "baton_test"


class BuildError(Exception):
    """A dbt command failed; the message is what dbt told the user."""


class Project:
    """One dbt project on one engine, in a directory of its own."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self.models = root / "models"
        self._sources: set[str] = set()
        self.results: list[Any] = []
        self.warnings: list[str] = []
        _write(
            root / "dbt_project.yml",
            {
                "name": "throw_away",
                "profile": "throw_away",
                "version": "1.0.0",
                "model-paths": ["models"],
                "flags": {
                    "send_anonymous_usage_stats": False,
                    "use_colors": False,
                    "validate_macro_args": True,
                    # the tests do not read manifest.json, and writing it takes as long as the rest of a small build
                    "write_json": False,
                },
                "models": {"throw_away": {"+materialized": "table", **engine.settings()}},
            },
        )
        _write(root / "packages.yml", {"packages": [{"local": os.path.relpath(BATON, root)}]})
        _write(
            root / "profiles.yml", {"throw_away": {"target": "test", "outputs": {"test": engine.profile()}}}
        )
        self.models.mkdir()
        # dbt looks for each dispatched macro in the project first; without any macro there it raises an exception each time,
        # which costs a third of the compilation time
        (root / "macros").mkdir()
        (root / "macros" / "own.sql").write_text("{% macro own() %}{% endmacro %}\n")
        self._write_sources()
        self.dbt("deps")
        quick_dbt.keep(root)
        self.dbt("parse")

    def clear(self) -> None:
        """Drop every table."""
        self.engine.clear()
        self._sources.clear()
        self._write_sources()

    def close(self) -> None:
        """Delete the project and its database."""
        quick_dbt.forget(self.root)
        self.engine.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # data in

    def put(self, **frames: pd.DataFrame) -> None:
        """Write each frame to a table, to read with `{{ source('data', name) }}`; an existing table is replaced."""
        for name, frame in frames.items():
            self.engine.write(name, frame)
        self.use_tables(*frames)

    def put_cases(self, **frames: Sequence[pd.DataFrame]) -> None:
        """Make a view of each frame of a list, `name_0` and so on, over one table that is written once."""
        views, names = [], []
        for name, cases in frames.items():
            whole = pd.concat([case.assign(_case=number) for number, case in enumerate(cases)])
            self.engine.write(f"{name}_cases", whole)
            columns = ", ".join(f'"{column}"' for column in cases[0].columns)
            for number in range(len(cases)):
                names.append(f"{name}_{number}")
                views.append(
                    f'create or replace view {SCHEMA}."{names[-1]}" as select {columns} from {SCHEMA}."{name}_cases" where _case = {number}'
                )
        self.execute("; ".join(views))
        self.use_tables(*names)

    def use_tables(self, *names: str) -> None:
        """Let models read these tables with `{{ source('data', name) }}`, however they were made."""
        if not self._sources.issuperset(names):
            self._sources.update(names)
            self._write_sources()

    def execute(self, sql: str) -> None:
        """Run a statement outside dbt; `{schema}` stands for the schema of the project's tables."""
        self.engine.execute(sql.replace("{schema}", SCHEMA))

    # dbt

    def build(
        self,
        models: Mapping[str, str] | str,
        *,
        full_refresh: bool = False,
        variables: Mapping[str, Any] | None = None,
        yml: Mapping[str, Any] | None = None,
        command: str = "build",
        flags: Sequence[str] = (),
    ) -> pd.DataFrame:
        """Build the models (name to text, in any order; a text alone is model `result`) and read the last one."""
        models = {"result": models} if isinstance(models, str) else models
        with self.files(models, yml):
            arguments = ["--select", *(Path(name).stem for name in models)]
            if full_refresh:
                arguments.append("--full-refresh")
            if variables:
                arguments += ["--vars", json.dumps(variables)]
            self.dbt(command, *arguments, *flags)
        return self.read(Path(list(models)[-1]).stem)

    def compile(self, models: Mapping[str, str] | str) -> str:
        """The compiled SQL of the last model, as a user finds it under target/compiled."""
        models = {"result": models} if isinstance(models, str) else models
        with self.files(models, None):
            self.dbt("compile", "--select", *models)
        compiled = self.root / "target" / "compiled" / "throw_away" / "models" / f"{list(models)[-1]}.sql"
        return compiled.read_text()

    def error(self, models: Mapping[str, str] | str, **options: Any) -> str:
        """The message of a build that must fail."""
        try:
            self.build(models, **options)
        except BuildError as failed:
            return str(failed)
        raise AssertionError(f"expected an error, but the build of {models!r} succeeded")

    def failing_rows(
        self,
        tests: Mapping[str, Mapping[str, Any]],
        *,
        models: Mapping[str, str] | None = None,
        snapshots: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Run generic tests as a user does, from yml, and read the rows that each of them stored as failures.

        A test has `model` (a source table or one of the snapshots), `test` (its name), `arguments` and any other keys, which go
        into its `config`. A snapshot has `relation` and its config; it is run before it is tested.
        """
        models, snapshots = dict(models or {}), dict(snapshots or {})
        on_node: dict[str, list[dict[str, Any]]] = {name: [] for name in snapshots}
        for name, test in tests.items():
            node = test["model"]
            if node not in snapshots:
                node = f"{node}_tested"
                models.setdefault(node, f"select * from {{{{ source('data', '{test['model']}') }}}}")
            config = {**test.get("config", {}), "store_failures": True, "alias": name}
            on_node.setdefault(node, []).append(
                {f"baton.{test['test']}": {"name": name, "arguments": test["arguments"], "config": config}}
            )
        yml = {
            "models": [{"name": name, "data_tests": on_node[name]} for name in models if name in on_node],
            "snapshots": [
                {"name": name, **snapshot, "data_tests": on_node[name]}
                for name, snapshot in snapshots.items()
            ],
        }
        with self.files(models, yml):
            try:
                self.dbt("build", "--select", *models, *snapshots)
            except BuildError:
                # tests are expected to fail
                if not self.results or {result.status for result in self.results} & {"error", "skipped"}:
                    raise
        return {name: self.query(f'select * from {{schema}}_dbt_test__audit."{name}"') for name in tests}

    def parse(self, models: Mapping[str, str]) -> list[str]:
        """Parse the whole project and return every warning, with each deprecation separately."""
        with self.files(models, None):
            self.dbt("parse", "--no-partial-parse", "--show-all-deprecations")
        return self.warnings

    def dbt(self, *arguments: str) -> dbtRunnerResult:
        """Run a dbt command; warnings are kept in `self.warnings`, a failure raises BuildError."""
        self.engine.release()
        self.warnings = []
        messages: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level == "warn":
                self.warnings.append(event.info.msg)
            elif event.info.level == "error":
                messages.append(event.info.msg)

        result = dbtRunner(callbacks=[listen]).invoke(
            [
                *arguments,
                "--project-dir",
                str(self.root),
                "--profiles-dir",
                str(self.root),
                "--quiet",
                "--log-level-file",
                "none",
            ]
        )
        self.results = list(getattr(result.result, "results", None) or [])
        if not result.success:
            messages += [result_.message for result_ in self.results if result_.status in ("error", "fail")]
            raise BuildError(str(result.exception) if result.exception else "\n".join(map(str, messages)))
        return result

    # data out

    def read(self, name: str) -> pd.DataFrame:
        """A relation as a frame, in no particular order."""
        return self.engine.query(f'select * from {SCHEMA}."{name}"')

    def query(self, sql: str) -> pd.DataFrame:
        """Run a query outside dbt; `{schema}` stands for the schema of the project's tables."""
        return self.engine.query(sql.replace("{schema}", SCHEMA))

    @contextmanager
    def files(self, models: Mapping[str, str], yml: Mapping[str, Any] | None) -> Iterator[None]:
        paths = []
        for name, text in models.items():
            paths.append(self.models / (name if Path(name).suffix else f"{name}.sql"))
            paths[-1].write_text(text)
        if yml:
            paths.append(self.models / "schema.yml")
            _write(paths[-1], dict(yml))
        try:
            yield
        finally:
            for path in paths:
                path.unlink()

    def _write_sources(self) -> None:
        tables = [{"name": name} for name in sorted(self._sources)]
        _write(
            self.models / "sources.yml",
            {
                "sources": [{"name": "data", "schema": SCHEMA, "tables": tables}] if tables else [],
            },
        )


class Engine:
    """The database of a project's tables. `release` frees it for dbt."""

    name: str

    def profile(self) -> dict[str, Any]:
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """What the models of a project are configured with."""
        return {}

    def execute(self, sql: str) -> None:
        raise NotImplementedError

    def query(self, sql: str) -> pd.DataFrame:
        raise NotImplementedError

    def write(self, name: str, frame: pd.DataFrame) -> None:
        raise NotImplementedError

    def clear(self) -> None:
        raise NotImplementedError

    def release(self) -> None:
        pass

    def close(self) -> None:
        pass


class DuckDB(Engine):
    """A DuckDB file, opened for every call, because dbt holds it in between."""

    name = "duckdb"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clear()

    def clear(self) -> None:
        schemas = self.query(
            "select schema_name from duckdb_schemas() where database_name = current_database() and not internal"
        )
        for schema in schemas["schema_name"]:
            self.execute(f'drop schema "{schema}" cascade')
        self.execute(f"create schema {SCHEMA}")

    def profile(self) -> dict[str, Any]:
        return {"type": "duckdb", "path": str(self.path), "schema": SCHEMA, "threads": 2}

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def query(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(sql).df()

    def write(self, name: str, frame: pd.DataFrame) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.register("frame", arrow_table(frame))
            connection.execute(f'create or replace table {SCHEMA}."{name}" as select * from frame')


class OpenDuckDB(Engine):
    """A DuckDB in memory that stays open, for tests without dbt: opening a file takes longer than most queries."""

    name = "duckdb"

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(f"create schema {SCHEMA}")

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def query(self, sql: str) -> pd.DataFrame:
        return self.connection.execute(sql).df()

    def write(self, name: str, frame: pd.DataFrame) -> None:
        self.connection.register("frame", arrow_table(frame))
        self.connection.execute(f'create or replace table {SCHEMA}."{name}" as select * from frame')

    def close(self) -> None:
        self.connection.close()


class Postgres(Engine):
    """A PostgreSQL database of its own, dropped at the end."""

    name = "postgres"

    def __init__(self) -> None:
        self.database = f"baton_{uuid.uuid4().hex[:12]}"
        self._administer(f"create database {self.database}")
        # on tables this small, compiling a query to machine code takes longer than running it
        self._administer(f"alter database {self.database} set jit = off")
        self.connection = psycopg2.connect(**postgres_settings(), dbname=self.database)
        self.connection.autocommit = True
        self.clear()

    def clear(self) -> None:
        schemas = self.query("select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$'")
        for schema in schemas["nspname"]:
            self.execute(f'drop schema "{schema}" cascade')
        self.execute(f"create schema public; create schema {SCHEMA}")

    def profile(self) -> dict[str, Any]:
        settings = postgres_settings()
        return {
            "type": "postgres",
            "host": settings["host"],
            "port": int(settings["port"]),
            "user": settings["user"],
            "password": settings["password"],
            "dbname": self.database,
            "schema": SCHEMA,
            "threads": 2,
        }

    def execute(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def query(self, sql: str) -> pd.DataFrame:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description or []]
            return pd.DataFrame(cursor.fetchall(), columns=names)

    def write(self, name: str, frame: pd.DataFrame) -> None:
        table = arrow_table(frame)
        columns = ", ".join(f'"{field.name}" {postgres_type(field.type)}' for field in table.schema)
        text = io.StringIO()
        rows = zip(*table.to_pydict().values(), strict=True)
        csv.writer(text).writerows([_written(value) for value in row] for row in rows)
        text.seek(0)
        with self.connection.cursor() as cursor:
            cursor.execute(
                f'drop table if exists {SCHEMA}."{name}" cascade; create table {SCHEMA}."{name}" ({columns})'
            )
            cursor.copy_expert(f"copy {SCHEMA}.\"{name}\" from stdin with (format csv, null '\\N')", text)

    def close(self) -> None:
        self.connection.close()
        self._administer(f"drop database {self.database} with (force)")

    def _administer(self, sql: str) -> None:
        connection = psycopg2.connect(**postgres_settings(), dbname=os.environ.get("PGDATABASE", "test"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()


def postgres_settings() -> dict[str, str]:
    """Where PostgreSQL is: the usual environment variables, with a local server's defaults."""
    return {
        "host": os.environ.get("PGHOST", "127.0.0.1"),
        "port": os.environ.get("PGPORT", "5432"),
        "user": os.environ.get("PGUSER", "root"),
        "password": os.environ.get("PGPASSWORD", ""),
    }


def missing_engine(name: str) -> str | None:
    """Why the engine is not available, or None if it is."""
    if name == "duckdb":
        return None
    try:
        psycopg2.connect(
            **postgres_settings(), dbname=os.environ.get("PGDATABASE", "test"), connect_timeout=5
        ).close()
    except psycopg2.OperationalError as failed:
        return str(failed).strip()
    return None


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """The frame with a type for every column.

    A missing value is NULL. In a column of dtype object a float NaN stays NaN, so a test can have both.
    """
    arrays = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            arrays.append(pa.array(column.tolist(), from_pandas=False))
        else:
            arrays.append(pa.array(column, from_pandas=True))
    return pa.table(arrays, names=list(frame.columns))


def _written(value: Any) -> Any:
    """A value in a line that PostgreSQL copies."""
    if value is None:
        return "\\N"
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


def postgres_type(type_: pa.DataType) -> str:
    """The PostgreSQL type for an Arrow type."""
    if pa.types.is_timestamp(type_):
        return "timestamptz" if type_.tz else "timestamp"
    for is_type, name in (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_binary, "bytea"),
        (pa.types.is_integer, "bigint"),
        (pa.types.is_floating, "double precision"),
        (pa.types.is_decimal, "numeric"),
        (pa.types.is_date, "date"),
    ):
        if is_type(type_):
            return name
    return "text"


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
