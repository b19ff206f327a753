"""`dbt-baton train`: what the materialization `ml_model` does, where dbt cannot run Python."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from dbt_baton.command_line.options import add_dbt, add_project, dbt_command


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "train",
        help="train the models with materialized='ml_model' from the command line",
        description="Compile the models with materialized='ml_model', train them and append their version"
        " rows, for dbt versions that cannot train in dbt build.",
    )
    command.add_argument("models", nargs="*", help="names of models; by default all")
    command.add_argument(
        "--no-compile", action="store_true", help="use target/ as the last dbt compile left it"
    )
    add_dbt(command, "compiles")
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train the models."""
    from dbt_baton.training.project_models import train_models

    profiles = options.profiles_dir.resolve() if options.profiles_dir else None
    # as dbt does: paths in the profile and in models are relative to the project
    os.chdir(options.project_dir)
    train_models(
        Path.cwd(),
        names=options.models,
        profiles=profiles,
        target=options.target,
        dbt=None if options.no_compile else options.dbt or dbt_command(),
    )
