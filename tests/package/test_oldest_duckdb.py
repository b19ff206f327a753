"""Every public macro has the same result on the oldest DuckDB and dbt that pyproject.toml allows as on the newest."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from conftest import required_engines

import areas
from bench import BATON, Project
from compare import assert_same_rows
from every_macro import MODELS, data

OLDEST = BATON / ".venv-oldest" / "bin" / "dbt"
# what says when it was written
CLOCKS = {"recorded_at", "created_at", "predicted_at", "promoted_at", "run_id"}


def models(root: Path) -> dict[str, str]:
    """The models, and their data in files that either DuckDB can read."""
    texts = {}
    for name, frame in data().items():
        frame.to_parquet(root / f"{name}.parquet")
        texts[name] = f"select * from read_parquet('{root / name}.parquet')"
    return texts | MODELS


def built_by_the_oldest(root: Path, texts: dict[str, str]) -> dict[str, pd.DataFrame]:
    """The results in a project with the oldest dbt."""
    (root / "models").mkdir()
    for name, text in texts.items():
        (root / "models" / f"{name}.sql").write_text(text)
    database = root / "oldest.duckdb"
    output = {"type": "duckdb", "path": str(database), "schema": "main", "threads": 1}
    files = {
        "dbt_project.yml": {
            "name": "meters",
            "version": "1.0.0",
            "profile": "meters",
            "flags": {"send_anonymous_usage_stats": False, "write_json": False},
            "models": {"meters": {"+materialized": "table"}},
        },
        "packages.yml": {"packages": [{"local": os.path.relpath(BATON, root)}]},
        "profiles.yml": {"meters": {"target": "oldest", "outputs": {"oldest": output}}},
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content))
    for command in ("deps", "run"):
        ran = subprocess.run(
            [
                str(OLDEST),
                "--no-use-colors",
                "--quiet",
                command,
                "--project-dir",
                str(root),
                "--profiles-dir",
                str(root),
            ],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: connection.execute(f'select * from "{name}"').df() for name in MODELS}


def test_every_public_macro_is_among_the_models():
    public = {
        path.stem
        for area in areas.MODELS
        for path in (BATON / "macros" / area).glob("*.sql")
        if not path.name.startswith("_")
    }
    # a training needs the Python layer, and a score its version row, which the environment of the oldest does not have
    public -= {"ml_model", "score", *areas.OPERATIONS}
    assert public - set(re.findall(r"baton\.(\w+)\(", json.dumps(MODELS))) == set()


def test_the_oldest_duckdb_gives_what_the_newest_gives(duckdb_project: Project, tmp_path: Path):
    if not OLDEST.exists():
        if "oldest-duckdb" in required_engines():
            pytest.fail(
                f"BATON_REQUIRE_ENGINES lists oldest-duckdb, but there is no {OLDEST}: run make oldest"
            )
        pytest.skip(f"the oldest DuckDB is not there: make oldest makes {OLDEST.parents[1].name}")
    # the newest runs here as in every test; that the oldest is left as it is shows that quick_dbt changes no result
    texts = models(tmp_path)
    oldest = built_by_the_oldest(tmp_path, texts)
    duckdb_project.build(texts)
    for name in MODELS:
        wanted = duckdb_project.read(name)
        assert len(wanted) > 0, name
        columns = [column for column in wanted.columns if column not in CLOCKS]
        assert list(oldest[name].columns) == list(wanted.columns), name
        assert_same_rows(oldest[name], wanted.to_dict("records"), columns)
