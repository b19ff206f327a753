"""Every public macro rendered by the adapters of five warehouses, without a connection: rendered, not run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import need_engine
from sqlglot.errors import ParseError

from bench import BuildError, DuckDB, Project
from every_macro import MODELS, data
from refused_sql import RULES, Rule, refused
from test_documentation import FILES, macros_of
from test_documented_examples import FOUR, SHOP, generic_test_examples
from warehouses import DIALECTS, Rendered, answered_by, macros_called

# tables for the models below
MORE_DATA = {
    "logged": """select *, cast('{"flow": 1, "tariff": "day"}' as json) as features from {{ ref('scores') }}""",
    "recomputed": "select *, 1 as flow, 'day' as tariff from {{ ref('scores') }}",
    "amounts": "select meter, as_of, cast(predicted_probability as decimal(12, 6)) as amount from {{ ref('scores') }}",
}
AMOUNTS = """[
    {'transformer': 'ordinal_encoder', 'columns': ['amount'], 'categories': [[0.25, 0.5]], 'handle_unknown': 'use_encoded_value',
        'unknown_value': -1}
]"""
# options whose SQL is another one on each warehouse, and that cost too much where the models are run
MORE_MODELS = {
    "skew_of_json": """{{ baton.training_serving_skew(served=ref('logged'), recomputed=ref('recomputed'), entity='meter',
        features=['flow', 'tariff'], period='week') }}""",
    "health_of_all": """{{ baton.model_health(performance=ref('performance'), estimated_performance=ref('estimated'), registry=ref('registry'),
        drift_alerts=ref('alerts'), skew=ref('skew')) }}""",
    "merged_performance": "{{ config(materialized='incremental', incremental_strategy='merge', unique_key='row_id') }}"
    + MODELS["performance"],
    "encoded_amounts": f"{{{{ baton.fit(relation=ref('amounts'), transformers={AMOUNTS}) }}}}",
}
# what only a merge replaces
MERGED = "incremental_strategy='merge', unique_key='version_id'"
# aggregates that a warehouse does not have yet
WITHOUT = {"redshift": ("count_distinct", "entropy")}

# by warehouse: the models that end with an error that says so
NOT_AVAILABLE = {
    "redshift": {
        "reading_spine": "a recursive query is not available on redshift yet",
        "windows": "a frame by range is not available on redshift yet",
        "baseline": "percentile_disc is not available on redshift yet",
        "skew_of_json": "unfolding JSON is not available on redshift yet",
        "performance_of_classes": "unfolding JSON is not available on redshift yet",
        "compared": "a recursive query is not available on redshift yet",
        "promoted": "a recursive query is not available on redshift yet",
        "alerts": "a recursive query is not available on redshift yet",
    },
}
# by warehouse and reason: the models that it would refuse
NOT_MENDED: dict[str, dict[str, set[str]]] = {}
# whose forms a warehouse inherits
PARENTS = {"redshift": "postgres", "databricks": "spark"}
# by warehouse: the forms that no model renders, with the reason
AFTER_AN_ERROR = "the models that need it end with an error before it"
OF_UNKNOWN_TYPE = "for a column whose type is not known; every column of these models has a known type"
NOT_RENDERED = {
    "redshift": {
        "redshift___followed_links": AFTER_AN_ERROR,
        "redshift__json_elements": AFTER_AN_ERROR,
        "redshift__json_number": AFTER_AN_ERROR,
        "redshift__just_under": AFTER_AN_ERROR,
        "redshift__is_missing_number": OF_UNKNOWN_TYPE,
        "redshift__is_number": OF_UNKNOWN_TYPE,
    },
    "databricks": {
        "spark__is_number": OF_UNKNOWN_TYPE,
        "spark__statements": "the hook log_test_results needs it, and a hook is not compiled",
    },
}
# by warehouse: where a user sets the zone of the session
ZONE_SET_BY = {
    "snowflake": "alter user ... set timezone = 'UTC'",
    "redshift": "alter user ... set timezone to 'UTC'",
    "databricks": "session_properties in profiles.yml",
    "trino": "timezone: UTC in profiles.yml",
}


def models(dialect: str) -> dict[str, str]:
    """The models as a user of that warehouse writes them."""
    texts = {**MODELS, **MORE_MODELS}
    texts["fewer_windows"] = "\n".join(
        line
        for line in MODELS["windows"].splitlines()
        if not any(f"'{name}'" in line for name in WITHOUT.get(dialect, ()))
    )
    if dialect == "databricks":
        strategy = "incremental_strategy='delete+insert', unique_key='meter'"
        texts = {name: text.replace(strategy, MERGED) for name, text in texts.items()}
    return texts


def generic_tests() -> list[dict[str, Any]]:
    """The models of the documented examples of generic tests, each example once."""
    on_model: dict[str, list[Any]] = {}
    for _, text in generic_test_examples():
        for model in yaml.safe_load(text)["models"]:
            tests = on_model.setdefault(model["name"], [])
            tests.extend(test for test in model["data_tests"] if test not in tests)
    return [{"name": name, "data_tests": tests} for name, tests in on_model.items()]


@pytest.fixture(scope="module")
def tables(duckdb_project: Project) -> Path:
    """A DuckDB file with the tables that models read and write."""
    need_engine("rendered")
    duckdb_project.put(**{f"raw_{name}": frame for name, frame in data().items()})
    inputs = {name: f"select * from {{{{ source('data', 'raw_{name}') }}}}" for name in data()}
    shop = {name: f"{query} from {FOUR}" for name, query in SHOP.items()}
    duckdb_project.build({**inputs, **shop, **MODELS, **MORE_DATA}, command="run")
    assert isinstance(duckdb_project.engine, DuckDB)
    return duckdb_project.engine.path


class Found:
    """What became of the models and generic tests on one warehouse."""

    def __init__(self, dialect: str, results: list[Any]) -> None:
        self.dialect = dialect
        self.sql: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.errors_in_another_zone: list[str] = []
        self.called: set[str] = set()
        for result in results:
            metadata = getattr(result.node, "test_metadata", None)
            name = metadata.name if metadata else result.node.name
            if result.status == "success":
                self.sql[name] = result.node.compiled_code
            else:
                self.errors[name] = result.message


@pytest.fixture(scope="module", params=DIALECTS)
def found(
    request: pytest.FixtureRequest, tables: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Found]:
    dialect = request.param
    with answered_by(dialect, tables):
        project = Project(tmp_path_factory.mktemp(dialect), Rendered(dialect))
        inputs = dict.fromkeys([*data(), *SHOP, *MORE_DATA], "select 1 as one")
        with project.files({**inputs, **models(dialect)}, {"models": generic_tests()}):
            with macros_called() as called:
                try:
                    project.dbt("compile", "--no-populate-cache")
                except BuildError:
                    if not project.results:
                        raise
            found = Found(dialect, project.results)
            found.called = called
            with answered_by(dialect, tables, zone="Asia/Tokyo"), suppress(BuildError):
                project.dbt("compile", "--no-populate-cache", "--select", "print")
            found.errors_in_another_zone = [result.message for result in project.results if result.message]
        yield found
        project.close()


def test_every_macro_renders(found: Found):
    expected = NOT_AVAILABLE.get(found.dialect, {})
    assert found.errors.keys() == expected.keys(), found.errors
    for name, message in expected.items():
        assert message in found.errors[name]
    assert found.sql.keys() >= {*MODELS, *MORE_MODELS, "fewer_windows"} - expected.keys()


def test_the_warehouse_is_not_known_to_refuse_it(found: Found):
    expected = NOT_MENDED.get(found.dialect, {})
    reasons: dict[str, set[str]] = {}
    for name, sql in found.sql.items():
        for reason in refused(sql, found.dialect):
            reasons.setdefault(reason, set()).add(name)
    assert reasons == expected


def test_every_form_of_the_warehouse_is_rendered(found: Found):
    forms = {name for path in FILES for name in macros_of(path)}
    own = {name for name in forms if name.startswith(f"{found.dialect}__")}
    if parent := PARENTS.get(found.dialect):
        inherited = {name for name in forms if name.startswith(f"{parent}__")}
        own |= {name for name in inherited if name.replace(parent, found.dialect, 1) not in own}
    assert sorted(own - found.called) == sorted(NOT_RENDERED.get(found.dialect, {}))


def test_an_error_says_where_the_zone_of_the_session_is_set(found: Found):
    if found.dialect not in ZONE_SET_BY:
        assert found.errors_in_another_zone == []
        return
    (error,) = found.errors_in_another_zone
    assert 'session is "Asia/Tokyo", expected UTC' in error
    assert ZONE_SET_BY[found.dialect] in error
    assert "spark." not in error


@pytest.mark.parametrize(
    ("rule", "dialect"),
    [pytest.param(rule, dialect, id=f"{dialect}: {rule.why}") for rule in RULES for dialect in rule.dialects],
)
def test_a_rule_finds_its_example(rule: Rule, dialect: str):
    try:
        assert rule.why in refused(rule.example, dialect)
    except ParseError:
        pytest.fail("the parser refuses it, so the rule is not needed")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_function_that_is_not_on_the_list_is_refused(dialect: str):
    assert "unknown function frobnicate" in refused("select frobnicate(1)", dialect)
    assert "there is no function epoch_us" in refused("select epoch_us(t) from t", dialect)
    assert list(refused("select sum(x) from t", dialect)) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_stands_in_a_text_or_a_comment_is_not_refused(dialect: str):
    assert list(refused("select 'a::b % isodow' as x -- double precision", dialect)) == []
