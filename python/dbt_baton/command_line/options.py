"""The options that commands share, and how they open the project."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt_baton.project.project import Project

FORMATS = ("text", "json", "md")


def add_project(command: argparse.ArgumentParser) -> None:
    """Add where the project and its profile are."""
    command.add_argument(
        "--project-dir",
        type=Path,
        default=Path(os.environ.get("DBT_PROJECT_DIR") or "."),
        help="the directory of dbt_project.yml; by default that in DBT_PROJECT_DIR, else this one",
    )
    command.add_argument("--profiles-dir", type=Path, help="the directory of profiles.yml")
    command.add_argument("--target", help="the target of the profile")


def add_format(command: argparse.ArgumentParser, formats: tuple[str, ...] = FORMATS) -> None:
    """Add how the result is written; the first format is the default."""
    command.add_argument("--format", choices=formats, default=formats[0], help="by default %(default)s")


def add_dbt(command: argparse.ArgumentParser, what: str) -> None:
    """Add the dbt that a command starts."""
    command.add_argument(
        "--dbt",
        help=f"the dbt command that {what}; by default that of this Python, else the first on the path",
    )


def dbt_command() -> str:
    """Give the dbt that is installed beside this Python, so that a virtual environment need not be active."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def version_of(text: str) -> str | int:
    """Read a version: its twelve digits, or its number."""
    return int(text) if text.isdigit() and len(text) < 12 else text


def open_project(options: argparse.Namespace) -> Project:
    """Open the project that the options name."""
    from dbt_baton.project.project import Project

    return Project(options.project_dir, options.target, profiles_dir=options.profiles_dir)
