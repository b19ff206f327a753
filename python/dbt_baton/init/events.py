"""What the warehouse knows of a table of events: its columns, its time, and how many values they have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError
from dbt_baton.init.subject import Subject, seconds
from dbt_baton.project.names import near_names
from dbt_baton.warehouse.relations import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from dbt_baton.project.project import Project
    from dbt_baton.project.relation import Relation

_LAYER = re.compile("^(stg_.+?__|(stg|int|fct|fact|dim|raw)_)")


@dataclass(frozen=True)
class Events:
    """A table of events.

    Attributes
    ----------
    call : str
        The table in a model, such as `ref('fct_events')`.
    name : str
        Short, for the names of features.
    time : str
        The column with the time of an event.
    schema : pyarrow.Schema
    rows : int
    first, last : datetime.datetime
        The times of the first and the newest event, in UTC.
    distinct : dict of str to int
        How many different values each text and each key has.
    filled : dict of str to int
        How many rows have a value, by number or boolean; NaN is none.
    active : int
        How many entities have an event in the longest window.
    """

    call: str
    name: str
    time: str
    schema: pa.Schema
    rows: int
    first: datetime
    last: datetime
    distinct: dict[str, int]
    filled: dict[str, int]
    active: int


def read_events(
    project: Project,
    named: str,
    subject: Subject,
    times: Sequence[str],
    problems: list[str],
    summed: str | None = None,
) -> Events | None:
    """Read what has to be known of a table of events.

    Parameters
    ----------
    project : Project
    named : str
        `ref:NAME` or `source:NAME.TABLE`.
    subject : Subject
        Its key columns must be those of the table.
    times : sequence of str
        Columns that may hold the time; by default the table's only one.
    problems : list of str
        What is wrong is added to it.
    summed : str, optional
        A column that has to be there as a number.

    Returns
    -------
    Events or None
        None if something is wrong.
    """
    kind, _, name = named.partition(":")
    source, dot, table = name.partition(".")
    if not (kind == "ref" and name) and not (kind == "source" and source and dot and table):
        problems.append(f"--events is {named!r}, expected ref:NAME or source:NAME.TABLE")
        return None
    try:
        relation = project.ref(name) if kind == "ref" else project.source(source, table)
        schema = relation.arrow(limit=0).schema
    except ProjectError as failed:
        problems.append(f"--events {named}: {failed}")
        return None

    before = len(problems)
    for column in subject.entity:
        if column not in schema.names:
            near = near_names(column, schema.names)
            problems.append(f"{named} has no column {column!r} of --entity; did you mean {near}?")
    if summed is not None and summed not in schema.names:
        near = near_names(summed, schema.names)
        problems.append(f"{named} has no column {summed!r} of --label; did you mean {near}?")
    elif summed is not None and not is_number(schema.field(summed).type):
        problems.append(f"{named}: {summed} is {schema.field(summed).type}, expected a number to sum")
    time = _time(named, schema, times, problems)
    for column in (*subject.entity, *([time] if time else [])):
        if column in schema.names and set(column) & set('{}"'):
            problems.append(f"{named}: dbt cannot write the name {column!r}: rename it in a staging model")
    if time is None or len(problems) > before:
        return None

    found = _counted(project, relation, subject, schema, time)
    if not found.pop("rows_with_time"):
        problems.append(f"{named} has no row with {time}")
        return None
    call = f"ref({name!r})" if kind == "ref" else f"source({source!r}, {table!r})"
    first, last = (_without_zone(found.pop(end)) for end in ("first", "last"))
    rows, active = found.pop("rows"), found.pop("active")
    places = {f"{place}": name for place, name in enumerate(schema.names)}
    distinct, filled = (
        {name: found[kind + place] for place, name in places.items() if kind + place in found}
        for kind in ("distinct_", "filled_")
    )
    short = snake_case(_LAYER.sub("", table or name)) or "events"
    return Events(call, short, time, schema, rows, first, last, distinct, filled, active)


def is_number(kind: pa.DataType) -> bool:
    """Whether values of a type can be summed."""
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_key(name: str) -> bool:
    """Whether a column is named like a key."""
    return re.search("(^|_)(id|key|uuid)$", name.lower()) is not None


def snake_case(name: str) -> str:
    """Write a name in lower case, with _ in place of what is no letter or digit."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def _time(named: str, schema: pa.Schema, times: Sequence[str], problems: list[str]) -> str | None:
    import pyarrow as pa

    kinds = {field.name: field.type for field in schema}
    moments = [name for name, kind in kinds.items() if pa.types.is_timestamp(kind)]
    days = [name for name, kind in kinds.items() if pa.types.is_date(kind)]
    chosen = [name for name in times if name in kinds] if times else moments or days
    if times and not chosen:
        near = near_names(times[0], moments + days or kinds)
        problems.append(f"{named} has no column {times[0]!r} of --event-time; did you mean {near}?")
    elif not chosen:
        problems.append(f"{named} has no timestamp and no date: it needs the time of each event")
    elif len(chosen) > 1 and not times:
        problems.append(f"{named} has several times, {', '.join(chosen)}: choose one with --event-time")
    elif chosen[0] not in moments + days:
        problems.append(f"{named}: {chosen[0]} is {kinds[chosen[0]]}, expected a timestamp or a date")
    else:
        return chosen[0]
    return None


def _counted(
    project: Project, relation: Relation, subject: Subject, schema: pa.Schema, time: str
) -> dict[str, Any]:
    import pyarrow as pa

    moment, keys = quoted(time), ", ".join(map(quoted, subject.entity))
    counts = ""
    for place, field in enumerate(schema):
        column = quoted(field.name)
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or is_key(field.name):
            counts += f", count(distinct cast({column} as text)) as distinct_{place}"
        elif pa.types.is_floating(field.type):
            counts += f", count(nullif({column}, 'NaN')) as filled_{place}"
        elif is_number(field.type) or pa.types.is_boolean(field.type):
            counts += f", count({column}) as filled_{place}"
    length = f"interval '{seconds(subject.windows[-1])} seconds'"
    since = f"(select max({moment}) from {relation} as newest) - {length}"
    query = f"""
        select
            count(*) as rows,
            count({moment}) as rows_with_time,
            min({moment}) as first,
            max({moment}) as last,
            (
                select count(*)
                from (select distinct {keys} from {relation} as recent where {moment} > {since}) as entities
            ) as active
            {counts}
        from {relation} as events
    """
    with project.reader() as read:
        found: dict[str, Any] = read(query).to_pylist()[0]
    return found


def _without_zone(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return moment.replace(tzinfo=None)
