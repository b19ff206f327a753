"""Builds every public macro with other versions of dbt, Python and DuckDB, and writes the results into docs/engines.md.

`make matrix` runs it. Each combination has an environment of its own below `.venv-matrix`, which is kept for the next run; the
project and the models are those of the test on the oldest DuckDB, built twice, and the rows are compared with those of this
environment. It is no test, since what it needs is installed over many minutes: a test checks the table that it wrote.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path.extend(str(Path(__file__).parent / folder) for folder in ("support", "oracles"))

import pandas as pd

import other_dbt
from bench import BATON
from every_macro import MODELS, TESTS

ENVIRONMENTS = BATON / ".venv-matrix"
PAGE = BATON / "docs" / "engines.md"
BEGIN, END = "<!-- written by make matrix -->", "<!-- until here -->"
HEADER = ("dbt-core", "Python", "DuckDB", "built", "built again", "equal", "warnings")
SUCCEEDED = ("success", "pass", "warn")  # of a test, that it has run


class Dbt(NamedTuple):
    """A version of dbt: what pip installs, and what goes on top of that without its dependencies."""

    packages: tuple[str, ...]
    on_top: str | None = None


# dbt 1.12 has the parser of dbt 2 as a package, for --use-v2-parser alone; pip has releases after 2.0.0a4 only as sources that
# download the rest, and they are left out so that the versions can be tried wherever pip works
PARSER = "dbt-core-experimental-parser==2.0.0a4"
DBT = {
    "1.10": Dbt(("dbt-core==1.10.8", "dbt-duckdb==1.10.0")),
    "1.11": Dbt(("dbt-core==1.11.*", "dbt-duckdb==1.11.*")),
    "1.12": Dbt(
        ("dbt-core==1.12.0", "dbt-duckdb==1.11.*", "metricflow>=0.213", "opentelemetry-api", PARSER),
        "dbt-core==1.12.6",
    ),
    "2.0": Dbt(("dbt-core==2.0.0a4",)),
    "2.0 candidate": Dbt(("dbt-core>=2.0.0rc1,<2.1",)),
}
# the oldest DuckDB on the oldest Python, for which DuckDB 2.0 has no wheel
DUCKDB = {"3.10": "1.4.1", "3.11": "2.*", "3.12": "2.*", "3.13": "2.*"}


class Combination(NamedTuple):
    """Versions to try together. dbt 2 is a program without Python, and opens DuckDB by a library from npm."""

    dbt: str
    python: str

    @property
    def has_own_program(self) -> bool:
        """Whether this is dbt 2."""
        return self.dbt.startswith("2")

    @property
    def home(self) -> Path:
        """The environment."""
        return ENVIRONMENTS / f"dbt-{self.dbt.replace(' ', '-')}-python-{self.python}"

    @property
    def result(self) -> Path:
        """The line of the table that it had last."""
        return Path(f"{self.home}.json")


COMBINATIONS = [
    *(Combination(dbt, python) for dbt in ("1.10", "1.11", "1.12") for python in DUCKDB),
    Combination("2.0", "3.11"),
    Combination("2.0 candidate", "3.11"),
]


class NotHere(Exception):
    """A combination can not be tried; the message says why."""


def interpreter(version: str) -> Path:
    """An interpreter of that version: one that BATON_PYTHONS names, one on the PATH, or pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        *filter(None, os.environ.get("BATON_PYTHONS", "").split(os.pathsep)),
        shutil.which(f"python{version}"),
        *sorted(map(str, pyenv.glob(f"{version}.*/bin/python"))),
    ]
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(None, candidates):
        ran = subprocess.run([candidate, "-c", code], capture_output=True, text=True, check=False)
        if ran.stdout.strip() == version:
            return Path(candidate)
    raise NotHere(f"Python {version} is not installed here")


def install(*command: str, cwd: Path | None = None) -> None:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if ran.returncode:
        lines = [line for line in ran.stderr.splitlines() if re.match("error", line, re.IGNORECASE)]
        reason = re.sub(r" \(from versions.*", "", (lines or ["the installation failed"])[-1])
        raise NotHere(re.sub(r"^error:\s*", "", reason, flags=re.IGNORECASE))


def make_environment(combination: Combination) -> None:
    """Install the versions, unless they are there from an earlier run."""
    dbt, home = DBT[combination.dbt], combination.home
    packages = [
        *dbt.packages,
        *([] if combination.has_own_program else [f"duckdb=={DUCKDB[combination.python]}"]),
    ]
    made, wanted = home / "made-from.txt", "\n".join([*packages, str(dbt.on_top)])
    if made.exists() and made.read_text() == wanted:
        return
    install(str(interpreter(combination.python)), "-m", "venv", "--clear", str(home))
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install(*pip, "--only-binary", ":all:", *packages)
    if dbt.on_top:
        install(*pip, "--no-deps", dbt.on_top)
    if combination.has_own_program:
        machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        library = f"@duckdb/node-bindings-{sys.platform}-{machine}"
        install("npm", "install", "--silent", "--no-save", "--prefix", str(home), library)
    made.write_text(wanted)


def versions(combination: Combination) -> tuple[str, str]:
    """The versions of dbt and DuckDB that are installed."""
    pip = [str(combination.home / "bin" / "python"), "-m", "pip", "list", "--format", "json"]
    listed = json.loads(subprocess.run(pip, capture_output=True, text=True, check=True).stdout)
    of = {package["name"]: package["version"] for package in listed}
    if combination.has_own_program:
        package = next(combination.home.glob("node_modules/@duckdb/*/package.json"))
        of["duckdb"] = json.loads(package.read_text())["version"].split("-")[0]
    return of["dbt-core"], of["duckdb"]


class Build(NamedTuple):
    """What two builds of the project left: how each node ended, with the failing rows of a test, and the models' rows."""

    nodes: list[dict[str, tuple[str, int | None]]]
    rows: dict[str, pd.DataFrame]
    warnings: list[str]


def built_twice(dbt: Path, environment: Mapping[str, str] | None = None) -> Build:
    """Build every model and test in a new project, and again, when the incremental models find their tables."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        other_dbt.write_project(root, other_dbt.inputs(root) | MODELS, TESTS)
        other_dbt.run(dbt, root, "deps")
        nodes: list[dict[str, tuple[str, int | None]]] = []
        said: list[str] = []
        for _ in range(2):
            (root / "target" / "run_results.json").unlink(missing_ok=True)
            ran = other_dbt.run(
                dbt, root, "build", "--log-format", "json", "--show-all-deprecations", environment=environment
            )
            nodes.append(other_dbt.statuses(root))
            said += warnings(ran.printed)
        return Build(nodes, other_dbt.read(root, MODELS), said)


def warnings(printed: str) -> Iterator[str]:
    """Deprecations, other warnings and errors in a log of JSON lines, but for how a node ended."""
    for line in printed.splitlines():
        event = json.loads(line) if line.startswith("{") else None
        if event and event["info"]["level"] in ("warn", "error") and "node_info" not in event["data"]:
            yield event["info"]["msg"]


def differences(build: Build, here: Build) -> Iterator[str]:
    """What each node that is not as it is here has instead: how it ended, how many rows a test found, a model's rows."""
    for name, ended in here.nodes[1].items():
        try:
            assert build.nodes[1].get(name) == ended, f"{build.nodes[1].get(name)}, here {ended}"
            if name in here.rows:
                other_dbt.assert_same(build.rows[name], here.rows[name])
        except AssertionError as differs:
            yield f"{name}: {differs}"


def tried(combination: Combination, here: Build) -> tuple[str, ...]:
    """The combination's line of the table; what is not as it is here, and what dbt warns of, is printed."""
    try:
        make_environment(combination)
    except NotHere as reason:
        return (combination.dbt, combination.python, "", str(reason), "", "", "")
    libraries = [str(path.parent) for path in combination.home.glob("node_modules/@duckdb/*/libduckdb.*")]
    environment = {"LD_LIBRARY_PATH": libraries[0]} if libraries else {}
    build = built_twice(combination.home / "bin" / "dbt", environment)
    different = list(differences(build, here))
    for line in [*different, *build.warnings]:
        print(f"    {line}", flush=True)
    dbt, duckdb = versions(combination)
    total = len(here.nodes[0])
    good = [sum(status in SUCCEEDED for status, _ in nodes.values()) for nodes in build.nodes]
    return (
        *(dbt, combination.python, duckdb, *(f"{count} of {total}" for count in good)),
        *(f"{total - len(different)} of {total}", str(len(build.warnings))),
    )


def table(rows: Iterable[Sequence[str]]) -> str:
    """The rows as Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [HEADER, ["---"] * len(HEADER), *rows])


def write_table() -> None:
    """Write the last result of every combination, which lies beside its environment, into the page."""
    rows = []
    for combination in COMBINATIONS:
        row = [combination.dbt, combination.python, "", "not tried yet", "", "", ""]
        rows.append(json.loads(combination.result.read_text()) if combination.result.exists() else row)
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{END}{rest.split(END)[1]}")


def main() -> None:
    """Try every combination, or those whose dbt is named, such as 1.12."""
    print("== here", flush=True)
    here = built_twice(Path(sys.executable).with_name("dbt"))
    for combination in COMBINATIONS:
        if not sys.argv[1:] or combination.dbt in sys.argv[1:]:
            print(f"== dbt {combination.dbt}, Python {combination.python}", flush=True)
            row = tried(combination, here)
            print(f"   {' | '.join(row)}", flush=True)
            combination.result.write_text(json.dumps(row))
            write_table()


if __name__ == "__main__":
    main()
