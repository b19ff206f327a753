"""The report says what the tables say: every figure on it is a cell, on both engines, and what is missing is named."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from built_project import BuiltProject
from dbt_baton import ProjectError, UnknownModel, command_line
from dbt_baton.report.build import build_report
from dbt_baton.report.content import ModelContent, Report
from dbt_baton.report.page import html_page, markdown_page
from monitored_shop import FEATURES, Watched, put_tables, starts, value_of, versions_of

MODELS = [
    Watched("churn_model", "concept_drift", "error", since=5, unlabelled=2),
    Watched("basket_model", "covariate_drift", "warning", since=6, named=FEATURES[2:4]),
    Watched("spend_model", "data_quality", "warning", since=3, named=FEATURES[:1], owner=None),
    Watched("return_model", "training_serving_skew", "error", since=7, named=FEATURES[3:5]),
    Watched("new_model", "not_enough_labels", "none", unlabelled=8),
    Watched("old_model", "performance_drop_unexplained", "error", since=1, unlabelled=1),
    Watched("good_model"),
]
TABLES = ("performance", "alerts", "estimated", "skew", "contributions", "calibration", "thresholds", "comparison", "versions")  # fmt: skip
# what the page draws or explains is no figure of a table, and SQL is checked by running it
UNREAD = {"script", "style", "title", "pre"}
UNREAD_CLASSES = {"x", "y", "marks", "definitions"}
VOID = {"meta", "br", "link"}
INLINE = {"b", "strong", "span", "a", "small", "i", "code"}
OPTIONAL_END = {"td", "th", "tr", "li"}


@pytest.fixture(scope="module")
def shop(built: BuiltProject) -> BuiltProject:
    put_tables(built, MODELS)
    return built


@pytest.fixture(scope="module")
def report(shop: BuiltProject) -> Report:
    return build_report(shop.open())


def model_of(report: Report, name: str) -> ModelContent:
    return next(model for model in report.models if model.name == name)


class ReadText(HTMLParser):
    """The text that a reader sees, one line for each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        classes = set((dict(attributes).get("class") or "").split())
        if tag not in INLINE:
            self.lines.append("\n")
        if tag not in VOID | OPTIONAL_END:
            self.open.append((tag, tag in UNREAD or bool(classes & UNREAD_CLASSES)))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in OPTIONAL_END:
            assert self.open.pop()[0] == tag, "the page is well formed"

    def handle_data(self, data: str) -> None:
        if not any(unread for _, unread in self.open):
            self.lines.append(data)


def read_text(page: str) -> str:
    parser = ReadText()
    parser.feed(page)
    assert parser.open == []
    return "".join(parser.lines)


def numbers_of(value: Any) -> list[float]:
    """The numbers in a cell, also those in JSON and in sentences."""
    if isinstance(value, (bool, np.bool_)) or value is None or value is pd.NaT:
        return []
    if isinstance(value, (int, float, np.number)):
        return [float(value)] if np.isfinite(value) else []
    return [
        float(found)
        for found in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)", str(value))
    ]


def test_every_number_on_the_page_is_a_cell_of_a_table(shop: BuiltProject, report: Report):
    text = read_text(html_page(report))
    cells = np.array(
        [
            number
            for name in (*TABLES, "health", "aliases", "catalogue")
            for column in shop.engine.query(f'select * from baton_test."{name}"').astype(object).items()
            for value in column[1]
            for number in numbers_of(value)
        ]
    )
    dates = {f"{start:%Y-%m-%d}" for start in starts(8)}
    shown = set(re.findall(r"\d{4}-\d\d-\d\d", text))
    of_versions = {"2023-12-03", "2023-12-04", "2024-01-27", "2023-12-23"}
    assert shown <= dates | of_versions
    text = re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?", " ", text).replace("\u00a0", " ")
    tokens = list(re.finditer(r"(?<![\w.,])(-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.]*\w)( %)?", text))
    assert len(tokens) > 1000
    unknown = []
    for token in tokens:
        number = float(token[1].replace(",", ""))
        digits = len(token[1].split("e")[0].partition(".")[2])
        scale = 100 if token[2] else 1
        if "e" in token[1]:
            near = np.isclose(cells, number, rtol=0.06)
        else:
            near = np.isclose(np.abs(np.round(cells * scale, digits)), abs(number), rtol=0, atol=1e-9)
        is_limit = token[1] in ("0.001", "0.1") and text[: token.start()].rstrip().endswith("<")
        if text[token.start() - 1] == "[" or text[token.end() : token.end() + 1] == ")":
            # the name of a bin has four digits
            near |= np.isclose(cells, number, rtol=5e-4)
        if not near.any() and not is_limit:
            unknown.append(text[max(0, token.start() - 40) : token.end() + 10])
    assert unknown == []


def test_the_models_come_with_the_worst_first_and_their_sentences(shop: BuiltProject, report: Report):
    assert [model.name for model in report.models] == [
        "old_model",
        "churn_model",
        "return_model",
        "spend_model",
        "basket_model",
        "new_model",
        "good_model",
    ]
    health = shop.engine.query('select * from baton_test."health"')
    text = read_text(html_page(report))
    newest = health[health["period_start"] == starts(8)[-1]].set_index("model_name")
    for model in report.models:
        assert model.now is not None
        row = newest.loc[model.name]
        assert (model.state, model.now.summary) == (row["verdict"], row["summary"])
        assert model.owner == (None if pd.isna(row["owner"]) else row["owner"])
        assert row["summary"] in text
    assert "nobody owns it" in text
    assert report.data_until == starts(8)[-1]


def test_what_is_not_known_is_said_and_not_zero(report: Report):
    text = read_text(html_page(report))
    assert "roc_auc is not known: no labelled predictions; estimated" in text
    assert "0 of 5,007 with outcome" in text
    churn = model_of(report, "churn_model")
    assert churn.now and churn.now.value is None and churn.known
    assert churn.known.start == starts(8)[5]
    # the verdict goes on from the newest period with outcomes, whose sentence is on the page too
    assert churn.carried and churn.known.summary in text
    assert model_of(report, "new_model").severity == "unknown"


def test_a_period_is_that_of_its_champion(report: Report):
    model = model_of(report, "good_model")
    first, second = versions_of(MODELS[-1])
    assert [period.version for period in model.history] == [first] * 4 + [second] * 4
    assert model.champions == [(starts(8)[4] - pd.Timedelta(days=2), second)]
    assert [period.value for period in model.history] == pytest.approx(
        [value_of(6, week) for week in range(8)]
    )


def test_features_come_as_the_verdict_names_them_then_by_alert_and_distance(report: Report):
    model = model_of(report, "return_model")
    names = [feature.name for feature in model.features]
    assert names[:2] == ["sessions_7d", "age"]
    # alerts are plan and revenue_90d (and age, which is named); the rest is by psi, which grows along the list
    assert names == [
        "sessions_7d",
        "age",
        "revenue_90d",
        "plan",
        "events_30d",
        "days_since_last_active",
        "channel",
    ]
    assert model.features[0].detail == "sessions_7d has drifted, psi 0.737"
    assert [row["bin"] for row in model.features[0].bins] == [*map(str, range(1, 12)), "UNSEEN", "NULL"]
    assert {row["metric"] for feature in model.features for row in feature.trend} == {"psi"}


def test_segments_are_those_whose_interval_is_below_that_of_all_rows(report: Report):
    model = model_of(report, "good_model")
    assert [(row["segment_name"], row["segment_value"]) for row in model.segments] == [("plan", "<b>pro</b>")]


def test_the_sql_that_is_advised_runs(shop: BuiltProject, report: Report):
    titles = set()
    with shop.open().reader() as read:
        for model in report.models:
            assert model.advice is not None
            for query in model.advice.queries:
                titles.add(query.title)
                read(query.sql)
    assert titles == {
        "Rows in which channel is NULL",
        "Values of channel",
        "Which values of events_30d have come or gone",
        "Values of events_30d",
        "Which features were served wrongly",
        "Rows in which sessions_7d was served wrongly",
        "Segments, the worst first",
        "What was predicted",
        "Predictions with an outcome",
    }


def test_a_rollback_is_advised_where_another_version_was_champion(report: Report):
    churn, basket = model_of(report, "churn_model").advice, model_of(report, "basket_model").advice
    assert churn and churn.rollback == "dbt-baton rollback churn_model"
    assert churn.rollback_row == {
        "model_name": "churn_model", "alias": "champion", "model_version": versions_of(MODELS[0])[0],
    }  # fmt: skip
    assert basket and basket.rollback is None


def test_periods_that_begin_later_are_left_out(shop: BuiltProject):
    until = starts(8)[5].to_pydatetime()
    (model,) = build_report(shop.open(), ["basket_model"], until=until).models
    assert model.now and (model.now.start, model.state) == (until, "healthy")
    assert max(row["period_start"] for feature in model.features for row in feature.trend) == until


def test_markdown_and_json_have_the_same_rows(shop: BuiltProject, capsys):
    report = build_report(shop.open(), ["churn_model", "spend_model"])
    text = markdown_page(report)
    assert "| ◆ | churn_model | concept drift | 2024-02-05 | Retention | roc_auc " in text
    assert "| ▲ | spend_model | data quality | 2024-01-22 | nobody |" in text
    assert "1. scoring_features (models/scoring_features.sql), nobody owns it" in text
    assert "```sh\ndbt-baton rollback churn_model\n```" in text
    assert command_line.main(shop.arguments("report", "churn_model", "--format", "json")) == 0
    document = json.loads(capsys.readouterr().out)
    (model,) = document["models"]
    assert model["history"][-1]["verdict"] == "concept_drift"
    assert model["history"][5]["value"] == pytest.approx(value_of(0, 5), rel=0, abs=1e-15)


def test_the_command_prints_the_path_and_a_line_for_each_model(shop: BuiltProject, tmp_path, capsys):
    path = tmp_path / "a report.html"
    assert command_line.main(shop.arguments("report", "-o", path, "churn_model", "good_model")) == 0
    value = value_of(0, 5)
    assert capsys.readouterr().out.splitlines() == [
        str(path),
        f"  churn_model: concept_drift since 2024-02-05, roc_auc {value:.3f}, expected 0.812, Retention owns it",
        f"  good_model: healthy since 2024-01-01, roc_auc {value_of(6, 7):.3f}, expected 0.813, Retention owns it",
    ]
    assert path.read_text(encoding="utf-8") == html_page(
        build_report(shop.open(), ["churn_model", "good_model"])
    )
    written = shop.open().report(tmp_path / "report.md", ["good_model"])
    assert written.read_text(encoding="utf-8").startswith("# Health of models")


def test_wrong_input_is_refused(shop: BuiltProject, tmp_path, capsys):
    project = shop.open()
    with pytest.raises(UnknownModel, match=r"'churn'.*did you mean churn_model.*'zzz'"):
        project.report(tmp_path / "x.html", ["churn", "good_model", "zzz"])
    with pytest.raises(ProjectError, match=r"report.pdf ends with none of .html, .md, .json"):
        project.report(tmp_path / "report.pdf")
    with pytest.raises(ProjectError, match=r"x.html cannot be written: No such file"):
        project.report(tmp_path / "no" / "x.html", ["good_model"])
    assert command_line.main(shop.arguments("report", "--until", "yesterday")) == 2
    assert "dbt-baton report: 'yesterday' is no time such as" in capsys.readouterr().err
    assert command_line.main(["report", "--project-dir", str(tmp_path)]) == 2
    assert "dbt_project.yml is missing" in capsys.readouterr().err


def test_a_notebook_shows_the_part_of_a_model(shop: BuiltProject):
    frame = shop.open().model("good_model")._repr_html_()
    assert frame.startswith("<iframe ") and 'sandbox="allow-scripts"' in frame
    assert "churn_model" not in frame and "&lt;section class=&quot;model&quot;" in frame
