"""What a training says while it runs, in dbt's log."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass, field

logger = logging.getLogger("dbt_baton")


@dataclass(frozen=True)
class Progress:
    """Lines in dbt's log, each with the seconds since the training began; outside of dbt, Python's logging.

    Attributes
    ----------
    model_name : str
        The model that each line begins with.
    """

    model_name: str
    began_at: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Log what was done."""
        self._log(text, "INFO")

    def warn(self, text: str) -> None:
        """Log something that the user should look at; dbt's --warn-error makes it an error."""
        self._log(text, "WARN")

    def debug(self, text: str) -> None:
        """Log what only --debug shows."""
        self._log(text, "DEBUG")

    def _log(self, text: str, level: str) -> None:
        line = f"{self.model_name}: {text} ({time.monotonic() - self.began_at:.1f} s)"
        # dbt runs in this process if it is imported; importing it here would cost a script seconds
        events = sys.modules.get("dbt_common.events.functions")
        if events is None:
            logger.log(getattr(logging, "WARNING" if level == "WARN" else level), line)
            return
        from dbt_common.events.base_types import EventLevel
        from dbt_common.events.types import Note

        if level == "WARN":
            events.warn_or_error(_warning(line))
        else:
            events.fire_event(Note(msg=line), EventLevel[level])


def _warning(line: str) -> object:
    """Make the event of a warning: dbt's own for warnings of macros, where it is there."""
    from dbt.events.types import JinjaLogWarning

    return JinjaLogWarning(msg=line)
