"""Which outcome a prediction has, which class a value is, and which slice a row is in: refused where a number would only look right."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from bench import Project
from rendering import rendered

DAY = datetime(2024, 1, 31)


def performance(arguments: str = "", case: str = "", entity: str = "'user_id'") -> str:
    return (
        f"{{{{ baton.model_performance(predictions=source('data', 'predictions{case}'),"
        f" outcomes=source('data', 'outcomes{case}'), entity={entity}, task='binary'"
        f"{', ' if arguments else ''}{arguments}) }}}}"
    )


def predictions(classes: list[Any], **columns: Any) -> pd.DataFrame:
    """One model, a user for each prediction."""
    frame = pd.DataFrame(
        {
            "user_id": [f"u{i}" for i in range(len(classes))],
            "as_of": DAY,
            "model_name": "m",
            "model_version": "v",
            "predicted_class": classes,
            "predicted_probability": 0.5,
            "predicted_value": pd.Series([None] * len(classes), dtype="Float64"),
            "class_probabilities": pd.Series([None] * len(classes), dtype="str"),
        }
    )
    return frame.assign(**columns)


def outcomes(actual: list[Any], users: list[str] | None = None, **columns: Any) -> pd.DataFrame:
    users = users or [f"u{i}" for i in range(len(actual))]
    return pd.DataFrame({"user_id": users, "actual": actual}).assign(**columns)


def asked(project: Project, call: str) -> pd.DataFrame | str:
    """What a call answers, or why it fails."""
    sql = rendered(project, {"call": call})["call"]
    if isinstance(sql, Exception):
        return str(sql)
    try:
        return project.query(sql)
    except Exception as failed:
        return str(failed)


def counts(report: pd.DataFrame | str) -> list[float]:
    assert isinstance(report, pd.DataFrame), report
    found = report[report["segment_name"] == "all"].set_index("metric")["value"]
    names = ["true_positives", "false_positives", "false_negatives", "true_negatives"]
    return [found[name] for name in names]


def reasons(report: pd.DataFrame | str) -> set[str]:
    """Why all metrics of a report are NULL."""
    assert isinstance(report, pd.DataFrame), report
    assert report[["value", "std_error", "lower", "upper"]].isna().all().all()
    return set(report["undefined_reason"])


def test_outcomes_that_differ_are_refused_if_a_prediction_meets_them(project: Project) -> None:
    later = DAY + timedelta(days=1)
    project.put(predictions=predictions(["1", "0", "1"]))

    def of(actual: list[Any], users: list[str], **columns: Any) -> pd.DataFrame | str:
        project.put(outcomes=outcomes(actual, users, **columns))
        arguments = "value='money'" if "money" in columns else ""
        return asked(project, performance(arguments))

    assert counts(of([1, 1, 0, 0, 1], ["u0", "u0", "u1", "u9", "u9"])) == [1, 0, 0, 1]
    message = of([1, 0, 0, 1, 1], ["u0", "u0", "u1", "u1", "u2"])
    assert isinstance(message, str)
    for part in [
        "outcomes are ambiguous",
        "(user_id)",
        "outcome_as_of or outcome_time",
        "concerned",
        "2, u0",
    ]:
        assert part in message
    # one of two is missing; the classes agree, but not what they are worth
    assert "ambiguous" in of([1, None], ["u0", "u0"])  # type: ignore[operator]
    assert "ambiguous" in of([1, 1], ["u0", "u0"], money=[1.0, 2.0])  # type: ignore[operator]
    assert "ambiguous" in of([1, 1], ["u0", "u0"], money=[1.0, None])  # type: ignore[operator]
    # equal values of different texts are no difference
    assert counts(of(["1", "1.0", "true"], ["u0", "u0", "u0"])) == [1, 0, 0, 0]

    # with a time only those count that are equally new
    timed = outcomes([0, 1, 0, 1], ["u0", "u0", "u1", "u1"], at=[DAY, later, DAY, DAY])
    project.put(outcomes=timed)
    message = asked(project, performance("outcome_time='at'"))
    assert isinstance(message, str) and "equally new" in message and "1, u1" in message
    project.put(outcomes=timed.iloc[:3])
    assert counts(asked(project, performance("outcome_time='at'"))) == [1, 0, 0, 1]

    # the key has two columns
    project.put(outcomes=outcomes([1, 0, 1], ["u0", "u0", "u0"], at=[DAY, DAY, later]))
    message = asked(project, performance("outcome_as_of='at'"))
    assert isinstance(message, str) and "(user_id, at)" in message and "u0, 2024-01-31 00:00:00" in message


@pytest.mark.parametrize(
    "predicted, actual, positive_class, found",
    [
        (["v1.0", "v1"], ["v1", "v1"], "'v1'", [1, 0, 1, 0]),
        (["v1.0", "v1"], ["v1.0", "v1"], "'v1.0'", [1, 0, 0, 1]),
        (["2.50", "3"], [2.5, 2.5], "'2.5'", [1, 0, 1, 0]),
        (["2.5", "3.0"], [2.5, 3], "2.50", [1, 0, 0, 1]),
        (["True", "false"], [True, False], "true", [1, 0, 0, 1]),
        (["1.0", "0.0"], [True, False], "1", [1, 0, 0, 1]),
        (["10", "1"], [10, 1], "'10'", [1, 0, 0, 1]),
        (["Nan", "no"], ["Nan", "no"], "'Nan'", [1, 0, 0, 1]),
        (["NaN", "1"], [1.0, float("nan")], "1", [0, 0, 0, 0]),
        (["007", "7"], ["007", "7"], "'7'", [1, 0, 0, 1]),
        (["it's", ""], ["it's", ""], '"it\'s"', [1, 0, 0, 1]),
    ],
)
def test_classes_are_values(
    project: Project, predicted: list[str], actual: list[Any], positive_class: str, found: list[int]
) -> None:
    project.put(predictions=predictions(predicted), outcomes=outcomes(actual))
    report = asked(project, performance(f"positive_class={positive_class}"))
    if found == [0, 0, 0, 0]:
        # NaN is no class, on either side
        assert isinstance(report, pd.DataFrame) and set(report["n_labelled"]) == {1}
        assert report.set_index("metric")["value"]["missing_classes"] == 1
    else:
        assert counts(report) == found


def test_keys_and_values_of_other_types_are_what_they_say(project: Project) -> None:
    frame = predictions(["1", "1", "0"], user_id=["1", "2", "3"])
    for users, money in [
        (pd.Series([1, 2, 3]), [True, False, True]),
        (pd.Series([1.0, 2.0, 3.0]), [float("inf"), 0.0, float("-inf")]),
        (pd.Series(["1", "2", "3"]), [1.0, float("nan"), None]),
    ]:
        project.put(
            predictions=frame, outcomes=pd.DataFrame({"user_id": users, "actual": [1, 0, 1], "money": money})
        )
        report = asked(project, performance("value='money'"))
        assert counts(report) == [1, 1, 1, 0]
        assert isinstance(report, pd.DataFrame)
        total = report.set_index("metric")["value"]["total_value"]
        assert total == sum(float(one) for one in money if one in (True, 1.0)), money


def test_a_model_of_another_task_is_named_and_not_measured(project: Project) -> None:
    ones = outcomes([1, 0, 1, 1])
    project.put(outcomes=ones, predictions=predictions(["a", "b", "1", "a"]))
    assert reasons(asked(project, performance())) == {"a multiclass model"}
    keys = '{"a": 0.2, "b": 0.5, "1": 0.3}'
    project.put(predictions=predictions(["1", "1", "a", "1"], class_probabilities=[None, None, keys, None]))
    assert reasons(asked(project, performance())) == {"a multiclass model"}
    nothing = pd.Series([None] * 4, dtype="str")
    project.put(
        predictions=predictions(
            ["1"] * 4,
            predicted_class=nothing,
            predicted_probability=pd.Series([None] * 4, dtype="Float64"),
            predicted_value=2.5,
        )
    )
    assert reasons(asked(project, performance())) == {"a regression model"}

    # beside a model of this task, which is measured
    both = pd.concat(
        [
            predictions(["1", "0", "1", "0"]),
            predictions(["low", "high", "low", "low"], model_version="w"),
            predictions(["1", "2", "3", "1"], model_name="n"),
        ]
    )
    project.put(predictions=both)
    report = asked(project, performance())
    assert isinstance(report, pd.DataFrame)
    assert counts(report[(report["model_name"] == "m") & (report["model_version"] == "v")]) == [2, 0, 1, 1]
    assert reasons(report[report["model_version"] == "w"]) == {"a model of the classes high and low"}
    assert reasons(report[report["model_name"] == "n"]) == {"a multiclass model"}
    wide = asked(project, performance("shape='wide'"))
    assert isinstance(wide, pd.DataFrame)
    assert wide["accuracy"].isna().sum() == wide["roc_auc"].isna().sum() == 2
    # without these columns there is nothing to see
    project.put(predictions=both.drop(columns=["predicted_value", "class_probabilities"]))
    assert isinstance(asked(project, performance()), pd.DataFrame)


def test_probabilities_of_another_class_are_refused(project: Project) -> None:
    called = ["churned"] * 10 + ["stayed"] * 10
    project.put(outcomes=outcomes(called))

    def of(probabilities: list[float | None], classes: list[str] = called) -> pd.DataFrame | str:
        project.put(predictions=predictions(classes, predicted_probability=probabilities))
        return asked(project, performance("positive_class='churned'"))

    of_stayed = [0.1 + i / 100 for i in range(10)] + [0.8] * 10
    message = of(of_stayed)
    assert isinstance(message, str)
    for part in [
        "not that of positive_class",
        "churned",
        "train with this positive_class",
        "model m, version v",
    ]:
        assert part in message
    # what is called by a threshold, ties with it, too few rows, and classes that do not follow the probability
    assert counts(of([1 - one for one in of_stayed])) == [10, 0, 0, 10]
    assert counts(of([0.8] * 20)) == [10, 0, 0, 10]
    assert counts(of([None, *of_stayed[1:]])) == [10, 0, 0, 10]
    assert counts(of([0.9, *of_stayed[1:]])) == [10, 0, 0, 10]


def test_a_positive_class_that_nothing_is_is_refused(project: Project) -> None:
    def of(predicted: list[Any], actual: list[Any], arguments: str = "") -> pd.DataFrame | str:
        project.put(predictions=predictions(predicted), outcomes=outcomes(actual))
        return asked(project, performance(arguments))

    message = of(["yes", "no"], ["no", "no"])
    assert isinstance(message, str)
    for part in ["positive_class is", "1", "the classes are: no, yes"]:
        assert part in message
    assert "the classes are: yes" in of(["yes"], ["yes"])  # type: ignore[operator]
    assert "the classes are: 0, 2" in of(["0"], ["2"], "positive_class=1")  # type: ignore[operator]
    assert counts(of(["0", "0"], [0, 0])) == [0, 0, 0, 2]
    assert counts(of(["no"], ["no"], "positive_class='yes'")) == [0, 0, 0, 1]
    assert counts(of(["0", "0"], [0, 1])) == [0, 0, 1, 1]


def test_outcomes_of_other_classes_than_the_predictions_are_refused(project: Project) -> None:
    def of(predicted: list[Any], actual: list[Any], arguments: str = "") -> pd.DataFrame | str:
        project.put(predictions=predictions(predicted), outcomes=outcomes(actual))
        return asked(project, performance(arguments))

    for message in (of(["0", "1"], ["yes", "no"]), of(["Yes", "No"], ["yes", "no"], "positive_class='Yes'")):
        assert "no outcome has a class that is predicted; the classes are: " in str(message)
    assert "the classes are: 0, 1, yes" in str(of(["0", "1"], ["yes", None]))
    # all of them wrong, no outcome yet, and one class against all others
    assert counts(of(["0", "0", "1"], [1, 1, 0])) == [0, 1, 2, 0]
    assert isinstance(of(["0", "1"], pd.array([None, None], dtype="string")), pd.DataFrame)  # type: ignore[arg-type]
    assert counts(of(["a", "not a", "a"], ["a", "c", "b"], "positive_class='a'")) == [1, 1, 0, 1]


def test_crossed_segments_keep_their_cells_apart(project: Project) -> None:
    texts = ["a,b", "a", "", None, 'say "hi"', "a\nb", "O'Brien", "1.50"]
    pairs = [(one, other) for one in texts for other in texts]
    frame = predictions(["1"] * len(pairs))
    frame["Plan"] = pd.Series([one for one, _ in pairs], dtype="str")
    frame["country"] = pd.Series([other for _, other in pairs], dtype="str")
    project.put(predictions=frame, outcomes=outcomes([1] * len(pairs)))
    report = asked(project, performance("segments=['Plan', ['Plan', 'country'], ['country', 'Plan']]"))
    assert isinstance(report, pd.DataFrame)
    cells = report[report["metric"] == "predictions"]
    assert set(cells["segment_name"]) == {"all", "Plan", "Plan,country", "country,Plan"}
    assert (cells.loc[cells["segment_name"] == "Plan", "n"] == len(texts)).all()
    crossed = cells[cells["segment_name"] == "Plan,country"]
    assert (crossed["n"] == 1).all()

    def field(text: str | None) -> str:
        """As Python's csv writes it, but for the empty text, which it does not tell from NULL."""
        if text is None or text == "":
            return "" if text is None else '""'
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([text, "x"])
        return line.getvalue()[:-3]

    assert set(crossed["segment_value"]) == {f"{field(one)},{field(other)}" for one, other in pairs}
    assert len(crossed) == len(pairs)
