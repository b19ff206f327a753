"""What a what-if page does: it checks itself, follows what is entered, and shows every name as text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import dummy, ensemble, linear_model, svm

from browser import NARROW, Browser, Opened
from dbt_baton.errors import UnsupportedScoring
from dbt_baton.fitted_model import FittedModel
from dbt_baton.whatif.page import page_programs
from whatif_pages import FEATURES, N, as_values, classes_of, customers, page_of, truth, written

HOSTILE = '</script><img src="x" onerror="alert(1)"><!--'
BOUND = 0.3


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return customers()


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame) -> FittedModel:
    boosted = ensemble.HistGradientBoostingClassifier(
        max_iter=40, categorical_features="from_dtype", random_state=0
    )
    return FittedModel(boosted.fit(rows, classes_of(rows)), "churned", BOUND)


@pytest.fixture(scope="module")
def text(model: FittedModel, rows: pd.DataFrame) -> str:
    return page_of(model, rows, entities=3, importances={"visits": 0.2, "amount": 0.1})


@pytest.fixture
def opened(browser: Browser, text: str, tmp_path: Path) -> Iterator[Opened]:
    with browser.open(written(tmp_path / "page.html", text)) as page:
        page.page.wait_for_selector("#curve-0 svg")
        yield page
        assert (page.requests, page.said) == ([], [])


def state(opened: Opened) -> list:
    return opened.page.evaluate("values")


def score(model: FittedModel, rows: pd.DataFrame, values: list) -> float:
    """The probability of the positive class of one row."""
    return float(probabilities(model, rows, values)[model.positive])


def probabilities(model: FittedModel, rows: pd.DataFrame, values: list) -> np.ndarray:
    """What the model says of one row."""
    row = pd.DataFrame([dict(zip(rows.columns, values, strict=True))])
    for name in rows:
        row[name] = pd.Categorical(row[name]) if name == "plan" else row[name].astype(float)
    found = model.predict(row).probabilities
    assert found is not None
    return found[0]


def test_it_starts_at_the_medians(opened: Opened, model: FittedModel, rows: pd.DataFrame):
    start = state(opened)
    assert start[1] == rows["visits"].quantile(0.5, interpolation="lower") and start[2] == 0
    assert start[0] == pytest.approx(rows["amount"].median(), rel=0.01)
    assert start[3] == rows["plan"].value_counts().index[0]
    expected = score(model, rows, start)
    assert opened.page.inner_text("#score") == f"{expected:.3f}"
    assert opened.page.inner_text("#of") == "probability of churned"
    decision = "churned" if expected >= BOUND else "stayed"
    assert opened.page.inner_text("#decision") == f"Decision: {decision} (from 0.3 on it is churned)"
    below = (model.predict(rows).probabilities[:, model.positive] < expected).mean()
    shown = int(re.findall(r"(\d+) %", opened.page.inner_text("#rank"))[0])
    assert shown == pytest.approx(100 * below, abs=1.5)


def test_inputs_are_in_the_order_of_importance(opened: Opened):
    assert opened.page.locator(".input label[for]").all_inner_texts() == [
        "visits",
        "amount",
        "is_new",
        "plan",
    ]


def test_what_is_entered_is_scored(opened: Opened, model: FittedModel, rows: pd.DataFrame):
    page = opened.page
    page.fill("#value-0", "33.5")
    page.keyboard.press("Tab")
    page.focus("#slider-1")
    page.keyboard.press("ArrowRight")
    page.select_option("#value-2", "1")
    page.select_option(
        "#value-3",
        label=next(
            one for one in page.locator("#value-3 option").all_inner_texts() if one.startswith("d'or")
        ),
    )
    entered = state(opened)
    assert entered == [33.5, rows["visits"].median() + 1, 1, "d'or"]
    assert page.inner_text("#score") == f"{score(model, rows, entered):.3f}"
    assert page.input_value("#value-1") == f"{entered[1]:.0f}"
    # what a screen reader says after a change
    assert page.text_content("#spoken").startswith(
        f"{score(model, rows, entered):.3f}. probability of churned. Decision: "
    )
    page.fill("#value-0", "")
    page.select_option("#value-3", "null")
    assert state(opened) == [None, entered[1], 1, None]
    assert page.is_checked("#null-0")
    assert page.inner_text("#score") == f"{score(model, rows, [None, *entered[1:3], None]):.3f}"
    page.click("#reset")
    assert state(opened) == page.evaluate("medians")


def test_what_no_training_row_has_is_marked(opened: Opened, rows: pd.DataFrame):
    page = opened.page
    assert page.locator(".outside").count() == 0
    page.fill("#value-0", str(rows["amount"].max() + 1))
    page.check("#null-1")
    page.select_option("#value-3", "other")
    highest, lowest = rows["amount"].max(), rows["amount"].min()
    assert page.inner_text("#note-0") == f"outside of {lowest:.4g} to {highest:.4g}"
    assert page.inner_text("#note-1") == "NULL in no training row"
    assert page.inner_text("#note-3") == "in no training row"
    assert page.locator(".outside").count() == 3


def test_a_curve_has_the_scores_of_the_model(opened: Opened, model: FittedModel, rows: pd.DataFrame):
    start = state(opened)
    for place in range(len(start)):
        points = opened.page.evaluate(
            f"seriesOf(values, {place}, null).points.map(({{value, score}}) => [value, score])"
        )
        assert len(points) >= 2
        for value, given in points[:: max(1, len(points) // 6)]:
            values = [*start[:place], value, *start[place + 1 :]]
            assert given == pytest.approx(score(model, rows, values), abs=1e-9)
    shown = opened.page.get_attribute("#curve-0 svg", "aria-label")
    assert re.fullmatch(
        r"While amount changes, the score lies between [\d.]+ and [\d.]+; now it is [\d.]+", shown
    )


def test_the_smallest_change_flips_the_decision(opened: Opened, model: FittedModel, rows: pd.DataFrame):
    page, start = opened.page, state(opened)
    before = score(model, rows, start) >= BOUND
    names = page.locator("#changes li b").all_inner_texts()
    # by brute force: which inputs can flip it within their range
    flipping = set()
    for place, name in enumerate(rows.columns):
        tried = (
            rows[name].cat.categories.tolist() if name == "plan" else np.unique(rows[name].dropna()).tolist()
        )
        tried += [None] if rows[name].isna().any() else []
        if any(
            (score(model, rows, [*start[:place], one, *start[place + 1 :]]) >= BOUND) != before
            for one in tried
        ):
            flipping.add(name)
    assert flipping and set(names) == flipping
    for number, name in enumerate(names):
        page.click("#reset")
        page.wait_for_timeout(100)
        page.locator("#changes li button").nth(number).click()
        place = list(rows.columns).index(name)
        changed = state(opened)
        assert [one for one in range(4) if changed[one] != start[one]] == [place]
        assert (score(model, rows, changed) >= BOUND) != before
        if name == "visits":  # no whole number that is nearer flips it
            step = np.sign(changed[place] - start[place])
            nearer = [*start[:place], changed[place] - step, *start[place + 1 :]]
            assert (score(model, rows, nearer) >= BOUND) == before


def test_it_starts_from_training_rows_only_if_asked(
    opened: Opened, text: str, model: FittedModel, rows: pd.DataFrame
):
    page = opened.page
    assert page.locator("#start option").count() == 4
    page.select_option("#start", "2")
    chosen, every = state(opened), as_values(rows)
    assert chosen in every
    assert score(model, rows, chosen) == pytest.approx(
        model.predict(rows).probabilities[:, model.positive].max()
    )
    assert "but those to start from" in text
    without = page_of(model, rows)
    assert "but those to start from" not in without


def with_checksum(text: str) -> str:
    """The page with the checksum of what it holds now."""
    functions = re.findall(r"const functions = \[\n(.*?)\n\];\n</script>", text, re.DOTALL)[0]
    nodes, data = (
        re.findall(rf'id="{name}"[^>]*>(.*?)</script>', text, re.DOTALL)[0] for name in ("nodes", "data")
    )
    sum_ = zlib.crc32("\n".join([functions, nodes, data]).encode())
    return re.sub(r'data-checksum="\d+"', f'data-checksum="{sum_}"', text)


def test_an_altered_number_is_noticed(browser: Browser, text: str, tmp_path: Path):
    assert with_checksum(text) == text
    leaf = re.sub(r"(\?)(-?0\.\d{6,})", lambda one: f"{one[1]}{float(one[2]) + 1e-6}", text, count=1)
    data = text.replace('"below":[[', '"below":[[1', 1)
    every = re.sub(r"(const c1=\()", r"\g<1>0.001+", text)
    for altered, said in (
        (
            leaf,
            "This page is not as it was written, so it shows no score: write it anew with dbt-baton whatif.",
        ),
        (
            data,
            "This page is not as it was written, so it shows no score: write it anew with dbt-baton whatif.",
        ),
        (
            with_checksum(every),
            r"This page does not compute what the model computes, so it shows no score: row 1 has the score .*",
        ),
    ):
        assert altered != text
        with browser.open(written(tmp_path / "page.html", altered)) as opened:
            assert re.fullmatch(said, opened.page.inner_text("#check"))
            assert not opened.page.is_visible("#page") and opened.page.text_content("#score") == ""
            assert opened.violations() == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_read_it(browser: Browser, text: str, tmp_path: Path, theme: str):
    page = written(tmp_path / "page.html", text)
    for width in (1280, NARROW):
        with browser.open(page, theme=theme, width=width) as opened:
            opened.page.wait_for_selector("#curve-0 svg")
            opened.page.check("#null-1")
            opened.page.click("summary")
            assert opened.violations() == []
            assert not opened.scrolls_sideways()
            opened.page.click("#theme")
            color = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (color == "rgb(255, 255, 255)") == (theme == "dark")
            assert opened.violations() == []
            assert (opened.requests, opened.said) == ([], [])


def test_without_scripts_it_says_so_and_it_prints(browser: Browser, text: str, tmp_path: Path):
    page = written(tmp_path / "page.html", text)
    with browser.open(page, scripts=False) as opened:
        assert "so the page needs scripts" in opened.page.inner_text("noscript")
        assert "churn_model" in opened.page.inner_text("h1")
    with browser.open(page, theme="dark") as opened:
        opened.page.wait_for_selector("#curve-0 svg")
        assert opened.printed(tmp_path / "page.pdf").stat().st_size > 10_000


def test_hostile_names_are_text(browser: Browser, rows: pd.DataFrame, tmp_path: Path):
    named = rows.rename(columns={"amount": HOSTILE})
    named["plan"] = named["plan"].cat.rename_categories({"basic": HOSTILE, "größe": ""})
    features = [replace(FEATURES[0], name=HOSTILE), *FEATURES[1:]]
    classes = np.array(["low", HOSTILE, "it's"])[
        np.searchsorted(np.quantile(truth(rows), [0.3, 0.6]), truth(rows))
    ]
    fitted = ensemble.RandomForestClassifier(3, max_depth=3, random_state=0)
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(
        named, classes
    )
    text = page_of(
        FittedModel(boosted), named, features, name=HOSTILE, entities=2, described=[("owner", HOSTILE)]
    )
    assert fitted is not None and text.count("</script") == 4
    with browser.open(written(tmp_path / "page.html", text)) as opened:
        page = opened.page
        page.wait_for_selector("#curve-0 svg")
        page.select_option("#shown", label=HOSTILE)
        assert page.inner_text("h1") == f"What if: {HOSTILE}"
        assert page.inner_text("label[for=value-0]") == HOSTILE
        assert HOSTILE in page.inner_text("#classes") and HOSTILE in page.inner_text("header")
        assert any(one.startswith(HOSTILE) for one in page.locator("#value-3 option").all_inner_texts())
        assert any(
            one.startswith("(empty text)") for one in page.locator("#value-3 option").all_inner_texts()
        )
        assert page.locator("img").count() == 0
        assert (opened.requests, opened.said, opened.violations()) == ([], [], [])


def test_columns_without_values_and_models_that_read_nothing(
    browser: Browser, rows: pd.DataFrame, tmp_path: Path
):
    odd = rows.assign(amount=np.nan, visits=3.0)
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")
    for estimator, n_inputs in ((boosted, 4), (dummy.DummyClassifier(), 0)):
        page = page_of(FittedModel(estimator.fit(rows, classes_of(rows))), odd)
        with browser.open(written(tmp_path / "page.html", page)) as opened:
            assert opened.page.inner_text("#check").startswith("Checked as it opened")
            assert opened.page.locator(".input").count() == n_inputs
            opened.page.wait_for_selector("#changes > *")
            if n_inputs:
                opened.page.fill("#value-0", "7")
                opened.page.click("#curve-1 svg")
                assert state(opened)[:2] == [7, 3]
            else:
                assert "The model does not read: amount, visits, is_new, plan." in page
            assert opened.said == []


def test_of_several_classes_the_curves_show_one_and_changes_the_decided_one(
    browser: Browser, rows: pd.DataFrame, tmp_path: Path
):
    classes = np.array(["low", "middle", "high"])[
        np.searchsorted(np.quantile(truth(rows), [0.3, 0.6]), truth(rows))
    ]
    boosted = ensemble.HistGradientBoostingClassifier(
        max_iter=20, categorical_features="from_dtype", random_state=0
    )
    model = FittedModel(boosted.fit(rows, classes))
    names = [str(label) for label in model.labels]
    with browser.open(written(tmp_path / "page.html", page_of(model, rows))) as opened:
        page = opened.page
        page.wait_for_selector("#changes li")
        start = state(opened)
        decided = page.inner_text("#decision").removeprefix("Decision: ")
        assert page.input_value("#shown") == str(names.index(decided))
        assert page.inner_text("#of") == f"probability of {decided}"
        other = next(name for name in names if name != decided)
        page.select_option("#shown", label=other)
        page.wait_for_timeout(100)
        shown = probabilities(model, rows, start)
        assert page.inner_text("#score") == f"{shown[names.index(decided)]:.3f}"
        assert page.get_attribute("#curve-0 svg", "aria-label").endswith(
            f"now it is {shown[names.index(other)]:.3f}"
        )
        for number in range(page.locator("#changes li").count()):
            said = page.locator("#changes .outcome").nth(number).inner_text()
            page.locator("#changes li button").nth(number).click()
            found = probabilities(model, rows, state(opened))
            winner = int(np.argmax(found))
            assert names[winner] != decided
            assert said == f"decision {names[winner]}, score {found[winner]:.3f}"
            page.click("#reset")
            page.wait_for_timeout(100)


def test_the_same_model_gives_the_same_bytes(text: str, model: FittedModel, rows: pd.DataFrame):
    shuffled = rows.sample(frac=1, random_state=1)
    again = page_of(model, shuffled, entities=3, importances={"visits": 0.2, "amount": 0.1})
    assert again == text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_what_a_page_cannot_hold_is_refused_with_the_reason(rows: pd.DataFrame):
    numbers = rows[["visits", "is_new"]].assign(more=np.random.default_rng(0).normal(size=N))
    large = ensemble.RandomForestRegressor(40, random_state=0).fit(numbers, truth(rows))
    features = [FEATURES[1], FEATURES[2], replace(FEATURES[0], name="more")]
    nodes = sum(tree.tree_.node_count for tree in large.estimators_) + 1
    with pytest.raises(
        UnsupportedScoring,
        match=f"the model has {nodes:,} nodes and a page holds at most 50,000: train fewer",
    ):
        page_programs(FittedModel(large), features)
    with pytest.raises(
        UnsupportedScoring, match="LinearSVC gives classes without probabilities: there is no score"
    ):
        page_programs(FittedModel(svm.LinearSVC().fit(numbers, classes_of(rows))), features)
    endless = FittedModel(linear_model.PoissonRegressor().fit(numbers, truth(rows) - truth(rows).min()))
    endless.estimator.coef_ = np.full(3, 1e3)
    with (
        np.errstate(over="ignore"),
        pytest.raises(UnsupportedScoring, match="a score of the model is infinite"),
    ):
        page_of(endless, numbers, features)
    with pytest.raises(UnsupportedScoring, match="SVC has no form in SQL"):
        page_programs(
            FittedModel(svm.SVC(probability=False).fit(numbers[:50], classes_of(rows)[:50])),
            features,
        )
