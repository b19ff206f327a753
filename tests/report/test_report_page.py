"""The HTML report in Chromium: offline, in both themes, without scripts, on paper and on a phone, with hostile names, small and always the same."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from bench import DuckDB
from browser import NARROW, WIDE, Browser
from built_project import BuiltProject
from dbt_baton.report.build import build_report
from dbt_baton.report.page import html_page, markdown_page
from monitored_shop import Watched, put_tables

HOSTILE = "</script><img src=x onerror=alert(1)>"
MODEL = f"{HOSTILE} | `model` 'it''s' \u202e #1"
FEATURE = f"a feature/{HOSTILE}&amp;\"'"
OWNER = f"{HOSTILE} & [friends](javascript:alert(1))"
FEATURES = [FEATURE, "one_long_word_" * 6, *(f"feature_{place}" for place in range(6))]
HOSTILE_MODELS = [
    Watched(MODEL, "covariate_drift", "error", since=4, owner=OWNER, named=[FEATURE]),
    Watched("quiet_model", owner="Retention"),
]
VERDICTS = [
    ("concept_drift", "error"),
    ("training_serving_skew", "error"),
    ("covariate_drift", "warning"),
    ("data_quality", "warning"),
    ("healthy", "none"),
]


@pytest.fixture(scope="module")
def hostile(duckdb_built: BuiltProject) -> BuiltProject:
    put_tables(duckdb_built, HOSTILE_MODELS, features=FEATURES)
    return duckdb_built


@pytest.fixture(scope="module")
def page(hostile: BuiltProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.open().report(tmp_path_factory.mktemp("page") / "report.html")


@pytest.mark.parametrize(("theme", "width"), [("light", WIDE), ("dark", NARROW)])
def test_it_is_clean_in_both_themes_wide_and_narrow(browser: Browser, page: Path, theme, width):
    with browser.open(page, theme=theme, width=width) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert (opened.requests, opened.said, opened.violations()) == ([], [], [])
        assert not opened.scrolls_sideways()
        background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(255, 255, 255)" if theme == "light" else "rgb(20, 23, 27)")


def test_hostile_names_are_text(browser: Browser, page: Path):
    with browser.open(page) as opened:
        assert opened.page.locator("img").count() == 0
        assert opened.page.inner_text("h2 >> nth=0") == MODEL
        assert opened.page.inner_text(".strip .who a >> nth=0") == MODEL
        assert OWNER in opened.page.inner_text(".strip")
        assert opened.page.locator(".feature > summary > span:first-child").first.inner_text() == FEATURE
        opened.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert HOSTILE in opened.page.locator(".bins").first.inner_text(), "a category"


def test_markdown_of_hostile_names_is_text(hostile: BuiltProject):
    text = markdown_page(build_report(hostile.open()))
    # in a block of code all is text
    text = re.sub(r"^(```+)\w+\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<img" not in text and "](javascript" not in text.replace("\\[friends](javascript", "")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {9}


def test_links_lead_to_models_and_features(browser: Browser, page: Path):
    with browser.open(page) as opened:
        opened.page.click(".strip .who a >> nth=0")
        assert opened.page.evaluate("document.querySelector(':target')?.tagName") == "SECTION"
        address = opened.page.evaluate("'#' + [...document.querySelectorAll('.feature')].at(-1).id")
    # the last feature lies in a fold, which opens
    with browser.open(page, hash=address[1:]) as opened:
        target = opened.page.locator(":target")
        assert target.count() == 1 and target.is_visible()
    with browser.open(page, hash="quiet_model/feature_5") as opened:
        assert opened.page.locator(":target").is_visible()


def test_it_can_be_read_without_scripts(browser: Browser, page: Path):
    with browser.open(page, scripts=False) as opened:
        assert opened.page.locator(".tools").is_hidden()
        assert "covariate drift" in opened.page.inner_text(".strip")
        assert opened.page.locator("svg .line").count() >= 2
        opened.page.locator(".feature summary").first.click()
        assert opened.page.locator(".bins").first.is_visible()


def test_filters_and_themes_are_toggles_of_the_keyboard(browser: Browser, page: Path):
    with browser.open(page) as opened:
        shown = "document.querySelectorAll('.strip li:not([hidden])').length"
        assert opened.page.evaluate(shown) == 2
        button = opened.page.get_by_role("button", name="healthy")
        button.focus()
        opened.page.keyboard.press("Enter")
        assert button.get_attribute("aria-pressed") == "true"
        assert opened.page.evaluate(shown) == 1
        assert opened.page.locator("section.model:visible").count() == 1
        # of an owner whose models have another verdict there is nothing to show
        opened.page.get_by_role("button", name=OWNER).click()
        assert opened.page.evaluate(shown) == 0
        button.click()
        assert opened.page.evaluate(shown) == 1
        opened.page.get_by_role("button", name="light / dark").click()
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"


def test_charts_are_sentences_for_a_screen_reader(browser: Browser, page: Path):
    with browser.open(page) as opened:
        titles = opened.page.evaluate(
            "[...document.querySelectorAll('svg[role=img] > title:first-child')].map(one => one.textContent)"
        )
        images = opened.page.locator("svg[role=img]").count()
        assert len(titles) == images and all(title.endswith(".") for title in titles)
        assert any("in the period from 2024-02-19, interval 0." in title for title in titles)


def test_the_first_alert_is_drawn_at_its_period(browser: Browser, page: Path):
    with browser.open(page) as opened:
        left = opened.page.evaluate(
            "document.querySelector('.verdicts rect.error').getBoundingClientRect().left"
            " - document.querySelector('.verdicts svg').getBoundingClientRect().left"
        )
        width = opened.page.evaluate("document.querySelector('.verdicts svg').getBoundingClientRect().width")
        assert left / width == pytest.approx(4 / 8, abs=0.001)
        dropped = opened.page.evaluate(
            "document.querySelector('.point.dropped').getAttribute('d').split('M').slice(1).map(parseFloat)"
        )
        assert dropped == pytest.approx([1000 * (week + 0.5) / 8 for week in range(4, 8)], abs=0.1)


def test_it_prints_light_and_without_buttons(browser: Browser, page: Path, tmp_path: Path):
    with browser.open(page, theme="dark", scripts=False) as opened:
        opened.page.emulate_media(media="print", color_scheme="dark")
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert 10_000 < len(opened.printed(tmp_path / "report.pdf").read_bytes()) < 400_000


def test_the_same_rows_give_the_same_bytes(hostile: BuiltProject, page: Path, tmp_path: Path):
    again = hostile.open().report(tmp_path / "again.html")
    assert again.read_bytes() == page.read_bytes()


def test_five_models_of_twelve_features_in_a_year_of_weeks_are_small_and_quick(
    browser: Browser, duckdb_built: BuiltProject, tmp_path: Path
):
    models = [
        Watched(f"model_{place}", verdict, severity, since=40, unlabelled=place, named=["feature_number_3"])
        for place, (verdict, severity) in enumerate(VERDICTS)
    ]
    put_tables(duckdb_built, models, features=[f"feature_number_{place}" for place in range(12)], periods=52)
    text = html_page(build_report(duckdb_built.open()))
    assert len(text.encode()) <= 300_000
    large = tmp_path / "large.html"
    large.write_text(text, encoding="utf-8")
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        with browser.open(large) as opened:
            assert opened.page.locator("section.model").count() == 5
            seconds.append(
                opened.page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
                / 1000
            )
        assert time.monotonic() - began < 60
    assert min(seconds) < 1


@pytest.fixture(scope="module")
def duckdb_built(tmp_path_factory: pytest.TempPathFactory) -> BuiltProject:
    root = tmp_path_factory.mktemp("report")
    (root / "project").mkdir()
    return BuiltProject(root / "project", DuckDB(root / "test.duckdb"))
