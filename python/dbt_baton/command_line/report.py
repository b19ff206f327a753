"""`dbt-baton report`: what is wrong with each model, where to look and what to do, on one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dbt_baton.command_line.options import add_project, open_project

FILE = "baton_report.html"


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "report",
        help="the health of models on one page: HTML, or Markdown for pull requests and chat",
        description="Write the report. HTML goes to a file, which needs no network and no server;"
        " Markdown and JSON are printed unless -o names a file.",
    )
    command.add_argument("models", nargs="*", metavar="MODEL", help="by default all")
    command.add_argument("-o", "--output", type=Path, help=f"the file; for HTML by default {FILE}")
    command.add_argument(
        "--until",
        metavar="TIME",
        help="leave out periods that begin after this time, such as 2024-09-30",
    )
    command.add_argument(
        "--format",
        choices=("html", "md", "json"),
        help="by default what the name of the file ends with, else html",
    )
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the report, and print the path and one line for each model, or the report itself."""
    from dbt_baton.command_line.output import as_text
    from dbt_baton.project.model import utc_moment
    from dbt_baton.report.build import build_report
    from dbt_baton.report.page import page, write_page

    until = None if options.until is None else utc_moment(options.until).replace(tzinfo=None)
    report = build_report(open_project(options), options.models, until=until)
    if options.output is None and options.format in ("md", "json"):
        print(page(report, options.format), end="")
        return
    print(write_page(report, options.output or Path(FILE), options.format))
    for model in report.models:
        print(as_text(f"  {model.line}"))
