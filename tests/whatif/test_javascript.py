"""Expressions of scoring SQL have the same values in JavaScript as in DuckDB, NULL included."""

from __future__ import annotations

import json
import math

import duckdb
import pytest

from browser import Browser
from dbt_baton.whatif.javascript import DOUBLE, TEXT, Variable, written
from dbt_baton.whatif.sql_expressions import parse
from scoring_page import TREES

ROWS = [
    (x, y, text)
    for x in (None, 0.0, -1.5, 3.0, 1e300, 16777217.0)
    for y in (None, 2.0, -0.1)
    for text in (None, "", "it's", "two\nlines", "größe")
]
EXPRESSIONS = [
    "x + y * 2e0 - -x / 4e0",
    "-x - y",
    "(x + y) * 2.5e-1",
    "x - y - 1e0",
    "x / y / 2e0",
    "case when x <= y then 1e0 when x > y then 2e0 end",
    "case when x is null then 0e0 else x end",
    "case when x is not null and y > 0e0 or text = 'it''s' then 1e0 else 2e0 end",
    "case when x = y then 1e0 else 0e0 end",
    "case when text is null then 1e0 when text = '' then 2e0 else 3e0 end",
    "case text when 'it''s' then 1e0 when 'two\nlines' then 2e0 end",
    "coalesce(x, 7e0) + coalesce(y, x)",
    "case when coalesce(text, 'größe') = 'größe' then 1e0 else 0e0 end",
    "case when x > cast('-Infinity' as double) then 1e0 else 0e0 end",
    "cast(null as double)",
    "case when (cast(case text when '' then 1 when 'größe' then 4611686018427387904 end as bigint) & 4611686018427387905) <> 0 then 1e0 else 0e0 end",
    "case when false or x < 1e0 then abs(x) else sign(y) end",
    "cast(cast(0.1e0 as real) as double)",
    "cast(cast(x as real) + cast(0.1e0 as real) * cast(y as real) as double)",
    "cast(case when y > 0e0 then cast(y as real) else -cast(y as real) end as double)",
    "greatest(abs(x), abs(x) + 1e0)",
    "round(y * 5e0) + floor(x) + ceil(y) + sqrt(abs(y)) + cbrt(y) + exp(y) + ln(abs(y)) + power(2e0, y)",
    "tanh(y) + sin(y) + cos(y)",
]
# what no column of a scoring query divides by, rounds to float32 or takes the root of
OVERFLOWS = {"cast(x as real)"}


@pytest.fixture(scope="module")
def rows():
    connection = duckdb.connect()
    connection.execute("create table given (number integer, x double, y double, text varchar)")
    connection.executemany("insert into given values (?, ?, ?, ?)", [(i, *row) for i, row in enumerate(ROWS)])
    yield connection
    connection.close()


@pytest.mark.parametrize("sql", EXPRESSIONS)
def test_an_expression_has_the_value_that_duckdb_gives(
    browser: Browser, rows: duckdb.DuckDBPyConnection, sql: str
):
    variables = {"x": Variable("x[0]", DOUBLE), "y": Variable("x[1]", DOUBLE), "text": Variable("x[2]", TEXT)}
    code, type_ = written(parse(sql), variables)
    assert type_ == DOUBLE
    where = "where x is null or x < 1e38" if any(one in sql for one in OVERFLOWS) else ""
    found = rows.execute(f"select number, {sql} from given {where} order by number").fetchall()
    given = [[math.nan if value is None else value for value in ROWS[i][:2]] + [ROWS[i][2]] for i, _ in found]
    with browser.blank() as page:
        page.add_script_tag(content=TREES)
        values = page.evaluate("([code, rows]) => rows.map(eval(`(x) => ${code}`))", [code, given])
    for (place, expected), value in zip(found, values, strict=True):
        if expected is None:
            assert math.isnan(value), (sql, ROWS[place])
        else:
            assert value == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True), (sql, ROWS[place])


def test_what_the_compiler_does_not_write_is_an_error():
    for sql in ("x +", "x y", "case when x", "(x", "x ! y", "select 1", "x in (1)", "", "not x", "cast(x as"):
        with pytest.raises(ValueError, match=r"expression|instead of|after the end|no column|begins"):
            parse(sql)


def test_no_text_ends_the_script():
    code, type_ = written(
        parse("case when text = '</script><!--' then 'a\u2028' end"), {"text": Variable("t", TEXT)}
    )
    assert type_ == TEXT and "<" not in code and json.dumps("\u2028") in code.replace("a", "")
