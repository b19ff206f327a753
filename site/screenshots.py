"""The pictures of the README and the guides, from the demo's database: run `make demo` first.

python site/screenshots.py [--project DIR]
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))

from browser import Browser, Opened  # noqa: E402
from dbt_baton import Project  # noqa: E402
from dbt_baton.whatif.project_pages import page_of_model  # noqa: E402

# the third week of the campaign that brings users of a kind that the model does not know
WEEK = datetime(2025, 1, 20)
LARGEST = 150_000


def main() -> None:
    """Write docs/report.png and docs/whatif.png."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--project", type=Path, default=HERE.parent / "integration_tests")
    project = Project(parser.parse_args().project)
    browser = Browser()
    try:
        with TemporaryDirectory() as folder:
            report = project.report(Path(folder) / "report.html", until=WEEK)
            with browser.open(report, width=970) as opened:
                take(opened, "report.png", width=970, height=943, zoom=0.72)
            whatif = Path(folder) / "whatif.html"
            whatif.write_text(page_of_model(project, "churn_model"), encoding="utf-8")
            with browser.open(whatif, width=1040) as opened:
                opened.page.get_by_label("days_since_last_active", exact=True).fill("21.5")
                opened.page.wait_for_timeout(200)
                take(opened, "whatif.png", width=1040, height=640, zoom=0.85)
    finally:
        browser.close()


def take(opened: Opened, name: str, *, width: int, height: int, zoom: float) -> None:
    """Write the upper part of the page, which has to be small enough for a repository."""
    opened.page.evaluate(f"document.documentElement.style.zoom = {zoom}")
    picture = HERE.parent / "docs" / name
    opened.page.screenshot(
        path=picture, clip={"x": 0, "y": 0, "width": width, "height": height}, full_page=True
    )
    size = picture.stat().st_size
    if size > LARGEST:
        sys.exit(f"{picture} has {size:,} bytes, more than {LARGEST:,}: make it smaller")
    print(f"{picture}: {size:,} bytes")


if __name__ == "__main__":
    main()
