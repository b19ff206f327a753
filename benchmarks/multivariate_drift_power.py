"""How often multivariate drift has a small p-value: without a change, and with one of a correlation.

python benchmarks/multivariate_drift_power.py --repetitions 400
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd
from harness import describe_machine, print_table

from dbt_baton.drift import classifier
from dbt_baton.drift.reconstruction import Reconstruction
from dbt_baton.drift.rows import shuffled

SIZES = ((100, 100), (1_000, 1_000), (10_000, 200), (10_000, 10_000))
CHANGES = (0.0, 0.2, 0.5)
REFERENCE_CORRELATION = 0.5
NOISE = 6


def rows(random: np.random.Generator, n: int, correlation: float) -> pd.DataFrame:
    """Draw two correlated features and six others, of three kinds, some of them missing."""
    one, other = random.normal(size=(2, n))
    noise = {f"noise_{place}": random.normal(size=n) for place in range(NOISE - 2)}
    return pd.DataFrame(
        {
            "one": one,
            "other": correlation * one + np.sqrt(1 - correlation**2) * other,
            **noise,
            "count": np.where(random.random(n) < 0.1, np.nan, random.poisson(1, n)),
            "plan": pd.Categorical(random.choice(list("aaabbc"), n)),
        }
    )


def p_values(seed: int, n_reference: int, n: int, change: float) -> tuple[float, float]:
    """Give the p-values of both methods."""
    random = np.random.default_rng([seed, n_reference, n])
    reference = shuffled(rows(random, n_reference, REFERENCE_CORRELATION), [42, 0], None)
    now = shuffled(rows(random, n, REFERENCE_CORRELATION - change), [42, 1], None)
    found = [classifier.compare(reference, now, 42), Reconstruction(reference, 0.65).compare(now)]
    assert found[0].p_value is not None and found[1].p_value is not None
    return found[0].p_value, found[1].p_value


def main() -> None:
    """Print the shares for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repetitions", type=int, default=400, help="without a change")
    options = parser.parse_args()
    describe_machine()
    table = []
    for n_reference, n in SIZES:
        most = max(options.repetitions * min(1_000 // n_reference, 1), options.repetitions // 8)
        for change in CHANGES:
            repetitions = most if change == 0 else options.repetitions // 8
            found = np.array([p_values(seed, n_reference, n, change) for seed in range(repetitions)])
            shares = [
                f"{(found[:, method] < level).mean():.1%}" for method in (0, 1) for level in (0.2, 0.05, 0.01)
            ]
            table.append([f"{n_reference:,}", f"{n:,}", f"{change}", f"{repetitions:,}", *shares])
            print(table[-1], file=sys.stderr, flush=True)
    levels = [f"{method}, p < {level}" for method in ("classifier", "PCA") for level in (0.2, 0.05, 0.01)]
    print_table("Share of small p-values", ["reference rows", "rows", "change", "draws", *levels], table)


if __name__ == "__main__":
    main()
