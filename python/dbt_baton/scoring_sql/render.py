"""The text of a query: its layers as CTEs, without columns that nothing needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbt_baton.scoring_sql.dialect import LINE_BREAK
from dbt_baton.scoring_sql.query import Column, Layer, Query, indent


def render(
    query: Query,
    results: Sequence[tuple[str, str]],
    needs: Sequence[Column],
    before: Sequence[str] = (),
    source: str = "features",
) -> str:
    """Write the query: the layers with what the results need, and the results in the last select.

    Parameters
    ----------
    results : sequence of (str, str)
        Name and SQL of each.
    needs : sequence of Column
        The columns in them.
    before : sequence of str
        CTEs that come first.
    source : str
        The relation that the first layer reads.
    """
    ctes = [*before]
    is_fenced = False
    for layer in _merged(query, needed(needs)):
        named = [(column.sql, column.expression) for column in layer.columns if column.expression]
        ending = query.dialect.fence
        if ending and not is_fenced:
            ending += " -- without it, the columns of this step would be computed again in every place"
            is_fenced = True
        origin = f"{source}\n{layer.join}" if layer.join else source
        select = indent(_select(named, origin, ending), "    ")
        name = query.free_name(layer.name)
        comment = f"-- {layer.comment}\n" if layer.comment else ""
        ctes.append(f"{comment}{name} as (\n\n{select}\n\n)")
        source = name
    last = _select(results, source, "")
    text = "with " + ",\n\n".join(ctes) + "\n\n" + last if ctes else last
    return text.replace(LINE_BREAK, "\n")


def needed(columns: Iterable[Column]) -> set[int]:
    """Give the ids of the columns that these need, and of these themselves."""
    found: set[int] = set()
    waiting = list(columns)
    while waiting:
        column = waiting.pop()
        if id(column) not in found:
            found.add(id(column))
            waiting.extend(column.needs)
    return found


def _merged(query: Query, wanted: set[int]) -> list[Layer]:
    """Give the layers with wanted columns; one joins an earlier one of its name where it can."""
    merged: list[Layer] = []
    place_of: dict[int, int] = {}
    for layer in query.layers:
        columns = [column for column in layer.columns if id(column) in wanted]
        if not columns:
            continue
        first = 1 + max(place_of.get(id(need), -1) for column in columns for need in column.needs or [column])
        alike = (i for i in range(first, len(merged)) if merged[i].name == layer.name)
        place = len(merged) if layer.join else next(alike, len(merged))
        if place == len(merged):
            merged.append(Layer(query, layer.name, layer.comment, join=layer.join))
        merged[place].columns.extend(columns)
        place_of.update((id(column), place) for column in columns)
    return merged


def _select(columns: Sequence[tuple[str, str]], source: str, ending: str) -> str:
    lines = ["*", *(f"{expression} as {name}" for name, expression in columns)]
    ending = f"\n{ending}" if ending else ""
    columns_text = indent(",\n".join(lines), "    ")
    return f"select\n{columns_text}\nfrom {source}{ending}"
