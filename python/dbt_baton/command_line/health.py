"""`dbt-baton health`: the newest verdict of each model, for people, schedulers and pull requests."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import Any

from dbt_baton.command_line.options import add_format, add_project, open_project
from dbt_baton.project.verdicts import SEVERITIES

COLUMNS = ("model_name", "verdict", "severity", "since", "owner", "summary")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "health",
        help="the newest verdict of each model; exit code 1 if one is severe enough",
        description="Print the newest row of baton.model_health of each model, the worst first.",
    )
    command.add_argument("models", nargs="*", help="names of models; by default all that have verdicts")
    command.add_argument(
        "--fail-on",
        choices=(*SEVERITIES[1:], "never"),
        default="error",
        help="the lowest severity that gives exit code 1; by default %(default)s",
    )
    add_format(command)
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> bool:
    """Print the verdicts, and say whether one is severe enough."""
    from dbt_baton.command_line.output import as_text, written
    from dbt_baton.project.verdicts import newest_verdicts

    rows = newest_verdicts(open_project(options), options.models)
    if options.format == "text":
        for row in rows:
            since = f" since {as_text(row['since'])}" if row["verdict"] != "healthy" else ""
            print(
                as_text(f"{row['model_name']}: {row['verdict']}{since} ({row['owner'] or 'nobody'} owns it)")
            )
            print(textwrap.fill(as_text(row["summary"]), 100, initial_indent="  ", subsequent_indent="  "))
    else:
        parsed = [
            {
                **row,
                **{name: json.loads(row[name] or "null") for name in ("evidence", "features", "upstream")},
            }
            for row in rows
        ]
        print(written(parsed, COLUMNS, options.format))
    if options.fail_on == "never":
        return False
    lowest = SEVERITIES.index(options.fail_on)
    return any(SEVERITIES.index(row["severity"]) >= lowest for row in rows)
