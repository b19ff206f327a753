"""Runs dbt in forked processes, each as fresh as the command that a user types, without a new start of Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Forked:
    """A process that has dbt loaded and runs it in children; a child can be killed while it runs.

    Attributes
    ----------
    cpu_seconds : float
        What all children of all such processes took: nobody else hears of it before the process ends.
    """

    cpu_seconds = 0.0

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def dbt(
        self,
        *arguments: str,
        root: Path,
        output: Path | None = None,
        environment: Mapping[str, str] | None = None,
        kill_after: float | None = None,
    ) -> dict[str, Any]:
        """Run a command on the project in `root`: whether it was killed, whether it succeeded, and its seconds."""
        assert self.process.stdin and self.process.stdout
        directories = ["--project-dir", str(root), "--profiles-dir", str(root)]
        request = {
            "arguments": [*arguments, *directories],
            "root": str(root),
            "output": str(output or os.devnull),
            "environment": dict(os.environ if environment is None else environment),
            "kill_after": kill_after,
        }
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        Forked.cpu_seconds += answer["cpu_seconds"]
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def serve() -> None:
    # all that a command would load, and nothing that opens a database
    import dbt.adapters.duckdb
    import dbt.adapters.postgres  # noqa: F401
    from dbt.cli.main import cli

    def run(request: dict[str, Any]) -> None:
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["root"])
        for stream in (1, 2):
            os.dup2(os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        code: Any = 1
        try:
            cli(request["arguments"])
        except SystemExit as left:
            code = left.code
        finally:
            sys.stdout.flush()
            os._exit(code or 0)

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        started = time.monotonic()
        process = os.fork()
        if process == 0:
            run(request)
        if request["kill_after"] is not None:
            time.sleep(request["kill_after"])
            os.kill(process, signal.SIGKILL)
        _, status, usage = os.wait4(process, 0)
        answer = {
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "succeeded": os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0,
            "seconds": time.monotonic() - started,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
        }
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
