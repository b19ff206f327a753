"""`dbt-baton promote` and `dbt-baton rollback`: the run-operations of the same names, with less to type."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dbt_baton.command_line.options import add_dbt, add_project, dbt_command, open_project, version_of

if TYPE_CHECKING:
    from dbt_baton.project.model import Model


def add_to(commands: Any) -> None:
    """Add both commands to the parser."""
    promote = commands.add_parser(
        "promote",
        help="give an alias to a version",
        description="Append one row to the model of promotions; for a seed, print the line to add.",
    )
    promote.add_argument("model", metavar="MODEL")
    promote.add_argument("version", metavar="VERSION", help="its 12 hex digits, or its number")
    rollback = commands.add_parser(
        "rollback",
        help="take an alias back to the version that had it before",
        description="Append one row to the model of promotions; for a seed, print the line to add.",
    )
    rollback.add_argument("model", metavar="MODEL")
    rollback.add_argument("--version", help="a version that had the alias earlier; by default the one before")
    for command in (promote, rollback):
        command.add_argument("--alias", default="champion", help="by default %(default)s")
        command.add_argument("--reason", help="kept in the row")
        command.add_argument("--by", help="who promotes; by default the user of the target or of the system")
        add_dbt(command, "appends the row")
        add_project(command)
        command.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Start dbt, and say what has to be built for the alias to be seen."""
    from dbt_baton.errors import ProjectError

    model = open_project(options).model(options.model)
    version = None if options.version is None else version_of(options.version)
    if isinstance(version, int):
        version = model.version(version)["model_version"]
    operation = f"baton.{options.command}"
    promotions = _promotions(model)
    arguments = {
        "promotions": promotions["name"],
        "registry": _registry(model)["name"],
        "model_name": model.name,
        "model_version": version,
        "alias": options.alias,
        "promoted_by": options.by,
        "reason": options.reason,
    }
    given = {name: value for name, value in arguments.items() if value is not None}
    command = [
        options.dbt or dbt_command(),
        "--quiet",
        "run-operation",
        operation,
        "--args",
        json.dumps(given),
    ]
    for name in ("project_dir", "profiles_dir"):
        folder = getattr(options, name)
        command += [f"--{name.replace('_', '-')}", str(folder.resolve())] if folder else []
    command += ["--target", options.target] if options.target else []
    try:
        ended = subprocess.run(command, cwd=model.project.path, check=False)
    except OSError as failed:
        raise ProjectError(f"{command[0]} could not be started: {failed}") from None
    if ended.returncode:
        raise ProjectError(f"dbt run-operation {operation} failed")
    print(_what_now(model, promotions, options.alias))


def _what_now(model: Model, promotions: Mapping[str, Any], alias: str) -> str:
    """Say who has the alias now, or what has to be run until somebody has it."""
    aliases = model.aliases_node
    if promotions["resource_type"] == "seed":
        return f"then: dbt build --select {promotions['name']}+"
    if aliases is None or aliases["config"]["materialized"] != "view":
        return f"then: dbt build --select {aliases['name'] if aliases else promotions['name']}+"
    holder = model.champion(alias=alias) or {}
    return f"{alias} of {model.name} is {holder.get('model_version')} now; the next dbt build scores with it"


def _registry(model: Model) -> Mapping[str, Any]:
    from dbt_baton.errors import ProjectError

    numbered = model.project.manifest.calling("model_registry")
    if model.registry is None or model.registry not in numbered:
        raise ProjectError(
            f"the project has no rows of {model.name} in a model that calls baton.model_registry"
        )
    return model.registry


def _promotions(model: Model) -> Mapping[str, Any]:
    """Give the one table of promotions that a row can be appended to."""
    from dbt_baton.errors import ProjectError

    manifest = model.project.manifest
    kept = manifest.calling("promotions")
    of_aliases = [] if model.aliases_node is None else manifest.parents(model.aliases_node)
    for node in of_aliases or kept:
        if node in kept or node["resource_type"] == "seed":
            return node
    raise ProjectError(
        f"no promotions are kept for {model.name}: add a model that calls baton.promotions, and one that"
        " calls baton.model_aliases"
    )
