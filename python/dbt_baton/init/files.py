"""The model files of a subject: their text, and writing all of them or none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dbt_baton.errors import ProjectError
from dbt_baton.init.aggregates import Source
from dbt_baton.init.calendar import Calendar
from dbt_baton.init.subject import Subject
from dbt_baton.warehouse.relations import quoted
from dbt_baton.warehouse.reserved_words import RESERVED_WORDS

FILES = (
    "features/spine.sql",
    "features/features.sql",
    "features/feature_store.sql",
    "training/moments.sql",
    "training/labels.sql",
    "training/training_set.sql",
    "training/model.sql",
    "training/registry.sql",
    "training/promotions.sql",
    "training/aliases.sql",
    "scoring/scoring_features.sql",
    "scoring/scores.sql",
    "scoring/predictions.sql",
    "monitoring/outcomes.sql",
    "monitoring/performance.sql",
    "monitoring/drift_baseline.sql",
    "monitoring/feature_histogram.sql",
    "monitoring/drift.sql",
    "monitoring/drift_alerts.sql",
    "monitoring/health.sql",
    "subject.yml",
)
_HAPPENS = {
    "not_exists": "1 if there is no event in the {horizon} after as_of, else 0.",
    "exists": "1 if there is an event in the {horizon} after as_of, else 0.",
    "count": "The number of events in the {horizon} after as_of.",
    "sum": "The sum over the events in the {horizon} after as_of.",
}


def model_names(subject: Subject) -> list[str]:
    """Give the names of the models, without the yml."""
    return [f"{subject.name}_{PurePosixPath(file).stem}" for file in FILES if file.endswith(".sql")]


def paths(subject: Subject) -> list[str]:
    """Give where each file lies below the directory of models, in the order of `FILES`."""
    return [
        f"{subject.name}/_{subject.name}.yml"
        if file == "subject.yml"
        else f"{subject.name}/{PurePosixPath(file).with_name(f'{subject.name}_{PurePosixPath(file).name}')}"
        for file in FILES
    ]


def rendered(subject: Subject, sources: Sequence[Source], calendar: Calendar) -> dict[str, str]:
    """Give the text of each file by its path.

    Parameters
    ----------
    subject : Subject
    sources : sequence of Source
        The first is the one whose events the label and the moments are about.
    calendar : Calendar
    """
    # dbt's own delimiters stay as they are
    environment = Environment(
        loader=PackageLoader("dbt_baton", "init/templates"),
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(text=_jinja, json=lambda value: json.dumps(value, ensure_ascii=False))
    known = _known(subject, sources, calendar)
    return {
        path: environment.get_template(file).render(known)
        for path, file in zip(paths(subject), FILES, strict=True)
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write every file, or none.

    Raises
    ------
    ProjectError
        If one cannot be written; those before it are deleted again.
    """
    written: list[Path] = []
    try:
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                written.append(file)
                opened.write(text)
    except OSError as failed:
        for file in written:
            file.unlink()
        raise ProjectError(f"nothing was written: {failed}") from None


def _known(subject: Subject, sources: Sequence[Source], calendar: Calendar) -> dict[str, Any]:
    """Give what the templates name, each ready to be written."""
    keys = [_identifier(key) for key in subject.entity]
    events = sources[0].events
    moment = _identifier(events.time)
    label = {"function": subject.label_function}
    label |= {"column": subject.label_column} if subject.label_column else {}
    label |= {"where": subject.label_where} if subject.label_where else {}
    return {
        "subject": subject,
        "name": subject.name,
        "task": subject.task,
        "calendar": calendar,
        "period": subject.period(events.active),
        "events": events,
        "sources": sources,
        "entity": _list(subject.entity),
        "unique_key": _list(keys),
        "columns": ",\n".join(keys),
        "moment": moment,
        "newest": _jinja(f"(select max({moment}) from "),
        "label": label,
        "label_description": _HAPPENS[subject.label_function].format(horizon=subject.horizon),
        "features": ",\n".join(_jinja(name) for source in sources for name in source.features),
        "recency": sources[0].recency,
        "recency_column": _identifier(sources[0].recency),
        "scored_key": _jinja([f"scored.{key}" for key in (*keys, "as_of")]),
        "scores_key": _jinja([f"scores.{key}" for key in (*keys, "as_of")]),
    }


def _list(names: Sequence[str]) -> str:
    return _jinja(names[0] if len(names) == 1 else list(names))


def _jinja(value: object) -> str:
    """Write a value as Jinja reads it, in single quotes where that is possible."""
    return repr(value)


def _identifier(name: str) -> str:
    """Write a column name in SQL as `baton.identifier` does: quoted only where an engine needs it."""
    plain = re.fullmatch("[a-z_][a-z0-9_]*", name) and name not in RESERVED_WORDS
    return name if plain else quoted(name)
