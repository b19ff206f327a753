"""The guide docs/flights_in_autumn.md: every number in it.

What needs no model comes from the raw files. The rest needs all flights, which the nightly run has; with some of them the same
is tested in its direction.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from bench import BATON
from integration import FLIGHTS_STEP, BuiltOnce, IntegrationProject

sys.path.insert(0, str(BATON / "integration_tests" / "raw_data"))

import flights as raw_flights

GUIDE = Path(BATON / "docs/flights_in_autumn.md").read_text()
TEXT = " ".join(GUIDE.split())
FIRST, LAST = pd.Timestamp("2013-09-02"), pd.Timestamp("2013-12-23")
TRAINING = "between timestamp '2013-02-04' and timestamp '2013-06-17'"
AUTUMN = f"between timestamp '{FIRST}' and timestamp '{LAST}'"
MONITORING = "models/flights/monitoring"
ALL_FEATURES = {
    "all_baseline": """{{ baton.drift_baseline(
        relation=ref('flight_training_set'),
        features=flight_features() | reject('equalto', 'departure_month') | list,
        where="split = 'train'"
    ) }}""",
    "all_histogram": """{{ baton.feature_histogram(
        relation=ref('flight_features'), baseline=ref('all_baseline'), period='week'
    ) }}""",
    "all_drift": "{{ baton.drift_alerts(drift=ref('all_distances')) }}",
    "all_distances": "{{ baton.drift(histogram=ref('all_histogram'), baseline=ref('all_baseline')) }}",
    "all_health": """{{ baton.model_health(
        performance=ref('flight_performance'), drift_alerts=ref('all_drift'),
        estimated_performance=ref('flight_estimated_performance'), features=ref('flight_features'),
        reference={'from': '2013-07-29', 'to': '2013-08-26'}
    ) }}""",
    "blind_health": """{{ baton.model_health(
        performance=ref('flight_performance'), drift_alerts=ref('flight_drift_alerts'), features=ref('flight_features'),
        reference={'from': '2013-07-29', 'to': '2013-08-26'}
    ) }}""",
    "all_changes": """{{ baton.drift(
        histogram=ref('all_histogram'), baseline=ref('all_baseline'), compare='previous_period'
    ) }}""",
}
"""Drift and health as they would be if every feature were watched, and health without the estimate."""
all_flights = pytest.mark.skipif(FLIGHTS_STEP > 1, reason="needs every flight: make nightly")


def table(first_column: str) -> pd.DataFrame:
    """The table of the guide whose first column is that one, as text."""
    lines = re.findall(rf"^(\| {first_column} \|.*?)\n\n", GUIDE, re.MULTILINE | re.DOTALL)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return pd.DataFrame(cells[2:], columns=cells[0])


@pytest.fixture(scope="module")
def flights(built_on_duckdb: BuiltOnce) -> IntegrationProject:
    """The project on DuckDB, with all flights until December."""
    assert len(built_on_duckdb.log_before)
    return built_on_duckdb.project


@pytest.fixture(scope="module")
def year() -> pd.DataFrame:
    """Every flight of the raw files, with the week of its prediction."""
    frame = raw_flights.read()["flights"]
    frame["as_of"] = frame["time_hour"] + pd.to_timedelta(frame["minute"].astype(int) - 120, unit="min")
    frame["week"] = frame["as_of"].dt.to_period("W-SUN").dt.start_time
    frame["landed"] = frame["arr_delay"].notna()
    frame["late"] = (frame["arr_delay"] > 15).astype("Float64").where(frame["landed"])
    return frame


def test_the_flights_the_outcomes_and_the_late_ones_are_those_of_the_raw_files(year: pd.DataFrame) -> None:
    weeks = year[year["week"].between(FIRST, LAST)].groupby("week")
    shown = table("week").set_index("week")
    expected = pd.DataFrame(
        {
            "predictions": weeks.size().map("{:,}".format),
            "outcomes": weeks["landed"].sum().map("{:,}".format),
            "late": weeks["late"].mean().map("{:.1%}".format).str.replace("%", " %"),
        }
    )
    expected.index = expected.index.strftime("%Y-%m-%d")
    pd.testing.assert_frame_equal(shown[list(expected)], expected, check_names=False, check_dtype=False)

    until_july = year.loc[year["as_of"] < "2013-07-01", "late"].mean()
    late = weeks["late"].mean()
    never = weeks.size() - weeks["landed"].sum()
    storm = pd.Timestamp("2013-12-09")
    assert late[:"2013-11-25"].max() < until_july < late["2013-12-02":].min()
    for sentence in (
        f"In training {until_july:.1%} of flights were late".replace("%", " %"),
        f"from {late.min():.1%} (week of {late.idxmin():%-d %B}) to {late.max():.1%} (week of {late.idxmax():%-d %B})".replace(
            "%", " %"
        ),
        f"{never[storm]} of the {len(weeks.get_group(storm)):,} flights",
    ):
        assert sentence in TEXT, sentence


def test_the_watched_features_are_steady_in_training(flights: IntegrationProject) -> None:
    found = flights.query(
        "select feature, count(*) filter (where is_alert) as alerts, count(*) as weeks"
        f" from {{flight_drift_alerts}} where period_start {TRAINING} group by feature"
    )
    assert (len(found), set(found["weeks"])) == (17, {20})
    # with one flight in sixteen, by number and day, weekdays are not equally common, and aircraft have no history before summer
    if FLIGHTS_STEP > 1:
        found = found[~found["feature"].str.startswith(("aircraft_", "departure_weekday"))]
    assert (len(found) in (8, 17), int(found["alerts"].sum())) == (True, 0)
    for sentence in ("the 17 watched features", "In the 20 weeks from 4 February to 23 June"):
        assert sentence in TEXT, sentence


def test_every_week_has_a_verdict_and_an_estimate(flights: IntegrationProject) -> None:
    """Whatever the flights, the tables of the guide have these weeks."""
    for model in ("flight_health", "flight_estimated_performance"):
        where = "" if model == "flight_health" else "and metric = 'roc_auc'"
        found = flights.query(f"select period_start from {{{model}}} where period_start {AUTUMN} {where}")
        assert sorted(found["period_start"].dt.strftime("%Y-%m-%d")) == list(table("week")["week"])


@all_flights
def test_the_weeks_are_those_of_the_project(flights: IntegrationProject) -> None:
    assert weeks(flights).to_dict("list") == table("week").to_dict("list")
    for sentence in sentences(flights):
        assert sentence in TEXT, sentence


@all_flights
def test_what_watching_every_feature_would_give(flights: IntegrationProject) -> None:
    shown = table("feature")
    written = [flights.root / MONITORING / f"{name}.sql" for name in ALL_FEATURES]
    for path in written:
        path.write_text(ALL_FEATURES[path.stem])
    flights.parse()
    try:
        flights.build("--select", *ALL_FEATURES)
        found = moved(flights).set_index("feature")
        alerts = (
            flights.query(
                "select sum(is_alert::integer) as alerts, count(*) as n, count(distinct feature) as features"
                f" from {{all_drift}} where period_start {TRAINING}"
            )
            .astype(int)
            .iloc[0]
        )
        broken = flights.query(
            "select count(*) filter (where verdict = 'data_quality') as n, count(*) as weeks"
            f" from {{all_health}} where period_start {AUTUMN}"
        ).iloc[0]
        blind = flights.query(
            "select verdict from {blind_health} where period_start = timestamp '2013-09-23'"
        )
    finally:
        for path in written:
            path.unlink()
        flights.parse()
    expected = found.loc[shown["feature"].str.strip("`")].reset_index(drop=True)
    assert expected.to_dict("list") == shown.drop(columns="feature").to_dict("list")
    for sentence in (
        f"Of all {alerts['features']} features {alerts['alerts']} of {alerts['n']:,} alert",
        f"finds `data_quality` in {broken['n']} of the {broken['weeks']} weeks",
        f"Without `estimated_performance` it is called `{blind['verdict'][0]}`",
    ):
        assert sentence in TEXT, sentence


def scored(flights: IntegrationProject) -> pd.DataFrame:
    """Each prediction of autumn with its outcome, its week, and whether the outcome was known on the Monday after."""
    rows = flights.query(
        "select as_of, predicted_probability, arrived_at, is_late from {flight_predictions}"
        " left join {flight_outcomes} using (flight_id)"
    )
    rows["week"] = rows["as_of"].dt.to_period("W-SUN").dt.start_time
    rows = rows[rows["week"].between(FIRST, LAST)]
    return rows.assign(on_monday=rows["arrived_at"] < rows["week"] + pd.Timedelta(days=7))


def area(rows: pd.DataFrame) -> float:
    return float(roc_auc_score(rows["is_late"], rows["predicted_probability"]))


def weeks(flights: IntegrationProject) -> pd.DataFrame:
    """The first table of the guide."""
    judged = flights.query(
        "select health.*, performance.lower, performance.upper, estimated.value as estimate"
        " from {flight_health} as health"
        " join {flight_performance} as performance using (model_version, period_start, metric, segment_name)"
        " join {flight_estimated_performance} as estimated using (model_version, period_start, metric, segment_name)"
        f" where period_start {AUTUMN}"
    ).set_index("period_start")
    lines = []
    for week, rows in scored(flights).groupby("week"):
        known, of_week = rows[rows["is_late"].notna()], judged.loc[week]
        lines.append(
            {
                "week": f"{week:%Y-%m-%d}",
                "predictions": f"{len(rows):,}",
                "outcomes": f"{len(known):,}",
                "late": f"{100 * known['is_late'].mean():.1f} %",
                "AUC": f"{area(known):.3f}",
                "95 %": f"{of_week['lower']:.3f} to {of_week['upper']:.3f}",
                "on Monday": f"{area(rows[rows['on_monday']]):.3f}",
                "by scores": f"{of_week['estimate']:.3f}",
                "verdict": of_week["verdict"],
                "severity": of_week["severity"],
            }
        )
    return pd.DataFrame(lines)


def sentences(flights: IntegrationProject) -> list[str]:
    """What the guide says in words, with the numbers of the project."""
    rows = scored(flights)
    known = rows[rows["is_late"].notna()]
    by_week = known.groupby("week")
    areas = pd.Series({week: area(of_week) for week, of_week in by_week})
    monday = pd.Series({week: area(of_week[of_week["on_monday"]]) for week, of_week in by_week})
    share = by_week["on_monday"].mean()
    changed = (areas - monday).abs()
    spread = by_week["predicted_probability"].std()
    worst = areas.idxmin()
    after = (known["arrived_at"] - known["week"] - pd.Timedelta(days=7)).max() / pd.Timedelta(hours=1)
    days = known.groupby(["week", known["as_of"].dt.date])["is_late"].mean().groupby("week").std()
    health: Any = flights.read("flight_health").set_index("period_start").loc[FIRST:LAST]
    estimated: Any = flights.query(
        f"select * from {{flight_estimated_performance}} where metric = 'roc_auc' and period_start {AUTUMN}"
    ).set_index("period_start")
    below = areas.index[areas < estimated["lower"]]
    above = areas.index[areas > estimated["upper"]]
    storm = rows[rows["week"] == "2013-12-09"]
    drops = health.index[health["severity"] == "error"]
    alerts = flights.query(
        "select feature, count(*) filter (where is_alert) as n,"
        " min(alert_since) filter (where is_alert) as since, max(value) as highest"
        f" from {{flight_drift_alerts}} where period_start {AUTUMN} group by feature"
    ).set_index("feature")
    steady = flights.query(
        "select count(*) filter (where value >= 0.1) as n, count(*) as cells"
        f" from {{flight_drift_alerts}} where period_start {TRAINING}"
    ).iloc[0]
    moving = alerts[alerts["n"] > 0]
    assert list(drops) == [worst] == [spread.idxmin()]
    assert 2 < changed.max() / (0.03 * health["expected_value"].iloc[0]) < 2.5
    assert moving.index.str.startswith("aircraft_").all()
    return [
        f"between {100 * share.min():.1f} % and {100 * share.max():.1f} % of a week's outcomes",
        f"the last one {after:.0f} hours later",
        f"by up to {changed.max():.3f} (week of {changed.idxmax():%-d %B}: {monday[changed.idxmax()]:.3f},"
        f" then {areas[changed.idxmax()]:.3f})",
        f"{(health['verdict'] == 'covariate_drift').sum()} of the {len(health)} weeks",
        f"AUC of {areas[worst]:.3f}, where {health['expected_value'].iloc[0]:.3f} was expected",
        f"scores had a standard deviation of {spread[worst]:.3f}, the smallest of all weeks",
        f"alone give {estimated.loc[worst, 'value']:.3f}",
        f"lies below its interval in {len(below)} weeks ({', '.join(f'{week:%-d %B}' for week in below)})"
        f" and above it in {len(above)}",
        f"a correlation of {areas.corr(days):.2f}",
        f"{100 * storm['is_late'].mean():.1f} % of flights were late and the mean score was"
        f" {100 * storm['predicted_probability'].mean():.1f} %; AUC was {areas['2013-12-09']:.3f}, and"
        f" {estimated.loc['2013-12-09', 'value']:.3f} by the scores",
        f"{areas['2013-12-09']:.3f} is no drop against {health['expected_value'].iloc[0]:.3f}",
        f"{len(moving)} of the 17 features alert in autumn",
        f"`aircraft_delay_30d` in {moving.loc['aircraft_delay_30d', 'n']} of the {len(health)} weeks, first from"
        f" {moving.loc['aircraft_delay_30d', 'since']:%-d %B} on",
        f"PSI of up to {moving.loc['aircraft_delay_30d', 'highest']:.2f}",
        f"{steady['n']} of {steady['cells']} reach a PSI of 0.1",
    ]


def moved(flights: IntegrationProject) -> pd.DataFrame:
    """The second table of the guide, of every feature."""
    found = flights.query(
        "select feature,"
        f" count(*) filter (where is_alert and period_start {TRAINING}) as in_training,"
        f" median(all_drift.value) filter (where period_start {TRAINING}) as median_in_training,"
        f" median(changes.value) filter (where period_start {TRAINING}) as change_in_training,"
        f" median(all_drift.value) filter (where period_start {AUTUMN}) as median_in_autumn"
        " from {all_drift} as all_drift join {all_changes} as changes using (feature, period_start)"
        " group by feature"
    )
    return pd.DataFrame(
        {
            "feature": found["feature"],
            "alerts in 20 training weeks": found["in_training"].astype(str),
            "PSI, training weeks": found["median_in_training"].map("{:.2f}".format),
            "from week to week": found["change_in_training"].map("{:.2f}".format),
            "PSI, autumn weeks": found["median_in_autumn"].map("{:.2f}".format),
        }
    )
