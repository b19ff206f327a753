"""What a subject is called, whom it is about, and what its model predicts."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
DAY, WEEK = 86400, 604800
# a verdict needs 100 rows with an outcome, and not every entity is there in every period
ENOUGH_ROWS = 150


@dataclass(frozen=True)
class Task:
    """How a kind of label is learned and judged.

    Attributes
    ----------
    name : str
        As `baton.model_performance` calls it.
    estimator, metric : str
    """

    name: str
    estimator: str
    metric: str


BINARY = Task("binary", "hist_gradient_boosting_classifier", "roc_auc")
REGRESSION = Task("regression", "hist_gradient_boosting_regressor", "rmse")
TASKS = {"not_exists": BINARY, "exists": BINARY, "count": REGRESSION, "sum": REGRESSION}


@dataclass(frozen=True)
class Subject:
    """A subject as a user asks for it.

    Attributes
    ----------
    name : str
        The first part of the name of each of its models.
    entity : tuple of str
        The key columns.
    horizon, every : str
        Durations: how far ahead the model looks, and how often.
    label : str
        What is predicted of the events in the horizon: not_exists, exists, count or sum:COLUMN.
    label_where : str, optional
        A SQL condition on the events that the label is about.
    owner : str, optional
        Whose model it is.
    """

    name: str
    entity: tuple[str, ...]
    horizon: str = "30d"
    every: str = "1w"
    label: str = "not_exists"
    label_where: str | None = None
    owner: str | None = None

    @property
    def label_function(self) -> str:
        """The function of the label, without its column."""
        return self.label.partition(":")[0]

    @property
    def label_column(self) -> str | None:
        """The column of the label, if it has one."""
        return self.label.partition(":")[2] or None

    @property
    def task(self) -> Task:
        """How the label is learned."""
        return TASKS[self.label_function]

    @property
    def windows(self) -> list[str]:
        """The windows of features, the shortest first."""
        return sorted({self.every, self.horizon}, key=seconds)

    def period(self, active: int) -> str:
        """Give the shortest period that has a moment of the grid, and enough rows for a verdict.

        Parameters
        ----------
        active : int
            How many entities a prediction is made for at each moment.
        """
        step = seconds(self.every)
        for name, length in (("day", DAY), ("week", WEEK)):
            if step <= length and active * (length // step) >= ENOUGH_ROWS:
                return name
        return "month"

    def has_name(self) -> bool:
        """Whether it can be the beginning of the names of models and files."""
        return re.fullmatch("[a-z][a-z0-9_]{0,29}", self.name) is not None

    def problems(self) -> list[str]:
        """Say what is wrong with it, before anything is known of the project."""
        found = []
        if not self.has_name():
            found.append(
                f"the subject is called {self.name!r}, expected lower case, digits and _, at most 30 of them,"
                " since models are named after it"
            )
        if not all(self.entity) or len(set(self.entity)) < len(self.entity):
            found.append(f"--entity is {','.join(self.entity)!r}, expected different columns: user_id or a,b")
        if "as_of" in map(str.lower, self.entity):
            found.append("--entity names as_of, a column that each model adds itself: rename the key")
        for option in ("horizon", "every"):
            if not seconds(getattr(self, option)):
                found.append(
                    f"--{option} is {getattr(self, option)!r}, expected a duration such as 12h, 30d or 4w"
                )
        function, colon, column = self.label.partition(":")
        if function not in TASKS or (function == "sum") != bool(column) or (colon and not column):
            found.append(f"--label is {self.label!r}, expected not_exists, exists, count or sum:COLUMN")
        return found


def seconds(duration: str) -> int:
    """Give the seconds of a duration such as 30d, as baton's macros read it; 0 for another text."""
    found = re.fullmatch("([0-9]{1,9})(s|min|h|d|w)", duration)
    return int(found[1]) * _UNITS[found[2]] if found else 0
