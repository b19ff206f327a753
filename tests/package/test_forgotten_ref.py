"""A text where ref belongs: dbt would not build the one model before the other."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import BuildError, Project

SPINE = "{{{{ baton.entity_spine({}, entity='user_id', start='2024-01-01', end='2024-01-03', every='1d') }}}}"
MODELS = {
    "orders": "select * from {{ source('data', 'raw_orders') }}",
    "by_ref": SPINE.format("ref('orders')"),
    # an import CTE has the name of its model
    "by_cte": f"with orders as (select * from {{{{ ref('orders') }}}}) select * from ({SPINE.format(repr('orders'))}) as spine",
    # a CTE of that name that is something else
    "by_own_cte": "with\nOrders (user_id) as materialized (select 1)"
    f" select * from ({SPINE.format(repr('orders'))}) as spine",
}


def test_a_text_that_names_a_model_is_refused_unless_it_is_a_cte(project: Project) -> None:
    project.put(raw_orders=pd.DataFrame({"user_id": [1]}))
    with project.files(MODELS, None):
        project.dbt("run")
        assert (
            len(project.read("by_cte")) == len(project.read("by_own_cte")) == len(project.read("by_ref")) > 0
        )
    forgotten = {"orders": MODELS["orders"], "by_text": SPINE.format("'orders'")}
    with project.files(forgotten, None), pytest.raises(BuildError) as error:
        project.dbt("run")
    assert """entities is "orders", a text; write ref('orders')""" in str(error.value)
