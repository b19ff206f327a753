"""Simulate daily looks at compare_models: wrong promotions, and rows until a better challenger is found.

The numbers are those that the SQL computes, in numpy; a test compares both on the same rows.

    .venv/bin/python benchmarks/peeking.py --runs 1000
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

Numbers = Any  # an array
LOSSES = ("log_loss", "brier")
METRICS = ("roc_auc", "accuracy", "log_loss")


@dataclass(frozen=True)
class Look:
    """What compare_models says of the first `n` pairs of each run; each field has a value for each run."""

    n: int
    difference: Numbers
    std_error: Numbers
    n_effective: Numbers
    n_rarer_class: Numbers

    def gain(self, metric: str) -> Numbers:
        """Return how much better the challenger is."""
        return -self.difference if metric in LOSSES else self.difference

    def has_enough(self, metric: str, minimum_pairs: int) -> Numbers:
        """Return whether there is enough data for a verdict."""
        few = math.ceil(minimum_pairs / 20)
        rarer = self.n_rarer_class if metric != "accuracy" else np.full_like(self.n_rarer_class, few)
        return (self.n >= minimum_pairs) & (rarer >= few) & ~(self.n_effective < few)

    def is_promoted(self, metric: str, minimum_pairs: int, alpha: float = 0.05) -> Numbers:
        """Return whether the verdict is promote."""
        beyond = self.gain(metric) > self.std_error * reach(self.n, minimum_pairs, alpha)
        return beyond & self.has_enough(metric, minimum_pairs)


def reach(n: float, minimum_pairs: int, alpha: float = 0.05) -> float:
    """Return the standard errors on each side of the difference in the confidence sequence."""
    information = n / minimum_pairs * (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha)))
    return math.sqrt(2 * (information + 1) / information * (math.log(information + 1) / 2 - math.log(alpha)))


def looks(metric: str, y: Numbers, a: Numbers, b: Numbers, ends: Sequence[int]) -> Iterator[Look]:
    """Look at the first `ends` pairs of many runs; labels and probabilities are of shape (runs, pairs)."""
    last = np.array(ends)
    positives = np.cumsum(y, axis=1)[:, last - 1]
    if metric != "roc_auc":
        change = _changes(metric, y, a, b)
        sums = [np.cumsum(change**power, axis=1)[:, last - 1] / last for power in (1, 2, 3, 4)]
        mean = sums[0]
        variance = np.maximum(sums[1] - mean**2, 0)
        fourth = sums[3] - 4 * mean * sums[2] + 6 * mean**2 * sums[1] - 3 * mean**4
    for place, n in enumerate(ends):
        rarer = np.minimum(positives[:, place], n - positives[:, place])
        if metric == "roc_auc":
            yield Look(n, *_of_each_run(y[:, :n], a[:, :n], b[:, :n]), rarer)
        else:
            yield Look(
                n,
                mean[:, place],
                np.sqrt(variance[:, place] / (n - 1)),
                _ratio(n * variance[:, place] ** 2, fourth[:, place]),
                rarer,
            )


def _changes(metric: str, y: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """How much each row's loss, or its being right, differs between the models."""
    if metric == "accuracy":
        return ((b > 0.5) == (y == 1)).astype(float) - ((a > 0.5) == (y == 1))
    if metric == "log_loss":
        return np.log(np.where(y == 1, a, 1 - a)) - np.log(np.where(y == 1, b, 1 - b))
    return (b - y) ** 2 - (a - y) ** 2


def _of_each_run(y: Numbers, a: Numbers, b: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Differences of the AUC, their standard errors and how many pairs they rest on."""
    found = []
    for run in zip(y, a, b, strict=True):
        influence, difference = _delong(*run)
        squares = float((influence**2).sum())
        fourth = float((influence**4).sum())
        found.append((difference, math.sqrt(squares) / len(influence), _ratio(squares**2, fourth)))
    columns = np.array(found).T
    return columns[0], columns[1], columns[2]


def _ratio(squares: Any, fourth: Any) -> Any:
    """NaN where nothing differs."""
    return np.divide(squares, np.where(np.asarray(fourth) > 1e-20, fourth, np.nan))


def _delong(y: Numbers, a: Numbers, b: Numbers) -> tuple[Numbers, float]:
    placed, auc = np.zeros(len(y)), 0.0
    for sign, score in ((1, b), (-1, a)):
        values = np.empty(len(y))
        for label in (1, 0):
            own, others = score[y == label], np.sort(score[y != label])
            below = (np.searchsorted(others, own) + np.searchsorted(others, own, "right")) / 2
            share = below / max(len(others), 1)
            values[y == label] = share if label == 1 else 1 - share
        auc += sign * values[y == 1].mean()
        placed += sign * values
    influence = np.zeros(len(y))
    for label in (1, 0):
        rows = y == label
        count = rows.sum()
        scale = len(y) / count * math.sqrt(count / max(count - 1, 1))
        influence[rows] = (placed[rows] - placed[rows].mean()) * scale
    return influence, auc


Draw = Callable[[np.random.Generator, int, int], tuple[Numbers, Numbers, Numbers]]


def two_models(noise: float, better: float = 1.0, share: float = 0.3) -> Draw:
    """Draw labels and two models that see their cause with noise, the challenger `better` times as much."""

    def draw(random: np.random.Generator, runs: int, n: int) -> tuple[Numbers, Numbers, Numbers]:
        cause = random.normal(size=(runs, n)) + stats.norm.ppf(share) * 1.5
        y = (random.random((runs, n)) < _probability(cause)).astype(int)
        return (
            y,
            _probability(cause + noise * random.normal(size=(runs, n))),
            _probability(cause + noise * better * random.normal(size=(runs, n))),
        )

    return draw


def _probability(log_odds: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-log_odds))


def rare_losses(share: float = 0.01) -> Draw:
    """Draw two models of equal expected log loss: the challenger has few losses that are much larger."""

    def expected(p: float) -> float:
        return -(share * math.log(p) + (1 - share) * math.log(1 - p))

    high = 2 * share
    low = optimize.brentq(lambda p: expected(p) - expected(high), 1e-12, share)

    def draw(random: np.random.Generator, runs: int, n: int) -> tuple[Numbers, Numbers, Numbers]:
        y = (random.random((runs, n)) < share).astype(int)
        return y, np.full((runs, n), high), np.full((runs, n), low)

    return draw


def wrong_promotions(
    draw: Draw, metric: str, *, runs: int, days: int, daily: int, minimum_pairs: int = 500, seed: int = 1
) -> dict[str, float]:
    """Shares of runs with equal models in which one of the daily looks promotes."""
    random = np.random.default_rng(seed)
    found = {"compare_models": 0, "without the floor": 0, "p_value below 0.05": 0}
    for runs_here in _batches(runs):
        y, a, b = draw(random, runs_here, days * daily)
        wrong = {name: np.zeros(runs_here, dtype=bool) for name in found}
        for look in looks(metric, y, a, b, _ends(daily, days, minimum_pairs)):
            gain = look.gain(metric)
            wrong["compare_models"] |= look.is_promoted(metric, minimum_pairs)
            wrong["without the floor"] |= gain > look.std_error * reach(look.n, minimum_pairs)
            wrong["p_value below 0.05"] |= gain > look.std_error * stats.norm.ppf(0.975)
        for name in found:
            found[name] += wrong[name].sum()
    return {name: count / runs for name, count in found.items()}


def rows_to_promote(
    draw: Draw, metric: str, *, runs: int, minimum_pairs: int = 500, seed: int = 1
) -> dict[str, float]:
    """How many rows a better challenger takes, in rows of a fixed-size test of the same two-sided alpha."""
    random = np.random.default_rng(seed)
    sample = next(looks(metric, *draw(random, 4, 500_000), [500_000]))
    effect = float(np.mean(sample.gain(metric)) / (np.mean(sample.std_error) * math.sqrt(sample.n)))
    fixed = {power: ((stats.norm.ppf(0.975) + stats.norm.ppf(power)) / effect) ** 2 for power in (0.8, 0.9)}
    daily = math.ceil(fixed[0.9] * 4 / 100)
    taken: list[float] = []
    for runs_here in _batches(runs):
        y, a, b = draw(random, runs_here, 100 * daily)
        at = np.full(runs_here, np.inf)
        for look in looks(metric, y, a, b, _ends(daily, 100, minimum_pairs)):
            at[look.is_promoted(metric, minimum_pairs) & np.isinf(at)] = look.n
            if np.isfinite(at).all():
                break
        taken += at.tolist()
    rows = np.array(taken)
    return {
        "rows of a test with power 0.8": fixed[0.8],
        "rows of a test with power 0.9": fixed[0.9],
        "mean rows": float(np.mean(np.minimum(rows, 100 * daily))),
        "median rows": float(np.median(rows)),
        "found in twice the rows of power 0.8": float(np.mean(rows <= 2 * fixed[0.8])),
        "found in twice the rows of power 0.9": float(np.mean(rows <= 2 * fixed[0.9])),
        "found": float(np.mean(np.isfinite(rows))),
    }


def _ends(daily: int, days: int, minimum_pairs: int) -> list[int]:
    """Return the numbers of pairs at which there are enough for a verdict."""
    return [n for n in range(daily, days * daily + 1, daily) if n >= minimum_pairs]


def _batches(runs: int, size: int = 20) -> Iterator[int]:
    while runs > 0:
        yield min(runs, size)
        runs -= size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--daily", type=int, nargs="+", default=[20, 100])
    arguments = parser.parse_args()
    print(f"Equal models, {arguments.days} daily looks, {arguments.runs} runs: share of runs that promote\n")
    equal: dict[str, tuple[Draw, str]] = {metric: (two_models(1.0), metric) for metric in METRICS}
    equal["roc_auc, 3 % positive"] = two_models(1.0, share=0.03), "roc_auc"
    equal["log_loss, rare large losses"] = rare_losses(), "log_loss"
    for name, (draw, metric) in equal.items():
        for daily in arguments.daily:
            shares = wrong_promotions(draw, metric, runs=arguments.runs, days=arguments.days, daily=daily)
            print(
                f"{name}, {daily} pairs a day:",
                ", ".join(f"{key} {share:.3f}" for key, share in shares.items()),
                flush=True,
            )
    print(f"\nA better challenger, {arguments.runs} runs: pairs until it is promoted\n")
    for metric in METRICS:
        for better in (0.5, 0.7):
            found = rows_to_promote(two_models(1.0, better), metric, runs=arguments.runs)
            print(
                f"{metric}, noise times {better}:",
                ", ".join(f"{key} {number:.4g}" for key, number in found.items()),
                flush=True,
            )


if __name__ == "__main__":
    main()
