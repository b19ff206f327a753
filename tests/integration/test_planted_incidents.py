"""The incidents planted in the shop, each named by model_health, and every query of docs/health.md, which leads from a verdict to its cause."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pytest import MonkeyPatch

from bench import BATON, DuckDB
from browser import Browser
from dbt_baton import Project
from integration import BuiltOnce, IntegrationProject

GUIDE = (BATON / "docs/health.md").read_text()
FILES = re.findall(r"^`(models/\S+)`\n\n```sql\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
# a query, and the table that it gives
QUERIES = re.findall(r"^```sql\n(select\b.*?)^```\n\n((?:^[|].*?\n)*)", GUIDE, re.MULTILINE | re.DOTALL)
# the smallest round number for which the performance of a week is sure enough to split a loss into mix and rate
EVENTS = 200_000
WEEK = pd.Timedelta(weeks=1)
STALE_RUN = pd.Timestamp("2025-03-10")


@pytest.fixture(scope="module")
def shop(built_on_duckdb: BuiltOnce, tmp_path_factory: pytest.TempPathFactory) -> IntegrationProject:
    """The project, parsed once, on a larger shop in another database: built up to churn_health and its test."""
    shop = copy.copy(built_on_duckdb.project)
    shop.engine = DuckDB(tmp_path_factory.mktemp("incidents") / "baton.duckdb")
    shop.load("churn", events=EVENTS)
    nodes = ["+churn_health,resource_type:model", "churn_drift_contributions", "churn_is_healthy"]
    shop.build("--select", *nodes, "--indirect-selection", "empty", "--store-failures")
    return shop


@pytest.fixture(scope="module")
def health(shop: IntegrationProject) -> pd.DataFrame:
    """The verdicts by week."""
    return shop.read("churn_health").set_index("period_start").sort_index()


def test_each_incident_is_named_within_two_weeks_and_the_quiet_stretch_is_healthy(
    shop: IntegrationProject, health: pd.DataFrame
) -> None:
    incidents = shop.read("incidents").sort_values("starts_at")
    assert list(incidents["kind"]) == [
        *("healthy", "data_quality", "covariate_drift", "training_serving_skew", "concept_drift"),
    ]
    for incident in incidents.to_dict("records"):
        first, end = incident["starts_at"], incident["ends_at"]
        if incident["kind"] in ("data_quality", "covariate_drift"):
            # features look back, so the first run that sees it is the next one
            first, end = first + WEEK, end + WEEK
        verdicts = health["verdict"][(health.index >= first) & (health.index < end)]
        assert len(verdicts) >= 1
        if incident["kind"] == "healthy":
            assert set(verdicts) == {"healthy"}
        else:
            assert incident["kind"] in set(verdicts.iloc[:2]), incident["incident"]


def test_data_quality_names_the_feature_and_the_node_that_broke_and_its_owner(health: pd.DataFrame) -> None:
    row = health.loc["2024-12-09"]
    assert (row["verdict"], row["severity"], row["owner"]) == ("data_quality", "warning", "Retention")
    assert [entry["feature"] for entry in json.loads(row["features"])] == ["avg_session_duration_30d"]
    upstream = {node["node"]: node for node in json.loads(row["upstream"])}
    assert upstream["stg_shop__sessions"]["owner"] == "Shop analytics"
    assert upstream["stg_shop__sessions"]["path"] == "models/churn/staging/stg_shop__sessions.sql"
    assert "raw_shop.sessions" in upstream
    assert not {"churn_training_set", "churn_model", "actual_outcomes"} & set(upstream)


def test_the_stale_week_is_the_only_skew_and_its_age_is_two_weeks(health: pd.DataFrame) -> None:
    assert list(health.index[health["verdict"] == "training_serving_skew"]) == [STALE_RUN]
    findings = json.loads(health.loc[STALE_RUN, "evidence"])["findings"]
    stale = [
        finding
        for finding in findings
        if finding["cause"] == "training_serving_skew" and finding["stale_share"] > 0
    ]
    assert len(stale) == 12
    assert {finding["median_staleness_days"] for finding in stale} == {14}
    drifted = [finding for finding in findings if finding["cause"] == "covariate_drift"]
    assert f"on 10 March {len(drifted)} features have an alert" in GUIDE


def test_the_message_and_the_summaries_of_the_guide_are_those_of_the_shop(
    shop: IntegrationProject, health: pd.DataFrame
) -> None:
    def words(text: str) -> str:
        # a version is a hash over the package's code, too
        return " ".join(re.sub(r"model_version \w+", "model_version", text).split())

    assert shop.results["churn_is_healthy"]["status"] == "warn"
    [message] = shop.engine.query("select message from main_dbt_test__audit.churn_is_healthy")["message"]
    assert words(message) in words(GUIDE)
    for week in ("2024-12-02", "2025-01-20", "2025-03-10", "2025-05-12"):
        assert health.loc[week, "summary"] in words(GUIDE), week


@pytest.mark.parametrize("week", ["2024-11-04", "2024-12-09", "2025-01-20", "2025-03-10", "2025-05-12"])
def test_the_report_of_a_week_shows_its_verdict_and_leads_to_the_node_that_broke(
    shop: IntegrationProject,
    health: pd.DataFrame,
    browser: Browser,
    tmp_path: Path,
    monkeypatch: MonkeyPatch,
    week: str,
) -> None:
    assert isinstance(shop.engine, DuckDB)
    monkeypatch.setenv("BATON_DUCKDB", str(shop.engine.path))
    project = Project(shop.root, "duckdb")
    path = project.report(tmp_path / "report.html", ["churn_model"], until=pd.Timestamp(week).to_pydatetime())
    row = health.loc[week]
    with browser.open(path) as opened:
        assert (opened.requests, opened.said) == ([], [])
        assert opened.page.get_attribute(".strip li", "data-verdict") == row["verdict"]
        assert opened.page.inner_text(".strip .word") == row["verdict"].replace("_", " ")
        assert opened.page.inner_text(".verdict .summary") == row["summary"]
        nodes = opened.page.locator(".nodes li > b").all_text_contents()
        assert nodes == [node["node"] for node in json.loads(row["upstream"])]
        named = [entry["feature"] for entry in json.loads(row["features"])]
        shown = opened.page.locator(".feature > summary > span:first-child").all_text_contents()
        assert shown[: len(named)] == named
        queries = opened.page.locator("pre code").all_text_contents()
    for query in queries:
        assert len(shop.engine.query(query)) > 0, query
    assert bool(queries) == (row["verdict"] != "healthy")


def cells(frame: pd.DataFrame) -> list[list[str]]:
    """A result as the guide shows it."""

    def cell(value: object) -> str:
        if isinstance(value, bool | np.bool_):
            return str(bool(value)).lower()
        if pd.isna(value):
            return ""
        if isinstance(value, pd.Timestamp):
            return f"{value:%Y-%m-%d}"
        if isinstance(value, float):
            return f"{value:.0f}" if value.is_integer() else f"{value:.3f}"
        return str(value)

    return [list(frame.columns), *([cell(value) for value in row] for row in frame.itertuples(index=False))]


def test_every_query_gives_the_table_that_the_guide_shows(shop: IntegrationProject) -> None:
    assert len(QUERIES) == GUIDE.count("```sql\nselect\n") == 15
    for sql, table in QUERIES:
        found = cells(shop.query(re.sub(r"{{ ref\('(\w+)'\) }}", r"{\1}", sql)))
        shown = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        assert len(shown) > 2, sql
        shown = [shown[0], *shown[2:]]
        assert len(found) == len(shown), sql
        for one, other in zip(found, shown, strict=True):
            assert [is_shown(*pair) for pair in zip(one, other, strict=True)] == [True] * len(one), (
                sql,
                one,
                other,
            )


def is_shown(found: str, shown: str) -> bool:
    """Whether a cell is that of the guide; the last digits of numbers are those of one version of scikit-learn."""
    if "." in shown and re.fullmatch(r"-?[0-9.]+", shown):
        return abs(float(found) - float(shown)) <= 0.005
    return found == shown


def test_the_files_of_the_guide_are_those_of_the_demo() -> None:
    assert FILES
    for path, text in FILES:
        assert text == (BATON / "integration_tests" / path).read_text(), path
    blocks = [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    ]
    assert blocks[1]["on-run-end"] in (BATON / "macros/health/_health.yml").read_text()
