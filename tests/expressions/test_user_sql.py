"""Users' conditions, expressions and texts keep their meaning in the compiled SQL."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import Project
from compare import assert_same_rows
from rendering import rendered

ODD_TEXTS = [
    "",
    "plain",
    "two\nlines",
    "\r\n",
    "it's\n\\n, not a break",
    "back\\slash",
    "ends with \\",
    "every break \n \r \x0b \x0c \x1c \x1d \x1e \x85 \u2028 \u2029 of Python",
    "tab\t, no-break\u00a0space, ünïcode \U0001f600, '' and \"",
    "-- no comment /* nor here */ $$ ( [",
]

# each is one condition over the columns of `thing`
CONDITIONS = [
    "kind = 'a' or size > 2 -- not the rest",
    "kind = 'a' /* or */ or size > 2 /* it's a note */",
    "-- first a note\nkind = 'a'\n-- and then\nor kind = 'it''s'",
    "kind = 'two\n  lines' or kind = 'c\r\nd'",
    "kind = '-- no comment' or kind = '/* nor this */'",
    "(kind = 'a' or size > 2) and size < 5 --",
    "kind in ('a', 'two\n  lines', ')') and not size = 1",
    "case when kind = 'a' or kind = '(' then size > 0 else false end",
    "\"a column, odd -- too\" > 1 or kind = ';'",
    "kind = E'two\\n  lines' or kind = E'it\\'s'",
    "kind = $$two\n  lines$$ or kind = $$it's$$",
    "size - -2 > 3 or size > 2--1\n + 2",
]

NO_CONDITIONS = {
    "kind = 'a": "' is not closed",
    'kind = "a': '" is not closed',
    "(size > 1": "( is not closed",
    "size > 1)": ") closes nothing",
    "size > abs(1]": "] closes nothing",
    "size > 1 /* and": "/* is not closed",
    "size > 1 /* a /* b */ c */": "comments cannot be nested",
    "size > 1, kind": ", is outside of brackets",
    "size > 1; drop table thing": "; is outside of brackets",
    "-- nothing but a note": "it is empty",
    "kind = $tag$a$tag$": "text in $tag$ is not supported",
    "kind = $$a": "$$ is not closed",
    '"two\nlines" = 1': "a quoted name contains a line break",
}


def test_a_literal_is_the_text_however_it_is_indented(project: Project):
    calls = {
        text: "{% set sql %}{{ baton.literal("
        + repr(text)
        + ") }} as {{ 'x' }},\n1 as y{% endset %}select {{ sql | indent(9) }}"
        for text in ODD_TEXTS
    }
    for text, sql in rendered(project, calls).items():
        assert isinstance(sql, str), sql
        assert len(sql.splitlines()) == 2
        assert project.query(sql).x[0] == text


def things() -> pd.DataFrame:
    kinds = ["a", "b", "it's", "two\n  lines", "c\r\nd", "-- no comment", "/* nor this */", "(", ")", ";"]
    rows = [(kind, size, size % 3) for kind in kinds for size in range(7)]
    things = pd.DataFrame(rows, columns=["kind", "size", "a column, odd -- too"])
    return things.assign(thing_id=range(len(things)))


def test_a_condition_means_beside_others_what_it_means_alone(project: Project):
    project.put(thing=things())
    calls = {
        condition: "{% set sql %}select thing_id\nfrom {{ source('data', 'thing') }}\nwhere thing_id >= 7 and {{ baton.user_sql("
        + repr(condition)
        + ") }} and thing_id % 2 = 0{% endset %}select * from (\n    {{ sql | indent }}\n) as chosen"
        for condition in CONDITIONS
    }
    for condition, sql in rendered(project, calls).items():
        assert isinstance(sql, str), sql
        alone = project.query(f"select thing_id from {{schema}}.thing where (\n{condition}\n)").thing_id
        right = {number for number in alone if number >= 7 and number % 2 == 0}
        assert right, condition
        assert set(project.query(sql).thing_id) == right, condition


def test_what_is_no_condition_is_refused(project: Project):
    calls = {
        text: "{% set problems = [] %}{% do baton.expect_sql(problems, 'where', "
        + repr(text)
        + ") %}{{ problems | join('|') }}"
        for text in [*NO_CONDITIONS, *CONDITIONS]
    }
    said = rendered(project, calls)
    for text, reason in NO_CONDITIONS.items():
        assert str(said[text]).startswith("where is ") and reason in str(said[text]), text
    assert {said[text] for text in CONDITIONS} == {""}


# A call with a condition, and what stands for it: a column that holds whether it is met.
CONDITION = "cat = 'two\n  lines' or v > 5 -- and nothing else"
FLAG = "is_met"
CALLS = {
    "windows": """{{ baton.windowed_features(spine=source('data', 'told'), entity='k', derived={'d': 'n + 1 -- more'}, sources=[
        {'relation': source('data', 'seen'), 'event_time': 'at', 'aggregates': [
            {'function': 'count', 'name': 'n', 'where': WHERE}, {'function': 'sum', 'column': 'v', 'windows': ['5d'], 'where': WHERE},
            {'function': 'last', 'column': 'v', 'where': WHERE}, {'function': 'recency', 'column': 'v', 'name': 'age', 'where': WHERE},
            {'function': 'mode', 'column': 'cat', 'where': WHERE}, {'function': 'max', 'column': 'v', 'windows': ['9d'], 'where': WHERE}]}]) }}""",
    "one_label": """{{ baton.labels(spine=source('data', 'told'), events=source('data', 'seen'), entity='k', event_time='at', horizon='4d',
        label={'function': 'count'}, where=WHERE) }}""",
    "labels": """{{ baton.labels(spine=source('data', 'told'), events=source('data', 'seen'), entity='k', event_time='at', horizon='4d',
        label=[{'name': 'met', 'function': 'sum', 'column': 'v', 'where': WHERE}, {'name': 'any', 'function': 'exists'}]) }}""",
    "fitted": """{{ baton.fit(relation=source('data', 'seen'), where=WHERE, transformers=[
        {'transformer': 'standard_scaler', 'columns': 'v'}, {'transformer': 'frequency_encoder', 'columns': 'cat'}]) }}""",
    "print_of": "{{ baton.fingerprint(relation=source('data', 'seen'), where=WHERE) }}",
    "baseline": "{{ baton.drift_baseline(relation=source('data', 'seen'), features=['v', 'cat'], where=WHERE) }}",
}


@pytest.fixture(scope="module")
def seen() -> pd.DataFrame:
    rows = [
        {
            "k": i % 3,
            "at": pd.Timestamp("2024-01-01") + pd.Timedelta(hours=13 * i),
            "cat": ["two\n  lines", "two\nlines", "b"][i % 4 % 3],
            "v": i * 7 % 11,
        }
        for i in range(48)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(**{FLAG: (frame.cat == "two\n  lines") | (frame.v > 5)})


def test_every_macro_takes_a_condition_with_an_or_a_note_and_a_line_break(
    project: Project, seen: pd.DataFrame
):
    spine = pd.DataFrame(
        {"k": [0, 1, 2], "as_of": pd.to_datetime(["2024-01-09", "2024-01-13", "2024-01-20"])}
    )
    project.put(seen=seen, told=spine)
    models = {}
    for name, call in CALLS.items():
        models[f"{name}_told"] = call.replace("WHERE", repr(CONDITION))
        models[f"{name}_right"] = call.replace("WHERE", repr(FLAG))
        models[f"{name}_all"] = call.replace("WHERE", "'1 = 1'")
    project.build(models)
    for name in CALLS:
        told, right, of_all = (
            project.read(f"{name}_{what}").to_dict("records") for what in ("told", "right", "all")
        )
        if name == "fitted":
            told, right, of_all = (
                [row for row in rows if row["parameter"] != "step"] for rows in (told, right, of_all)
            )
        assert_same_rows(pd.DataFrame(told), right)
        with pytest.raises(AssertionError):
            assert_same_rows(pd.DataFrame(of_all), right)
