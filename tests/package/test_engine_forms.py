"""The forms of a dispatched macro that an engine has by inheritance."""

from __future__ import annotations

from test_documentation import FILES, macros_of

# what dbt-redshift inherits from dbt-postgres, and why it is right there; Redshift's own documentation is the source
INHERITED_BY_REDSHIFT = {
    "_with_whole_types": "asks the catalogue only about the types ARRAY and USER-DEFINED, which Redshift has none of",
    "add_seconds": "an interval of days to seconds may be written without a qualifier (Interval literals without qualifier syntax)",
    "count_text": "|| casts a number that is joined to a text (CONCAT function)",
    "has_equality": "names types of PostgreSQL, which Redshift has none of",
    "joined_texts": "|| takes texts, as many as there are (Concatenation operator)",
    "product": "guards against an error of range; where there is none, what is smaller than 1e-307 is 0",
    "quotient": "as product",
    "square": "as product; Infinity is cast from its name as it is for is_finite, which has the default form",
    "whole_time": "a timestamp has microseconds there, and no other precision (Datetime types)",
}


def test_each_form_that_redshift_inherits_was_looked_at():
    names = {name for path in FILES for name in macros_of(path)}
    own = {name.removeprefix("redshift__") for name in names if name.startswith("redshift__")}
    inherited = {name.removeprefix("postgres__") for name in names if name.startswith("postgres__")} - own
    new = sorted(inherited - INHERITED_BY_REDSHIFT.keys())
    assert not new, f"Redshift inherits these: say why they are right there, or add forms of its own: {new}"
    assert INHERITED_BY_REDSHIFT.keys() <= inherited, "these are not inherited"
