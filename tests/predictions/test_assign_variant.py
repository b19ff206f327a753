"""Variants of experiments: a hash that Python computes too, in the proportions of the weights, independent between experiments."""

from __future__ import annotations

import hashlib
from itertools import accumulate

import pandas as pd
import pytest
from scipy.stats import chi2

from bench import Project

N = 20_000
WEIGHTS = {"champion": 6, "challenger": 3, "o'dd": 1}


def expected(experiment: str, weights: dict[str, float], *keys: str | None) -> str | None:
    """The variant, from the text of each key."""
    if None in keys:
        return None
    word = hashlib.md5("-".join([experiment, *map(str, keys)]).encode()).hexdigest()[:8]
    for variant, until in zip(weights, accumulate(weights.values()), strict=True):
        if int(word, 16) / 2**32 < round(until / sum(weights.values()), 9):
            return variant
    return list(weights)[-1]


def call(entity: object, experiment: str = "one", weights: dict[str, float] = WEIGHTS) -> str:
    return (
        f"{{{{ baton.assign_variant(entity={entity!r}, experiment={experiment!r}, weights={weights!r}) }}}}"
    )


@pytest.fixture(scope="module")
def assigned(project: Project) -> pd.DataFrame:
    project.execute(
        f"""drop table if exists {{schema}}.users; create table {{schema}}.users as
        select
            number as id, cast(number as double precision) as as_double, cast(number as numeric(12, 2)) as as_decimal,
            cast(number as varchar) as as_text, number % 7 as "Group by", 'user ✈ ' || number as name,
            case when number % 10 > 0 then number end as maybe
        from generate_series(1, {N}) as numbers (number)"""
    )
    project.use_tables("users")
    columns = {
        "of_id": call("id"),
        "of_double": call("as_double"),
        "of_decimal": call("as_decimal"),
        "of_text": call("as_text"),
        "of_name": call("name", 'it\'s "one"'),
        "of_two": call(["id", "Group by"]),
        "of_maybe": call(["id", "maybe"]),
        "other": call("id", "two"),
        "of_default": "{{ baton.assign_variant(entity='id', experiment='one') }}",
        "of_one": call("id", "one", {"all": 3}),
    }
    listed = ",\n".join(f"{sql} as {name}" for name, sql in columns.items())
    return project.build(
        f"select id, \"Group by\" as part, maybe, {listed} from {{{{ source('data', 'users') }}}}"
    )


def test_the_variant_is_the_one_that_python_computes(assigned: pd.DataFrame) -> None:
    for row in assigned.sort_values("id").iloc[:2000].itertuples():
        assert row.of_id == expected("one", WEIGHTS, str(row.id))
        assert row.of_name == expected('it\'s "one"', WEIGHTS, f"user ✈ {row.id}")
        assert row.of_two == expected("one", WEIGHTS, str(row.id), str(row.part))
        assert row.other == expected("two", WEIGHTS, str(row.id))
        assert row.of_default == expected("one", {"champion": 0.9, "challenger": 0.1}, str(row.id))
        if pd.isna(row.maybe):
            assert pd.isna(row.of_maybe)
        else:
            assert row.of_maybe == expected("one", WEIGHTS, str(row.id), str(int(row.maybe)))
    assert assigned.of_maybe.isna().sum() == N // 10
    assert set(assigned.of_one) == {"all"}


def test_the_type_of_a_key_does_not_matter(assigned: pd.DataFrame) -> None:
    for name in ("of_double", "of_decimal", "of_text"):
        assert assigned[name].equals(assigned.of_id), name


def test_the_proportions_are_those_of_the_weights_and_experiments_are_independent(
    assigned: pd.DataFrame,
) -> None:
    """Both by chi-square, at a level at which a fair split fails once in a million times."""
    share = {name: weight / sum(WEIGHTS.values()) for name, weight in WEIGHTS.items()}
    for column in ("of_id", "other", "of_two", "of_name"):
        counts = assigned[column].value_counts()
        statistic = sum((counts[name] - N * share[name]) ** 2 / (N * share[name]) for name in share)
        assert statistic < chi2.ppf(1 - 1e-6, len(share) - 1)
    both = pd.crosstab(assigned.of_id, assigned.other)
    statistic = sum(
        (both.loc[one, other] - N * share[one] * share[other]) ** 2 / (N * share[one] * share[other])
        for one in share
        for other in share
    )
    assert statistic < chi2.ppf(1 - 1e-6, len(share) ** 2 - 1)


def test_one_error_names_all_that_is_wrong(duckdb_project: Project) -> None:
    message = duckdb_project.error(
        "select {{ baton.assign_variant(entity=[], experiment=' ', weights={'a': 0, 'b': -1, 'c': 'x'}) }}"
    )
    assert "baton.assign_variant: 5 problems in model 'result': (1) entity is empty" in message
    assert '(2) experiment is " ", expected a text' in message
    assert "(3) weights.a is 0, expected a positive number; (4) weights.b is -1" in message
    message = duckdb_project.error(
        "select {{ baton.assign_variant(entity='id', experiment='e', weights=[0.5, 0.5]) }}"
    )
    assert "weights is [0.5, 0.5], expected a mapping from variants to weights" in message
