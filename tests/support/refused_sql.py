"""What a dialect of sqlglot parses though the warehouse does not run it: each rule with its reason, its source, and an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.expressions import Expr

ALL = ("snowflake", "bigquery", "redshift", "databricks", "trino")


@dataclass(frozen=True)
class Rule:
    """Something that a warehouse does not run.

    `finds` is a pattern over the text without comments and literals, or a condition on a part of the tree; `source` is the page of
    the vendor's documentation to compare it with, by its title; those that are marked "(read)" were, or for some
    of the warehouses. BigQuery's is read as that of GoogleSQL, and Redshift's partly in its archive of 2023; Snowflake's and
    Databricks' as stored copies of their pages.
    """

    dialects: tuple[str, ...]
    why: str
    finds: str | Callable[[Expr], bool]
    source: str
    example: str


def is_range_frame(part: Expr) -> bool:
    return isinstance(part, exp.WindowSpec) and str(part.args.get("kind")).upper() == "RANGE"


def is_alias_of_the_same_select(part: Expr) -> bool:
    """An expression of a select reads what another one of the same select is named, and nothing else has that name."""
    if not isinstance(part, exp.Select):
        return False
    made = {
        item.alias
        for item in part.expressions
        if isinstance(item, exp.Alias)
        and all(column.name != item.alias for column in item.find_all(exp.Column))
    }
    named = [alias.alias for alias in part.root().find_all(exp.Alias)]
    read = {
        column.name
        for item in part.expressions
        for column in item.find_all(exp.Column)
        if not column.table and column.find_ancestor(exp.Select) is part
    }
    return any(named.count(name) == 1 for name in made & read)


def unnests_an_aggregate(part: Expr) -> bool:
    return isinstance(part, exp.Unnest) and any(
        aggregate.find_ancestor(exp.Select, exp.Unnest) is part for aggregate in part.find_all(exp.AggFunc)
    )


def sorts_groups_in_two_orders(part: Expr) -> bool:
    if not isinstance(part, exp.Select):
        return False
    sorts = [sort for sort in part.find_all(exp.WithinGroup) if sort.find_ancestor(exp.Select) is part]
    return len({sort.expression.sql() for sort in sorts}) > 1


def sorts_without_a_frame(part: Expr) -> bool:
    """A window of an aggregate, or of the first or last value."""
    framed = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.FirstValue, exp.LastValue)
    return (
        isinstance(part, exp.Window)
        and isinstance(part.this, (*framed, exp.IgnoreNulls))
        and bool(part.args.get("order"))
        and not part.args.get("spec")
    )


def is_number(part: Expr) -> bool:
    return isinstance(part, exp.Count | exp.Length) or (
        isinstance(part, exp.Cast) and part.to.this in exp.DataType.INTEGER_TYPES
    )


def joins_a_number(part: Expr) -> bool:
    """With the operator, or by the function."""
    parts = [part.this, part.expression] if isinstance(part, exp.DPipe) else part.expressions
    return isinstance(part, exp.DPipe | exp.Concat) and any(map(is_number, parts))


RULES = [
    Rule(
        ("snowflake",),
        "a window has no name",
        r"\bover [a-z_]",
        "Window function syntax and usage (read)",
        "select sum(x) over w from t",
    ),
    Rule(
        ("redshift",),
        "a window has no name",
        lambda part: bool(part.args.get("windows")),
        "Window function syntax summary (read)",
        "select sum(x) over w from t window w as (partition by k)",
    ),
    Rule(
        ("redshift",),
        "a frame is one of rows",
        is_range_frame,
        "Window function syntax summary (read)",
        "select sum(x) over (order by t range between unbounded preceding and current row) from t",
    ),
    Rule(
        ("redshift",),
        "an aggregate over a sorted window has a frame",
        sorts_without_a_frame,
        "Window function syntax summary (read)",
        "select sum(x) over (partition by k order by t) from t",
    ),
    Rule(
        ("bigquery",),
        "a frame by range is one of numbers",
        lambda part: is_range_frame(part) and part.find(exp.Interval) is not None,
        "Window function calls (read)",
        "select sum(x) over (order by t range between interval 1 day preceding and current row) from t",
    ),
    Rule(
        ("snowflake", "bigquery", "redshift", "databricks"),
        "a sum has no order",
        lambda part: isinstance(part, exp.Sum) and isinstance(part.this, exp.Order),
        "SUM (read)",
        "select sum(x order by y) from t",
    ),
    Rule(
        ALL,
        "there is no DISTINCT ON",
        lambda part: isinstance(part, exp.Distinct) and bool(part.args.get("on")),
        "SELECT (read for all but Trino)",
        "select distinct on (k) k, v from t",
    ),
    Rule(
        ("bigquery", "redshift"),
        "VALUES is no table",
        lambda part: isinstance(part, exp.Values),
        "FROM clause (read)",
        "select a from (values (1), (2)) as t (a)",
    ),
    Rule(
        ("bigquery",),
        "an alias of a table names no columns",
        lambda part: (
            isinstance(part, exp.TableAlias)
            and bool(part.columns)
            and not isinstance(part.parent, exp.CTE | exp.Unnest)
        ),
        "Query syntax: FROM clause (read)",
        "select a from (select 1) as t (a)",
    ),
    # GoogleSQL has a LATERAL join in its documentation of July 2026; that BigQuery runs it was not found
    Rule(
        ("bigquery", "redshift"),
        "there is no LATERAL",
        lambda part: isinstance(part, exp.Lateral),
        "FROM clause (read for Redshift)",
        "select a from t cross join lateral (select 1 as a) as u",
    ),
    Rule(
        ("bigquery", "trino"),
        "percentiles in a group are approximate",
        lambda part: isinstance(part, exp.PercentileCont | exp.PercentileDisc),
        "Aggregate functions (read)",
        "select percentile_cont(0.5) within group (order by x) from t",
    ),
    Rule(
        ("bigquery",),
        "UNNEST takes no aggregate",
        unnests_an_aggregate,
        "Query syntax: UNNEST operator",
        "select array(select x from unnest(array_agg(a)) as x) from t",
    ),
    Rule(
        ("redshift",),
        "percentiles of one select have one order",
        sorts_groups_in_two_orders,
        "PERCENTILE_CONT function (read)",
        "select percentile_cont(0.5) within group (order by a), percentile_cont(0.5) within group (order by b) from t",
    ),
    Rule(
        ("redshift",),
        "percentile_disc is a window function",
        lambda part: isinstance(part, exp.PercentileDisc),
        "PERCENTILE_DISC window function (read)",
        "select percentile_disc(0.5) within group (order by x) from t",
    ),
    Rule(
        ("redshift",),
        "a recursion needs the names of its columns",
        lambda part: isinstance(part, exp.With) and bool(part.recursive),
        "WITH clause (read)",
        "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r",
    ),
    Rule(
        ("redshift",),
        "concat takes two texts",
        lambda part: isinstance(part, exp.Concat) and len(part.expressions) > 2,
        "CONCAT function (read)",
        "select concat(a, b, c) from t",
    ),
    Rule(
        ("snowflake", "bigquery", "redshift"),
        "an aggregate has no FILTER",
        lambda part: isinstance(part, exp.Filter),
        "Aggregate functions (read, for Snowflake the page on SUM)",
        "select count(*) filter (where x > 0) from t",
    ),
    Rule(
        ("redshift",),
        "there is no IS DISTINCT FROM",
        lambda part: isinstance(part, exp.NullSafeEQ | exp.NullSafeNEQ),
        "Comparison conditions",
        "select a is distinct from b from t",
    ),
    Rule(
        ("snowflake", "redshift", "databricks", "trino"),
        "without a scale a decimal has no fraction",
        r"\b(numeric|decimal)\)",
        "Numeric types (read)",
        "select cast(x as numeric) from t",
    ),
    Rule(
        ("snowflake", "bigquery", "databricks"),
        "there is no AT TIME ZONE for columns",
        lambda part: isinstance(part, exp.AtTimeZone),
        "Timestamp functions (read for BigQuery)",
        "select t at time zone 'UTC' from t",
    ),
    Rule(
        ("trino",),
        "a timestamp without a precision has milliseconds",
        lambda part: (
            isinstance(part, exp.Cast)
            and part.to.this == exp.DType.TIMESTAMP
            and not part.to.expressions
            and not isinstance(part.this, exp.Null)
        ),
        "Data types: TIMESTAMP (read)",
        "select cast(x as timestamp) from t",
    ),
    Rule(
        ("bigquery", "trino"),
        "an expression does not read an alias of its own select",
        is_alias_of_the_same_select,
        "SELECT (read for BigQuery)",
        "select x + 1 as more, more * 2 as twice from t",
    ),
    Rule(
        ("bigquery", "trino"),
        "NaN is not equal to itself",
        lambda part: isinstance(part, exp.Nullif) and "NaN" in part.sql(),
        "Operators: comparison operators (read for BigQuery)",
        "select nullif(x, cast('NaN' as double)) from t",
    ),
    Rule(
        ("bigquery", "databricks"),
        "the type is named otherwise",
        r"\bdouble precision\b",
        "Data types (read)",
        "select cast(x as double precision) from t",
    ),
    Rule(
        ("bigquery",),
        "a DATETIME is not compared with a TIMESTAMP",
        r"\bdatetime",
        "Conversion rules (read)",
        "select datetime_add(t, interval 1 day) from t",
    ),
    Rule(
        ("bigquery", "trino"),
        "the unit of an interval stands behind it",
        r"\binterval '' *[),+-]|\binterval ''$",
        "Literals: interval (read)",
        "select t + interval '7 days'",
    ),
    Rule(
        ("bigquery",), "there is no such cast", r"::", "Conversion functions (read)", "select x::int64 from t"
    ),
    Rule(("bigquery",), "there is no such operator", r" % ", "Operators (read)", "select x % 2 from t"),
    Rule(
        ("bigquery",),
        "the operator does not join a number to a text",
        lambda part: isinstance(part, exp.DPipe) and joins_a_number(part),
        "Operators: concatenation operator (read)",
        "select length(a) || ':' from t",
    ),
    Rule(
        ("trino",),
        "a number is not joined to a text",
        joins_a_number,
        "String functions and operators (read)",
        "select concat(count(*), ':') from t",
    ),
    Rule(
        ("bigquery", "databricks", "trino"),
        "a star excludes otherwise",
        r"\* exclude\b",
        "SELECT (read for BigQuery and Databricks)",
        "select * exclude (a) from t",
    ),
    Rule(
        ALL,
        "a CTE has no such keyword",
        r"\bas (not )?materialized \(",
        "WITH clause (read for Snowflake, BigQuery and Databricks)",
        "with a as materialized (select 1 as x) select x from a",
    ),
    Rule(
        ALL,
        "the day of the week is named otherwise",
        r"\bisodow\b",
        "Date and time functions (read for BigQuery and Databricks)",
        "select extract(isodow from t) from t",
    ),
    Rule(
        ("snowflake",),
        "these seconds have no fraction",
        r"\bextract\(epoch\b",
        "Date & time functions",
        "select extract(epoch from t) from t",
    ),
    Rule(
        ("bigquery", "databricks"),
        "there are no such seconds",
        r"\bextract\(epoch\b",
        "Date and time functions (read for BigQuery and Databricks)",
        "select extract(epoch from t) from t",
    ),
    Rule(
        ("snowflake", "redshift", "databricks"),
        "there is no type JSON",
        lambda part: isinstance(part, exp.Cast) and part.to.this in (exp.DType.JSON, exp.DType.JSONB),
        "Data types (read for Snowflake and Databricks)",
        "select cast(x as json) from t",
    ),
    Rule(
        ("snowflake", "redshift", "databricks"),
        "an array is written otherwise",
        r"\barray\[",
        "Array functions (read for Redshift and Databricks)",
        "select array[1, 2]",
    ),
    Rule(
        ALL,
        "there is no such collation",
        r"\bcollate \"",
        "Collation (read for BigQuery, Redshift and Databricks)",
        'select a collate "C" from t',
    ),
    Rule(
        ("redshift",),
        "the function is no longer supported",
        r"\bcurrent_timestamp\b",
        "Leader node-only functions (read)",
        "select current_timestamp",
    ),
    Rule(
        ("redshift",),
        "the type has 256 bytes",
        r"\bas text\b",
        "Character types (read)",
        "select cast(x as text) from t",
    ),
    Rule(
        ("redshift",),
        "the moment has whole seconds",
        r"\bgetdate\(",
        "GETDATE function (read)",
        "select getdate()",
    ),
    Rule(
        ALL,
        "the type is one of DuckDB or PostgreSQL",
        r"\b(u?hugeint|regtype|regclass)\b",
        "Data types",
        "select cast(x as hugeint) from t",
    ),
]

# what sqlglot has no class for, though the warehouse is held to have it
FUNCTIONS: dict[str, set[str]] = {
    "snowflake": set(),
    "bigquery": {"error", "parse_json"},
    "redshift": {"json_serialize", "object"},
    "databricks": {"raise_error", "conv", "range", "pmod", "xxhash64", "map_entries"},
    "trino": {"fail", "is_finite", "from_unixtime_nanos", "checksum"},
}
# functions of DuckDB and PostgreSQL that sqlglot has a class for, whatever the dialect
FOREIGN = {
    "generate_series",
    "json_each",
    "jsonb_each",
    "pg_typeof",
    "epoch_us",
    "to_json",
    "string_agg",
    "list",
}
FOREIGN_BUT: dict[str, set[str]] = {
    "snowflake": {"to_json"},
    "bigquery": {"to_json", "string_agg"},
    "databricks": {"to_json", "string_agg"},
}


def plain(sql: str) -> str:
    """The text in lower case without comments and what is inside of quotes."""
    sql = re.sub(r"--[^\n]*", "", sql)
    return re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", sql).lower()


def refused(sql: str, dialect: str) -> Iterator[str]:
    """What the warehouse does not run of it, or does otherwise."""
    text = plain(sql)
    trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree]
    parts = [part for tree in trees for part in tree.walk()]
    for rule in RULES:
        if dialect not in rule.dialects:
            continue
        if re.search(rule.finds, text) if isinstance(rule.finds, str) else any(map(rule.finds, parts)):
            yield rule.why
    for part in parts:
        if isinstance(part, exp.Command):
            yield f"not parsed: {part.sql()[:60]}"
        if isinstance(part, exp.Anonymous) and part.name.lower() not in FUNCTIONS[dialect]:
            yield f"unknown function {part.name.lower()}"
    for name in FOREIGN - FOREIGN_BUT.get(dialect, set()):
        if re.search(rf"\b{name}\(", text):
            yield f"there is no function {name}"
