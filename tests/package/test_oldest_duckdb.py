"""Every public macro has the same result on the oldest DuckDB and dbt that pyproject.toml allows as on the newest."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from conftest import required_engines

import areas
import other_dbt
from bench import BATON, Project
from every_macro import MODELS, TESTS, data

OLDEST = BATON / ".venv-oldest" / "bin" / "dbt"


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


def test_every_generic_test_is_among_the_tests():
    macros = (BATON / "macros" / "generic_tests").glob("*.sql")
    public = {path.stem for path in macros if not path.name.startswith("_")}
    assert public - set(re.findall(r"baton\.(\w+)", json.dumps(TESTS))) == set()


def test_the_oldest_duckdb_gives_what_the_newest_gives(duckdb_project: Project, tmp_path: Path):
    if not OLDEST.exists():
        if "oldest-duckdb" in required_engines():
            pytest.fail(
                f"BATON_REQUIRE_ENGINES lists oldest-duckdb, but there is no {OLDEST}: run make oldest"
            )
        pytest.skip(f"the oldest DuckDB is not there: make oldest makes {OLDEST.parents[1].name}")
    # the newest runs here as in every test; that the oldest is left as it is shows that quick_dbt changes no result
    texts = other_dbt.inputs(tmp_path) | MODELS
    other_dbt.write_project(tmp_path, texts)
    for command in ("deps", "run"):
        ran = other_dbt.run(OLDEST, tmp_path, "--no-use-colors", "--quiet", "--no-write-json", command)
        assert ran.returncode == 0, ran.printed
    oldest = other_dbt.read(tmp_path, MODELS)
    duckdb_project.build(texts)
    for name in MODELS:
        wanted = duckdb_project.read(name)
        assert len(wanted) > 0, name
        other_dbt.assert_same(oldest[name], wanted)

    # the oldest alone beside Python's md5
    streets = dict(data()["prepared"][["reading", "street"]].itertuples(index=False))
    for row in oldest["transformed"].to_dict("records"):
        street = streets[row["reading"]]
        bucket = int(hashlib.md5(street.encode()).hexdigest(), 16) % 5 if isinstance(street, str) else None
        assert [row[f"street_{number}"] for number in range(5)] == [
            number == bucket for number in range(5)
        ], street
