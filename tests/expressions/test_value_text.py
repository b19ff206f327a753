"""The text of a value as its identity: equal numbers have equal texts and hashes whatever their type, others differ."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd

from bench import SCHEMA, DuckDB, Project
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.signature import Feature

WHOLE = [
    "0",
    "1",
    "-7",
    "10",
    "1200",
    "2147483647",
    "999999999999999",
    "1000000000000000",
    "9007199254740992",
    "-1000000000000000000",
]
FRACTIONS = [
    "0.5",
    "-2.25",
    "1200.125",
    "0.0009765625",
    "0.00000762939453125",
    "-0.000030517578125",
    "123456789.0625",
]
TYPES = {
    "duckdb": {
        "whole": ["bigint", "hugeint", "double", "decimal(38, 0)", "decimal(38, 2)", "decimal(38, 18)"],
        "fraction": ["double", "float", "decimal(38, 18)", "decimal(28, 17)"],
    },
    "postgres": {
        "whole": ["bigint", "double precision", "numeric", "numeric(38, 2)", "numeric(38, 18)"],
        "fraction": ["double precision", "real", "numeric", "numeric(38, 18)"],
    },
}
# one more way to write each number: a zero with a sign, decimals with zeros at their end
KNOWN = "select id, {texts} from {{{{ source('data', 'numbers') }}}}"
UNKNOWN = (
    "with numbers as (select * from {{{{ source('data', 'numbers') }}}}) select id, {texts} from numbers"
)


def test_equal_numbers_are_equal_texts_whatever_their_type_and_other_numbers_differ(project: Project):
    types = TYPES[project.engine.name]
    columns = [f"whole_{place}" for place in range(len(types["whole"]))]
    columns += [f"fraction_{place}" for place in range(len(types["fraction"]))]
    casts = [f"cast(whole as {type_}) as whole_{place}" for place, type_ in enumerate(types["whole"])]
    casts += [
        f"cast(fraction as {type_}) as fraction_{place}" for place, type_ in enumerate(types["fraction"])
    ]
    project.put(
        digits=pd.DataFrame(
            {
                "id": range(20),
                "whole": [*WHOLE, "-0", *[None] * 9],
                "fraction": [*FRACTIONS, "0.10", "-0.0", "1.0", *[None] * 10],
            }
        )
    )
    project.execute("drop view if exists {schema}.numbers")
    project.execute(f"create view {{schema}}.numbers as select id, {', '.join(casts)} from {{schema}}.digits")
    project.use_tables("numbers")
    known = ", ".join(
        f"{{{{ baton.value_text('{name}', baton.columns_of(source('data', 'numbers'))) }}}} as {name}"
        for name in columns
    )
    unknown = ", ".join(f"{{{{ baton.value_text('{name}') }}}} as {name}" for name in columns)
    models = {"known": KNOWN.format(texts=known), "unknown": UNKNOWN.format(texts=unknown)}
    project.build(models)
    texts = {}
    for model in models:
        rows = project.read(model).set_index("id")
        for kind, numbers in (("whole", [*WHOLE, "-0"]), ("fraction", [*FRACTIONS, "0.10", "-0.0", "1.0"])):
            for place, type_ in enumerate(types[kind]):
                for id_, number in enumerate(numbers):
                    if type_ in ("float", "real") and float(np.float32(number)) != float(number):
                        continue  # four bytes hold another number
                    texts.setdefault(Decimal(number) + 0, set()).add(rows.loc[id_, f"{kind}_{place}"])
            assert rows[f"{kind}_0"].isna().sum() == 20 - len(numbers)
    assert {number: len(found) for number, found in texts.items()} == dict.fromkeys(texts, 1), texts
    assert len(set.union(*texts.values())) == len(texts) == len({*map(Decimal, [*WHOLE, *FRACTIONS, "0.10"])})
    assert (
        texts[Decimal(1200)] == {"1200"} and texts[Decimal(0)] == {"0"} and texts[Decimal("0.1")] == {"0.1"}
    )


def test_a_row_hash_knows_its_columns_by_name_and_its_numbers_by_value(project: Project):
    project.put(rows=pd.DataFrame({"id": [1, 2], "b": ["x", None], "Visits": [3, 0]}))
    project.execute("drop view if exists {schema}.wider")
    project.execute(
        'create view {schema}.wider as select id, cast("Visits" as double precision) * -1 * -1 as visits, b from {schema}.rows'
    )
    project.use_tables("wider")
    call = "select id, {{{{ baton.row_hash({columns}, baton.columns_of({source})) }}}} as h from {{{{ {source} }}}}"
    project.build(
        {
            "narrow": call.format(columns="""['b', '"Visits"']""", source="source('data', 'rows')"),
            "wide": call.format(columns="['visits', 'b']", source="source('data', 'wider')"),
            "unknown": "with wider as (select * from {{ source('data', 'wider') }})"
            " select id, {{ baton.row_hash(['b', 'visits']) }} as h from wider",
        }
    )
    narrow, wide, unknown = (project.read(name).set_index("id").h for name in ("narrow", "wide", "unknown"))
    assert narrow.to_dict() == wide.to_dict() == unknown.to_dict()
    assert narrow[1] != narrow[2]


def test_rows_that_differ_have_other_hashes_whatever_their_names_and_digits(project: Project):
    """With an = in a name, and a decimal with more digits than a double."""
    project.execute("drop table if exists {schema}.odd_rows")
    project.execute(
        """create table {schema}.odd_rows as select 1 as id, cast(null as text) as a, '1' as "a=b", cast('0.00001' as decimal(38, 30)) as price
        union all select 2, 'b=1', null, cast('0.00001' as decimal(38, 30))
        union all select 3, 'b=1', null, cast('0.000010000000000000000000000001' as decimal(38, 30))"""
    )
    project.use_tables("odd_rows")
    rows = "{{ source('data', 'odd_rows') }}"
    names = """['a', '"a=b"', 'price']"""
    known = f"{{{{ baton.row_hash({names}, baton.columns_of(source('data', 'odd_rows'))) }}}}"
    unknown = f"{{{{ baton.row_hash({names}) }}}}"
    hashes = project.build(f"select {known} as known, {unknown} as unknown from {rows}")
    assert hashes["known"].nunique() == 3 and hashes["known"].equals(hashes["unknown"])
    if isinstance(project.engine, DuckDB):
        with duckdb.connect(str(project.engine.path)) as connection:
            relation = connection.table(f"{SCHEMA}.odd_rows")
            features = [Feature("a", "text"), Feature("a=b", "text"), Feature("price", "number")]
            in_python = relation.project(signature.row_hash(relation, features)).fetchall()
        assert [row[0] for row in in_python] == hashes["known"].tolist()


def test_columns_that_differ_by_case_alone_are_told_apart(project: Project):
    call = """select {{{{ baton.row_hash({columns}) }}}} as h from (select {a} as "U", {b} as u) as one"""
    if project.engine.name == "duckdb":
        return  # where the two are one column
    project.build(
        {
            "first": call.format(columns="""['"U"', 'u']""", a="1", b="cast(null as integer)"),
            "second": call.format(columns="""['"U"', 'u']""", a="cast(null as integer)", b="1"),
        }
    )
    assert project.read("first").h[0] != project.read("second").h[0]


def test_the_texts_of_times_do_not_depend_on_the_zone_of_the_session(project: Project):
    project.execute("drop view if exists {schema}.zoned")
    project.execute(
        "create view {schema}.zoned as select timestamp with time zone '2024-06-01 12:00:00+00' as moment"
    )
    project.use_tables("zoned")
    zone = {"duckdb": "set TimeZone = 'Asia/Tokyo'", "postgres": "set timezone to 'Asia/Tokyo'"}[
        project.engine.name
    ]
    hook = '{{ config(pre_hook="' + zone + '") }}'
    text = project.build(
        hook + "select {{ baton.value_text('moment', baton.columns_of(source('data', 'zoned'))) }} as known,"
        " {{ baton.value_text('moment') }} as unknown from {{ source('data', 'zoned') }}"
    )
    assert text.loc[0].tolist() == ["2024-06-01 12:00:00"] * 2


def test_a_constant_of_a_cte_is_text_as_it_stands(project: Project):
    project.put(one_row=pd.DataFrame({"id": [1]}))
    rows = project.build("""
        with constants as (
            select 'a shop' as shop, '1.50' as label, cast('2.50' as decimal(9, 2)) as price, '' as nothing
            from {{ source('data', 'one_row') }}
        )
        select
            {{ baton.value_text('shop') }} as shop,
            {{ baton.value_text('label') }} as label,
            {{ baton.value_text('price') }} as price,
            {{ baton.value_text('nothing') }} as nothing
        from constants
    """)
    assert rows.iloc[0].to_dict() == {"shop": "a shop", "label": "1.50", "price": "2.5", "nothing": ""}
