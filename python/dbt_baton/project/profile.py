"""The connection that a project's profile describes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from dbt_baton.errors import ProjectError


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a file of a project.

    Raises
    ------
    ProjectError
        If it is not there, or is no mapping.
    """
    if path.parent.is_file():
        raise ProjectError(f"{path.parent} is a file, expected the directory of {path.name}")
    if not path.exists():
        raise ProjectError(f"{path} is missing")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as wrong:
        raise ProjectError(f"{path} is no YAML: {' '.join(str(wrong).split())}") from None
    if not isinstance(content, dict):
        raise ProjectError(f"{path} has no keys")
    return content


def target_path(described: Mapping[str, Any]) -> str:
    """Give the directory of dbt's artifacts in a project, of which `dbt_project.yml` is given."""
    return str(os.environ.get("DBT_TARGET_PATH") or _rendered(described.get("target-path")) or "target")


def read_target(project: Path, profiles: Path | None, target: str | None) -> dict[str, Any]:
    """Give the settings of the target, as `dbt` would find it.

    Parameters
    ----------
    project : pathlib.Path
        The directory of the project.
    profiles : pathlib.Path, optional
        The directory of `profiles.yml`. By default that in DBT_PROFILES_DIR, else the project's if it has
        one, else `~/.dbt`.
    target : str, optional
        By default that in DBT_TARGET, else the profile's own.

    Raises
    ------
    ProjectError
        If a file, the profile, the target or an environment variable is missing.
    """
    described = read_yaml(project / "dbt_project.yml")
    name = os.environ.get("DBT_PROFILE") or _rendered(described.get("profile"))
    path = (profiles or _profiles_directory(project)) / "profiles.yml"
    profile = read_yaml(path).get(str(name))
    if not isinstance(profile, dict):
        raise ProjectError(f"{path} has no profile {name!r}")
    outputs = profile.get("outputs") or {}
    chosen = target or os.environ.get("DBT_TARGET") or _rendered(profile.get("target", "default"))
    if chosen not in outputs:
        raise ProjectError(f"{path}: profile {name!r} has no target {chosen!r}, it has {', '.join(outputs)}")
    settings: dict[str, Any] = _rendered(outputs[chosen])
    return settings


def connect(settings: Mapping[str, Any]) -> Any:
    """Open the session of a training on a target; a path is relative to the working directory, as in dbt.

    Returns
    -------
    DuckDBSession or PostgresSession

    Raises
    ------
    ProjectError
        If the engine is another one.
    """
    from dbt_baton.warehouse.duckdb_session import DuckDBSession
    from dbt_baton.warehouse.postgres_session import PostgresSession

    connection = open_connection(settings, Path())
    return DuckDBSession(connection) if settings["type"] == "duckdb" else PostgresSession(connection)


def open_connection(settings: Mapping[str, Any], root: Path, *, read_only: bool = False) -> Any:
    """Open a connection to a target.

    Parameters
    ----------
    settings : mapping
        The target's, as `read_target` gives them.
    root : pathlib.Path
        The directory to which a path of DuckDB is relative.
    read_only : bool, default=False
        Refuse every write. DuckDB lets several processes read a file at the same time.

    Returns
    -------
    duckdb.DuckDBPyConnection or psycopg2.extensions.connection

    Raises
    ------
    ProjectError
        If the engine is another one, the database is not there or is locked, or the server cannot be reached.
    """
    kind = settings.get("type")
    if kind == "duckdb":
        return _duckdb(settings, root, read_only)
    if kind == "postgres":
        return _postgres(settings, read_only)
    raise ProjectError(f"the target is of type {kind!r}, expected duckdb or postgres")


def _duckdb(settings: Mapping[str, Any], root: Path, read_only: bool) -> Any:
    import duckdb

    path = str(settings.get("path") or ":memory:")
    if not path.startswith((":memory:", "md:")):
        path = str(root / path)
        if read_only and not Path(path).exists():
            raise ProjectError(f"{path} is missing: run dbt build first")
    elif read_only and path.startswith(":memory:"):
        raise ProjectError("the target's database is in memory and ends with dbt: give it a path")
    try:
        connection = duckdb.connect(
            path,
            read_only=read_only,
            config=settings.get("config_options") or {},
        )
    except duckdb.Error as refused:
        raise ProjectError(_not_opened(path, str(refused))) from None
    try:
        _prepare(connection, settings, read_only)
    except duckdb.Error as refused:
        connection.close()
        raise ProjectError(
            f"{path}: extensions, settings or attach of the profile: {' '.join(str(refused).split())}"
        ) from None
    return connection


def _prepare(connection: Any, settings: Mapping[str, Any], read_only: bool) -> None:
    """Load, set and attach what the profile says."""
    from dbt_baton.warehouse.relations import literal, quoted

    for extension in settings.get("extensions") or []:
        connection.load_extension(str(extension))
    for name, value in (settings.get("settings") or {}).items():
        connection.execute(f"set {name} = {literal(str(value))}")
    for attached in settings.get("attach") or []:
        alias = f" as {quoted(attached['alias'])}" if attached.get("alias") else ""
        options = ", ".join(
            [*(["read_only"] if read_only or attached.get("read_only") else []),
             *([f"type {attached['type']}"] if attached.get("type") else [])]
        )  # fmt: skip
        connection.execute(
            f"attach {literal(str(attached['path']))}{alias}" + (f" ({options})" if options else "")
        )


def _not_opened(path: str, refused: str) -> str:
    if "lock" in refused:
        return (
            f"{path} is locked by another process, and DuckDB lets nobody read while one writes: wait until"
            f" its dbt run has ended, or close it ({' '.join(refused.split())})"
        )
    return f"{path} cannot be opened: {' '.join(refused.split())}"


def _postgres(settings: Mapping[str, Any], read_only: bool) -> Any:
    import psycopg2

    # the names that dbt-postgres takes, and psycopg2's
    names = {
        "host": "host", "port": "port", "user": "user", "password": "password", "pass": "password",
        "dbname": "dbname", "database": "dbname", "sslmode": "sslmode", "sslcert": "sslcert",
        "sslkey": "sslkey", "sslrootcert": "sslrootcert", "connect_timeout": "connect_timeout",
    }  # fmt: skip
    arguments = {names[key]: value for key, value in settings.items() if key in names}
    try:
        connection = psycopg2.connect(**arguments)
    except psycopg2.OperationalError as refused:
        raise ProjectError(
            f"the PostgreSQL of the profile refused: {' '.join(str(refused).split())}"
        ) from None
    if settings.get("role"):
        with connection.cursor() as cursor:
            cursor.execute("select set_config('role', %s, false)", (settings["role"],))
        connection.commit()
    if read_only:
        connection.set_session(readonly=True)
    return connection


def _profiles_directory(project: Path) -> Path:
    if directory := os.environ.get("DBT_PROFILES_DIR"):
        return Path(directory)
    return project if (project / "profiles.yml").exists() else Path.home() / ".dbt"


def _rendered(value: Any) -> Any:
    """Render `env_var` and filters, as dbt does in a profile; a number stays a number."""
    if isinstance(value, dict):
        return {key: _rendered(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rendered(entry) for entry in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals["env_var"] = _env_var
    environment.filters.update({"as_number": str, "as_native": str, "as_text": str, "as_bool": str})
    try:
        text = environment.from_string(value).render()
    except TemplateError as wrong:
        raise ProjectError(f"profiles.yml: {value}: {wrong}") from None
    # what a template gives is typed as YAML types it: a port is a number, a password of digits is not
    return yaml.safe_load(text) if value.rstrip().endswith(("as_number }}", "as_bool }}")) else text


def _env_var(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ProjectError(f"profiles.yml needs the environment variable {name}")
    return str(value)
