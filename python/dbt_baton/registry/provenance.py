"""Facts about the current run; no other module reads the clock, git or the dbt invocation."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """The time, the dbt run and the commit of a training.

    Attributes
    ----------
    trained_at : datetime.datetime
        UTC, without zone.
    run_id : str or None
        dbt's invocation id, the `{{ invocation_id }}` of SQL models in the same run.
    git_sha : str or None
        The commit that is checked out. Uncommitted changes do not change it, but do change the model version.
    """

    trained_at: datetime
    run_id: str | None
    git_sha: str | None


def observe(directory: Path | None = None) -> Provenance:
    """Read all three now.

    Parameters
    ----------
    directory : pathlib.Path, optional
        The directory of the git repository; by default the running dbt project, or the working directory
        outside of dbt.
    """
    return Provenance(
        trained_at=datetime.now(timezone.utc).replace(tzinfo=None),
        run_id=invocation_id(),
        git_sha=git_sha(directory or project_directory()),
    )


def invocation_id() -> str | None:
    """Give the id of the dbt invocation that this process runs; None outside of dbt.

    dbt does not pass the id to a Python model, but dbt-duckdb runs the model in dbt's own process. The module
    is looked up and not imported, because importing it outside of dbt would generate a new id.
    """
    invocation = sys.modules.get("dbt_common.invocation")
    return str(invocation.get_invocation_id()) if invocation else None


def project_directory() -> Path:
    """Find the directory of the dbt project that this process runs; the working directory outside of dbt."""
    directory = _flag("PROJECT_DIR")
    return Path(directory) if directory else Path.cwd()


def reads_no_rows() -> bool:
    """Whether dbt runs with `--empty`, so that every `dbt.ref()` has no rows, even if its table has some."""
    return bool(_flag("EMPTY"))


def _flag(name: str) -> Any:
    flags = sys.modules.get("dbt.flags")
    return getattr(flags.get_flags(), name, None) if flags else None


def git_sha(directory: Path) -> str | None:
    """Give the commit of the directory's repository; None without git, a repository or a commit."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"],
            cwd=directory, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def materialization() -> str | None:
    """Give the materialization of the dbt node that this thread builds; None outside of dbt."""
    return _node_info().get("materialized")


def meta() -> dict[str, Any]:
    """Give the meta of the dbt node that this thread builds; empty outside of dbt."""
    return _node_info().get("meta") or {}


def _node_info() -> dict[str, Any]:
    contextvars = sys.modules.get("dbt_common.events.contextvars")
    return (contextvars.get_node_info() if contextvars else None) or {}
