"""The report of a project that lacks tables, rows or verdicts says which macro would give them."""

from __future__ import annotations

import pandas as pd
import pytest

from built_project import BuiltProject
from dbt_baton import ProjectError, command_line
from dbt_baton.report.build import build_report
from dbt_baton.report.page import html_page, markdown_page
from monitored_shop import FEATURES, Watched, put_tables

INPUTS = ("drift", "alerts", "estimated", "skew", "contributions", "calibration", "thresholds", "comparison", "catalogue", "aliases")  # fmt: skip
MODELS = [
    Watched("churn_model", "performance_drop_unexplained", "error", since=3),
    Watched("new_model", "not_enough_labels", unlabelled=8),
]


def test_performance_alone(built: BuiltProject):
    put_tables(built, MODELS, without=INPUTS)
    report = build_report(built.open())
    text = html_page(report)
    for macro in (
        "drift_alerts",
        "training_serving_skew",
        "estimated_performance",
        "drift_contributions",
        "compare_models",
        "calibration_curve",
        "threshold_curve",
        "feature_catalogue",
    ):
        assert f"a model that calls baton.{macro} gives this" in text
    assert "no other version was champion" in text.lower()
    # neither an outcome nor an estimate: no chart, and words instead
    assert "No outcome is known in any period, and nothing was estimated." in text
    assert "roc_auc is not known" in text


def test_a_model_without_verdicts_has_its_version_card(built: BuiltProject):
    put_tables(built, MODELS, without=("health",))
    report = build_report(built.open())
    assert [(model.state, model.now) for model in report.models] == [("no_verdict", None)] * 2
    assert report.data_until is None
    text = html_page(report)
    assert "a model that calls baton.model_health gives the verdict" in text
    assert "Version card" in text and "Feature catalogue" in text
    assert "No verdict on churn\\_model, new\\_model" in markdown_page(report).replace("_", "\\_")


def test_a_model_without_versions_has_its_verdicts(built: BuiltProject):
    put_tables(built, MODELS, without=("versions", "aliases"))
    text = html_page(build_report(built.open()))
    assert "performance drop unexplained" in text and "Version card" not in text


def test_tables_without_rows(built: BuiltProject, capsys):
    put_tables(built, MODELS)
    for name in (
        "drift",
        "alerts",
        "estimated",
        "skew",
        "contributions",
        "calibration",
        "thresholds",
        "comparison",
    ):
        built.engine.execute(f"delete from baton_test.{name}")
    (model, _) = build_report(built.open()).models
    assert model.features == [] and model.comparison == []
    text = html_page(build_report(built.open()))
    assert "no rows of churn_model" in text
    built.engine.execute("delete from baton_test.performance")
    assert "roc_auc" in html_page(build_report(built.open()))
    built.engine.execute("delete from baton_test.health")
    assert {model.state for model in build_report(built.open()).models} == {"no_verdict"}
    assert command_line.main(built.arguments("health")) == 2
    assert "health has no rows, so there are no verdicts" in capsys.readouterr().err
    built.engine.execute("delete from baton_test.versions; delete from baton_test.aliases")
    with pytest.raises(ProjectError, match="no model has version rows or verdicts yet: run dbt build"):
        build_report(built.open())


def test_predictions_without_a_version(built: BuiltProject):
    put_tables(built, MODELS)
    for name in ("health", "performance", "estimated"):
        built.engine.execute(f"update baton_test.{name} set model_version = null")
    (model, _) = build_report(built.open()).models
    assert model.now and model.now.version is None and model.now.lower is not None
    assert "version" not in read_heading(html_page(build_report(built.open())))
    assert model.advice
    with built.open().reader() as read:
        assert [read(query.sql).num_rows for query in model.advice.queries] == [3, 0]


def read_heading(page: str) -> str:
    return page.partition('<p class="facts">')[2].partition("</p>")[0]


def test_an_input_that_is_not_built_is_named(built: BuiltProject):
    put_tables(built, MODELS)
    built.engine.execute("drop table baton_test.skew")
    (model, _) = build_report(built.open()).models
    assert model.missing["skew"].startswith("skew cannot be read: run dbt build first")
    assert [feature.skew for feature in model.features] == [None] * len(FEATURES)


def test_a_table_of_another_model_is_not_shown(built: BuiltProject):
    """Drift is about no model by name; whose it is, is in dbt's graph."""
    put_tables(built, MODELS, without=("contributions",))
    built.put("other_histogram", pd.DataFrame({"n": [1]}), reads=["users"])
    others = built.engine.query("select * from baton_test.alerts").assign(
        bin="1", label="another model's", share=0.5, share_reference=0.5, contribution=0.0
    )
    built.put("other_contributions", others, calls="drift_contributions", reads=["other_histogram"])
    (model, _) = build_report(built.open()).models
    assert all(feature.bins == [] for feature in model.features)
    assert model.missing["contributions"] == "other_contributions has no rows of churn_model"
    built.remove("other_histogram", "other_contributions")


def test_errors_are_one_clear_line(built: BuiltProject, tmp_path, capsys):
    put_tables(built, MODELS)
    manifest = built.root / "target" / "manifest.json"
    text = manifest.read_text()
    manifest.unlink()
    assert command_line.main(built.arguments("report", "-o", tmp_path / "x.html")) == 2
    assert "manifest.json is missing: run dbt build first" in capsys.readouterr().err
    manifest.write_text(text)
    built.engine.execute("drop table baton_test.aliases")
    assert command_line.main(built.arguments("report", "-o", tmp_path / "x.html")) == 0
    assert "<html" in (tmp_path / "x.html").read_text()
    assert command_line.main(built.arguments("report", "-o", tmp_path / "x.md")) == 0
    assert (tmp_path / "x.md").read_text().startswith("# Health of models")
    assert command_line.main(built.arguments("report", "-o", tmp_path / "x")) == 2
    assert "x ends with none of .html, .md, .json" in capsys.readouterr().err


def test_a_locked_database_is_said(built: BuiltProject, tmp_path, capsys):
    put_tables(built, MODELS)
    with built.locked():
        assert command_line.main(built.arguments("report", "-o", tmp_path / "x.html")) == 2
    assert "is locked by another process" in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists()
