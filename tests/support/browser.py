"""Chromium, which opens an HTML file without a network and says what happened."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

Theme = Literal["light", "dark"]
WIDE, NARROW = 1280, 375
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Chromium refuses to start its sandbox as root
FLAGS += ["--no-sandbox"] if os.geteuid() == 0 else []


def chromium() -> str | None:
    """Where Chromium is: BATON_CHROMIUM, or the first of its names on the PATH."""
    names = [os.environ.get("BATON_CHROMIUM") or "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def missing_chromium() -> str | None:
    """Why there is no Chromium, or None if there is."""
    return None if chromium() else "no chromium on the PATH and none in BATON_CHROMIUM"


@dataclass
class Opened:
    """A file in the browser.

    Attributes
    ----------
    page : playwright.sync_api.Page
    requests : list of str
        The addresses that it asked for, other than its own.
    said : list of str
        Console messages and errors of scripts.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What axe-core finds wrong for people with disabilities, one line for each place."""
        self.page.evaluate(AXE_SCRIPT)
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {one['help']}: {json.dumps(node['target'])}: {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def scrolls_sideways(self) -> bool:
        """Whether it is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def screenshot(self, path: Path) -> Path:
        """Write a PNG of the whole page."""
        self.page.screenshot(path=path, full_page=True)
        return path

    def printed(self, path: Path) -> Path:
        """Write the PDF that printing gives."""
        self.page.pdf(path=path, format="A4")
        return path


class Browser:
    """One Chromium; each file opens in a context of its own."""

    def __init__(self) -> None:
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=chromium(), args=FLAGS)

    @contextmanager
    def open(
        self, path: Path, *, theme: Theme = "light", width: int = WIDE, scripts: bool = True, hash: str = ""
    ) -> Iterator[Opened]:
        """Open a file offline, in a theme of the system, and close it at the end.

        Parameters
        ----------
        width : int
            Of the window.
        scripts : bool
            Whether scripts run.
        hash : str
            What follows `#` in the address.
        """
        context = self._chromium.new_context(
            offline=True,
            color_scheme=theme,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 800},
        )
        opened = Opened(context.new_page())
        address = path.resolve().as_uri()

        def requested(request: Request) -> None:
            if request.url != address:
                opened.requests.append(request.url)

        def logged(message: ConsoleMessage) -> None:
            opened.said.append(f"{message.type}: {message.text}")

        opened.page.on("request", requested)
        opened.page.on("console", logged)
        opened.page.on("pageerror", lambda error: opened.said.append(f"error: {error}"))
        try:
            opened.page.goto(f"{address}#{hash}" if hash else address)
            yield opened
        finally:
            context.close()

    @contextmanager
    def blank(self) -> Iterator[Page]:
        """Open an empty page, for scripts without one."""
        page = self._chromium.new_page()
        try:
            yield page
        finally:
            page.close()

    def close(self) -> None:
        """End the process."""
        self._chromium.close()
        self._playwright.stop()
