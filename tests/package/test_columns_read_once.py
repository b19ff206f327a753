"""What the columns of relations cost: on most engines each look at them is a query."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench import Project
from every_macro import MODELS, TESTS, data


@pytest.mark.parametrize("command", ["compile", "run"])
def test_a_call_asks_once_for_the_columns_of_each_argument(
    duckdb_project: Project, monkeypatch: pytest.MonkeyPatch, command: str
):
    from dbt.adapters.duckdb.impl import DuckDBAdapter

    asked: Counter[tuple[str, str]] = Counter()
    columns_in = DuckDBAdapter.get_columns_in_relation

    def counted(adapter: Any, relation: Any) -> Any:
        asked[adapter.connections.get_thread_connection().name, relation.identifier] += 1
        return columns_in(adapter, relation)

    inputs = data()
    duckdb_project.put(**inputs)
    models = {name: f"select * from {{{{ source('data', '{name}') }}}}" for name in inputs} | MODELS
    tests = {"models": [{"name": name, "data_tests": tests} for name, tests in TESTS.items()]}
    with duckdb_project.files(models, tests):
        duckdb_project.dbt("run")
        monkeypatch.setattr(DuckDBAdapter, "get_columns_in_relation", counted)
        duckdb_project.dbt(command)

    assert len(asked) > 50
    texts = {f"model.throw_away.{name}": text for name, text in MODELS.items()}
    for (node, relation), times in asked.items():
        if node != f"model.throw_away.{relation}":  # which dbt asks about when it replaces the table
            # two arguments may be one relation
            named = texts.get(node, "").count(f"ref('{relation}')")
            assert times <= max(named, 1), (node, relation)
