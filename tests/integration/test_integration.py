"""Both subjects from raw data to drift, as the demo builds them: first, again, with a full refresh, and without the future."""

from __future__ import annotations

import pytest
from conftest import ENGINES

from integration import PRESENT, BuiltOnce, IntegrationProject

# By subject: the time from which raw rows are dropped, the time before which all predictions remain (a flight's is two hours
# before its scheduled departure, and its row is dropped by that departure), and the features that must not change.
CUT = {
    "flights": ("2013-05-15 00:00", "2013-05-14 22:00", "flight_features"),
    "churn": ("2024-09-02 00:00", "2024-09-02 00:00", "user_features"),
}
APPEND_ONLY = [
    "flight_model",
    "flight_baseline_model",
    "flight_predictions",
    "churn_model",
    "churn_linear_model",
    "churn_scores",
    "churn_scores_in_python",
    "model_predictions",
]
# models with rows but without data: the parameters of `fit`, bins such as that of NULL, the feature list, the added airports
NEVER_EMPTY = {
    "churn_preprocessing",
    "churn_drift_baseline",
    "flight_drift_baseline",
    "feature_catalogue",
    "stg_flights__airports",
}


@pytest.fixture(scope="module")
def project(built_on_duckdb: BuiltOnce) -> IntegrationProject:
    """Both subjects on DuckDB, with all flights."""
    assert (built_on_duckdb.log_before["as_of"] < PRESENT["duckdb"]).all()
    return built_on_duckdb.project


def fingerprints(project: IntegrationProject) -> dict[str, tuple[int, int]]:
    """Rows and an order-free hash over all values of every model."""
    relations = {
        name: relation
        for name, relation in project.relations().items()
        if '"main_flights"' in relation or '"main_churn"' in relation
    }
    found = {}
    for name, relation in relations.items():
        row = project.engine.query(
            f"select count(*) as n, sum(hash(t)::hugeint)::varchar as h from {relation} as t"
        )
        found[name] = (int(row["n"][0]), str(row["h"][0]))
    return found


def differing(one: dict, other: dict) -> list[str]:
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


def test_dbt_parses_the_project_without_a_warning(built_on_duckdb: BuiltOnce):
    assert built_on_duckdb.warnings == []


@pytest.mark.parametrize("engine", ENGINES)
def test_from_nothing_with_empty_and_then_with_rows(request: pytest.FixtureRequest, engine: str):
    """It compiled in an empty warehouse and was built with `--empty` first; the other tests use the build after that."""
    built: BuiltOnce = request.getfixturevalue(f"built_on_{engine}")
    assert len(built.empty) > (50 if engine == "duckdb" else 20)
    assert {name for name, rows in built.empty.items() if rows} == NEVER_EMPTY & built.empty.keys()

    project = built.project
    log = project.read("user_feature_log")
    assert len(log) > 1000
    assert (log["created_at"] == log["as_of"]).all()


def test_a_second_build_changes_no_row(project: IntegrationProject):
    before = fingerprints(project)
    assert {name for name, (rows, _) in before.items() if rows == 0} == set()
    assert (before["churn_registry"][0], before["churn_training_record"][0]) == (2, 1)
    project.build()
    assert differing(before, fingerprints(project)) == []


def test_a_full_refresh_gives_the_same_and_what_is_append_only_survives_it(project: IntegrationProject):
    before = fingerprints(project)
    assert set(APPEND_ONLY) <= set(before)
    # the same rows pass the same tests
    project.build("--exclude", "resource_type:test", full_refresh=True)
    assert differing(before, fingerprints(project)) == []


def test_the_catalogue_lists_the_features_of_both_subjects(project: IntegrationProject):
    catalogue = project.engine.query("select * from main.feature_catalogue").set_index(["model", "feature"])
    found = catalogue.loc[("origin_history", "origin_median_delay_2h")]
    assert found["entity"] == "flight_id, origin"
    assert found["data_type"] == "DOUBLE"
    assert found["description"].startswith("The median delay")
    assert (found["group_name"], found["owner"]) == ("flight_data", "Flight data")
    assert found["upstream_sources"] == "raw_flights.airports, raw_flights.flights"
    assert found["consumed_by"] == "flight_features"
    assert ("user_features", "days_since_last_active") in catalogue.index
    assert ("user_features_scd2", "valid_from") not in catalogue.index
    assert ("carrier_history", "carrier") not in catalogue.index
    assert catalogue["is_built"].all()


@pytest.mark.parametrize("subject", CUT)
def test_the_past_does_not_change_when_the_future_is_cut_off(project: IntegrationProject, subject: str):
    cut, asked_until, model = CUT[subject]

    def read(part: str) -> list[list[object]]:
        fingerprint = "count(*) as n, sum(hash(t)::hugeint)::varchar as h"
        return project.query(f"select {fingerprint} from {{{model}}} as t where as_of {part}").values.tolist()

    past, future = read(f"< timestamp '{asked_until}'"), read(f">= timestamp '{cut}'")
    assert past[0][0] > 500
    project.load(subject, until=cut, events=3_000)
    project.build("--select", f"+{model}", "--exclude", "resource_type:test")
    assert read(f"< timestamp '{asked_until}'") == past
    assert read(f">= timestamp '{cut}'") != future
