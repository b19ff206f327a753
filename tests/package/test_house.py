"""The order of the house: which area calls which, what dbt docs shows, and how long a file may be."""

from __future__ import annotations

import re

import pandas as pd
import pytest
import yaml

import areas
from bench import Project
from rendering import rendered
from test_documentation import ADAPTERS, BATON, FILES, YMLS, macros_of

# expressions that users write in their own models too
EXPRESSIONS = {"surrogate_key", "row_hash", "columns_of"}
GIVE_NO_ROWS = {*EXPRESSIONS, "assign_variant", "log_test_results", "materialization_ml_model_default"}
AREA_OF = {name: path.parent.name for path in FILES for name in macros_of(path)}


def is_called_by_users(name: str) -> bool:
    """Whether the macro is one of the contract's, and not a helper or the form of one engine."""
    is_internal = AREA_OF[name] in areas.INTERNAL and name not in EXPRESSIONS
    return not is_internal and not name.startswith(("_", *(f"{adapter}__" for adapter in ADAPTERS)))


def test_every_folder_is_an_area():
    assert set(AREA_OF.values()) == set(areas.ALL)


@pytest.mark.parametrize("area", areas.ALL)
def test_an_area_calls_only_areas_before_it(area: str):
    allowed = areas.ALL[: areas.ALL.index(area) + 1]
    calls = {
        f"{path.name} calls {name} of {AREA_OF[name]}"
        for path in FILES
        if path.parent.name == area
        for name in re.findall(r"baton\.(\w+)", re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL))
        if name in AREA_OF and AREA_OF[name] not in allowed
    }
    assert calls == set()


def test_dbt_docs_shows_what_users_call_and_nothing_else():
    hidden = {
        entry["name"]
        for path in YMLS
        for entry in yaml.safe_load(path.read_text()).get("macros", [])
        if entry.get("docs", {}).get("show") is False
    }
    helpers = {name for name in AREA_OF if not is_called_by_users(name)}
    missing = "".join(f"  - {{name: {name}, docs: {{show: false}}}}\n" for name in sorted(helpers - hidden))
    assert not missing, f"add to macros/_hidden.yml:\n{missing}"
    assert hidden - helpers == set(), "these are called by users, or are gone"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text().splitlines()) <= 250


def test_a_macro_that_gives_rows_ends_at_once_while_dbt_parses(duckdb_project: Project):
    for path in FILES:
        for name, body in re.findall(
            r"\{%-? macro (\w+)\(.*?\) -?%\}(.*?)endmacro", path.read_text(), re.DOTALL
        ):
            if is_called_by_users(name) and name not in GIVE_NO_ROWS:
                before, ends_at_once, _ = body.partition(
                    "{%- if not execute -%}{{ return('') }}{%- endif -%}"
                )
                assert ends_at_once, name
                assert "problems" not in before, name
    wrong = {"wrong": "{{ baton.entity_spine('users', entity=1, start=2, end=3, every=4) }}"}
    assert duckdb_project.parse(wrong) == []
    assert "entity is 1" in duckdb_project.error(wrong["wrong"])


def test_contributing_shows_what_dbt_compiles(duckdb_project: Project):
    text = (BATON / "CONTRIBUTING.md").read_text()
    call, compiled = re.findall(r"```sql\n(.*?)\n```", text, re.DOTALL)
    assert call == (BATON / "integration_tests/models/churn/features/user_weeks.sql").read_text().rstrip()
    duckdb_project.put(users=pd.DataFrame({"user_id": [1], "signed_up_at": [pd.Timestamp("2024-01-01")]}))
    sql = rendered(
        duckdb_project, {"call": call.replace("ref('stg_shop__users')", "source('data', 'users')")}
    )
    assert re.sub(r'(?<=from )"\S+"', '"shop"."main"."stg_shop__users"', str(sql["call"])) == compiled
