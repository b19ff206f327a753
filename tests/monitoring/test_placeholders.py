"""Placeholders of missing values are counted by bin, in baselines and histograms, on values of every kind."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest

from bench import Project

# each value, and whether it stands for a missing one
NUMBERS: list[tuple[Any, bool]] = [
    *[(value, True) for value in (0.0, -0.0, -1.0, 999.0, -9999.0, 2147483647.0)],
    *[(value, False) for value in (1.0, -1.5, 998.0, 9.0, math.inf, -math.inf, math.nan, None)],
]
TEXTS: list[tuple[Any, bool]] = [
    *[(value, True) for value in ("", "  ", "unknown", " UnKnown", "N/A", "null", "-1", "?")],
    *[(value, False) for value in ("nullable", "o'hare", "Zürich", "0", "999", "un known", None)],
]
DAYS: list[tuple[Any, bool]] = [
    *[
        (value, True)
        for value in (dt.datetime(1970, 1, 1), dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31))
    ],
    *[(value, False) for value in (dt.datetime(1970, 1, 1, 0, 0, 1), dt.datetime(2024, 2, 29), None)],
]
LENGTHS: list[tuple[Any, bool]] = [("", True), ("x" * 99, False), ("x", False), (None, False)]
KEYS = (
    "baseline, model_name, model_version, period_start, segment_name, segment_value, feature, bin, bins_hash"
)
FEATURES = {"Number": NUMBERS, "text": TEXTS, "day": DAYS, "length": LENGTHS}


def test_placeholders_are_counted(project: Project) -> None:
    n = 30
    columns = {name: [values[i % len(values)] for i in range(n)] for name, values in FEATURES.items()}
    frame = pd.DataFrame(
        {
            "Number": pd.Series([value for value, _ in columns["Number"]], dtype=object),
            "text": pd.Series([value for value, _ in columns["text"]], dtype="str"),
            "day": pd.Series([value for value, _ in columns["day"]], dtype="datetime64[us]"),
            "length": pd.Series([value for value, _ in columns["length"]], dtype="str"),
        }
    )
    frame["Number"] = frame["Number"].astype(float)
    project.put(values_table=frame.assign(as_of=pd.Timestamp("2024-01-01"), half=["a", "b"] * (n // 2)))
    features = "['Number', 'text', 'day', {'column': 'length', 'kind': 'text_length'}]"
    project.build(
        {
            "base": f"{{{{ baton.drift_baseline(source('data', 'values_table'), {features}, bins=3, max_categories=3) }}}}",
            "hist": "{{ baton.feature_histogram(source('data', 'values_table'), ref('base'), segments='half') }}",
            "moved": "{{ baton.drift(ref('hist'), ref('base')) }}",
            "short": f"select {KEYS}, n from {{{{ ref('hist') }}}}",
            "moved_short": "{{ baton.drift(ref('short'), ref('base')) }}",
        }
    )
    base, hist, moved = project.read("base"), project.read("hist"), project.read("moved")
    for name, values in columns.items():
        of_base, of_hist = base[base["feature"] == name], hist[hist["feature"] == name]
        assert of_base["n_placeholders"].sum() == sum(is_one for _, is_one in values)
        assert (of_base["n_placeholders"] <= of_base["n"]).all()
        for half, part in (("all", values), ("a", values[::2]), ("b", values[1::2])):
            found = of_hist[of_hist["segment_value"] == half]
            assert found["n_placeholders"].sum() == sum(is_one for _, is_one in part)
        # the reference has as many
        assert (moved.loc[moved["feature"] == name, "placeholder_share"] == 0).all()
    # a sum of counts that lacks them has drift all the same
    short = project.read("moved_short")
    keys = ["segment_value", "feature"]
    assert short["placeholder_share"].isna().all()
    assert short.sort_values(keys)["value"].tolist() == pytest.approx(
        moved.sort_values(keys)["value"].tolist()
    )
