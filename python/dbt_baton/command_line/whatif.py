"""`dbt-baton whatif`: a model as an HTML page in which its inputs can be changed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from dbt_baton.command_line.options import add_project, open_project, version_of


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "whatif",
        help="a page in which the inputs of a model can be changed",
        description="Write an HTML page that scores what is entered in it: one file, no server, no network.",
    )
    command.add_argument("model", metavar="MODEL", help="the name of the model")
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--alias", default="champion", help="the version with this alias; by default %(default)s"
    )
    which.add_argument("--version", help="a version, or its number")
    command.add_argument("-o", "--output", type=Path, help="the file; by default whatif_MODEL.html")
    command.add_argument(
        "--entities",
        type=_count,
        default=0,
        metavar="N",
        help="put N training rows into the page to start from; by default no row of the warehouse is in it",
    )
    command.add_argument(
        "--allow-pickle",
        action="store_true",
        help="load an artifact that is a pickle, which can run any code",
    )
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the page, and say where it is."""
    from dbt_baton.errors import ProjectError
    from dbt_baton.whatif.project_pages import page_of_model

    page = page_of_model(
        open_project(options),
        options.model,
        version=None if options.version is None else version_of(options.version),
        alias=options.alias,
        entities=options.entities,
        allow_pickle=options.allow_pickle,
    ).encode()
    name = re.sub(r"[^\w.-]+", "_", options.model)
    path = options.output or Path(f"whatif_{name}.html")
    try:
        path.write_bytes(page)
    except OSError as refused:
        raise ProjectError(f"{path} cannot be written: {refused.strerror}") from None
    print(f"{path}: {options.model}, {len(page) / 1000:.0f} kB; open it in a browser, it needs no network")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows")
    return int(text)
