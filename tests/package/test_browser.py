"""The browser that tests of pages use: what goes wrong in a page is seen, and a good page is clean."""

from __future__ import annotations

from pathlib import Path

from browser import NARROW, Browser

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Good</title>
<style>@media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }</style>
</head><body><main><h1>Good</h1><p id="text">without script</p></main>
<script>document.getElementById("text").textContent = "with script"</script></body></html>"""
BAD = """<!doctype html><html><head><title>Bad</title></head><body>
<img src="http://example.com/a.png"><p style="color: #999; background: #aaa; width: 900px">grey</p>
<script>console.error("said"); nothing.at.all</script></body></html>"""


def page(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_page_is_clean(browser: Browser, tmp_path: Path):
    good = page(tmp_path / "good page.html", GOOD)
    with browser.open(good, theme="dark", width=NARROW, hash="text") as opened:
        assert (opened.requests, opened.said, opened.violations()) == ([], [], [])
        assert not opened.scrolls_sideways()
        assert opened.page.inner_text("#text") == "with script"
        assert opened.page.evaluate("getComputedStyle(document.body).color") == "rgb(255, 255, 255)"
        assert opened.printed(tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
        assert opened.screenshot(tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    with browser.open(good, scripts=False) as opened:
        assert opened.page.inner_text("#text") == "without script"


def test_what_is_wrong_is_seen(browser: Browser, tmp_path: Path):
    with browser.open(page(tmp_path / "bad.html", BAD), width=NARROW) as opened:
        assert opened.requests == ["http://example.com/a.png"]
        assert any("said" in line for line in opened.said)
        assert any("nothing is not defined" in line for line in opened.said)
        assert opened.scrolls_sideways()
        rules = {line.split(":")[0] for line in opened.violations()}
        assert {"image-alt", "html-has-lang", "color-contrast"} <= rules
