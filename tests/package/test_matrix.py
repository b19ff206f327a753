"""The table of versions in docs/engines.md is as `make matrix` writes it, and says of every dbt that baton allows what runs there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

import matrix

from bench import BATON

COUNT = re.compile(r"(\d+) of (\d+)")


def rows() -> list[list[str]]:
    written = matrix.PAGE.read_text().split(matrix.BEGIN)[1].split(matrix.END)[0].strip()
    cells = [line[2:-2].split(" | ") for line in written.splitlines()]
    assert matrix.table(cells[2:]) == written, "not as the target writes it"
    return cells[2:]


def test_every_combination_has_a_row_with_counts_or_a_reason():
    assert [row[1] for row in rows()] == [combination.python for combination in matrix.COMBINATIONS]
    for row, combination in zip(rows(), matrix.COMBINATIONS, strict=True):
        assert len(row) == len(matrix.HEADER)
        assert row[0].startswith(combination.dbt.split()[0]), row
        counts = [COUNT.fullmatch(cell) for cell in row[3:6]]
        if row[2]:
            assert all(count and 0 < int(count[1]) <= int(count[2]) for count in counts), row
            assert row[6].isdigit(), row
        else:
            assert row[3] and row[4:] == ["", "", ""], row


def test_every_dbt_that_baton_allows_has_a_row():
    allowed = yaml.safe_load((BATON / "dbt_project.yml").read_text())["require-dbt-version"]
    assert allowed == [">=1.10.8", "<3.0.0"], "matrix.DBT has to follow"
    tried = {row[0] for row in rows() if row[2]}
    assert {tuple(dbt.split(".")[:2]) for dbt in tried} == {("1", "10"), ("1", "11"), ("1", "12"), ("2", "0")}
    assert "1.10.8" in tried


def test_warnings_are_those_of_the_project_and_not_the_end_of_a_node():
    log = "\n".join(
        [
            "not JSON",
            json.dumps({"info": {"level": "warn", "msg": "deprecated"}, "data": {}}),
            json.dumps({"info": {"level": "warn", "msg": "1 row"}, "data": {"node_info": {}}}),
            json.dumps({"info": {"level": "info", "msg": "done"}, "data": {}}),
        ]
    )
    assert list(matrix.warnings(log)) == ["deprecated"]


def test_what_differs_is_found():
    nodes = [{"store": ("success", None), "fresh": ("warn", 2)}]
    here = matrix.Build(nodes * 2, {"store": pd.DataFrame({"x": [1.0, 2.0]})}, [])
    assert list(matrix.differences(here, here)) == []
    other_rows = here._replace(rows={"store": pd.DataFrame({"x": [1.0, 2.5]})})
    assert [line.split(":")[0] for line in matrix.differences(other_rows, here)] == ["store"]
    other_end = here._replace(nodes=[nodes[0], {"store": ("success", None), "fresh": ("warn", 3)}])
    assert [line.split(":")[0] for line in matrix.differences(other_end, here)] == ["fresh"]
    skipped = here._replace(nodes=[nodes[0], {"fresh": ("warn", 2)}])
    assert list(matrix.differences(skipped, here)) == ["store: None, here ('success', None)"]


def test_a_missing_interpreter_and_a_failed_installation_are_reasons():
    with pytest.raises(matrix.NotHere, match=r"Python 2\.99 is not installed here"):
        matrix.interpreter("2.99")
    code = "import sys; sys.exit('WARNING: x\\nERROR: No matching distribution found for y (from versions: 1, 2)')"
    with pytest.raises(matrix.NotHere, match=r"^No matching distribution found for y$"):
        matrix.install(sys.executable, "-c", code)
