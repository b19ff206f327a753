"""Columns of tiny, huge, close, constant, few and missing numbers: scikit-learn's results, and no error of the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

import oracles_preprocessing as oracle
from bench import Project
from compare import assert_same_rows

COUNT = 36
RANDOM = np.random.default_rng(11)
COLUMNS: dict[str, Any] = {
    "probability": 10.0 ** -RANDOM.uniform(0, 320, COUNT),
    "smallest": RANDOM.choice([0.0, 5e-324, 3e-310, 2e-300], COUNT),
    "tiny": RANDOM.integers(1, 5, COUNT) * 1e-180,
    "small": RANDOM.normal(size=COUNT) * 1e-150,
    "both_signs": RANDOM.choice([-20.0, 20.0, 1e-200, -1e-170, 0.0], COUNT),
    "far_apart": RANDOM.choice([1e-300, 1.0, -4e30, 4e30], COUNT),
    "near": 7.3 + RANDOM.integers(0, 3, COUNT) * 2e-9,
    "nearest": RANDOM.choice([14.62, np.nextafter(14.62, 15)], COUNT),
    "ties": RANDOM.choice([1.0, 2.0, 2.0, 2.0], COUNT),
    "one": [None] * (COUNT - 1) + [-2.5],
    "none": [None] * COUNT,
}
BINS = {"transformer": "k_bins_discretizer", "encode": "ordinal", "n_bins": 6}
MEETS: list[tuple[Mapping[str, Any], str]] = [
    ({"transformer": "standard_scaler"}, "probability smallest tiny small both_signs far_apart nearest one none"),
    ({"transformer": "min_max_scaler", "feature_range": [-2, 1]}, "probability smallest far_apart both_signs one none"),
    ({"transformer": "max_abs_scaler"}, "smallest tiny far_apart both_signs one none"),
    ({"transformer": "robust_scaler"}, "smallest tiny far_apart both_signs one none"),
    ({"transformer": "normalizer"}, "tiny far_apart"),
    ({"transformer": "normalizer", "norm": "l1"}, "smallest both_signs"),
    ({"transformer": "polynomial_features", "degree": 3}, "probability both_signs"),
    ({"transformer": "simple_imputer"}, "smallest tiny far_apart none"),
    ({"transformer": "log1p"}, "probability smallest tiny"),
    (BINS, "probability tiny near nearest ties one"),
    ({**BINS, "quantile_method": "linear"}, "smallest near nearest far_apart one"),
    ({**BINS, "strategy": "uniform"}, "smallest tiny far_apart near nearest one"),
    ({"transformer": "quantile_transformer", "n_quantiles": 9}, "probability smallest tiny near far_apart one none"),
    ({"transformer": "quantile_transformer", "output_distribution": "normal"}, "probability nearest both_signs ties"),
]  # fmt: skip


def test_numbers_of_any_size_become_what_scikit_learn_makes_of_them(project: Project) -> None:
    frame, steps = pd.DataFrame({"id": range(COUNT)}), []
    for place, (step, names) in enumerate(MEETS):
        for name in names.split():
            values = [
                None if row % 7 == place % 7 and name != "one" else value
                for row, value in enumerate(COLUMNS[name])
            ]
            frame[f"{name}_{place}"] = pd.Series(values, dtype=object if name == "none" else float)
        columns = [f"{name}_{place}" for name in names.split()]
        steps.append({**step, "columns": columns, "name": f"step {place}"})
    frame = frame.astype({name: float for name in frame if name != "id"})
    project.put(odd=frame)
    list_ = json.dumps(steps)
    made = project.build(
        {
            "odd_fitted": f"{{{{ baton.fit(source('data', 'odd'), {list_}) }}}}",
            "odd_made": f"{{{{ baton.transform(source('data', 'odd'), ref('odd_fitted'), {list_}) }}}}",
        }
    )
    truth = oracle.Fit(steps, frame, project.engine.name).transform(frame)
    assert list(made.columns) == list(truth)
    assert_same_rows(made, [dict(zip(truth, row, strict=True)) for row in zip(*truth.values(), strict=True)])


def test_values_too_near_for_an_edge_are_one_bin_as_a_column_too(project: Project) -> None:
    project.put(
        odd=pd.DataFrame(
            {
                "id": range(4),
                "near": [0.1, 0.1 + 1e-9, 0.1, None],
                "far": [1.0, 2.0, 3.0, 4.0],
                "flat": [2.0] * 4,
            }
        )
    )
    list_ = [{"transformer": "k_bins_discretizer", "columns": ["near", "far", "flat"], "n_bins": 2}]
    made = project.build(
        {
            "odd_fitted": f"{{{{ baton.fit(source('data', 'odd'), {list_}) }}}}",
            "odd_made": f"{{{{ baton.transform(source('data', 'odd'), ref('odd_fitted'), {list_}) }}}}",
        }
    ).sort_values("id")
    assert list(made.columns) == ["id", "near_0.0", "far_0.0", "far_1.0", "flat_0.0"]
    assert made.iloc[:, 1:].to_numpy().tolist() == [[1, 1, 0, 1], [1, 1, 0, 1], [1, 0, 1, 1], [0, 0, 1, 1]]


def test_a_product_that_is_too_great_is_missing_on_postgres_and_no_error(project: Project) -> None:
    if project.engine.name != "postgres":
        pytest.skip("DuckDB has infinity there")
    project.put(odd=pd.DataFrame({"id": [1, 2], "a": [1e200, 3.0], "b": [-1e180, 2.0]}))
    list_ = [
        {"transformer": "standard_scaler", "columns": ["a"], "name": "huge"},
        {"transformer": "polynomial_features", "columns": ["b"], "include_bias": False},
    ]
    made = project.build(
        {
            "odd_fitted": f"{{{{ baton.fit(source('data', 'odd'), {list_}) }}}}",
            "odd_made": f"{{{{ baton.transform(source('data', 'odd'), ref('odd_fitted'), {list_}) }}}}",
        }
    ).sort_values("id")
    assert made["b^2"].isna().tolist() == [True, False]
    assert made["b^2"].iloc[1] == 4
