"""`dbt-baton init`: the model files of a new subject."""

from __future__ import annotations

import argparse
from typing import Any

from dbt_baton.command_line.options import add_project, open_project


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "init",
        help="write the model files of a new subject",
        description=(
            "Write the models of a subject, from features to the verdict on its model, ready for dbt build."
            " The columns of the events are read from the warehouse. No file is overwritten."
        ),
    )
    command.add_argument("subject", metavar="SUBJECT", help="what the models are named after, such as churn")
    command.add_argument(
        "--entity", required=True, metavar="COLUMN", help="the key column; several are separated by commas"
    )
    command.add_argument(
        "--events",
        required=True,
        action="append",
        metavar="TABLE",
        help="ref:NAME or source:NAME.TABLE; the label is about the first, features are made of all",
    )
    command.add_argument(
        "--event-time",
        action="append",
        default=[],
        metavar="COLUMN",
        help="the time of an event; by default the table's only column of times",
    )
    command.add_argument(
        "--label",
        default="not_exists",
        help="what is predicted of the events in the horizon: not_exists, exists, count or sum:COLUMN;"
        " by default %(default)s",
    )
    command.add_argument(
        "--label-where", metavar="SQL", help="a condition on the events that the label is about"
    )
    command.add_argument("--horizon", default="30d", help="how far ahead to look; by default %(default)s")
    command.add_argument("--every", default="1w", help="how often to look; by default %(default)s")
    command.add_argument("--owner", help="whose model it is")
    command.add_argument("--dry-run", action="store_true", help="print the files and write nothing")
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the files, and say what to do next."""
    from dbt_baton.command_line.output import as_text
    from dbt_baton.init.subject import Subject
    from dbt_baton.init.write import write_subject

    subject = Subject(
        name=options.subject,
        entity=tuple(column.strip() for column in options.entity.split(",")),
        horizon=options.horizon,
        every=options.every,
        label=options.label,
        label_where=options.label_where,
        owner=options.owner,
    )
    project = open_project(options)
    done = write_subject(project, subject, options.events, options.event_time, dry_run=options.dry_run)
    folder = done.folder.relative_to(project.path)
    for path, text in done.files.items():
        print(f"{folder / path}")
        if options.dry_run:
            print(f"\n{text}")
    for source in done.sources:
        if source.unused:
            print(as_text(f"no feature is made of {', '.join(source.unused)} of {source.events.call}"))
    if not options.dry_run:
        print("next: dbt build, then dbt-baton report")
