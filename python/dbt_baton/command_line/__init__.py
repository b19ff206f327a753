"""The command `dbt-baton`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

EXIT_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code: 0, or 2 for an error.
    """
    parser = argparse.ArgumentParser(prog="dbt-baton", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser(
        "train",
        help="train the models with materialized='ml_model' from the command line",
        description="Compile the models with materialized='ml_model', train them and append their version"
        " rows, for dbt versions that cannot train in dbt build.",
    )
    train.add_argument("models", nargs="*", help="names of models; by default all")
    train.add_argument(
        "--no-compile", action="store_true", help="use target/ as the last dbt compile left it"
    )
    train.add_argument("--dbt", default="dbt", help="the dbt command that compiles")
    for command in (train,):
        command.add_argument(
            "--project-dir", type=Path, default=Path(), help="the directory of dbt_project.yml"
        )
        command.add_argument("--profiles-dir", type=Path, help="the directory of profiles.yml")
        command.add_argument("--target", help="the target of the profile")
    chosen = parser.parse_args(arguments)

    # imported here, so that the help is quick
    from dbt_baton.command_line.train import train_models
    from dbt_baton.errors import BatonError

    profiles = chosen.profiles_dir.resolve() if chosen.profiles_dir else None
    try:
        # as dbt does: paths in the profile and in models are relative to the project
        os.chdir(chosen.project_dir)
        train_models(
            Path.cwd(),
            names=chosen.models,
            profiles=profiles,
            target=chosen.target,
            dbt=None if chosen.no_compile else chosen.dbt,
        )
    except (BatonError, NotADirectoryError, FileNotFoundError) as refused:
        print(f"dbt-baton: {refused}", file=sys.stderr)
        return EXIT_ERROR
    return 0
