"""NannyML's default univariate drift on the draws of false_alarms.py, which runs it."""

from __future__ import annotations

import os

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import json
import sys

import numpy as np
import pandas as pd
from drift_draws import PLANTED, STEADY, draw, is_category, texts
from nannyml import UnivariateDriftCalculator


def main() -> None:
    n, reference_rows, repetitions = map(int, sys.argv[1:])
    alerts = []
    for repetition in range(repetitions):
        random = np.random.default_rng(repetition)
        before, now = (
            pd.DataFrame(
                {name: texts(values) if is_category(values) else values for name, values in side.items()}
            )
            for side in (draw(random, reference_rows, moved=False), draw(random, n, moved=True))
        )
        calculator = UnivariateDriftCalculator(column_names=list(before.columns), chunk_size=n)
        calculator.fit(before)
        found = calculator.calculate(now).filter(period="analysis").to_df()
        alerts.append({name: bool(found[name]["jensen_shannon"]["alert"].iloc[0]) for name in before.columns})
    table = pd.DataFrame(alerts)
    shares = {
        "feature": float(table[list(STEADY)].to_numpy().mean()),
        "period": float(table[list(STEADY)].any(axis=1).mean()),
        **{planted: float(table[planted].mean()) for planted in PLANTED},
    }
    print(json.dumps(shares))


if __name__ == "__main__":
    main()
