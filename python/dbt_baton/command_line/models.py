"""`dbt-baton models`: versions, aliases, who was champion when, and two versions compared."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dbt_baton.command_line.options import add_format, add_project, open_project, version_of

if TYPE_CHECKING:
    from dbt_baton.project.model import Model
    from dbt_baton.project.project import Project

MODEL_COLUMNS = ("model_name", "versions", "newest", "trained_at", "aliases", "owner")
VERSION_COLUMNS = (
    "version_number",
    "model_version",
    "trained_at",
    "estimator",
    "training_rows",
    "aliases",
    "owner",
)
ALIAS_COLUMNS = ("alias", "model_version", "valid_from", "valid_to", "promoted_by", "reason")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "models",
        help="models, their versions and aliases, and two versions compared",
        description="List the models; or with MODEL, its versions and every promotion.",
    )
    command.add_argument("model", nargs="?", metavar="MODEL", help="the name of a model")
    command.add_argument(
        "--at",
        metavar="TIME",
        help="which version had each alias at a time in UTC, such as '2024-09-30 12:00'",
    )
    command.add_argument(
        "--compare", nargs=2, metavar=("VERSION", "OTHER"), help="two versions, or their numbers, compared"
    )
    command.add_argument("--card", metavar="VERSION", help="everything about a version, as Markdown or JSON")
    add_format(command)
    add_project(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Print what was asked for."""
    from dbt_baton.command_line.output import as_json, written
    from dbt_baton.errors import ProjectError

    project = open_project(options)
    if options.model is None:
        asked = [name for name in ("at", "compare", "card") if getattr(options, name)]
        if asked:
            raise ProjectError(
                f"give the name of a model for --{' and --'.join(asked)}; there are {_named(project)}"
            )
        rows = [_summary(project.model(name)) for name in project.models()]
        if not rows:
            raise ProjectError("no model has version rows or verdicts yet: run dbt build")
        print(written(rows, MODEL_COLUMNS, options.format))
        return

    model = project.model(options.model)
    if options.card and options.format == "json":
        print(as_json(vars(model.card(version_of(options.card)))))
    elif options.card:
        print(model.card(version_of(options.card)), end="")
    elif options.compare:
        from dbt_baton.project.comparison import compared

        rows = compared(*(model.version(version_of(each)) for each in options.compare))
        if options.format != "json":
            rows = [row for row in rows if row["is_different"]]
            if not rows:
                print("the versions are the same")
                return
        print(written(rows, ("section", "name", "one", "other"), options.format))
    elif options.at:
        print(written(model.alias_rows(options.at), ALIAS_COLUMNS, options.format))
    elif options.format == "json":
        both = {"versions": _versions(model), "promotions": model.alias_rows()}
        print(as_json(both))
    else:
        print(written(_versions(model), VERSION_COLUMNS, options.format))
        print()
        print(written(model.alias_rows(), ALIAS_COLUMNS, options.format))


def _named(project: Project) -> str:
    return ", ".join(project.models()) or "none yet"


def _summary(model: Model) -> dict[str, Any]:
    versions = _versions(model)
    newest = versions[-1] if versions else {}
    current = [row for row in model.alias_rows() if row["is_current"]]
    return {
        "model_name": model.name,
        "versions": len(versions),
        "newest": newest.get("model_version"),
        "trained_at": newest.get("trained_at"),
        "aliases": ", ".join(f"{row['alias']} {row['model_version']}" for row in current),
        "owner": newest.get("owner"),
    }


def _versions(model: Model) -> list[dict[str, Any]]:
    current = [row for row in model.alias_rows() if row["is_current"]]
    return [
        {
            **row,
            "aliases": ", ".join(
                each["alias"] for each in current if each["model_version"] == row["model_version"]
            ),
        }
        for row in model.version_rows()
    ]
