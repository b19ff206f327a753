"""`dbt-baton train`: what the materialization `ml_model` does, where dbt cannot run Python."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbt_baton.errors import BatonError, ProjectError
from dbt_baton.project.manifest import Manifest, meta_of
from dbt_baton.project.profile import connect, read_target, read_yaml, target_path
from dbt_baton.registry import provenance
from dbt_baton.training.job import TrainingJob
from dbt_baton.training.python_jobs import for_table
from dbt_baton.warehouse.relations import table_query

logger = logging.getLogger("dbt_baton")


def train_models(
    project: Path,
    *,
    names: Sequence[str] = (),
    profiles: Path | None = None,
    target: str | None = None,
    dbt: str | None = "dbt",
) -> None:
    """Train models of a project and append their version rows, each in a transaction of its own.

    Parameters
    ----------
    project : pathlib.Path
        The directory of `dbt_project.yml`.
    names : sequence of str
        The models; by default all with `materialized='ml_model'`.
    profiles : pathlib.Path, optional
        The directory of `profiles.yml`.
    target : str, optional
        The target of the profile.
    dbt : str, optional
        The command that compiles the models first; None if `target/` is up to date.

    Raises
    ------
    ProjectError
        If the project, the profile or a model cannot be found, or `dbt compile` fails.
    BatonError
        If a model cannot be trained; the other models are trained first.
    """
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler(sys.stderr))
        logger.setLevel(logging.INFO)
    described = read_yaml(project / "dbt_project.yml")
    settings = read_target(project, profiles, target)
    if dbt:
        _compile(dbt, project, names, profiles, target)
    manifest = Manifest.read(project / target_path(described) / "manifest.json")
    models = manifest.models("ml_model")
    unknown = [name for name in names if name not in models]
    if unknown:
        raise ProjectError(
            f"no model with materialized='ml_model' is called {', '.join(unknown)};"
            f" there are {', '.join(models) or 'none'}"
        )
    estimators = ((described.get("vars") or {}).get("baton") or {}).get("estimators") or []
    problems = []
    for name in names or models:
        session = connect(settings)
        try:
            _train(session, manifest, models[name], estimators)
        except BatonError as refused:
            problems.append(str(refused))
        finally:
            session.connection.close()
    if problems:
        raise BatonError("\n".join(problems))


def _compile(
    dbt: str, project: Path, names: Sequence[str], profiles: Path | None, target: str | None
) -> None:
    """Run `dbt compile`, whose output goes to the terminal."""
    command = [dbt, "compile", "--project-dir", str(project)]
    command += ["--select", *(names or ["config.materialized:ml_model"])]
    command += ["--profiles-dir", str(profiles)] if profiles else []
    command += ["--target", target] if target else []
    try:
        ended = subprocess.run(command, cwd=project, check=False)
    except OSError as failed:
        raise ProjectError(f"{dbt} could not be started: {failed}") from None
    if ended.returncode:
        raise ProjectError(f"'{' '.join(command)}' failed")


def _train(session: Any, manifest: Manifest, node: Mapping[str, Any], estimators: list[str]) -> None:
    """Train one model in one transaction."""
    code = node.get("compiled_code")
    if not code:
        raise ProjectError(f"{node['name']} is not compiled; run dbt compile first")
    table = node["relation_name"]
    # the run is that of dbt compile
    origin = replace(provenance.observe(Path.cwd()), run_id=manifest.content["metadata"].get("invocation_id"))
    with session.transaction(node["database"], node["schema"], f"baton {table}"):
        exists = _exists(session, node)
        if node["language"] == "python":
            module: dict[str, Any] = {"__name__": node["name"]}
            exec(compile(code, f"<{node['name']}>", "exec"), module)
            _model, _materialize, run = for_table(table, exists, manifest.owner(node), module, origin)
            run(session)
        else:
            TrainingJob(
                model_name=node["alias"],
                table=table,
                exists=exists,
                query=code,
                config=meta_of(node).get("ml_model") or {},
                owner=manifest.owner(node),
                training_relation=", ".join(manifest.inputs(node)) or None,
                estimators=estimators,
                origin=origin,
            ).run(session)


def _exists(session: Any, node: Mapping[str, Any]) -> bool:
    """Whether the table of version rows is there."""
    found = session.relation(table_query(node["database"], node["schema"], node["alias"]))
    return bool(found.fetchall())
