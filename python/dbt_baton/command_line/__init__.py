"""The command `dbt-baton`: reads a dbt project that baton is installed in, and what was built of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dbt_baton.command_line import health, init, models, promotion, report, train, whatif
from dbt_baton.errors import BatonError

FINDING, ERROR = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit code: 0, or 1 for a finding, or 2 for an error.
    """
    parser = argparse.ArgumentParser(prog="dbt-baton", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (health, init, models, promotion, report, train, whatif):
        command.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        found = options.run(options)
    except (BatonError, NotADirectoryError, FileNotFoundError) as refused:
        print(f"dbt-baton {options.command}: {refused}", file=sys.stderr)
        return ERROR
    except BrokenPipeError:
        # the reader of a pipe, such as head, has enough; nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return FINDING if found else 0
