"""The notebook in `examples/` runs as it stands on the demo, and finds there what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from bench import BATON
from dbt_baton import TrainingInputError, train
from integration import BuiltOnce

NOTEBOOK = BATON / "examples" / "churn.ipynb"
# cells run in one namespace, in a process of its own as a kernel is: neither a kernel nor Jupyter has to be installed
RUN = """
import json, sys
names = {}
for cell in json.load(sys.stdin):
    exec(compile(cell, "cell", "exec"), names)
print(json.dumps({name: eval(text, names) for name, text in json.loads(sys.argv[1]).items()}))
"""
FOUND = {
    "auc": "float(auc)",
    "champion_auc": "float(champion_auc)",
    "largest_difference": "float(largest_difference)",
    "transformers": "transformers",
    "row": "{name: row[name] for name in ('model_version', 'metrics', 'training_set_hash', 'artifact_sha256')}",
    "built": "{name: built[name] for name in ('model_version', 'metrics', 'training_set_hash', 'artifact_sha256')}",
    "columns": "table.columns.tolist()",
}


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return found


@pytest.fixture(scope="module")
def found(built_on_duckdb: BuiltOnce) -> dict[str, Any]:
    """What the notebook's names hold after its last cell."""
    project = built_on_duckdb.project
    project.engine.release()
    code = ["".join(cell["source"]) for cell in cells() if cell["cell_type"] == "code"]
    assert sum(cell.count('Project("../integration_tests")') for cell in code) == 1
    here = [cell.replace("../integration_tests", str(project.root)) for cell in code]
    ran = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(FOUND)],
        input=json.dumps(here), capture_output=True, text=True, check=False, env=project.environment(),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    values: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return values


def test_it_trains_what_dbt_trains(found):
    assert found["row"] == found["built"]


def test_a_training_outside_of_dbt_needs_a_name():
    with pytest.raises(TrainingInputError, match="outside of dbt it needs a model_name"):
        train(None, None, None, label="label", entity="user_id")


def test_its_pipeline_and_the_champion_are_of_use(found):
    assert 0.6 < found["auc"] < 1 and 0.6 < found["champion_auc"] < 1


def test_the_preprocessing_survives_as_a_table(found):
    assert found["largest_difference"] <= 1e-9
    names = [step["transformer"] for step in found["transformers"]]
    assert names == ["simple_imputer", "standard_scaler", "one_hot_encoder"]
    assert found["columns"][:3] == ["transformer", "column_name", "parameter"]


def test_it_is_kept_without_outputs():
    for cell in cells():
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)


def test_the_model_that_it_shows_is_the_demo_s():
    shown = "".join("".join(cell["source"]) for cell in cells() if cell["cell_type"] == "markdown")
    demo = (BATON / "integration_tests/models/churn/training/churn_linear_model.py").read_text()
    for line in (
        'dbt.config(materialized="ml_model")',
        'dbt.ref("churn_training_matrix")',
        "LogisticRegression(max_iter=1000)",
    ):
        assert line in shown and line in demo, line
