"""How often the plans of the largest macros read a table: Spark writes out a CTE wherever it is read, and plans for minutes where they multiply."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import Project
from rendering import rendered

TABLES = "predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'), entity='meter', segments=['plan']"
CALLS = {
    "compare_models": f"{{{{ baton.compare_models({TABLES}, metric=['roc_auc', 'log_loss', 'accuracy']) }}}}",
    "model_performance": f"{{{{ baton.model_performance({TABLES}, task='binary') }}}}",
}
# a fifth more than they read
MOST = {"compare_models": 550, "model_performance": 70}


@pytest.fixture(scope="module")
def reads(spark_project: Project) -> dict[str, int]:
    predictions = [
        {
            "meter": 1,
            "as_of": pd.Timestamp("2024-01-01"),
            "model_name": "m",
            "model_version": role,
            "role": role,
            "predicted_class": "1",
            "predicted_probability": 0.5,
            "plan": "pro",
        }
        for role in ("champion", "challenger")
    ]
    spark_project.put(
        predictions=pd.DataFrame(predictions), outcomes=pd.DataFrame({"meter": [1], "actual": [1]})
    )
    session = spark_project.engine.session  # type: ignore[attr-defined]
    return {
        name: session.sql(sql)._jdf.queryExecution().optimizedPlan().collectLeaves().size()
        for name, sql in rendered(spark_project, CALLS).items()
    }


@pytest.mark.parametrize("name", CALLS)
def test_a_plan_reads_tables_so_many_times_at_most(name: str, reads: dict[str, int]):
    assert reads[name] <= MOST[name]
