"""Evidently's default data drift on the draws of false_alarms.py, which runs it."""

from __future__ import annotations

import os

os.environ["DO_NOT_TRACK"] = "1"

import json
import sys

import numpy as np
import pandas as pd
from drift_draws import PLANTED, STEADY, draw, is_category, texts
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


def main() -> None:
    n, reference_rows, repetitions = map(int, sys.argv[1:])
    drifted = []
    for repetition in range(repetitions):
        random = np.random.default_rng(repetition)
        sides = [draw(random, reference_rows, moved=False), draw(random, n, moved=True)]
        kinds = {name: is_category(values) for name, values in sides[0].items()}
        definition = DataDefinition(
            numerical_columns=[name for name, categorical in kinds.items() if not categorical],
            categorical_columns=[name for name, categorical in kinds.items() if categorical],
        )
        before, now = (
            Dataset.from_pandas(
                pd.DataFrame(
                    {name: texts(values) if kinds[name] else values for name, values in side.items()}
                ),
                data_definition=definition,
            )
            for side in sides
        )
        snapshot = Report([DataDriftPreset()]).run(now, before)
        alerts = {}
        for metric in snapshot.dict()["metrics"]:
            config = metric["config"]
            if config["type"].endswith("ValueDrift"):
                # a p-value below its threshold, or a distance from it on
                by_p_value = "p_value" in config["method"]
                value = float(metric["value"])
                alerts[config["column"]] = (
                    value < config["threshold"] if by_p_value else value >= config["threshold"]
                )
        drifted.append(alerts)
    found = pd.DataFrame(drifted)
    shares = {
        "feature": float(found[list(STEADY)].to_numpy().mean()),
        "period": float(found[list(STEADY)].any(axis=1).mean()),
        **{planted: float(found[planted].mean()) for planted in PLANTED},
    }
    print(json.dumps(shares))


if __name__ == "__main__":
    main()
