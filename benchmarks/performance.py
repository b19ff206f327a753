"""Metrics of a binary model by week and segment, compared with scikit-learn in a groupby; an incremental day.

python benchmarks/performance.py --predictions 1_000_000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
from harness import (
    SCHEMA,
    Queries,
    compare,
    describe_machine,
    part,
    print_repeated,
    repeated,
    same_values,
)
from sklearn import config_context, metrics

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

SEGMENTS = ["plan", "country", "device"]
CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
KEY = [*CELL, "metric"]
CALL = f"""baton.model_performance(
    predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'), entity='user_id',
    task='binary', period='week', segments={SEGMENTS}, value='revenue'
)"""
CONFIG = (
    "{{ config(materialized='incremental', unique_key=['model_name', 'model_version', 'period_start']) }}"
)
VALUES = (
    f"select {', '.join(KEY)}, value from ({{{{ {CALL} }}}}) as performance where metric not like 'missing%'"
)
FEW = VALUES + " and metric in ('roc_auc', 'accuracy')"
YEAR = 52 * 7 * 86_400
FIRST_MONDAY = "timestamp '2024-01-01'"

PREDICTIONS = """
    select
        number as user_id,
        {first} + interval (cast({time} as integer)) second as as_of,
        'churn' as model_name,
        'v1' as model_version,
        case when score > 0.5 then '1' else '0' end as predicted_class,
        score as predicted_probability,
        'plan ' || hash(number, 2) % {values} as plan,
        'country ' || hash(number, 3) % {values} as country,
        'device ' || hash(number, 4) % {values} as device
    from (
        select number, (hash(number, 7) % 1_000_000) / 1e6 as score
        from range({start}, {end}) as numbers (number)
    ) as scores
    order by hash(number)"""
OUTCOMES = """
    select
        user_id,
        case when (hash(user_id, 9) % 1_000_000) / 1e6 < predicted_probability then 1 else 0 end as actual,
        (hash(user_id, 5) % 10_000) / 100 as revenue
    from {predictions}
    order by hash(user_id, 6)"""


def tables(predictions: int, values: int) -> Queries:
    """Predictions that spread over a year, each with an outcome."""
    of = PREDICTIONS.format(
        first=FIRST_MONDAY, time=f"hash(number, 1) % {YEAR}", values=values, start=0, end=predictions
    )
    return {"predictions": of, "outcomes": OUTCOMES.format(predictions=f"({of}) as predictions")}


def with_scikit_learn(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Compute the metrics of each group of a pandas groupby, without standard errors."""
    with part("reading and joining"):
        rows = connection.execute("select * from predictions").df()
        rows = rows.merge(connection.execute("select * from outcomes").df(), on="user_id", how="left")
        rows["period_start"] = rows["as_of"].dt.to_period("W").dt.start_time
        rows["predicted"] = (rows["predicted_class"] == "1").astype(int)
    found = []
    for segment in ["all", *SEGMENTS]:
        value = "all" if segment == "all" else rows[segment]
        groups = rows.assign(segment_name=segment, segment_value=value).groupby(CELL)
        with config_context(assume_finite=True, skip_parameter_validation=True):
            found += [(*cell, metric, value) for cell, group in groups for metric, value in of(group).items()]
    return pd.DataFrame(found, columns=[*KEY, "value"])


def of(rows: pd.DataFrame) -> dict[str, float]:
    """Compute the metrics of the rows of a cell."""
    actual, predicted = rows["actual"].to_numpy(), rows["predicted"].to_numpy()
    score = rows["predicted_probability"].to_numpy()
    (tn, fp), (fn, tp) = metrics.confusion_matrix(actual, predicted)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(actual, predicted)
    bins = np.minimum(np.floor(score * 10), 9).astype(int)
    gaps = np.bincount(bins, score - actual, minlength=10)
    # scores with six digits are tied; their rows share what is left of the first tenth
    first, scores = len(rows) / 10, np.sort(score)[::-1]
    cut = scores[int(np.ceil(first)) - 1]
    above, tied = actual[score > cut], actual[score == cut]
    in_first = above.sum() + tied.mean() * (first - len(above))
    return {
        "predictions": len(rows),
        "accuracy": metrics.accuracy_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted),
        "precision": precision[1],
        "recall": recall[1],
        "specificity": recall[0],
        "f1": f1[1],
        "mcc": metrics.matthews_corrcoef(actual, predicted),
        "kappa": metrics.cohen_kappa_score(actual, predicted),
        "roc_auc": metrics.roc_auc_score(actual, score),
        "average_precision": metrics.average_precision_score(actual, score),
        "log_loss": metrics.log_loss(actual, score, labels=[0, 1]),
        "brier": metrics.brier_score_loss(actual, score),
        "expected_calibration_error": np.abs(gaps).sum() / len(rows),
        "true_positives": tp,
        "false_positives": fp,
        "false_negatives": fn,
        "true_negatives": tn,
        "lift_at_10": 10 * in_first / actual.sum(),
        "gain_at_10": in_first / actual.sum(),
        "recovered_value": rows.loc[(actual == 1) & (predicted == 1), "revenue"].sum(),
        "total_value": rows.loc[actual == 1, "revenue"].sum(),
    }


def by_hand() -> str:
    """AUC by ranks and accuracy, which is what one writes first: of plain doubles, and without any check."""
    slices = ["'all', 'all'", *(f"'{segment}', {segment}" for segment in SEGMENTS)]
    sliced = " union all ".join(
        f"select model_name, model_version, date_trunc('week', as_of) as period_start, {columns},"
        " predicted_class, predicted_probability, actual from predictions left join outcomes using (user_id)"
        for columns in slices
    )
    cell = ", ".join(CELL)
    return f"""
        with sliced ({cell}, predicted_class, score, actual) as ({sliced}),
        ranked as (
            select *, rank() over w + (count(*) over (partition by {cell}, score) - 1) / 2 as score_rank
            from sliced
            window w as (partition by {cell} order by score)
        ),
        cells as (
            select
                {cell},
                avg(case when predicted_class = cast(actual as text) then 1.0 else 0.0 end) as accuracy,
                (sum(case when actual = 1 then score_rank end) - sum(actual) * (sum(actual) + 1) / 2)
                    / (sum(actual) * sum(1 - actual)) as roc_auc
            from ranked
            group by {cell}
        )
        unpivot cells on accuracy, roc_auc into name metric value value"""


# what comes on a day: its predictions with their outcomes, or with outcomes that are a month late
NEWS = {
    "no news": [],
    "a day, outcomes at once": [
        "insert into predictions "
        + PREDICTIONS.replace("{time}", f"{YEAR} - 86_400 + hash(number, 1) % 86_400"),
        "insert into outcomes " + OUTCOMES.format(predictions="predictions where user_id >= {start}"),
    ],
    "a day, outcomes a month late": [
        "insert into predictions "
        + PREDICTIONS.replace("{time}", f"{YEAR} - 86_400 + hash(number, 1) % 86_400"),
        "delete from outcomes where user_id in (select user_id from predictions where as_of >= {first}"
        " + interval 334 day and as_of < {first} + interval 335 day)",
    ],
}


def incremental(period: str, predictions: int, values: int) -> None:
    """Print what an incremental run takes beside a full one."""
    from bench import DuckDB, Project

    with TemporaryDirectory() as root:
        database = Path(root) / "benchmark.duckdb"
        project = Project(Path(root), DuckDB(database))
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            for name, query in tables(predictions, values).items():
                project.execute(f"create table {{schema}}.{name} as {query}")
            project.use_tables("predictions", "outcomes")
            call = CALL.replace("period='week'", f"period='{period}'")
            model = CONFIG + f"{{{{ {call} }}}}"
            full = project.compile({"result": model})
            figures = {"full": repeated(database, full)}
            project.build({"result": model})
            start = predictions
            for name, statements in NEWS.items():
                end = start + predictions // 364
                with duckdb.connect(str(database)) as connection:
                    connection.execute(f"use {SCHEMA}")
                    for statement in statements:
                        connection.execute(
                            statement.format(first=FIRST_MONDAY, values=values, start=start, end=end)
                        )
                start = end
                sql = project.compile({"result": model})
                figures[name] = repeated(database, sql)
                project.build({"result": model})
    print_repeated(f"An incremental run with period '{period}', the select that dbt compiles", figures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--predictions", type=int, default=1_000_000)
    parser.add_argument("--values", type=int, default=20, help="of each of the three segments")
    parser.add_argument("--only", nargs="+", choices=["all", "few", "incremental"])
    arguments = parser.parse_args()
    sizes = {"predictions": arguments.predictions, "values": arguments.values}
    wanted = arguments.only or ["all", "few", "incremental"]
    title = f"{arguments.predictions:,} predictions, 52 weeks, 3 segments of {arguments.values} values"

    describe_machine()
    if "all" in wanted:
        compare(
            f"All metrics: {title}",
            make_tables=tables,
            sizes=sizes,
            models=VALUES,
            peers={"scikit-learn in a pandas groupby": with_scikit_learn},
            agreement=same_values(KEY),
        )
    if "few" in wanted:
        compare(
            f"AUC and accuracy alone: {title}",
            make_tables=tables,
            sizes=sizes,
            models=FEW,
            peers={"SQL by hand": by_hand()},
            agreement=same_values(KEY),
        )
    if "incremental" in wanted:
        for period in ["week", "day"]:
            incremental(period, **sizes)


if __name__ == "__main__":
    main()
