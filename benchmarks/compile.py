"""What dbt takes to parse and to compile models that call baton, compared with the same SQL by hand in files.

python benchmarks/compile.py --models 200
"""

from __future__ import annotations

import argparse
import platform
import re
import resource
import shutil
import sys
from importlib.metadata import version
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import print_table

sys.path.extend(str(Path(__file__).parents[1] / "tests" / folder) for folder in ("support", "oracles"))

import other_dbt
from every_macro import MODELS

DBT = Path(sys.executable).with_name("dbt")
COMMANDS = {
    "parse, all files": ["parse", "--no-partial-parse"],
    "compile, all files": ["compile", "--no-partial-parse"],
    "compile, nothing changed": ["compile"],
}
# the start of the run and its id
CLOCK = r"timestamp '[^']*[.][0-9]{6}'|'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'"


def calling_models(models: int, inputs: dict[str, str]) -> dict[str, str]:
    """Each model of the tests once, then copies of them that read each other, until there are so many."""
    copies = (
        (f"{name}_{copy}", re.sub(rf"ref\('({'|'.join(MODELS)})'\)", rf"ref('\1_{copy}')", text))
        for copy in count(1)
        for name, text in MODELS.items()
    )
    return inputs | dict(islice(copies, models - len(inputs)))


def by_hand(compiled: Path, texts: dict[str, str]) -> dict[str, str]:
    """Write the models without baton: what dbt compiled, with `ref`, `this` and the same config."""
    written = {}
    for name, text in texts.items():
        sql = (compiled / f"{name}.sql").read_text()
        sql = sql.replace(f'"meters"."main"."{name}"', "{{ this }}")
        sql = re.sub(r'"meters"\."main"\."(\w+)"', r"{{ ref('\1') }}", sql)
        written[name] = "".join(re.findall(r"\{\{ config\(.*?\) \}\}", text)) + sql
    return written


def cpu_seconds(root: Path, *arguments: str) -> float:
    """User and system seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = other_dbt.run(DBT, root, "--quiet", *arguments)
    if ran.returncode:
        raise SystemExit(ran.printed)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, dbt-core {version('dbt-core')}", flush=True)
    with TemporaryDirectory() as folder:
        baton, hand = Path(folder) / "baton", Path(folder) / "hand"
        baton.mkdir()
        texts = calling_models(given.models, other_dbt.inputs(baton))
        other_dbt.write_project(baton, texts)
        for step in ("deps", "run", "compile"):
            cpu_seconds(baton, step)
        other_dbt.write_project(hand, by_hand(baton / "target" / "compiled" / "meters" / "models", texts))
        (hand / "packages.yml").unlink()
        shutil.copy(baton / "meters.duckdb", hand)

        rows = []
        for name, command in COMMANDS.items():
            taken = [(cpu_seconds(baton, *command), cpu_seconds(hand, *command)) for _ in range(given.runs)]
            of_baton, of_hand = map(min, zip(*taken, strict=True))
            rows.append([name, f"{of_baton:.2f}", f"{of_hand:.2f}", f"{of_baton / of_hand:.2f}"])
        same = same_sql(baton, hand)
    header = ["CPU seconds, the least of the runs", "baton", "by hand", "ratio"]
    print_table(f"{len(texts)} models, {given.runs} runs", header, rows)
    print(f"\n{same} compiled models are the same SQL.")


def same_sql(baton: Path, hand: Path) -> int:
    """Count the models, which have to compile to the same SQL in both projects."""
    files = sorted((baton / "target" / "compiled").rglob("*.sql"))
    for file in files:
        here, there = (re.sub(CLOCK, "", path.read_text()) for path in (file, hand / file.relative_to(baton)))
        if here.strip() != there.strip():
            raise SystemExit(f"{file.stem} is not the same by hand")
    return len(files)


if __name__ == "__main__":
    main()
