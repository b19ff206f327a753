"""How often drift alerts without drift, and how often it finds one, beside Evidently and NannyML; no seconds.

.venv/bin/python benchmarks/false_alarms.py --rows 100 1000 --repetitions 200
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from drift_draws import PLANTED, STEADY, draw, is_category
from environments import environment
from harness import last_words, print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

BINS = 10
MODELS = {
    "drifted": "{{ baton.drift(source('data', 'histogram'), source('data', 'baseline')) }}",
    "alerts": "{{ baton.drift_alerts(drift=ref('drifted')) }}",
}
Shares = dict[str, dict[str, float]]


def counted(reference: Any, current: Any) -> list[tuple[str, int, int]]:
    """Count rows in the bins of drift_baseline: quantiles of the reference, or its categories."""
    if is_category(reference):
        both = [np.bincount(side, minlength=20) for side in (reference, current)]
        named = [(str(i + 1), *counts) for i, counts in enumerate(zip(*both, strict=True))]
        unseen = sum(n for _, before, n in named if not before)
        return [*(row for row in named if row[1]), ("UNSEEN", 0, unseen)]
    present = np.sort(reference[~np.isnan(reference)])
    firsts = -(-np.arange(BINS) * len(present) // BINS)
    edges, top = np.unique(present[firsts]), present[-1]
    sides = []
    for values in (reference, current):
        numbers = values[~np.isnan(values)]
        place = np.searchsorted(edges, numbers, "right")
        place[numbers > top] = len(edges) + 1
        sides.append([*np.bincount(place, minlength=len(edges) + 2), len(values) - len(numbers)])
    names = ["below", *(str(i + 1) for i in range(len(edges))), "above", "NULL"]
    return [(name, int(one), int(other)) for name, one, other in zip(names, *sides, strict=True)]


def baton_tables(n: int, reference_rows: int, repetitions: int) -> dict[str, pd.DataFrame]:
    """Make the counts of all repetitions, with a baseline for each planted drift."""
    baseline: list[Any] = []
    histogram: list[Any] = []
    for repetition in range(repetitions):
        random = np.random.default_rng(repetition)
        reference, current = draw(random, reference_rows, moved=False), draw(random, n, moved=True)
        bins = {name: counted(reference[name], current[name]) for name in reference}
        for planted in ("none", *PLANTED):
            of = f"{planted} {repetition}"
            for feature in (*STEADY, planted) if planted != "none" else STEADY:
                kind = "categorical" if is_category(reference[feature]) else "numeric"
                for name, before, now in bins[feature]:
                    baseline.append((of, feature, name, before, kind))
                    if now:
                        histogram.append((of, feature, name, now))
    columns = ["baseline", "feature", "bin", "n"]
    cells: dict[str, Any] = {
        "bins_hash": "h",
        "model_name": "m",
        "model_version": "v",
        "period_start": pd.Timestamp("2024-01-01"),
        "segment_name": "all",
        "segment_value": "all",
    }
    return {
        "baseline": pd.DataFrame(baseline, columns=[*columns, "kind"]).assign(bins_hash="h"),
        "histogram": pd.DataFrame(histogram, columns=columns).assign(**cells),
    }


def baton_shares(project: Any, n: int, reference_rows: int, repetitions: int) -> Shares:
    """Share of features and of periods with an alert by baton's defaults."""
    project.put(**baton_tables(n, reference_rows, repetitions))
    # dbt prints what it builds
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        alerts = project.build(MODELS)
    alerts["planted"] = alerts["baseline"].str.rpartition(" ")[0]
    found: Shares = {}
    for column in ("is_significant", "is_alert"):
        steady = alerts[alerts["planted"] == "none"]
        found[f"baton, {column}"] = {
            "feature": float(steady[column].mean()),
            "period": float(steady.groupby("baseline")[column].any().mean()),
        } | {
            planted: float(
                alerts.loc[(alerts["planted"] == planted) & (alerts["feature"] == planted), column].mean()
            )
            for planted in PLANTED
        }
    return found


@cache
def peer_shares(
    peer: str, python: Path, n: int, reference_rows: int, repetitions: int
) -> dict[str, float] | None:
    """Give the same shares of a peer by its defaults, or print why there are none."""
    script = Path(__file__).with_name(f"with_{peer}_alerts.py")
    command = [str(python), "-W", "ignore", str(script), str(n), str(reference_rows), str(repetitions)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as failed:
        print(f"\n{peer} failed with {n:,} rows: {last_words(failed)}", flush=True)
        return None
    shares: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return shares


def table(n: int, reference_rows: int, shares: Shares, repetitions: dict[str, int]) -> None:
    rows = [
        [
            "share of steady features that alert",
            *(f"{100 * found['feature']:.1f} %" for found in shares.values()),
        ],
        ["share of periods with one", *(f"{100 * found['period']:.0f} %" for found in shares.values())],
        *([planted, *(f"{100 * found[planted]:.0f} %" for found in shares.values())] for planted in PLANTED),
    ]
    header = ["", *(f"{name} ({repetitions[name]})" for name in shares)]
    print_table(f"{n:,} rows, reference of {reference_rows:,}", header, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1_000, 10_000, 1_000_000])
    parser.add_argument(
        "--repetitions", type=int, default=200, help="of baton; a peer has fewer with many rows"
    )
    parser.add_argument(
        "--peer-rows", type=int, default=100_000, help="rows of all repetitions that a peer reads"
    )
    options = parser.parse_args(arguments)
    from bench import DuckDB, Project

    pythons = {"evidently": environment("evidently"), "nannyml": environment("nannyml")}
    with TemporaryDirectory() as root:
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            project = Project(Path(root), DuckDB(Path(root) / "alarms.duckdb"))
        for n in options.rows:
            for reference_rows in dict.fromkeys((n, 10_000)):
                # a million rows take a second to draw
                runs = max(10, min(options.repetitions, 80_000_000 // (n + reference_rows)))
                shares = baton_shares(project, n, reference_rows, runs)
                repetitions = dict.fromkeys(shares, runs)
                for peer, python in pythons.items():
                    # NannyML takes its thresholds from the chunks of its reference
                    rows = 10 * n if peer == "nannyml" else reference_rows
                    few = max(3, min(runs, 20, options.peer_rows // n))
                    if python is None:
                        continue
                    found = peer_shares(peer, python, n, rows, few)
                    if found:
                        name = {"evidently": "Evidently", "nannyml": "NannyML"}[peer]
                        shares[name], repetitions[name] = found, few
                table(n, reference_rows, shares, repetitions)


if __name__ == "__main__":
    main()
