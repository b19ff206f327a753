"""fit and transform where something is wrong, missing or odd: bad calls, an empty warehouse, strange names."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import Project

ENCODER = "{'transformer': 'one_hot_encoder', 'columns': 'city'}"
GIVEN = "{'transformer': 'one_hot_encoder', 'columns': 'city', 'categories': [['Oslo', \"O'Hare\"]]}"


def fit(transformers: str, more: str = "") -> str:
    return f"{{{{ baton.fit(source('data', 'rows'), {transformers}{more}) }}}}"


def transform(transformers: str, more: str = "", relation: str = "source('data', 'rows')") -> str:
    return f"{{{{ baton.transform({relation}, ref('fitted'), {transformers}{more}) }}}}"


def both(transformers: str, more: str = "", keep: str = "") -> dict[str, str]:
    return {"fitted": fit(transformers, more), "transformed": transform(transformers, keep)}


def rows_of(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """The rows in the order of their id, missing values as None."""
    plain = frame.sort_values("id")[list(columns)].astype(object)
    return [tuple(None if pd.isna(value) else value for value in row) for row in plain.to_numpy().tolist()]


@pytest.fixture
def people(project: Project) -> Project:
    project.put(
        rows=pd.DataFrame(
            {
                "id": [1, 2, 3, 4],
                "split": ["train", "train", "train", "test"],
                "age": [20.0, 30.0, 40.0, 1000.0],
                "city": pd.Series(["Oslo", "O'Hare", None, "Oslo"], dtype=object),
            }
        )
    )
    return project


def test_all_that_is_wrong_with_a_call_is_said_at_once(people: Project):
    message = people.error(
        fit(
            "[{'transformer': 'standardscaler', 'columns': 'age'},"
            " {'transformer': 'clip', 'columns': 'age', 'lower': 'a', 'uper': 1},"
            " {'transformer': 'k_bins_discretizer', 'columns': ['age', 'age'], 'n_bins': 1.5},"
            " {'transformer': 'one_hot_encoder', 'columns': 'city', 'categories': ['Oslo'], 'drop': 'last'},"
            " {'columns': 'age'}, 'log1p']",
            ", where=''",
        )
    )
    for part in (
        "baton.fit: 10 problems in model 'result'",
        'where is "", expected a SQL condition',
        'transformers[0].transformer is "standardscaler", expected one of standard_scaler',
        "transformers[1] has an unknown key 'uper'",
        'transformers[1].lower is "a", expected a number',
        'transformers[2].columns names "age" 2 times',
        "transformers[2].n_bins is 1.5, expected a whole number from 2",
        "expected 'auto' or a list of categories for each of the 1 columns",
        'transformers[3].drop is "last", expected one of first, if_binary',
        "transformers[4] has no 'transformer'",
        'transformers[5] is "log1p", expected a mapping',
    ):
        assert part in message


@pytest.mark.parametrize(
    ("transformers", "part"),
    [
        ("[{'transformer': 'log1p', 'columns': 'agee'}]", "names \"agee\", which is not a column of the relation (age, id, split, city)"),
        ("[{'transformer': 'log1p', 'columns': 'city'}]", "log1p takes numbers, but 'city' is text"),
        ("[{'transformer': 'cyclical', 'columns': 'age', 'period': 'hour'}]", "cyclical takes dates or timestamps, but 'age' is double"),
        ("[{'transformer': 'cyclical', 'columns': 'age', 'period': 'year'}]", "period is \"year\", expected one of hour"),
        (f"[{ENCODER}, {{'transformer': 'label_encoder', 'columns': 'city'}}]", "which one_hot_encoder replaced by other columns"),
        (f"[{ENCODER}, {{'transformer': 'log1p', 'columns': 'city_Oslo'}}]", "none that an earlier step makes under a name known from the call"),
        ("[{'transformer': 'log1p', 'columns': 'age'}, {'transformer': 'log1p', 'columns': 'age'}]", "'log1p' is applied to column 'age' a second time"),
        ("[{'transformer': 'target_encoder', 'columns': 'city', 'target': 'id'}]", "target_type is missing"),
        ("[{'transformer': 'target_encoder', 'columns': 'city', 'target': 'label'}]", "names \"label\", which is not a column of the relation"),
        ("[{'transformer': 'clip', 'columns': 'age', 'lower': 1, 'lower_quantile': 0.1}]", "exclude each other"),
    ],
)  # fmt: skip
def test_a_call_that_can_not_be_meant_is_an_error(people: Project, transformers: str, part: str):
    assert part in people.error(fit(transformers))


def test_keep_names_columns_that_are_there_after_the_steps(people: Project):
    message = people.error(both(f"[{GIVEN}]", keep=", keep=['city']"))
    assert 'keep names "city", which one_hot_encoder replaced' in message
    message = people.error(both(f"[{GIVEN}]", keep=", keep=['nothing']"))
    assert 'keep names "nothing", which is not a column of the relation' in message


def test_the_first_build_in_an_empty_warehouse_works_and_compiling_says_what_is_missing(people: Project):
    models = both(f"[{ENCODER}]")
    people.execute("drop table if exists {schema}.fitted")
    people.execute("drop table if exists {schema}.transformed")
    compiled = people.compile(models)
    assert "-- one_hot_encoder has no columns for city" in compiled
    assert "city_" not in compiled
    made = people.build(models)
    assert list(made.columns) == ["id", "split", "age", "city_O'Hare", "city_Oslo", "city_None"]


def test_a_fitted_table_of_another_list_is_an_error(people: Project):
    people.build({"fitted": fit("[{'transformer': 'log1p', 'columns': 'age'}]")})
    models = {"fitted": "select * from {{ source('data', 'old') }}", "transformed": transform(f"[{ENCODER}]")}
    people.put(old=people.read("fitted"))
    assert "has no rows of 'one_hot_encoder' for column \"city\": build it again" in people.error(models)


def test_with_categories_given_nothing_is_read_to_compile(people: Project):
    """The columns exist although the fitted table does not."""
    people.execute("drop table if exists {schema}.fitted")
    compiled = people.compile(both(f"[{GIVEN}]"))
    assert '"city_O\'Hare"' in compiled
    assert "fitted" not in compiled


def test_where_keeps_the_other_rows_out_of_the_fit(people: Project):
    steps = "[{'transformer': 'min_max_scaler', 'columns': 'age'}, {'transformer': 'frequency_encoder', 'columns': 'city'}]"
    made = people.build(both(steps, ", where=\"split = 'train'\""))
    made = made.sort_values("id")
    assert made["age"].tolist() == pytest.approx([0, 0.5, 1, 49])
    assert made["city"].tolist() == pytest.approx([1 / 3] * 4)


def test_duplicate_rows_and_null_keys_stay(project: Project):
    frame = pd.DataFrame(
        {
            "id": [1, 1, 1, 2],
            "city": pd.Series(["a", "a", "a", None], dtype=object),
            "x": [1.0, 1.0, 1.0, None],
            "y": [1.0, 0.0, 1.0, 0.0],
        }
    )
    project.put(rows=frame)
    steps = (
        "[{'transformer': 'quantile_transformer', 'columns': 'x'},"
        " {'transformer': 'target_encoder', 'columns': 'city', 'target': 'y', 'fold_by': 'id', 'cross_fit': 'y = 1'}]"
    )
    made = project.build(both(steps))
    assert sorted(made["id"]) == [1, 1, 1, 2]


ODD = ["it's", 'say "hi"', "a b", "ünï ✈", "", "%s {{ }}", "\\", "null", "A", "a"]


def test_odd_categories_reach_names_and_cells_as_they_are(project: Project):
    frame = pd.DataFrame({"id": range(len(ODD)), "select": ODD, "Mixed Case": ODD, "order": ODD, "from": ODD})
    project.put(rows=frame)
    made = project.build(
        both(
            "[{'transformer': 'one_hot_encoder', 'columns': 'select'}, {'transformer': 'ordinal_encoder', 'columns': 'Mixed Case'},"
            " {'transformer': 'frequency_encoder', 'columns': 'order'}, {'transformer': 'hashing_encoder', 'columns': 'from'}]"
        )
    ).sort_values("id")
    ordered = sorted(ODD)
    assert made["Mixed Case"].tolist() == [ordered.index(category) for category in ODD]
    assert made["order"].tolist() == pytest.approx([0.1] * 10)
    assert made[[f"from_{bucket}" for bucket in range(8)]].sum(axis=1).tolist() == [1] * 10
    names = [name for name in made.columns if name.startswith("select_")]
    # DuckDB ignores the case of names, so the later of two such names gets a hash as its suffix
    exact = [f"select_{category}" for category in ordered]
    assert [name[: len(one)] for name, one in zip(names, exact, strict=True)] == exact
    assert made[names].to_numpy().tolist() == [[int(category == own) for category in ordered] for own in ODD]


def test_a_cte_is_a_relation_too(people: Project):
    steps = "[{'transformer': 'standard_scaler', 'columns': 'age'}, {'transformer': 'ordinal_encoder', 'columns': 'city'}]"
    people_cte = "with people as (select * from {{ source('data', 'rows') }}) "
    made = people.build(
        {
            "fitted": f"{people_cte}, result as ( {{{{ baton.fit('people', {steps}) }}}} ) select * from result",
            "transformed": f"{people_cte}, result as ("
            + transform(steps, ", keep=['id']", relation="'people'")
            + ") select * from result",
        }
    )
    assert list(made.columns) == ["id", "age", "city"]
    assert rows_of(made, "city") == [(1,), (0,), (None,), (1,)]
    message = people.error(both(steps) | {"transformed": people_cte + f", result as ({transform(steps, relation=repr('people'))}) select * from result"})  # fmt: skip
    assert "relation is a CTE, whose columns are not known here: name those to keep" in message


def test_a_later_step_reads_what_a_told_encoder_makes(people: Project):
    steps = (
        "[{'transformer': 'one_hot_encoder', 'columns': 'city', 'categories': [['Oslo', \"O'Hare\", none]]},"
        " {'transformer': 'standard_scaler', 'columns': 'city_Oslo'}]"
    )
    made = people.build(both(steps))
    assert rows_of(made, "city_Oslo", "city_O'Hare", "city_None") == [
        (1, 0, 0),
        (-1, 1, 0),
        (-1, 0, 1),
        (1, 0, 0),
    ]


def test_the_models_run_with_the_flag_empty(people: Project):
    made = people.build(
        both(f"[{GIVEN}, {{'transformer': 'standard_scaler', 'columns': 'age'}}]"), flags=["--empty"]
    )
    assert len(made) == 0


def test_a_variance_is_exact_however_large_the_mean_and_however_small_the_numbers(project: Project):
    frame = pd.DataFrame(
        {
            "id": range(4),
            "far": [1e9 + step for step in (0.0, 1.0, 2.0, 3.0)],
            "tiny": [1e-30, 2e-30, 3e-30, 4e-30],
        }
    )
    project.put(rows=frame)
    fitted = project.build(
        {"fitted": fit("[{'transformer': 'standard_scaler', 'columns': ['far', 'tiny']}]")}
    )
    variances = fitted[fitted["parameter"] == "var"].set_index("column_name")["value_number"]
    assert variances["far"] == pytest.approx(1.25, rel=1e-12)
    assert variances["tiny"] == pytest.approx(1.25e-60, rel=1e-12, abs=0)
