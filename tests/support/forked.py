"""Runs dbt in forked processes, each in a fresh state like a user's command, without starting Python again."""

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

LONGEST_COMMAND = 1_800  # seconds


class Forked:
    """A process that has dbt loaded and runs it in children; a child can be killed while it runs.

    Attributes
    ----------
    cpu_seconds : float
        CPU time of all children of all such processes, which is not visible elsewhere before the process ends.
    """

    cpu_seconds = 0.0

    def __init__(self) -> None:
        self.counted = 0.0
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
        """Run a command on the project in `root`; return whether it was killed, whether it succeeded, and its seconds.

        Seconds, including the limit after which the command is killed, count from the start of the first node.
        """
        directories = ["--project-dir", str(root), "--profiles-dir", str(root)]
        request = {
            "arguments": [*arguments, *directories],
            "root": str(root),
            "output": str(output or os.devnull),
            "environment": dict(os.environ if environment is None else environment),
            "kill_after": kill_after,
        }
        return self._ask(request)

    def parse(self, *arguments: str, root: Path, environment: Mapping[str, str] | None = None) -> list[str]:
        """Parse the project once for all later commands, and return every warning. The models must not change afterwards."""
        request = {
            "parse": str(root),
            "arguments": ["parse", *arguments, "--project-dir", str(root), "--profiles-dir", str(root)],
            "environment": dict(os.environ if environment is None else environment),
        }
        warnings: list[str] = self._ask(request)["warnings"]
        return warnings

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.counted += answer["cpu_seconds"]
        Forked.cpu_seconds += answer["cpu_seconds"]
        return answer

    def close(self) -> None:
        """End the process; its CPU seconds then count for this process."""
        self.process.communicate()
        Forked.cpu_seconds -= self.counted


def serve() -> None:
    # import everything that a command would import, also for Python models, but nothing that opens a database
    import dbt.adapters.duckdb
    import dbt.adapters.postgres
    import dbt.task.build  # noqa: F401
    import sklearn.compose
    import sklearn.ensemble
    import sklearn.pipeline  # noqa: F401
    from dbt.cli.main import cli, dbtRunner

    import dbt_baton.training.job  # noqa: F401
    import quick_dbt

    def parse(request: dict[str, Any]) -> dict[str, Any]:
        warnings: list[str] = []

        def listen(event: Any) -> None:
            if event.info.level in ("warn", "error"):
                warnings.append(event.info.msg)

        quick_dbt.keep(Path(request["parse"]))
        began = time.process_time()
        os.environ.clear()
        os.environ.update(request["environment"])
        dbtRunner(callbacks=[listen]).invoke([*request["arguments"], "--quiet", "--log-level-file", "none"])
        return {"cpu_seconds": time.process_time() - began, "warnings": warnings}

    def run(request: dict[str, Any]) -> dict[str, Any]:
        heard, told = os.pipe()
        process = os.fork()
        if process == 0:
            # a command that hangs would hold the whole suite
            signal.alarm(LONGEST_COMMAND)
            be_the_command(request, told)
        os.close(told)
        with os.fdopen(heard, "rb") as child:
            # a mark when the first node starts, and one at the end
            child.read(1)
            started = time.monotonic()
            if request["kill_after"] is not None:
                time.sleep(request["kill_after"])
                os.kill(process, signal.SIGKILL)
            else:
                # so that later children do not compile the same templates again
                quick_dbt.learn(child.read().lstrip(b"!"))
        _, status, usage = os.wait4(process, 0)
        return {
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "succeeded": os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0,
            "seconds": time.monotonic() - started,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
        }

    def be_the_command(request: dict[str, Any], told: int) -> None:
        code: Any = 1
        known = quick_dbt.learn(b"")
        started: list[Any] = []

        def listen(event: Any) -> None:
            if event.info.name == "LogStartLine" and not started:
                started.append(event)
                os.write(told, b"!")

        try:
            os.environ.clear()
            os.environ.update(request["environment"])
            # dbt's static parser waits for threads of the process that parsed before, and a fork has none of them
            os.environ["DBT_STATIC_PARSER"] = "false"
            os.chdir(request["root"])
            for stream in (1, 2):
                os.dup2(os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            cli(request["arguments"], obj={"callbacks": [listen]})
        except SystemExit as left:
            code = left.code
        finally:
            sys.stdout.flush()
            if request["kill_after"] is None:
                with os.fdopen(told, "wb") as parent:
                    parent.write(b"!" + quick_dbt.compiled(known))
            os._exit(code or 0)

    answers = os.fdopen(os.dup(1), "w")
    # dbt's own output must not be read as an answer
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        answer = parse(request) if "parse" in request else run(request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
