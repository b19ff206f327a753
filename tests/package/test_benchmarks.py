"""A benchmark runs to its end whatever happens to a peer; the row of a failed peer gives the reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import environments
import harness


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "benchmark.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute(f"create schema {harness.SCHEMA}")
    return path


def test_a_peer_that_fails_is_told_of_and_left_out(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(harness, "RUNS", 2)
    dies, ends = tmp_path / "dies.py", tmp_path / "ends.py"
    dies.write_text("import no_such_module")
    ends.write_text("import sys; sys.exit(3)")
    python = Path(sys.executable)
    peers: dict[str, harness.Candidate] = {
        "sql": "select 1 from no_such_table",
        "script": harness.Script(python, dies),
        "silent": harness.Script(python, ends),
        "no python": harness.Script(tmp_path / "no-such-python", dies),
        "good": "select 1 as one",
    }
    jobs = {"baton": (database, "select 1 as one")} | {name: (database, peer) for name, peer in peers.items()}
    figures = harness.measure(jobs, peers=peers)
    said = capsys.readouterr().out
    assert list(figures) == ["baton", "good"]
    assert "sql failed and is left out: CatalogException" in said
    assert "script failed and is left out: ModuleNotFoundError: No module named 'no_such_module'" in said
    assert "silent failed and is left out: it ended with code 3 and said nothing" in said
    assert "no python failed and is left out: FileNotFoundError" in said
    assert "Traceback" not in said and said.count("is left out") == 4
    assert harness.ratio(figures["good"], None) == ""


def test_baton_itself_may_not_fail(database: str):
    with pytest.raises(SystemExit, match="baton failed: CatalogException"):
        harness.measure({"baton": (database, "select 1 from no_such_table")})


def test_the_harness_imports_what_every_environment_of_a_peer_has():
    code = "import sys; sys.modules['pyarrow'] = None; sys.path.insert(0, 'benchmarks'); import harness"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)


def test_an_environment_that_can_not_be_made_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "peers").mkdir()
    (tmp_path / "peers" / "nobody.txt").write_text("baton\n")
    monkeypatch.setattr(environments, "HERE", tmp_path)

    def fail(command: list[str], **options: object) -> None:
        raise subprocess.CalledProcessError(1, command, "", "ERROR: no such wheel\nWARNING: an old pip")

    monkeypatch.setattr(environments.subprocess, "run", fail)
    assert environments.environment("nobody") is None
    assert (
        "nobody is left out, its environment could not be made: ERROR: no such wheel"
        in capsys.readouterr().out
    )
