"""The provenance of a version: read in one place, and never an error."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timezone

from dbt_baton.registry import provenance


def test_the_commit_is_that_of_the_directory_and_none_outside_of_a_repository(tmp_path):
    assert provenance.git_sha(tmp_path) is None
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)
    assert provenance.git_sha(tmp_path) is None
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], cwd=tmp_path, check=True)
    expected = subprocess.run(
        ["git", "log", "-1", "--format=%H"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert provenance.git_sha(tmp_path) == expected.stdout.strip()
    assert provenance.git_sha(tmp_path / "missing") is None


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git_sha(tmp_path) is None


def test_the_run_is_dbt_s_invocation_and_none_outside_of_dbt(monkeypatch):
    from dbt_common.invocation import get_invocation_id

    assert provenance.invocation_id() == get_invocation_id()
    monkeypatch.delitem(sys.modules, "dbt_common.invocation")
    assert provenance.invocation_id() is None


def test_the_moment_is_utc_without_zone():
    before = datetime.now(timezone.utc).replace(tzinfo=None)
    assert before <= provenance.observe().trained_at <= datetime.now(timezone.utc).replace(tzinfo=None)
