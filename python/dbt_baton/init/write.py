"""Write the model files of a subject into a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dbt_baton.errors import ProjectError, raise_problems
from dbt_baton.init.aggregates import Source, chosen_sources
from dbt_baton.init.calendar import Calendar, calendar, shortest
from dbt_baton.init.events import Events, read_events
from dbt_baton.init.files import model_names, paths, rendered, write
from dbt_baton.init.subject import DAY, Subject, seconds

if TYPE_CHECKING:
    from dbt_baton.project.project import Project


FARTHEST = timedelta(days=366)
HOW_TO_INSTALL = (
    "baton is no package of this project: add it to packages.yml (`git:` and `revision:`, as in its README),"
    " then run dbt deps and dbt build"
)


@dataclass(frozen=True)
class Written:
    """The files of a subject.

    Attributes
    ----------
    folder : pathlib.Path
        The project's directory of models.
    files : dict of str to str
        Their texts, by the path below the folder.
    sources : list of Source
        What the features are made of.
    """

    folder: Path
    files: dict[str, str]
    sources: list[Source]


def write_subject(
    project: Project,
    subject: Subject,
    events: Sequence[str],
    times: Sequence[str] = (),
    *,
    dry_run: bool = False,
) -> Written:
    """Write the files, all or none.

    Parameters
    ----------
    project : Project
        A project that baton is installed in, with its events built.
    subject : Subject
    events : sequence of str
        Tables, each `ref:NAME` or `source:NAME.TABLE`. The label is about the events of the first.
    times : sequence of str, optional
        Columns with the time of events; each table has one of them. By default its only column of times.
    dry_run : bool, default=False
        Write nothing.

    Raises
    ------
    ProjectError
        If something is wrong, with everything that is; nothing is written then.
    """
    folder = project.path / project.model_folder
    problems = subject.problems()
    problems += [] if project.has_baton() else [HOW_TO_INSTALL]
    tables = [
        read_events(project, named, subject, times, problems, summed=None if place else subject.label_column)
        for place, named in enumerate(events)
    ]
    problems += _unknown_times(times, tables)
    problems += _taken(project, subject, folder)
    days = _days(subject, tables[0], events[0], problems)
    raise_problems(ProjectError, subject.name, problems)

    assert days is not None, "without days there is a problem"
    sources = chosen_sources([table for table in tables if table], subject)
    files = rendered(subject, sources, days)
    if not dry_run:
        write(folder, files)
    return Written(folder, files, sources)


def _unknown_times(times: Sequence[str], tables: Sequence[Events | None]) -> list[str]:
    """Say which times no table has, if all tables could be read."""
    read = [table for table in tables if table]
    if len(read) < len(tables):
        return []
    return [
        f"no table has the column {name!r} of --event-time"
        for name in times
        if not any(name in table.schema.names for table in read)
    ]


def _taken(project: Project, subject: Subject, folder: Path) -> list[str]:
    """Say which files and models are in the way."""
    if not subject.has_name():
        return []
    files = [path for path in paths(subject) if (folder / path).exists()]
    if files:
        return [f"{', '.join(files)} in {folder} {'is' if len(files) == 1 else 'are'} there already"]
    # the manifest may still have those whose files were deleted
    models = {
        node["name"]: node["original_file_path"]
        for node in project.manifest.content["nodes"].values()
        if node["resource_type"] in ("model", "seed", "snapshot")
        and (project.path / node["original_file_path"]).exists()
    }
    same = [f"{name} ({models[name]})" for name in model_names(subject) if name in models]
    return [f"the project has models of these names: {', '.join(same)}"] if same else []


def _days(subject: Subject, table: Events | None, named: str, problems: list[str]) -> Calendar | None:
    """Divide the time of the first table, or add why that is not possible."""
    horizon, every = seconds(subject.horizon), seconds(subject.every)
    if not table or not horizon or not every:
        return None
    # a placeholder such as 9999-12-31 would put training and scoring into the future
    if table.last > datetime.now() + FARTHEST:
        problems.append(
            f"{named}: the newest {table.time} is {table.last:%Y-%m-%d}:"
            " leave such rows out in a staging model"
        )
        return None
    days = calendar(table.first, table.last, horizon, every)
    if days is None:
        there = (table.last - table.first).total_seconds() / DAY
        problems.append(
            f"{named} has {there:.0f} days of events, and --horizon"
            f" {subject.horizon} with --every {subject.every} needs {shortest(horizon, every)}: choose a"
            " shorter one"
        )
    return days
