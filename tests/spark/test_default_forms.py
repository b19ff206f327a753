"""What Spark answers wrongly without an error: the form for Spark is right where the default form is not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from bench import Project

# by name: a call whose macro is written %s, and what is true
CALLS: dict[str, tuple[str, str, Any]] = {
    "a second keeps its fraction": (
        "{{ baton.%sadd_seconds(\"timestamp '2024-01-01 00:00:00.25'\", 7) }}",
        "default__",
        pd.Timestamp("2024-01-01 00:00:07.25"),
    ),
    "a microsecond is added": (
        "{{ baton.%sadd_microsecond(\"timestamp '2024-01-01 00:00:00.25'\") }}",
        "default__",
        pd.Timestamp("2024-01-01 00:00:00.250001"),
    ),
    "a moment before keeps its fraction": (
        "{{ baton.%sjust_before(\"timestamp '2024-01-01 00:00:00.25'\") }}",
        "default__",
        pd.Timestamp("2024-01-01 00:00:00.249999"),
    ),
    "seconds between moments": (
        "{{ baton.%sseconds_between(\"timestamp '2024-01-01 00:00:00.25'\", \"timestamp '2024-01-01 00:00:01'\") }}",
        "default__",
        0.75,
    ),
    "a sum keeps what is behind the point": (
        "(select {%% set parts = baton.%sexact_parts('x') %%}"
        "{%% set sums = [] %%}{%% for part in parts %%}{%% do sums.append('sum(%%s)' | format(part)) %%}{%% endfor %%}"
        "{{ baton.%sexact_total(sums, [24, -70]) }} from (values (0.25e0), (0.5e0)) as numbers (x))",
        "postgres__",
        0.75,
    ),
    "texts are listed in their order": (
        "(select {{ baton.%slisted_texts('x', \"','\") }} from (values ('b'), ('c'), ('a')) as texts (x))",
        "default__",
        "a,b,c",
    ),
}


@pytest.fixture(scope="module")
def forms(spark_project: Project) -> dict[str, Any]:
    """Each call in the form for Spark and in the default form."""
    columns = []
    for number, (call, prefix, _) in enumerate(CALLS.values()):
        arguments = call.replace("%%", "\0").count("%s")
        for name, form in (("here", ""), ("there", prefix)):
            columns.append(f"{call % ((form,) * arguments)} as {name}_{number}")
    return dict(spark_project.build("select\n    " + ",\n    ".join(columns)).iloc[0])


@pytest.mark.parametrize("name", CALLS)
def test_the_default_form_is_wrong_and_the_one_for_spark_right(name: str, forms: dict[str, Any]):
    number = list(CALLS).index(name)
    _, _, wanted = CALLS[name]
    assert forms[f"here_{number}"] == wanted
    assert forms[f"there_{number}"] != wanted


def test_a_text_keeps_its_backslashes_quotes_and_breaks(spark_project: Project):
    text = "a\\b\\n 'c' \"d\" `e`\n{f} €"
    found = spark_project.build(f"select {{{{ baton.literal({text!r}) }}}} as text")
    assert list(found["text"]) == [text]
    # without an escape Spark takes the backslash for the beginning of one
    assert list(spark_project.build("select 'a\\q' as text")["text"]) == ["aq"]


def test_a_name_may_have_any_character(spark_project: Project):
    names = ["Customer Id", "select", "o`clock", "a'b", "ü"]
    columns = ", ".join(
        f"{place} as {{{{ baton.identifier({name!r}) }}}}" for place, name in enumerate(names)
    )
    assert list(spark_project.build(f"select {columns}").columns) == names


def test_the_session_must_be_in_utc(spark_project: Project):
    spark_project.put(events=pd.DataFrame({"user": ["a"], "at": [pd.Timestamp("2024-01-01")]}))
    call = "{{ baton.event_spine(events=source('data', 'events'), entity='user', event_time='at') }}"
    settings = spark_project.engine.session.conf  # type: ignore[attr-defined]
    settings.set("spark.sql.session.timeZone", "America/New_York")
    try:
        message = spark_project.error(call)
    finally:
        settings.set("spark.sql.session.timeZone", "UTC")
    assert 'the time zone of the Spark session is "America/New_York", expected UTC' in message
    assert len(spark_project.build(call)) == 1


def test_a_number_that_no_exact_sum_holds_is_an_error(spark_project: Project):
    model = "select sum({{ baton.exact_parts('x')[0] }}) as total from (values (1e0), (%s)) as numbers (x)"
    assert len(spark_project.build(model % "1e39")) == 1
    assert "a number is too great for an exact sum" in spark_project.error(model % "1e41")
