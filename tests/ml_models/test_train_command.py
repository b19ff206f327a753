"""`dbt-baton train` writes the version rows that `dbt build` writes, on both engines, and says what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import SCHEMA, Project
from dbt_baton import command_line

OF_THE_RUN = ["trained_at", "run_id"]
CONFIG = {"estimator": "ridge", "label": "spend", "entity": "customer_id", "features": ["Visits", "order"]}
MODELS = {
    "from_sql": "{{ config(materialized='ml_model', group='retention', meta={'ml_model': "
    + json.dumps(CONFIG)
    + "}) }}\nselect * from {{ source('data', 'customers') }}",
    "from_python.py": """
from dbt_baton import train
from sklearn.linear_model import Ridge


def model(dbt, session):
    dbt.config(materialized="ml_model", group="retention")
    return train(dbt, dbt.source("data", "customers"), Ridge(), label="spend", entity="customer_id")
""",
}
YML = {"groups": [{"name": "retention", "owner": {"name": "Ada's team"}}]}


def customers() -> pd.DataFrame:
    random = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "customer_id": np.arange(60),
            "as_of": pd.Timestamp("2024-01-01"),
            "spend": random.normal(0, 2, 60),
            "Visits": random.poisson(3, 60),
            "order": random.random(60) < 0.5,
            "split": np.where(np.arange(60) % 4 < 3, "train", "test"),
        }
    )


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch):
    """The command, which changes the working directory."""
    monkeypatch.chdir(Path.cwd())
    return lambda *arguments: command_line.main(list(map(str, arguments)))


@pytest.fixture(scope="module")
def compiled(project: Project) -> Project:
    """Built by dbt and compiled."""
    project.put(customers=customers())
    project.build(MODELS, yml=YML)
    project.built = {name: project.read(Path(name).stem) for name in MODELS}  # type: ignore[attr-defined]
    with project.files(MODELS, YML):
        project.dbt("compile", "--select", "from_sql", "from_python", "--write-json")
    return project


def train(command, project: Project, *models: str) -> int:
    directories = ("--project-dir", project.root, "--profiles-dir", project.root)
    return command("train", "--no-compile", *directories, *models)


def test_versions_are_those_of_dbt_build(compiled, command):
    assert train(command, compiled) == 0
    for name, built in compiled.built.items():
        assert len(compiled.read(Path(name).stem)) == len(built) == 1, name

    for name in MODELS:
        compiled.execute(f"drop table {{schema}}.{Path(name).stem}")
    assert train(command, compiled) == 0
    for name, built in compiled.built.items():
        again = compiled.read(Path(name).stem)
        assert built["owner"].tolist() == ["Ada's team"]
        assert again["trained_at"].tolist() > built["trained_at"].tolist()
        pd.testing.assert_frame_equal(
            again.drop(columns=OF_THE_RUN), built.drop(columns=OF_THE_RUN), check_dtype=False
        )


def test_one_model_is_trained_and_no_other(compiled, command):
    compiled.execute("delete from {schema}.from_sql; delete from {schema}.from_python")
    assert train(command, compiled, "from_sql") == 0
    assert len(compiled.read("from_sql")) == 1 and compiled.read("from_python").empty


def test_an_unknown_model_is_an_error_that_names_the_others(compiled, command, capsys):
    assert train(command, compiled, "from_sq") == 2
    assert "called from_sq; there are from_python, from_sql" in capsys.readouterr().err


def test_a_model_that_fails_leaves_nothing_and_stops_no_other(compiled, command, capsys):
    manifest = compiled.root / "target" / "manifest.json"
    text = manifest.read_text()
    content = json.loads(text)
    content["nodes"]["model.throw_away.from_sql"]["config"]["meta"]["ml_model"]["label"] = "no_such_column"
    manifest.write_text(json.dumps(content))
    for name in MODELS:
        compiled.execute(f"drop table if exists {{schema}}.{Path(name).stem}")
    try:
        assert train(command, compiled) == 2
    finally:
        manifest.write_text(text)
    said = capsys.readouterr().err
    assert "no_such_column" in said and "Traceback" not in said
    tables = compiled.query(
        f"select table_name from information_schema.tables where table_schema = '{SCHEMA}' and table_name like 'from%'"
    )
    assert tables["table_name"].tolist() == ["from_python"]


# without a database


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "dbt_project.yml").write_text("name: shop\nprofile: shop\n")
    (tmp_path / "profiles.yml").write_text(
        "shop:\n  target: \"{{ env_var('SHOP_TARGET', 'dev') }}\"\n"
        "  outputs:\n    dev: {type: duckdb, path: ':memory:'}\n    other: {type: spark}\n"
        "    secret: {type: postgres, password: \"{{ env_var('NO_SUCH_VARIABLE') }}\"}\n"
    )
    return tmp_path


def dbt_that(directory: Path, code: str) -> Path:
    """A stand-in for dbt."""
    script = directory / "dbt"
    script.write_text(f"#!{sys.executable}\nimport pathlib, sys\n{code}\n")
    script.chmod(0o755)
    return script


def test_dbt_compiles_first_with_the_same_project_and_target(directory, command):
    manifest = {"nodes": {}, "sources": {}, "metadata": {}}
    stand_in = dbt_that(
        directory,
        "pathlib.Path('target').mkdir()\n"
        f"pathlib.Path('target/manifest.json').write_text('''{json.dumps(manifest)}''')\n"
        "pathlib.Path('arguments').write_text(' '.join(sys.argv[1:]))",
    )
    assert command("train", "--project-dir", directory, "--target", "dev", "--dbt", stand_in) == 0
    assert (directory / "arguments").read_text() == (
        f"compile --project-dir {directory} --select config.materialized:ml_model --target dev"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dbt", "no-such-dbt"], "no-such-dbt could not be started"),
        (["--no-compile"], "manifest.json is missing: run dbt build first"),
        (["--target", "nope"], "profile 'shop' has no target 'nope', it has dev, other, secret"),
        (["--target", "secret"], "profiles.yml needs the environment variable NO_SUCH_VARIABLE"),
        (["--profiles-dir", "/no/such/directory"], "/no/such/directory/profiles.yml is missing"),
    ],
)
def test_what_is_wrong_with_a_project_is_one_line(directory, command, capsys, arguments, said):
    assert command("train", "--project-dir", directory, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and error.startswith("dbt-baton train: ")


def test_a_failed_compilation_is_an_error(directory, command, capsys):
    assert command("train", "--project-dir", directory, "--dbt", dbt_that(directory, "sys.exit(1)")) == 2
    assert "compile" in capsys.readouterr().err


def test_another_engine_is_refused(directory, command, capsys):
    node = {
        "name": "m", "resource_type": "model", "config": {"materialized": "ml_model"}, "depends_on": {"nodes": []}
    }  # fmt: skip
    (directory / "target").mkdir()
    (directory / "target" / "manifest.json").write_text(
        json.dumps({"nodes": {"m": node}, "sources": {}, "metadata": {}})
    )
    assert command("train", "--project-dir", directory, "--no-compile", "--target", "other") == 2
    assert "of type 'spark', expected duckdb or postgres" in capsys.readouterr().err
