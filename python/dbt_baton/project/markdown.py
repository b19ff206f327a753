"""Tables in Markdown whose cells are shown as they are, whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_ESCAPED = str.maketrans(
    {
        "\\": "\\\\",
        "|": "\\|",
        "<": "&lt;",
        "&": "&amp;",
        "`": "\\`",
        "*": "\\*",
        "[": "\\[",
        "\n": " ",
        "\r": " ",
    }
)


def markdown_text(text: object) -> str:
    """Write a text so that it is no markup: no HTML, no link, no end of a cell or of a line."""
    return str(text).translate(_ESCAPED)


def markdown_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(map(markdown_text, row))} |"
