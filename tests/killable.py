"""Runs dbt in forked processes, so that one can be killed without a new start of Python: see `Killable`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class Killable:
    """A process that has dbt loaded and runs it in children; a child can be killed while it runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
        )

    def dbt(self, *arguments: str, kill_after: float | None = None) -> dict[str, Any]:
        """Run a command: whether it was killed, whether it succeeded, and its seconds."""
        assert self.process.stdin and self.process.stdout
        directories = ["--project-dir", str(self.root), "--profiles-dir", str(self.root)]
        request = {"arguments": [*arguments, *directories], "kill_after": kill_after}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def serve() -> None:
    from dbt.cli.main import dbtRunner

    def invoke(arguments: list[str]) -> bool:
        return dbtRunner().invoke([*arguments, "--quiet", "--log-level-file", "none"]).success

    answers = os.fdopen(os.dup(1), "w")
    # what dbt prints must not be taken for an answer
    os.dup2(2, 1)
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        if number == 0:
            # loads the adapter, for all children, and opens no database
            invoke(["parse", *request["arguments"][-4:]])
        started = time.monotonic()
        process = os.fork()
        if process == 0:
            os._exit(0 if invoke(request["arguments"]) else 1)
        if request["kill_after"] is not None:
            time.sleep(request["kill_after"])
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        answer = {
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "succeeded": os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0,
            "seconds": time.monotonic() - started,
        }
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    serve()
