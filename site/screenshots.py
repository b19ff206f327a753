"""The pictures of the README, from the demo's database: run `make demo` first.

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

from browser import Browser  # noqa: E402
from dbt_baton import Project  # noqa: E402

# the third week of the campaign that brings users of a kind that the model does not know
WEEK = datetime(2025, 1, 20)
WIDTH, HEIGHT, ZOOM = 970, 943, 0.72
LARGEST = 150_000


def main() -> None:
    """Write docs/report.png."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--project", type=Path, default=HERE.parent / "integration_tests")
    project = Project(parser.parse_args().project)
    picture = HERE.parent / "docs" / "report.png"
    browser = Browser()
    try:
        with TemporaryDirectory() as folder:
            page = project.report(Path(folder) / "report.html", until=WEEK)
            with browser.open(page, width=WIDTH) as opened:
                opened.page.evaluate(f"document.documentElement.style.zoom = {ZOOM}")
                opened.page.screenshot(
                    path=picture, clip={"x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}, full_page=True
                )
    finally:
        browser.close()
    size = picture.stat().st_size
    if size > LARGEST:
        sys.exit(f"{picture} has {size:,} bytes, more than {LARGEST:,}: make it smaller")
    print(f"{picture}: {size:,} bytes")


if __name__ == "__main__":
    main()
