"""A separate environment for each peer whose pins conflict with baton's, created on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness import last_words

HERE = Path(__file__).parent


def environment(peer: str) -> Path | None:
    """Return a Python with the pins of `peers/<peer>.txt`, or print why there is none and return None."""
    wanted = (HERE / "peers" / f"{peer}.txt").read_text()
    home = HERE / ".venvs" / peer
    python = home / "bin" / "python"
    made = home / "made-from.txt"
    if made.exists() and made.read_text() == wanted:
        return python

    print(f"\nMaking an environment for {peer}.", file=sys.stderr, flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [*pip, str(HERE / "peers" / f"{peer}.txt")],
    )
    try:
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as failed:
        reason = last_words(failed) if isinstance(failed, subprocess.CalledProcessError) else failed
        print(f"\n{peer} is left out, its environment could not be made: {reason}", flush=True)
        return None
    made.write_text(wanted)
    return python
