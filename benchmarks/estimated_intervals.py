"""How often the realised performance is within the interval of the estimate, by the size of the reference.

python benchmarks/estimated_intervals.py --models 60
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from harness import print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

METRICS = ["accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "brier"]
WEEKS = 10
ROWS = 400  # predictions of a week

ESTIMATES = """
{{ baton.estimated_performance(
    predictions=source('data', 'predictions'),
    reference_predictions=source('data', 'reference_predictions'),
    reference_outcomes=source('data', 'outcomes'),
    outcomes=source('data', 'outcomes'),
    entity='id',
    period='week'
) }}
"""


def tables(random: np.random.Generator, models: int, reference: int, shift: float) -> dict[str, pd.DataFrame]:
    """Make models that are overconfident alike, each with a reference of its own and some weeks."""
    n = models * (reference + WEEKS * ROWS)
    logit = random.normal(shift, 1.5, n)
    score = 1 / (1 + np.exp(-1.3 * logit - 0.4))
    place = np.arange(n) % (reference + WEEKS * ROWS)
    week = np.where(place < reference, 0, 1 + (place - reference) // ROWS)
    rows = pd.DataFrame(
        {
            "id": np.arange(n),
            "model_name": [f"model {number}" for number in np.arange(n) // (reference + WEEKS * ROWS)],
            "model_version": "v1",
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * week, "D"),
            "predicted_probability": score,
            "predicted_class": np.where(score >= 0.5, "1", "0"),
        }
    )
    happened = (random.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    return {
        "predictions": rows[week > 0],
        "reference_predictions": rows[week == 0],
        "outcomes": pd.DataFrame({"id": rows["id"], "actual": happened}),
    }


def main() -> None:
    """Print the share of weeks that are covered, for frequent and rarer positives."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=int, default=60, help="each with ten weeks")
    options = parser.parse_args()
    from bench import DuckDB, Project

    printed = []
    with TemporaryDirectory() as root:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            project = Project(Path(root), DuckDB(Path(root) / "intervals.duckdb"))
        for shift, share in ((0.0, "50 %"), (-2.5, "14 %")):
            for reference in (500, 2_000, 20_000):
                made = tables(np.random.default_rng(reference), options.models, reference, shift)
                with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                    project.put(**made)
                    report = project.build(ESTIMATES)
                report = report[report["realized_value"].notna()]
                within = report["realized_value"].between(report["lower"], report["upper"])
                covered = within.groupby(report["metric"]).mean()
                printed.append([share, f"{reference:,}", *(f"{covered[metric]:.1%}" for metric in METRICS)])
    title = f"Share of {options.models * WEEKS} weeks of {ROWS} predictions"
    print_table(title, ["positives", "reference rows", *METRICS], printed)


if __name__ == "__main__":
    main()
