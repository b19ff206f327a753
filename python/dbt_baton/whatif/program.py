"""A version as JavaScript: the columns of its scoring query, one constant each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbt_baton.errors import UnsupportedScoring, raise_problems
from dbt_baton.fitted_model import FittedModel
from dbt_baton.scoring_sql.dialect import PAGE
from dbt_baton.scoring_sql.models import predict, problems_with
from dbt_baton.scoring_sql.prediction import Prediction
from dbt_baton.scoring_sql.query import Column, Query
from dbt_baton.scoring_sql.render import needed
from dbt_baton.warehouse.signature import GROUP, Feature
from dbt_baton.whatif.javascript import DOUBLE, TEXT, Variable, written
from dbt_baton.whatif.sql_expressions import Name, parse

WHERE = "dbt_baton.whatif"
LARGEST = 50_000


@dataclass(frozen=True)
class Program:
    """An estimator in JavaScript.

    Attributes
    ----------
    code : str
        A function of the inputs and the nodes. It gives `{probabilities, winner}`, with the places of the
        estimator's classes, or `{value}`; NaN where the estimator refuses the row.
    nodes : list of dict
        Its trees, for `treeLeaves`.
    reads : set of str
        The features that change something.
    size : int
        How many nodes there are, and branches of other expressions.
    """

    code: str
    nodes: list[dict[str, Any]]
    reads: set[str]
    size: int


def programs(model: FittedModel, features: Sequence[Feature]) -> list[Program]:
    """Write the estimator of all rows, then those of the groups.

    Raises
    ------
    UnsupportedScoring
        If a page cannot hold the model; names every reason.
    """
    inputs = [feature for feature in features if feature.role != GROUP]
    estimators = (model.estimator, *model.groups.values())
    problems = [problem for one in estimators for problem in problems_with(one, is_model=True)]
    raise_problems(UnsupportedScoring, WHERE, list(dict.fromkeys(problems)))
    queries = [Query(PAGE, inputs) for _ in estimators]
    predictions = [predict(query, one, query.inputs) for query, one in zip(queries, estimators, strict=True)]
    problems = [problem for query in queries for problem in query.problems]
    raise_problems(UnsupportedScoring, WHERE, list(dict.fromkeys(problems)))
    made = [_program(query, one) for query, one in zip(queries, predictions, strict=True)]
    if (size := sum(program.size for program in made)) > LARGEST:
        raise UnsupportedScoring(
            f"{WHERE}: the model has {size:,} nodes and a page holds at most {LARGEST:,}: train fewer or"
            " smaller trees, or score rows in the warehouse"
        )
    return made


def _program(query: Query, prediction: Prediction) -> Program:
    results, needs = {}, [*prediction.probabilities]
    if prediction.value is not None:
        needs.append(prediction.value)
        results["value"] = str(prediction.value)
    elif prediction.winner is not None:
        needs += prediction.winner.needs
        results["winner"] = prediction.winner.choose(PAGE.numbers(range(len(prediction.classes))))
    wanted = needed(needs)
    columns = [column for layer in query.layers for column in layer.columns if id(column) in wanted]
    variables = {
        _name(column): Variable(f"x[{place}]", TEXT if column.kind == TEXT else DOUBLE)
        for place, column in enumerate(query.inputs)
    }
    lines = []
    for place, column in enumerate(columns):
        text, type_ = written(parse(column.expression or ""), variables)
        variables[_name(column)] = Variable(f"c{place}", type_)
        lines.append(f"const c{place}={text};")
    given = [f"{name}:{written(parse(sql), variables)[0]}" for name, sql in results.items()]
    listed = ",".join(variables[_name(column)].name for column in prediction.probabilities)
    given.append(f"probabilities:[{listed}]")
    code = "(x,nodes)=>{\n" + "\n".join(lines) + "\nreturn {" + ",".join(given) + "}}"
    size = sum(len(tree["left"]) for tree in query.nodes)
    size += sum(len(re.findall(r"\bwhen\b", column.expression or "")) for column in columns)
    reads = {column.label for column in query.inputs if id(column) in wanted}
    return Program(code, query.nodes, reads, size)


def _name(column: Column) -> str:
    """Give the name of a column as `parse` gives it."""
    name = parse(column.sql)
    assert isinstance(name, Name), "a column is referred to by its name"
    return name.name
