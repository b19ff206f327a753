"""Performance of a binary model before outcomes are known, by week and segment, beside NannyML's CBPE.

python benchmarks/estimated_performance.py --predictions 1_000_000 --reference 100_000 --segments 20
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import duckdb
from environments import environment
from harness import SCHEMA, Agreement, Candidate, Queries, Script, compare, describe_machine

METRICS = ("accuracy", "precision", "recall", "specificity", "f1", "roc_auc", "average_precision")
WEEKS = 52


def model(segments: int) -> str:
    """Return the model: all metrics of baton, of which those that NannyML has are kept."""
    plan = "['plan']" if segments else "[]"
    return f"""
with estimates as (
    {{{{ baton.estimated_performance(
        predictions=source('data', 'predictions'),
        reference_predictions=source('data', 'reference_predictions'),
        reference_outcomes=source('data', 'reference_outcomes'),
        entity='id',
        period='week',
        segments={plan}
    ) }}}}
)
select segment_name, segment_value, period_start, metric, value, std_error
from estimates
where metric in {METRICS}
"""


def make_tables(predictions: int, reference: int, segments: int, digits: int) -> Queries:
    """Make a year of predictions by an overconfident model, and a labelled reference.

    Scores are rounded to `digits`.
    """

    def rows(n: int, salt: int) -> str:
        def uniform(*salts: int) -> str:
            return f"((hash(i, {', '.join(map(str, (salt, *salts)))}) % 1000000 + 0.5) / 1000000)"

        normal = f"(sqrt(-2 * ln({uniform(1)})) * cos(2 * pi() * {uniform(2)}))"
        return f"""
            select
                i as id,
                'model' as model_name,
                'v1' as model_version,
                timestamp '2024-01-01' + to_seconds(i * 604800 * {WEEKS} // {n}) as as_of,
                'plan ' || hash(i, {salt}) % {max(segments, 1)} as plan,
                round(1 / (1 + exp(-1.3 * logit - 0.4)), {digits}) as predicted_probability,
                case when predicted_probability >= 0.5 then '1' else '0' end as predicted_class,
                cast({uniform(3)} < 1 / (1 + exp(-logit)) as integer) as happened
            from (select i, 1.5 * {normal} - 1 as logit from range({n}) as numbers (i))
        """

    columns = "id, model_name, model_version, as_of, plan, predicted_probability, predicted_class"
    return {
        "predictions": f"select {columns} from ({rows(predictions, 1)})",
        "reference_predictions": f"select {columns} from ({rows(reference, 2)})",
        "reference_outcomes": f"select id, happened as actual from ({rows(reference, 2)})",
    }


def close_values(tolerances: dict[str, float]) -> Agreement:
    """Require the same cells, and say by how much the metrics differ at most."""

    def agreement(database: str, names: Sequence[str]) -> str:
        one, other = names
        baton, peer = (one, other) if one == "baton" else (other, one)
        with duckdb.connect(database) as connection:
            found = connection.execute(
                f"""
                select metric, count(*), count(one.value - other.value), max(abs(one.value - other.value)),
                    max(abs(one.value - other.value) / one.std_error)
                from {SCHEMA}."{baton}" as one
                full join {SCHEMA}."{peer}" as other using (segment_name, segment_value, period_start, metric)
                group by metric order by metric
                """
            ).fetchall()
        said = []
        for metric, cells, both, difference, in_errors in found:
            if cells != both or difference > tolerances.get(metric, tolerances["else"]):
                raise SystemExit(f"{metric} differs by {difference}, {both} of {cells} cells are in both")
            said.append(f"{metric} {difference:.1e} ({in_errors:.2f})")
        return f"{cells:,} cells; largest difference by metric (in standard errors): {', '.join(said)}."

    return agreement


def main() -> None:
    """Scores of two digits, for which both give the same, and scores without ties."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--predictions", type=int, default=1_000_000)
    parser.add_argument("--reference", type=int, default=100_000)
    parser.add_argument("--segments", type=int, default=20, help="values of the segment column")
    options = parser.parse_args()
    describe_machine()
    python = environment("nannyml")
    peers: dict[str, Candidate] = {}
    if python:
        peers["NannyML"] = Script(python, Path(__file__).with_name("with_nannyml.py"))
    # NannyML compares a row with itself, and breaks ties by the order of rows
    exact = {"else": 1e-9, "roc_auc": 1e-2, "average_precision": 5e-2}
    for title, digits, tolerances in [
        ("scores of two digits", 2, exact),
        ("scores without ties", 12, {"else": 5e-2}),
    ]:
        compare(
            f"{options.predictions:,} predictions in {WEEKS} weeks and {options.segments} plans, "
            f"{options.reference:,} reference rows, {title}",
            make_tables=make_tables,
            sizes={
                "predictions": options.predictions,
                "reference": options.reference,
                "segments": options.segments,
                "digits": digits,
            },
            models=model(options.segments),
            peers=peers,
            agreement=close_values(tolerances),
        )


if __name__ == "__main__":
    main()
