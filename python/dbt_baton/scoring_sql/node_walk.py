"""The SQL that walks the table of nodes, which differs between DuckDB and PostgreSQL.

On DuckDB the current nodes of all trees are a list, and a step gives the next list, so the query is as long
as the trees are deep. PostgreSQL has one row per tree in a lateral subquery, and an ordered sum. A page has
functions for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbt_baton.scoring_sql.float32 import real
from dbt_baton.scoring_sql.node_table import StoredTree, values_twice
from dbt_baton.scoring_sql.query import Column, Query, indent

JSON_TYPE = (
    '[{"feature": ["INTEGER"], "threshold": ["DOUBLE"], "left": ["INTEGER"], "before": "INTEGER",'
    ' "values": [["DOUBLE"]]}]'
)
# From this level on, a tree that is at a leaf takes no step. Measured with forests of depth 10 and without a
# limit: the check costs nothing there, and halves the time of the deep one.
CHECKED_LEVEL = 8


@dataclass(frozen=True)
class TreeSums:
    """Sums of trees of the table, in the order of the trees.

    Attributes
    ----------
    name : str
        Of the layer that has them.
    labels : sequence of str
        Of the sums.
    trees : sequence of StoredTree
    columns : sequence of Column
        What the trees read.
    depth : int
        Of the deepest tree.
    in_float32 : bool
        Whether a sum adds floats of four bytes.
    """

    name: str
    labels: Sequence[str]
    trees: Sequence[StoredTree]
    columns: Sequence[Column]
    depth: int
    in_float32: bool


def walked(query: Query, wanted: TreeSums) -> list[Column]:
    """Give the columns of the sums."""
    walks = {"postgres": _walk_on_postgres, "page": _walk_in_page}
    walk = walks.get(query.dialect.name, _walk_on_duckdb)
    return walk(query, wanted)


def _walk_on_duckdb(query: Query, wanted: TreeSums) -> list[Column]:
    values = query.layer(wanted.name).add(
        "inputs", f"[{values_twice(query, wanted.columns)}]", wanted.columns, nullable=False
    )
    first = wanted.trees[0].number
    nodes = query.layer(wanted.name).add(
        "nodes", f"{query.array('roots')}[{first}:{wanted.trees[-1].number}]", [], nullable=False
    )
    left = query.array("left")
    comparison = f"{values}[{query.array('feature')}[node]] > {query.array('threshold')}[node]"
    step = f"{left}[node] + cast({comparison} as integer)"
    for level in range(wanted.depth):
        if level == CHECKED_LEVEL:
            step = f"case when {left}[node] = node then node else {step} end"
        nodes = query.layer(wanted.name).add("nodes", f"[{step} for node in {nodes}]", [values, nodes])
    sums = []
    for place, label in enumerate(wanted.labels):
        summands: list[tuple[str, list[Column]]] = []
        for tree in wanted.trees:
            if tree.place <= place < tree.place + tree.n_values:
                leaf = f"{nodes}[{tree.number - first + 1}]"
                added = f"{query.array(f'values_{place - tree.place + 1}')}[{leaf}]"
                added = real(added) if wanted.in_float32 else added
                summands.append((f"+ {added}", [nodes]))
        (start, needs_of_start), *others = summands
        sums.append(query.total(wanted.name, label, start.removeprefix("+ "), others, needs_of_start))
    return sums


def duckdb_arrays(query: Query) -> list[str]:
    """Write the CTEs that read the arrays once, as columns of one row: the nodes of all trees together."""
    arrays = {
        "feature": "flatten([tree.feature for tree in trees])",
        "threshold": "flatten([tree.threshold for tree in trees])",
        "left": 'flatten([[node + tree.before for node in tree."left"] for tree in trees])',
        "roots": "[tree.before + 1 for tree in trees]",
    }
    for place in range(1, max(len(tree["values"]) for tree in query.nodes) + 1):
        own = f'tree."values"[{place}]'
        # a tree with fewer values has as many nodes
        zeros = f"coalesce({own}, [cast(0 as double) for node in tree.feature])"
        arrays[f"values_{place}"] = f"flatten([{own if place == 1 else zeros} for tree in trees])"
    listed = indent(",\n".join(f"{sql} as {query.array(part)}" for part, sql in arrays.items()), "        ")
    return [
        f"scoring_trees as materialized (\n\n    select from_json(nodes, '{JSON_TYPE}') as trees\n"
        "    from scoring_nodes\n\n)",
        f"scoring_arrays as materialized (\n\n    select\n{listed}\n    from scoring_trees\n\n)",
        "features_and_trees as (\n\n    select *\n    from features\n    cross join scoring_arrays\n\n)",
    ]


def _walk_on_postgres(query: Query, wanted: TreeSums) -> list[Column]:
    values = query.layer(wanted.name).add(
        "inputs", f"array[{values_twice(query, wanted.columns)}]", wanted.columns, nullable=False
    )
    arrays = ["feature", "threshold", "left_child", "place"]
    arrays += [f"values_{one}" for one in range(1, max(tree.n_values for tree in wanted.trees) + 1)]
    listed = ", ".join(["tree", *arrays])
    walk = (
        f"select {listed}, 1 as node\nfrom scoring_arrays\n"
        f"where tree between {wanted.trees[0].number} and {wanted.trees[-1].number}"
    )
    for _ in range(wanted.depth):
        step = f"left_child[node] + cast({values}[feature[node]] > threshold[node] as integer)"
        walk = f"select {listed}, {step} as node\nfrom (\n{indent(walk, '    ')}\n) as level\noffset 0"
    layer = query.layer(wanted.name)
    sums, lines = [], []
    for place, label in enumerate(wanted.labels):
        whens = [
            f"when place = {place - one} then values_{one + 1}[node]"
            for one in range(max(tree.n_values for tree in wanted.trees))
            if place >= one
        ]
        added = f"case {' '.join(whens)} end"
        added = f"sum({real(added) if wanted.in_float32 else added} order by tree)"
        column = layer.add(label, "", [values], nullable=False)
        lines.append(f"{added} as {column}")
        sums.append(column)
    alias = query.free_name(f"{wanted.name}_walk")
    lines_text = indent(",\n".join(lines), "        ")
    walk = indent(walk, "        ")
    layer.join = (
        f"cross join lateral (\n    select\n{lines_text}\n    from (\n{walk}\n    ) as leaf\n) as {alias}"
    )
    return sums


def _walk_in_page(query: Query, wanted: TreeSums) -> list[Column]:
    first, last = wanted.trees[0].number, wanted.trees[-1].number
    listed = ", ".join(map(str, [first, last, *wanted.columns]))
    leaves = query.layer(wanted.name).add("leaves", f"tree_leaves({listed})", wanted.columns, nullable=False)
    layer = query.layer(wanted.name)
    total = "tree_sum_float32" if wanted.in_float32 else "tree_sum"
    return [
        layer.add(label, f"{total}({leaves}, {first}, {place})", [leaves], nullable=False)
        for place, label in enumerate(wanted.labels)
    ]


def postgres_arrays(query: Query) -> list[str]:
    """Write the CTE that reads the arrays once, as rows of one tree each."""

    def array(part: str, type_: str) -> str:
        return (
            f"array(\n    select cast(element as {type_})\n"
            f"    from json_array_elements_text({part}) as element\n)"
        )

    most = max(len(tree["values"]) for tree in query.nodes)
    lines = [
        "stored.tree",
        "cast(stored.entry ->> 'place' as integer) as place",
        array("stored.entry -> 'feature'", "integer") + " as feature",
        array("stored.entry -> 'threshold'", "double precision") + " as threshold",
        array("stored.entry -> 'left'", "integer") + " as left_child",
    ]
    for place in range(most):
        values = array(f"stored.entry -> 'values' -> {place}", "double precision")
        lines.append(f"{values} as values_{place + 1}")
    listed = indent(",\n".join(lines), "        ")
    return [
        f"scoring_arrays as materialized (\n\n    select\n{listed}\n    from scoring_nodes\n"
        "    cross join lateral json_array_elements(cast(nodes as json))\n"
        "        with ordinality as stored (entry, tree)\n\n)"
    ]
