"""The query of a version: that of its model, or one for each group with a model of its own."""

from __future__ import annotations

from collections.abc import Sequence

from dbt_baton.errors import UnsupportedScoring, raise_problems
from dbt_baton.fitted_model import FittedModel
from dbt_baton.scoring_sql.compile import ScoringSql, compile_scoring
from dbt_baton.scoring_sql.dialect import DIALECTS, LINE_BREAK
from dbt_baton.warehouse.signature import GROUP, Feature

RESULTS = ("predicted_class", "predicted_probability", "predicted_value", "class_probabilities")
# whoever runs the query of a version with groups writes the columns to keep here, each with a comma
KEPT_COLUMNS = "/* kept columns */"


def scoring_sql(model: FittedModel, features: Sequence[Feature], dialect: str) -> ScoringSql:
    """Write the query that gives what a version gives.

    Parameters
    ----------
    model : FittedModel
    features : sequence of Feature
        The signature; a column with the role of a group is text in the relation `features`.
    dialect : str
        The engine, as in `compile_scoring`.

    Raises
    ------
    UnsupportedScoring
        If something has no form in SQL; names all of it.
    """
    inputs = [feature for feature in features if feature.role != GROUP]

    def compiled(estimator: object) -> ScoringSql:
        return compile_scoring(
            estimator, inputs, dialect=dialect, positive_class=model.positive_class, threshold=model.threshold
        )

    if model.group_by is None:
        return compiled(model.estimator)
    of_all, written = compiled(model.estimator), DIALECTS[dialect]
    column = written.quoted(model.group_by)
    values = ", ".join(written.text(value) for value in model.groups)
    of_others = f"{column} is null or {column} not in ({values})" if values else "true"
    parts = [(of_others, of_all)]
    parts += [
        (f"{column} = {written.text(value)}", compiled(estimator))
        for value, estimator in model.groups.items()
    ]
    if any(part.nodes for _, part in parts):
        problem = "a model of a group is too large to be an expression"
        raise_problems(UnsupportedScoring, "dbt_baton.scoring_sql", [problem])
    steps = [
        f"group_{place} as (\n\n    with features as (select * from features where {condition})\n\n"
        f"    select * from (\n\n{part.sql}\n\n    ) as scored\n\n)"
        for place, (condition, part) in enumerate(parts)
    ]
    selected = [
        f"select\n    {KEPT_COLUMNS}\n    " + ",\n    ".join(RESULTS) + f"\nfrom group_{place}"
        for place in range(len(parts))
    ]
    sql = "with " + ",\n\n".join(steps) + "\n\n" + "\n\nunion all\n\n".join(selected)
    return ScoringSql(sql.replace(LINE_BREAK, "\n"), None)
