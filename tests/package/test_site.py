"""The documentation site: built without a warning, with every macro that users call, and nothing from another host."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from test_documentation import BATON, macros_of
from test_house import AREA_OF, is_called_by_users


class Loaded(HTMLParser):
    """What a browser loads with the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(named.get("src") or "")
        if tag == "link" and "stylesheet" in (named.get("rel") or ""):
            self.addresses.append(named.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make docs` does, in which a link that leads nowhere or a guide without a place is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    ran = subprocess.run(
        [*command, "--config-file", str(BATON / "site" / "mkdocs.yml"), "--site-dir", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0 and "WARNING" not in ran.stderr, ran.stderr
    return folder


def test_every_macro_that_users_call_is_there_and_no_other(site: Path):
    shown = {
        heading
        for page in (site / "macros").glob("*.html")
        for heading in re.findall(r'<h2 id="([^"]+)"', page.read_text())
    }
    called = {
        re.sub("^(test|materialization)_|_default$", "", name) for name in AREA_OF if is_called_by_users(name)
    }
    assert shown == called


def test_an_argument_has_its_type_its_default_and_its_description(site: Path):
    page = (site / "macros" / "feature_store.html").read_text()
    defaults = macros_of(BATON / "macros/feature_store/scd2.sql")["scd2"]
    scd2 = page[page.index('<h2 id="scd2"') : page.index('<h2 id="feature_log"')]
    assert re.findall(r"<td><code>(\w+)</code></td>\s*<td><code>[\w\[\], ]+</code></td>", scd2) == defaults
    rows = re.findall(r"<td><code>(event_time|source)</code></td>\s*<td>.*?</td>\s*<td>(.*?)</td>", scd2)
    assert dict(rows)["source"] == "required" and dict(rows)["event_time"] == "<code>none</code>"


def test_a_placeholder_in_a_description_is_no_tag(site: Path):
    assert "named &lt;name&gt;_&lt;window&gt;" in " ".join(
        (site / "macros" / "features.html").read_text().split()
    )


def test_nothing_comes_from_another_host(site: Path):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        addresses = Loaded(page.read_text()).addresses
        assert addresses, page
        assert [address for address in addresses if re.match("(https?:)?//", address)] == [], page
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", style.read_text()) == [], style


def test_every_guide_is_in_the_menu():
    """As strict as mkdocs, which calls a guide that is not there a warning."""
    config = yaml.safe_load((BATON / "site" / "mkdocs.yml").read_text())
    menu = str(config["nav"])
    assert config["validation"]["nav"]["omitted_files"] == "warn"
    for guide in (BATON / "docs").glob("*.md"):
        assert f"'{guide.name}'" in menu, guide.name
