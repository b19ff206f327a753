"""What the report says: cells of tables, chosen and put in order, none of them computed.

The comments name the table and column of each cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dbt_baton.report.formats import moment, number

Row = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """A period of a model, by the version that was its champion, or else the worst one.

    `lower` and `upper` are from the performance, `estimated` and its ends from the estimate by scores, the
    rest is from `model_health`.
    """

    start: datetime
    version: str | None  # None where the prediction log has none
    verdict: str
    severity: str
    since: datetime
    summary: str
    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    expected: float | None
    min_drop: float | None  # in its evidence
    estimated: float | None
    estimated_lower: float | None
    estimated_upper: float | None
    n: float | None
    n_labelled: float | None
    undefined_reason: str | None  # of the performance

    @property
    def state(self) -> str:
        """The severity; unknown where nothing could be judged."""
        return "unknown" if self.verdict == "not_enough_labels" else self.severity


@dataclass(frozen=True)
class Feature:
    """A feature in the newest period with drift or skew, the likeliest cause first.

    `drift` and `skew` are rows of these tables, `bins` those of `drift_contributions` in its newest period,
    `trend` the rows of drift by period; `detail` and `share` are what the verdict says of it, `importance`
    is that of the version row.
    """

    name: str
    detail: str | None
    share: float | None
    importance: float | None
    drift: Row | None
    skew: Row | None
    trend: list[Row]
    bins: list[Row]


@dataclass(frozen=True)
class Query:
    """SQL that lists rows, and what it lists."""

    title: str
    sql: str


@dataclass(frozen=True)
class Advice:
    """What to do: sentences, queries, and the command and the row that take the alias back, if one can."""

    steps: list[str]
    queries: list[Query]
    rollback: str | None
    rollback_row: Row | None


@dataclass(frozen=True)
class ModelContent:
    """All that the page says of a model.

    Attributes
    ----------
    name : str
    owner : str or None
        Of its verdict, or of its newest version row.
    history : list of Period
    others : list of dict
        Rows of `model_health` of other versions in the newest period.
    episodes : list of Period
        The newest period of each verdict that lasted, the newest first.
    features : list of Feature
    upstream : list of dict
        The nodes behind the features of the verdict, the nearest first.
    segments : list of dict
        Rows of the performance of segments that are significantly worse than all rows.
    comparison, catalogue, calibration, thresholds : list of dict
        Rows of these tables, of curves those of the newest period.
    champions : list of tuple of datetime and str
        When another version became champion, within the history.
    sources : dict of str to str
        The names of the nodes behind each section.
    missing : dict of str to str
        Why a section is not there, and which macro would give it.
    """

    name: str
    owner: str | None
    history: list[Period] = field(default_factory=list)
    others: list[Row] = field(default_factory=list)
    episodes: list[Period] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    upstream: list[Row] = field(default_factory=list)
    advice: Advice | None = None
    segments: list[Row] = field(default_factory=list)
    comparison: list[Row] = field(default_factory=list)
    card: Any = None
    calibration: list[Row] = field(default_factory=list)
    thresholds: list[Row] = field(default_factory=list)
    catalogue: list[Row] = field(default_factory=list)
    champions: list[tuple[datetime, str | None]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> Period | None:
        """The newest period; None for a model without verdicts."""
        return self.history[-1] if self.history else None

    @property
    def known(self) -> Period | None:
        """The newest period with a value of the metric."""
        return next((period for period in reversed(self.history) if period.value is not None), None)

    @property
    def carried(self) -> bool:
        """Whether the verdict is that of the newest period with outcomes, until there are newer ones."""
        now, known = self.now, self.known
        return (
            now is not None
            and known is not None
            and now.value is None
            and (now.verdict, now.since, now.version) == (known.verdict, known.since, known.version)
        )

    @property
    def state(self) -> str:
        """The verdict, or `no_verdict`."""
        return self.now.verdict if self.now else "no_verdict"

    @property
    def severity(self) -> str:
        """none, warning or error, and unknown where nothing could be judged."""
        return self.now.state if self.now else "unknown"

    @property
    def line(self) -> str:
        """The verdict in one line."""
        now, known = self.now, self.known
        if now is None:
            return f"{self.name}: no verdict"
        value = f", {known.metric} {number(known.value)}" if known else f", {now.metric} not known"
        expected = f", expected {number(known.expected)}" if known and known.expected is not None else ""
        owner = self.owner or "nobody"
        return f"{self.name}: {now.verdict} since {moment(now.since)}{value}{expected}, {owner} owns it"


@dataclass(frozen=True)
class Report:
    """The models, the worst first.

    Attributes
    ----------
    project : str
    models : list of ModelContent
    data_until : datetime or None
        The start of the newest period of all models.
    written_at : datetime or None
    """

    project: str
    models: Sequence[ModelContent]
    data_until: datetime | None
    written_at: datetime | None = None
