"""The features that a log keeps as JSON: what the model saw, read again with every digit, on logs old and new."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from bench import DuckDB, Project
from rendering import rendered

CONFIG = "{{{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false{}) }}}}\n"
SCORES = """1 as u, timestamp '2024-05-01' as as_of, 'm' as model_name, 'v1' as model_version, '1' as predicted_class,
    cast(0.5 as double precision) as predicted_probability, cast(null as double precision) as predicted_value,
    cast(null as varchar) as class_probabilities, cast(null as varchar) as feature_hash"""
# SQL of a value, and what its JSON says
VALUES: dict[str, tuple[str, Any]] = {
    "whole": ("cast(9007199254740993 as bigint)", 9007199254740993),
    "tenth": ("cast('0.1' as double precision)", 0.1),
    "third": ("cast(1 as double precision) / 3", 1 / 3),
    "huge": ("cast('1.7976931348623157e308' as double precision)", 1.7976931348623157e308),
    "tiny": ("cast('2.2250738585072014e-308' as double precision)", 2.2250738585072014e-308),
    "real": ("cast('0.1' as real)", 0.10000000149011612),
    "money": ("cast('12345678901234567.89' as decimal(38, 2))", "12345678901234567.89"),
    "nothing": ("cast(null as double precision)", None),
    "no text": ("cast(null as varchar)", None),
    "not a number": ("cast('NaN' as double precision)", None),
    "endless": ("cast('Infinity' as double precision)", "Infinity"),
    "minus": ("cast('-Infinity' as real)", "-Infinity"),
    "yes": ("true", True),
    "plan": ("'pro'", "pro"),
    "NaN": ("'NaN'", "NaN"),
    "it's \"ü\\": ("'o''k \\ \"ü\" 😀' || chr(10) || chr(9) || chr(1)", 'o\'k \\ "ü" 😀\n\t\x01'),
    "zoned": ("timestamp with time zone '2024-01-01 02:00:00+02'", "2024-01-01 00:00:00"),
    "moment": ("timestamp '2024-01-01 10:00:00.123456'", "2024-01-01 10:00:00.123456"),
    "day": ("cast('2024-01-31' as date)", "2024-01-31"),
    "Order": ("2", 2),
    "list": ("array[cast(1.5 as double precision), 2]", [1.5, 2.0]),
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def put_scores(project: Project, name: str, columns: dict[str, str], scores: str = SCORES) -> None:
    project.execute(f"drop table if exists {{schema}}.{name}")
    selected = "".join(f", {sql} as {quoted(column)}" for column, sql in columns.items())
    project.execute(f"create table {{schema}}.{name} as select {scores}{selected}")
    project.use_tables(name)


def log(
    features: str, more: str = "", config: str = "", relation: str = "{'relation': source('data', 'seen')}"
) -> str:
    given = f", features={features}" if features else ""
    return (
        CONFIG.format(config)
        + f"{{{{ baton.prediction_log(predictions=[{relation}], entity='u'{given}{more}) }}}}"
    )


def features_of(logged: pd.DataFrame, key: str = "u") -> dict[Any, Any]:
    texts = [None if pd.isna(text) else text for text in logged["features"]]
    return dict(zip(logged[key], texts, strict=True))


def test_the_values_that_the_model_saw_are_read_again_as_they_were(project: Project) -> None:
    put_scores(project, "seen", {name: sql for name, (sql, _) in VALUES.items()})
    project.execute("drop table if exists {schema}.saw")
    # in another order than the relation has them
    names = list(VALUES)[::-1]
    logged = project.build({"saw": log(repr(names))})
    assert list(logged.columns)[-2:] == ["run_id", "features"]
    text = logged["features"].item()
    read = json.loads(text, parse_float=lambda digits: digits)
    assert list(read) == names
    for name, (_, value) in VALUES.items():
        if name == "money":
            assert read[name] == value
        elif isinstance(value, float):
            assert float(read[name]) == value, name
        else:
            assert json.loads(text)[name] == value and type(json.loads(text)[name]) is type(value), name

    # by the package's own macros
    calls = {name: f"baton.json_number('features', {[name]!r})" for name in VALUES}
    calls |= {
        f"text of {name}": f"baton.json_text(baton.json_document('features'), {name!r})" for name in VALUES
    }
    sql = rendered(project, {key: "{{ " + call + " }}" for key, call in calls.items()})
    columns = ", ".join(f"{sql[key]} as {quoted(f'c{place}')}" for place, key in enumerate(calls))
    found = dict(zip(calls, project.query(f"select {columns} from {{schema}}.saw").iloc[0], strict=True))
    for name, (_, value) in VALUES.items():
        number = found[name]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            assert number == float(value), name
        elif name == "money":
            assert number == float(value)
        else:
            assert number is None or math.isnan(number), name
        if isinstance(value, str) and name != "money":
            assert found[f"text of {name}"] == value, name
        elif value is None:
            assert found[f"text of {name}"] is None, name


def test_a_cte_and_a_relation_give_the_same_features(project: Project) -> None:
    names = [name for name in VALUES if name not in ("zoned", "moment", "real", "money", "list")]
    put_scores(project, "seen", {name: VALUES[name][0] for name in names})
    calls = {
        "relation": "{{ baton.prediction_log(predictions=[source('data', 'seen')], entity='u', features=" + repr(names) + ") }}",
        "cte": "with seen as (select * from {{ source('data', 'seen') }}), logged as ("
        "{{ baton.prediction_log(predictions=['seen'], entity='u', features=" + repr(names) + ") }}) select * from logged",
    }  # fmt: skip
    sql = rendered(project, calls, config=CONFIG.format(""))
    read = {key: json.loads(project.query(str(text))["features"].item()) for key, text in sql.items()}
    assert read["cte"] == read["relation"] and list(read["cte"]) == names


def test_each_relation_may_log_features_of_its_own(project: Project) -> None:
    project.execute("drop table if exists {schema}.own_features")
    put_scores(project, "seen", {"a": "1", "b": "2"})
    put_scores(project, "challenger", {"C": "3"}, SCORES.replace("'v1'", "'v2'"))
    put_scores(project, "rule", {}, SCORES.replace("'v1'", "'v3'"))
    relations = (
        "source('data', 'seen'), {'relation': source('data', 'challenger'), 'features': 'c', 'role': 'challenger'},"
        " {'relation': source('data', 'rule'), 'features': [], 'role': 'shadow'}"
    )
    logged = project.build({"own_features": log("['b', 'a']", relation=relations)})
    found = features_of(logged, "model_version")
    assert found == {"v1": '{"b": 2, "a": 1}', "v2": '{"c": 3}', "v3": None}


def test_a_log_that_was_built_without_features_gains_them_or_the_run_says_how(project: Project) -> None:
    project.execute("drop table if exists {schema}.grown")
    put_scores(project, "seen", {"a": "1"})
    before = project.build({"grown": log("")})
    assert "features" not in before.columns
    put_scores(project, "seen", {"a": "1"}, SCORES.replace("1 as u", "2 as u"))
    message = project.error({"grown": log("['a']")})
    assert 'the log has no column features yet, and on_schema_change is "ignore"' in message
    assert "'append_new_columns'" in message and len(project.read("grown")) == 1

    grown = project.build({"grown": log("['a']", config=", on_schema_change='append_new_columns'")})
    assert features_of(grown) == {1: None, 2: '{"a": 1}'}
    # what is logged already does not change, and a call without features goes on
    put_scores(project, "seen", {"a": "7"}, SCORES.replace("1 as u", "2 as u"))
    for config in ("", ", on_schema_change='sync_all_columns'"):
        again = project.build({"grown": log("", config=config)})
        assert features_of(again) == {1: None, 2: '{"a": 1}'}
    put_scores(project, "seen", {"a": "7"}, SCORES.replace("1 as u", "3 as u"))
    last = project.build({"grown": log("")})
    assert features_of(last) == {1: None, 2: '{"a": 1}', 3: None}


def test_what_is_older_than_the_retention_is_deleted_and_not_logged_again(project: Project) -> None:
    project.execute("drop table if exists {schema}.kept; drop table if exists {schema}.kept_no_retention")
    run = pd.Timestamp.now("UTC").tz_localize(None)
    moments = {"new": run - pd.Timedelta("1h"), "kept": run - pd.Timedelta("9D"), "old": run - pd.Timedelta("11D"), "never": pd.NaT}  # fmt: skip
    rows = pd.DataFrame({"u": list(moments), "when": list(moments.values())})
    text = pd.Series("m", index=rows.index)
    scores = rows.assign(
        model_name=text, model_version=text, predicted_class=text, class_probabilities=text, feature_hash=text,
        predicted_probability=0.5, predicted_value=0.5,
    )  # fmt: skip
    project.put(timed=scores.rename(columns={"when": "When"}))
    relation, as_of = "source('data', 'timed')", ", as_of='When'"
    first = project.build({"kept": log("", as_of, relation=relation)})
    assert set(first["u"]) == set(moments)
    assert set(project.build({"kept": log("", f"{as_of}, retention='365d'", relation=relation)})["u"]) == set(
        moments
    )
    # no row goes without a run that writes: neither with --empty, nor while dbt compiles
    short = log("", f"{as_of}, retention='10d'", relation=relation)
    assert set(project.build({"kept": short}, flags=["--empty"])["u"]) == set(moments)
    project.compile({"kept": short})
    assert set(project.read("kept")["u"]) == set(moments)
    # the scores still have the old one, which is neither kept nor logged again, by a full refresh either
    for full_refresh in (False, False, True):
        left = project.build({"kept": short}, full_refresh=full_refresh)
        assert set(left["u"]) == {"new", "kept", "never"}
    ids = dict(zip(first["u"], first["prediction_id"], strict=True))
    assert all(ids[name] == id for name, id in zip(left["u"], left["prediction_id"], strict=True))
    # nor by the first run of a log
    assert set(project.build({"kept_no_retention": short})["u"]) == {"new", "kept", "never"}


def test_slips_are_named_at_once(project: Project) -> None:
    put_scores(project, "seen", {"a": "1"})
    message = project.error(
        {
            "slips": log(
                "['a', 'a']",
                ", retention='90 days'",
                relation="source('data', 'seen'), {'relation': source('data', 'seen'), 'features': [7, 'b']}",
            )
        }
    )
    for part in [
        'features names "a" 2 times',
        'retention is "90 days", expected a duration such as',
        "predictions[1].features contains 7, expected the name of a column",
    ]:
        assert part in message, (part, message)
    relations = "{'relation': source('data', 'seen'), 'features': 'b'}, source('data', 'seen')"
    message = project.error({"slips": log("['a', 'c']", relation=relations)})
    assert 'predictions[0] has no column "b"' in message and 'predictions[1] has no column "c"' in message
    assert 'retention is "0d", expected a duration longer than zero' in project.error(
        {"slips": log("", ", retention='0d'")}
    )


def test_the_compiled_sql_reads_as_written(project: Project) -> None:
    put_scores(project, "seen", {"age": "31", "income": VALUES["tenth"][0]})
    sql = project.compile({"shown": log("['age', 'income']", ", retention='90d'")})
    assert "'{\"age\": ' || coalesce(cast(to_json(age) as text), 'null')\n" in sql
    assert "- interval '90 days'" in sql
    if isinstance(project.engine, DuckDB):
        assert max(map(len, sql.splitlines())) <= 140
