"""`dbt-baton whatif` on both engines: which version, whose values, what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

from bench import BATON, SCHEMA
from browser import Browser
from built_project import BuiltProject
from dbt_baton import command_line
from dbt_baton.whatif import training_rows as sampled
from python_bench import PythonModel, customers

NO_BIN = {"bin": "1", "lower": np.nan, "upper": np.nan, "category": None, "share": 0.0, "mean": np.nan}


@pytest.fixture(scope="module")
def trained() -> dict:
    """Version rows of three models, and the rows that they learnt from."""
    bench, rows = PythonModel(), customers()
    boosted = [
        bench.train(rows, HistGradientBoostingClassifier(max_iter=n, random_state=0), owner="Retention")
        for n in (5, 9)
    ]
    spend = rows.assign(label=rows["order"] * 2.0, plan="basic", Age=40.0)
    ridge = bench.train(spend, Ridge(), features=["order", "is_new"], model_name="spend_model")
    numbers = rows.assign(Age=rows["Age"].fillna(30.0))
    margins = bench.train(numbers, LinearSVC(), features=["Age", "order"], model_name="margin_model")
    return {"rows": rows, "boosted": boosted, "ridge": ridge, "margins": margins}


@pytest.fixture(scope="module")
def shop(built: BuiltProject, trained: dict) -> BuiltProject:
    built.put("training_set", trained["rows"], calls="training_set")
    table = built.open().manifest.tables["model.shop.training_set"]["relation_name"]
    for name, model_rows in (
        ("churn_model", trained["boosted"]),
        ("spend_model", [trained["ridge"]]),
        ("margin_model", [trained["margins"]]),
    ):
        named = pd.DataFrame(model_rows).assign(model_name=name, training_relation=table)
        built.put(name, named, materialized="ml_model", reads=["training_set"])
    registry = pd.DataFrame(trained["boosted"]).assign(
        model_name="churn_model", training_relation=table, version_number=[1, 2]
    )
    held = {
        "alias": "champion",
        "valid_from": pd.Timestamp("2024-01-01"),
        "valid_to": pd.NaT,
        "is_current": True,
        "promoted_by": "x",
        "reason": "",
    }
    built.put("aliases", registry.head(1).assign(**held), calls="model_aliases", reads=["churn_model"])
    return built


def run(shop: BuiltProject, capsys: pytest.CaptureFixture, *arguments: object) -> tuple[int, str]:
    code = command_line.main(shop.arguments("whatif", *arguments))
    said = capsys.readouterr()
    return code, said.out + said.err


def data_of(path: Path) -> dict:
    found: dict = json.loads(
        re.findall(r'id="data"[^>]*>(.*?)</script>', path.read_text(encoding="utf-8"))[0]
    )
    return found


def test_a_page_of_the_champion(shop, trained, browser: Browser, tmp_path, capsys):
    path = tmp_path / "page.html"
    code, said = run(shop, capsys, "churn_model", "-o", path)
    assert (code, said) == (
        0,
        f"{path}: churn_model, {path.stat().st_size / 1000:.0f} kB; open it in a browser, it needs no network\n",
    )
    first = trained["boosted"][0]
    with browser.open(path) as opened:
        shown = opened.page.inner_text("header")
        assert first["model_version"] in shown and "champion" in shown and "Retention" in shown
        assert opened.page.inner_text("#check").startswith("Checked as it opened")
        assert opened.page.inner_text("#rank").startswith("Higher than ")
        assert (opened.requests, opened.said) == ([], [])
    # the rows of the split train, and no others
    train = trained["rows"].query("split == 'train'")
    age = next(one for one in data_of(path)["inputs"] if one["name"] == "Age")
    assert age["below"][0][0] == train["Age"].min() and age["below"][-1][0] == train["Age"].max()
    assert age["missing"] == pytest.approx(train["Age"].isna().mean())


def test_the_same_rows_give_the_same_bytes(shop, tmp_path, capsys):
    for name in ("one.html", "other.html"):
        assert run(shop, capsys, "churn_model", "--entities", "3", "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()


def test_raw_rows_only_if_asked(shop, trained, tmp_path, capsys):
    train = trained["rows"].query("split == 'train'")
    texts = {json.dumps(value) for value in train["Age"].dropna()}
    run(shop, capsys, "churn_model", "-o", tmp_path / "without.html")
    data = data_of(tmp_path / "without.html")
    aggregates = json.dumps([data["inputs"]])
    rest = json.dumps([data["entities"], data["quantiles"]])
    assert data["entities"] == [] and not [one for one in texts if one in rest]
    assert sum(one in aggregates for one in texts) <= 21  # quantiles of Age
    run(shop, capsys, "churn_model", "--entities", "2", "-o", tmp_path / "with.html")
    known = {
        tuple(None if pd.isna(value) else value for value in row)
        for row in train[["Age", "order", "plan", "is_new"]].to_numpy()
    }
    entities = data_of(tmp_path / "with.html")["entities"]
    assert len(entities) == 2 and all(tuple(row) in known for row in entities)


def test_a_sample_of_many_rows_is_the_same_each_time(shop, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sampled, "MOST_ROWS", 40)
    pages = []
    for place, order in enumerate((1, -1)):
        shop.engine.write("training_set", trained["rows"][::order])
        assert run(shop, capsys, "churn_model", "-o", tmp_path / f"{place}.html")[0] == 0
        pages.append((tmp_path / f"{place}.html").read_text(encoding="utf-8"))
    assert pages[0] == pages[1] and "that of 40 training rows" in pages[0]


def test_another_version_and_the_default_file(shop, trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(shop, capsys, "churn_model", "--version", "2")[0] == 0
    assert trained["boosted"][1]["model_version"] in (tmp_path / "whatif_churn_model.html").read_text()
    # a regression without aliases: the newest version
    assert run(shop, capsys, "spend_model")[0] == 0
    assert "<dt>alias</dt>" not in (tmp_path / "whatif_spend_model.html").read_text()
    assert data_of(tmp_path / "whatif_spend_model.html")["task"] == "regression"


def test_ranges_of_the_drift_baseline(shop, trained, tmp_path, capsys):
    version = trained["boosted"][0]["model_version"]
    bins = [
        NO_BIN | {"feature": "Age", "kind": "numeric", "lower": -7.0, "upper": 130.0, "share": 0.75},
        NO_BIN | {"feature": "Age", "kind": "numeric", "bin": "NULL", "share": 0.25},
        NO_BIN | {"feature": "plan", "kind": "categorical", "category": "d'or", "share": 1.0},
    ]
    of_version = pd.DataFrame(bins).assign(baseline="b", model_name="churn_model", model_version=version)
    others = of_version.assign(model_version="another", lower=of_version["lower"] - 1_000)
    shop.put("baseline", pd.concat([others, of_version]), calls="drift_baseline", reads=["training_set"])
    path = tmp_path / "page.html"
    assert run(shop, capsys, "churn_model", "-o", path)[0] == 0
    found = {one["name"]: one for one in data_of(path)["inputs"]}
    assert found["Age"]["below"] == [[-7.0, 0.0], [130.0, 1.0]] and found["Age"]["missing"] == 0.25
    assert found["plan"]["categories"] == [["d'or", 1.0]]
    assert found["order"]["below"][-1][0] == trained["rows"].query("split == 'train'")["order"].max()
    text = path.read_text(encoding="utf-8")
    assert "Ranges from the drift baseline baseline: Age, plan." in text
    # one without a version counts if it was made from the training rows
    nameless = of_version.assign(model_name=None, model_version=None, lower=of_version["lower"] - 1)
    for reads, low in ((["training_set"], -8.0), ([], None)):
        shop.put("baseline", nameless, calls="drift_baseline", reads=reads)
        assert run(shop, capsys, "churn_model", "-o", path)[0] == 0
        found = {one["name"]: one for one in data_of(path)["inputs"]}
        assert (found["Age"]["below"][0][0] == low) == (low is not None)


def test_errors(shop, tmp_path, capsys):
    def refused(*arguments: object) -> str:
        code, said = run(
            shop, capsys, *arguments, *([] if "-o" in arguments else ["-o", tmp_path / "none.html"])
        )
        assert code == 2 and not (tmp_path / "none.html").exists()
        return said

    assert "no model 'churn' has version rows or verdicts; did you mean churn_model" in refused("churn")
    assert "no version of churn_model is challenger now" in refused("churn_model", "--alias", "challenger")
    assert "churn_model has no version 'nine'" in refused("churn_model", "--version", "nine")
    assert "LinearSVC gives classes without probabilities" in refused("margin_model", "--version", "1")
    assert "missing/page.html cannot be written: No such file or directory" in refused(
        "churn_model", "-o", tmp_path / "missing" / "page.html"
    )
    with pytest.raises(SystemExit):
        run(shop, capsys, "churn_model", "--entities", "many")


def test_training_rows_that_are_gone(shop, trained, tmp_path, capsys):
    rows = trained["rows"]
    path = tmp_path / "page.html"
    shop.engine.write("training_set", rows.head(0))
    code, said = run(shop, capsys, "churn_model", "-o", path)
    assert code == 2 and "training_set" in said and "has no rows of the split train" in said
    assert "no values are known of " in said and "order, " in said
    shop.engine.write("training_set", rows.drop(columns="order").assign(plan=1))
    code, said = run(shop, capsys, "churn_model", "-o", path)
    assert code == 2 and "feature 'order' (int) is missing" in said and "feature 'plan' is" in said
    shop.engine.execute(f'drop table {SCHEMA}."training_set" cascade')
    code, said = run(shop, capsys, "churn_model", "--entities", "1", "-o", path)
    assert code == 2 and "there are no rows to start from: " in said and "run dbt build first" in said
    assert not path.exists()
    # a baseline of every feature is enough for a page, without the rank of a score
    whole = [
        NO_BIN
        | {"feature": name, "kind": kind, "lower": 0.0, "upper": 9.0, "category": category, "share": 1.0}
        for name, kind, category in (
            ("Age", "numeric", None),
            ("order", "numeric", None),
            ("plan", "categorical", "basic"),
            ("is_new", "categorical", "true"),
        )
    ]
    table = pd.DataFrame(whole).assign(
        baseline="b", model_name="churn_model", model_version=trained["boosted"][0]["model_version"]
    )
    shop.put("baseline", table.head(3), calls="drift_baseline")
    code, said = run(shop, capsys, "churn_model", "-o", path)
    assert code == 2 and "no values are known of is_new: no drift baseline has them" in said
    shop.put("baseline", table, calls="drift_baseline")
    assert run(shop, capsys, "churn_model", "-o", path)[0] == 0
    data = data_of(path)
    assert data["quantiles"] == [] and [one["start"] for one in data["inputs"]] == [4.5, 4, "basic", 1]


def test_a_project_that_is_not_built(tmp_path, capsys):
    assert command_line.main(["whatif", "churn_model", "--project-dir", str(tmp_path)]) == 2
    assert "dbt_project.yml is missing" in capsys.readouterr().err


def test_the_guide_has_every_option(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["whatif", "--help"])
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    of_every_command = {"--project-dir", "--profiles-dir", "--target"}
    guide = (BATON / "docs" / "whatif.md").read_text()
    assert set(re.findall(r"`(--[a-z-]+)", guide)) | {"--output"} == options - of_every_command
