"""`Project.model` and the commands that read: versions, aliases at any moment, loading, scoring, verdicts, on both engines."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge

from built_project import BuiltProject
from dbt_baton import ArtifactRejected, ProjectError, SignatureMismatch, UnknownModel, command_line
from dbt_baton.project.card import Card
from python_bench import FEATURES, ORIGIN, PythonModel, as_scikit_learn_takes_it, customers

OPTIONAL = ("owner", "git_sha", "threshold", "training_relation", "library_versions")
HOSTILE = "it's <b>|`x`"
DAYS = [pd.Timestamp("2024-05-01 12:00"), pd.Timestamp("2024-06-01"), pd.Timestamp("2099-01-01")]


@pytest.fixture(scope="module")
def trained() -> dict:
    """Version rows: two of a classifier, one of a regression."""
    bench, rows = PythonModel(), customers()
    first = bench.train(rows, HistGradientBoostingClassifier(max_iter=5, random_state=0), owner="Retention")
    later = ORIGIN.__class__(trained_at=DAYS[1].to_pydatetime(), run_id="later", git_sha="a commit")
    second = bench.train(rows, HistGradientBoostingClassifier(max_iter=9, random_state=0), origin=later)
    spend = rows.drop(columns="label").assign(label=rows["order"] * 2.0, plan="basic", Age=40.0)
    spend_row = bench.train(spend, Ridge(), features=["order", "is_new"])
    return {"rows": rows, "first": first, "second": second, "spend": spend_row | {"model_name": HOSTILE}}


@pytest.fixture(scope="module")
def shop(built: BuiltProject, trained: dict) -> BuiltProject:
    first, second, spend = (pd.DataFrame([trained[name]]) for name in ("first", "second", "spend"))
    both = pd.concat([first, second], ignore_index=True)
    built.put("churn_model", both, materialized="ml_model", owner="Retention")
    built.put("spend_model", spend, materialized="ml_model")
    registry = both.assign(version_number=[1, 2])
    built.put("registry", registry, calls="model_registry", reads=["churn_model"])
    held = [
        ("champion", 0, DAYS[0], DAYS[1], False, "policy", "the first version"),
        ("champion", 1, DAYS[1], DAYS[2], True, "Ada", "better | by 'far'"),
        ("champion", 0, DAYS[2], pd.NaT, False, "Ada", "dated ahead"),
    ]
    names = ["alias", "place", "valid_from", "valid_to", "is_current", "promoted_by", "reason"]
    aliases = pd.DataFrame(held, columns=names)
    aliases = aliases.merge(registry, left_on="place", right_index=True).drop(columns="place")
    built.put("promotions_seed", pd.DataFrame({"model_name": ["churn_model"]}), kind="seed")
    built.put("aliases", aliases, calls="model_aliases", reads=["registry", "promotions_seed"])
    built.put("rows", trained["rows"])
    built.put("churn_health", verdicts(), calls="model_health")
    return built


def verdicts() -> pd.DataFrame:
    """Two weeks of two models; the newest week of each counts."""
    old, new = pd.Timestamp("2024-07-01"), pd.Timestamp("2024-07-08")
    cells = [
        ("churn_model", old, "concept_drift", "error", old, "an older row", None),
        ("churn_model", new, "data_quality", "warning", new, "Age is NULL in 50 % of rows", "Retention"),
        (HOSTILE, old, "healthy", "none", old, "rmse is 2.1, expected 2.0", None),
    ]
    names = ["model_name", "period_start", "verdict", "severity", "since", "summary", "owner"]
    return pd.DataFrame(cells, columns=names).assign(
        model_version="v", segment_name="all", segment_value="all", metric="roc_auc", value=0.7,
        evidence='{"findings": []}', features="[]", upstream=None,
    )  # fmt: skip


def test_versions_are_numbered_and_without_what_is_large(shop, trained):
    found = shop.open().model("churn_model").versions()
    assert found["version_number"].tolist() == [1, 2]
    assert found["model_version"].tolist() == [trained[name]["model_version"] for name in ("first", "second")]
    assert not {"artifact", "scoring_sql", "scoring_nodes"} & set(found)
    # without a registry, in the order of training
    assert shop.open().model(HOSTILE).versions()["version_number"].tolist() == [1]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-05-01 11:59:59", None),
        ("2024-05-01 12:00", "first"),
        ("2024-05-31T23:59:59.999999Z", "first"),
        ("2024-06-01", "second"),
        ("2024-06-01 01:30+02:00", "first"),
        (None, "second"),
        ("2100-01-01", "first"),
    ],
)
def test_who_was_champion_when(shop, trained, at, expected):
    holder = shop.open().model("churn_model").champion(at)
    assert (holder and holder["model_version"]) == (expected and trained[expected]["model_version"])


def test_a_day_is_its_midnight_and_other_values_are_refused(shop, trained, tmp_path):
    model = shop.open().model("churn_model")
    found = model.champion(date(2024, 6, 1))
    assert found and found["model_version"] == trained["second"]["model_version"]
    with pytest.raises(ProjectError, match="5 is no time such as"):
        model.champion(5)
    with pytest.raises(ProjectError, match="'June' is no time such as"):
        shop.open().report(tmp_path / "page.md", "churn_model", until="June")


def test_a_registry_from_before_owners(shop, trained):
    card = Card.of(
        {"version_number": 1} | {k: v for k, v in trained["first"].items() if k not in OPTIONAL}, []
    )
    assert "owner" not in card.facts and "git commit" not in card.facts and card.facts["label"] == "label"


def test_a_loaded_version_predicts_what_scikit_learn_does(shop, trained):
    model, rows = shop.open().model("churn_model"), trained["rows"]
    estimator = model.load()
    assert estimator.max_iter == 9 and model.load(1).max_iter == 5
    truth = estimator.predict_proba(as_scikit_learn_takes_it(rows))[:, 1]
    frame = rows.set_index(rows["customer_id"] + 1000)
    scores = model.score(frame)
    assert scores.index.equals(frame.index)
    np.testing.assert_allclose(scores["predicted_probability"], truth, rtol=0, atol=1e-12)
    assert scores["predicted_class"].tolist() == np.where(truth >= 0.5, "1", "0").tolist()
    for same in (pa.Table.from_pandas(rows), pl.from_pandas(rows), rows[FEATURES]):
        assert model.score(same)["predicted_probability"].tolist() == scores["predicted_probability"].tolist()
    of_table = model.score(shop.open().ref("rows"), 1)["predicted_probability"]
    assert len(of_table) == len(rows) and of_table.tolist() != scores["predicted_probability"].tolist()
    assert len(model.score(rows.head(0))) == 0
    with pytest.raises(SignatureMismatch, match=r"'Age'.*'plan'"):
        model.score(rows[["order", "is_new"]])


def test_versions_that_are_not_there(shop):
    model = shop.open().model("churn_model")
    with pytest.raises(
        UnknownModel, match=r"has no version 7; it has [0-9a-f]{12} \(number 1\), [0-9a-f]{12} \(number 2\)"
    ):
        model.version(7)
    with pytest.raises(UnknownModel, match="no version of churn_model is challenger now"):
        model.load(alias="challenger")
    with pytest.raises(
        UnknownModel, match=r"no model 'churn-model' has version rows or verdicts; did you mean churn_model\?"
    ):
        shop.open().model("churn-model")
    with pytest.raises(ProjectError, match="'next week' is no time"):
        model.champion("next week")
    with pytest.raises(
        ProjectError, match=r"no rows of it's <b>.* in a model that calls baton.model_aliases"
    ):
        shop.open().model(HOSTILE).champion()


def test_an_altered_artifact_is_not_loaded(shop, trained):
    broken = trained["spend"] | {"model_name": "broken"}
    broken["artifact"] = broken["artifact"][:-1] + bytes([broken["artifact"][-1] ^ 1])
    shop.put("broken_model", pd.DataFrame([broken]), materialized="ml_model")
    with pytest.raises(ArtifactRejected):
        shop.open().model("broken").load()


def test_the_card_has_the_facts_of_the_row(shop, trained):
    card = shop.open().model("churn_model").card(1)
    row, text = trained["first"], str(card)
    assert f"version {row['model_version']} (number 1)" in text
    assert card.metrics["validation"]["roc_auc"] == json.loads(row["metrics"])["validation"]["roc_auc"]
    for written in ("| owner | Retention |", "| policy | the first version |", "| Ada | dated ahead |"):
        assert written in text
    assert card._repr_markdown_() == text
    hostile = str(shop.open().model(HOSTILE).card())
    assert "<b>" not in hostile and "it's &lt;b>\\|\\`x\\`" in hostile


def test_names_of_models(shop):
    assert {"churn_model", HOSTILE} <= set(shop.open().models())


def run(shop, capsys, *arguments):
    code = command_line.main(shop.arguments(*arguments))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_health_fails_at_the_chosen_severity(shop, capsys, fail_on, code):
    found, printed, _ = run(shop, capsys, "health", "--fail-on", fail_on)
    assert found == code
    assert printed.splitlines() == [
        "churn_model: data_quality since 2024-07-08 (Retention owns it)",
        "  Age is NULL in 50 % of rows",
        f"{HOSTILE}: healthy (nobody owns it)",
        "  rmse is 2.1, expected 2.0",
    ]


def test_health_as_json_and_markdown(shop, capsys):
    _, printed, _ = run(shop, capsys, "health", "--format", "json")
    assert [row["verdict"] for row in json.loads(printed)] == ["data_quality", "healthy"]
    assert json.loads(printed)[0]["evidence"] == {"findings": []}
    _, printed, _ = run(shop, capsys, "health", "--format", "md")
    assert printed.count("\n") == 4 and "<b>" not in printed
    code, printed, _ = run(shop, capsys, "health", HOSTILE, "--fail-on", "warning")
    assert code == 0 and "churn_model" not in printed


def test_health_of_a_model_without_verdicts(shop, capsys):
    code, printed, error = run(shop, capsys, "health", "churn")
    assert (code, printed) == (2, "")
    assert error == "dbt-baton health: no verdicts of 'churn' (did you mean churn_model?)\n"


def test_models_and_their_versions(shop, trained, capsys):
    first, second = (trained[name]["model_version"] for name in ("first", "second"))
    code, printed, _ = run(shop, capsys, "models")
    assert code == 0 and f"champion {second}" in printed
    _, printed, _ = run(shop, capsys, "models", "churn_model", "--format", "json")
    found = json.loads(printed)
    assert [row["aliases"] for row in found["versions"]] == ["", "champion"]
    assert [row["model_version"] for row in found["promotions"]] == [first, second, first]
    _, printed, _ = run(shop, capsys, "models", "churn_model", "--at", "2024-05-20", "--format", "json")
    assert [row["model_version"] for row in json.loads(printed)] == [first]


def test_two_versions_compared(shop, trained, capsys):
    _, printed, _ = run(shop, capsys, "models", "churn_model", "--compare", 1, 2, "--format", "json")
    found = {(row["section"], row["name"]): row for row in json.loads(printed)}
    assert (found["parameter", "max_iter"]["one"], found["parameter", "max_iter"]["other"]) == (5, 9)
    assert found["parameter", "max_iter"]["is_different"]
    assert not found["training set", "training_set_hash"]["is_different"]
    assert found["feature", "Age"]["one"] == "float"
    both = {json.loads(trained[name]["metrics"])["validation"]["roc_auc"] for name in ("first", "second")}
    assert {found["metric", "validation.roc_auc"][side] for side in ("one", "other")} == both
    _, printed, _ = run(shop, capsys, "models", "churn_model", "--compare", 1, 2)
    assert "max_iter" in printed and "training_set_hash" not in printed
    code, printed, _ = run(shop, capsys, "models", "churn_model", "--compare", 1, 1)
    assert (code, printed) == (0, "the versions are the same\n")


def test_the_card_of_a_version(shop, capsys):
    code, printed, _ = run(shop, capsys, "models", "churn_model", "--card", 2)
    assert code == 0 and printed == str(shop.open().model("churn_model").card(2))
    _, printed, _ = run(shop, capsys, "models", "churn_model", "--card", 2, "--format", "json")
    assert json.loads(printed)["facts"] == shop.open().model("churn_model").card(2).facts


def test_options_that_need_a_model(shop, capsys):
    code, _, error = run(shop, capsys, "models", "--compare", 1, 2, "--at", "2024-01-01")
    assert code == 2 and "give the name of a model for --at and --compare; there are " in error


@pytest.mark.parametrize("command", [("health",), ("models",), ("promote", "m", "1"), ("rollback", "m")])
def test_a_project_that_is_not_there_is_one_line(tmp_path, capsys, command):
    assert command_line.main([*command, "--project-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"dbt-baton {command[0]}: {tmp_path}/dbt_project.yml is missing\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("promote", "churn_model", "1", "--reason", "it's cheaper"), "first"),
        (("promote", "churn_model", None, "--alias", "challenger", "--by", "Ada"), "second"),
        (("rollback", "churn_model"), None),
    ],
)
def test_promote_and_rollback_start_the_run_operation(shop, trained, capfd, tmp_path, arguments, expected):
    stand_in = tmp_path / "dbt"
    stand_in.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/given\n")
    stand_in.chmod(0o755)
    version = trained[expected]["model_version"] if expected else None
    given = [version if each is None else each for each in arguments]
    assert command_line.main(shop.arguments(*given, "--dbt", stand_in)) == 0
    assert capfd.readouterr().out == "then: dbt build --select promotions_seed+\n"
    started = (tmp_path / "given").read_text().splitlines()
    assert started[:4] == ["--quiet", "run-operation", f"baton.{arguments[0]}", "--args"]
    wanted = {"promotions": "promotions_seed", "registry": "registry", "model_name": "churn_model"}
    wanted |= {"alias": "challenger" if "challenger" in arguments else "champion"}
    wanted |= {"model_version": version} if version else {}
    wanted |= {"reason": "it's cheaper"} if "it's cheaper" in arguments else {}
    wanted |= {"promoted_by": "Ada"} if "Ada" in arguments else {}
    assert json.loads(started[4]) == wanted
    assert started[5:] == ["--project-dir", str(shop.root), "--profiles-dir", str(shop.root)]


def test_promote_says_who_has_the_alias_now(shop, trained, capfd, monkeypatch):
    """In a project whose aliases are a view over a table of promotions; the row itself is the run-operation's, tested there."""
    project = shop.open()
    nodes = project.manifest.tables
    nodes["model.shop.aliases"]["config"]["materialized"] = "view"
    nodes["seed.shop.promotions_seed"]["resource_type"] = "model"
    nodes["seed.shop.promotions_seed"]["depends_on"]["macros"] = ["macro.baton.promotions"]
    project.manifest.content["macros"]["macro.baton.promotions"] = {"package_name": "baton"}
    monkeypatch.setattr("dbt_baton.command_line.promotion.open_project", lambda options: project)
    assert command_line.main(shop.arguments("promote", "churn_model", "1", "--dbt", "true")) == 0
    version = trained["second"]["model_version"]
    assert (
        capfd.readouterr().out
        == f"champion of churn_model is {version} now; the next dbt build scores with it\n"
    )


def test_promote_needs_promotions_and_a_registry(shop, capsys, tmp_path):
    code, _, error = run(shop, capsys, "promote", HOSTILE, "1")
    assert code == 2 and "no promotions are kept for it's <b>" in error
    failing = tmp_path / "dbt"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    code, _, error = run(shop, capsys, "promote", "churn_model", "2", "--dbt", failing)
    assert code == 2 and "dbt run-operation baton.promote failed" in error
