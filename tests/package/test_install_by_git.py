"""A project that installs baton from a git repository gets every macro, and Python every file of the package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench import BATON
from integration import forked


def git(*arguments: str) -> str:
    command = ["git", "-C", str(BATON), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def in_git(folder: str) -> set[str]:
    """The files below a folder in the last commit."""
    return {
        str(Path(path).relative_to(folder))
        for path in git("ls-tree", "-r", "--name-only", "-z", "HEAD", f"{folder}/").split("\0")
        if path
    }


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The address of a bare repository with the last commit, and the commit's name."""
    if not (BATON / ".git").exists():
        pytest.skip("this is no git checkout")
    bare = tmp_path_factory.mktemp("git") / "baton.git"
    git("clone", "--quiet", "--bare", str(BATON), str(bare))
    return bare.as_uri(), git("rev-parse", "HEAD").strip()


def test_dbt_deps_installs_a_revision(repository, tmp_path: Path):
    address, revision = repository
    for name, content in {
        "dbt_project.yml": {"name": "shop", "version": "1.0.0", "profile": "shop"},
        "profiles.yml": {
            "shop": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": "shop.duckdb"}}}
        },
        "packages.yml": {"packages": [{"git": address, "revision": revision}]},
    }.items():
        (tmp_path / name).write_text(yaml.safe_dump(content))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "hashed.sql").write_text("select {{ baton.surrogate_key(['1']) }} as key")
    printed = tmp_path / "printed.txt"
    for command in ("deps", "compile"):
        finished = forked().dbt("--no-use-colors", command, root=tmp_path, output=printed)
        assert finished["succeeded"], printed.read_text()

    installed = tmp_path / "dbt_packages" / "baton"
    for folder in ("macros", "models"):
        found = {str(path.relative_to(installed / folder)) for path in (installed / folder).rglob("*.*")}
        assert found == in_git(folder), folder
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text())
    assert "macro.baton.model_health" in manifest["macros"]
    # nothing of baton's own demo or of its tests becomes part of the project
    enabled = [name for name, node in manifest["nodes"].items() if node["config"]["enabled"]]
    assert enabled == ["model.shop.hashed"]
    assert "md5(" in (tmp_path / "target/compiled/shop/models/hashed.sql").read_text()


def test_pip_installs_every_file_of_the_package(repository, tmp_path: Path):
    address, revision = repository
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    # what it needs is there already, also what builds it: a test has no network
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    # pip takes no address without a host after a name
    wanted = f"dbt-baton @ git+{address.replace('file:///', 'file://localhost/')}@{revision}"
    ran = subprocess.run(
        [*pip, "install", *offline, "--target", str(tmp_path), wanted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    package = tmp_path / "dbt_baton"
    found = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert {path for path in found if "__pycache__" not in path} == in_git("python/dbt_baton")
    assert any(path.suffix not in (".py", ".pyc") for path in package.rglob("*.sql"))

    help_ = subprocess.run(
        [sys.executable, str(tmp_path / "bin" / "dbt-baton"), "init", "--help"],
        env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert help_.returncode == 0 and "write the models" in help_.stdout.lower(), help_.stderr
