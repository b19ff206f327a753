"""Every command says in one line what is wrong with the project, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bench import DuckDB
from built_project import BuiltProject
from dbt_baton import command_line

INIT = ("init", "subject", "--entity", "user_id", "--events", "ref:events")
# `train` compiles the project first, and its tests are beside those of ml_model
COMMANDS = {
    "health": ("health",),
    "report": ("report",),
    "models": ("models",),
    "promote": ("promote", "churn_model", "1"),
    "rollback": ("rollback", "churn_model"),
    "whatif": ("whatif", "churn_model"),
    "init": INIT,
}


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return COMMANDS[request.param]


@pytest.fixture(scope="module")
def shop(built: BuiltProject) -> BuiltProject:
    """A project in which every command has something to read that is not there."""
    (built.root / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": "baton"}]}))
    built.put("events", None)
    built.put("churn_model", None, materialized="ml_model")
    built.put("registry", None, calls="model_registry", reads=["churn_model"])
    built.put("health", None, calls="model_health")
    return built


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that must end with an error."""
    assert command_line.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"dbt-baton {arguments[0]}: ") and printed.err.count("\n") == 1
    return printed.err


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.suffix not in (".wal", ".tmp"))


@pytest.fixture(autouse=True)
def nothing_is_written(shop: BuiltProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    before = files(shop.root)
    yield
    assert files(shop.root) == before
    assert not [path for path in files(tmp_path) if path.suffix == ".html"]


def test_tables_that_are_not_built(shop, command, capsys):
    error = run(shop.arguments(*command), capsys)
    assert "run dbt build" in error or "not built" in error


def test_no_project(tmp_path, command, capsys):
    assert f"{tmp_path}/dbt_project.yml is missing" in run([*command, "--project-dir", str(tmp_path)], capsys)


def test_a_project_that_is_a_file(command, tmp_path, capsys):
    (tmp_path / "dbt_project.yml").touch()
    error = run([*command, "--project-dir", str(tmp_path / "dbt_project.yml")], capsys)
    assert f"{tmp_path}/dbt_project.yml is a file, expected the directory of dbt_project.yml" in error


def test_the_project_of_the_environment(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("DBT_PROJECT_DIR", str(tmp_path / "shop"))
    assert f"{tmp_path}/shop/dbt_project.yml is missing" in run([*command], capsys)


def test_no_profile(shop, tmp_path, command, capsys):
    arguments = [*command, "--project-dir", str(shop.root), "--profiles-dir", str(tmp_path)]
    assert f"{tmp_path}/profiles.yml is missing" in run(arguments, capsys)


def test_no_target(shop, command, capsys):
    error = run([*shop.arguments(*command), "--target", "prod"], capsys)
    assert "profile 'shop' has no target 'prod', it has dev" in error


def test_a_project_that_was_never_parsed(shop, tmp_path, command, capsys):
    (tmp_path / "dbt_project.yml").write_text((shop.root / "dbt_project.yml").read_text())
    arguments = [*command, "--project-dir", str(tmp_path), "--profiles-dir", str(shop.root)]
    assert "manifest.json is missing: run dbt build first" in run(arguments, capsys)


def test_a_database_that_cannot_be_reached(shop, tmp_path, command, capsys):
    gone = {"path": "gone.duckdb"} if isinstance(shop.engine, DuckDB) else {"port": 1, "connect_timeout": 2}
    outputs = {"dev": shop.engine.profile() | gone}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump({"shop": {"target": "dev", "outputs": outputs}}))
    arguments = [*command, "--project-dir", str(shop.root), "--profiles-dir", str(tmp_path)]
    error = run(arguments, capsys)
    assert (
        "gone.duckdb is missing: run dbt build first" in error or "PostgreSQL of the profile refused" in error
    )


@pytest.fixture(scope="module")
def writer(shop: BuiltProject) -> Iterator[None]:
    """Another process that has the database open to write, as dbt has while it runs."""
    with shop.locked():
        yield


def test_a_locked_database(writer, shop, command, capsys):
    assert "is locked by another process" in run(shop.arguments(*command), capsys)


def test_every_command_is_here(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["no such command"])
    choices = capsys.readouterr().err.split("choose from ")[1]
    assert set(re.findall("[a-z]+", choices)) == {*COMMANDS, "train"}
