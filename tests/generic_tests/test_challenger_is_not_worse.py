"""The generic test challenger_is_not_worse: what each margin lets pass, and what a failing row says to do."""

from __future__ import annotations

import pandas as pd

from bench import Project

COLUMNS = ["model_name", "metric", "segment_value", "difference", "lower", "upper", "n_pairs", "verdict"]
ROWS = [
    ("better", "roc_auc", "all", 0.05, 0.02, 0.08, 900, "promote"),
    ("even", "roc_auc", "all", 0.0, -0.008, 0.008, 900, "hold"),
    ("worse", "roc_auc", "all", -0.05, -0.08, -0.02, 900, "hold"),
    ("new", "roc_auc", "all", 0.05, 0.01, 0.09, 100, "not_enough_data"),
    # less is better
    ("lower loss", "log_loss", "all", -0.05, -0.08, -0.02, 900, "promote"),
    ("higher loss", "log_loss", "all", 0.05, 0.02, 0.08, 900, "hold"),
    ("o'dd ✈", "brier", "all", 0.001, -0.002, 0.004, 900, "hold"),
    # of one segment
    ("better", "roc_auc", "pro", -0.3, -0.5, -0.1, 700, "hold"),
]


def comparison(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=COLUMNS)
    return found.assign(
        segment_name=["all" if value == "all" else "plan" for value in found["segment_value"]],
        champion_version="v1",
        challenger_version="v2",
        reason=["only 100 pairs" if verdict == "not_enough_data" else "" for verdict in found["verdict"]],
    )


def test_a_challenger_fails_until_it_is_shown_not_to_be_worse(project: Project) -> None:
    project.put(compared=comparison(ROWS), nothing=comparison(ROWS).iloc[:0])

    def tested(table: str = "compared", **arguments: object) -> dict[str, object]:
        return {"model": table, "test": "challenger_is_not_worse", "arguments": arguments}

    found = project.failing_rows(
        {
            "better": tested(),
            "margin": tested(margin=0.01),
            "alarm": tested(margin=None, not_enough_data="pass"),
            "segments": tested(segments=True, model_name="better"),
            "more_pairs": tested(minimum_pairs=1000, metric=["roc_auc"], model_name="better"),
            "losses": tested(metric=["log_loss", "brier"], margin=0.004),
            "nothing": tested("nothing"),
            "nothing_passes": tested("nothing", not_enough_data="pass"),
            "another_metric": tested(metric="accuracy"),
        }
    )
    failing = {name: sorted(rows["model_name"].dropna()) for name, rows in found.items()}
    assert failing == {
        "better": ["even", "higher loss", "new", "o'dd ✈", "worse"],
        "margin": ["higher loss", "new", "worse"],
        "alarm": ["higher loss", "worse"],
        "segments": ["better"],
        "more_pairs": ["better"],
        "losses": ["higher loss", "o'dd ✈"],
        "nothing": [],
        "nothing_passes": [],
        "another_metric": [],
    }
    assert list(found["better"].columns)[:3] == ["message", "model_name", "segment_name"]
    assert list(found["better"].columns)[-2:] == ["n_pairs", "verdict"]
    said = dict(zip(found["better"]["model_name"], found["better"]["message"], strict=True))
    assert said["worse"] == (
        "model_name worse, metric roc_auc: the challenger is worse, its difference is in [-0.08, -0.02];"
        " keep the champion and end the challenger"
    )
    assert said["even"] == (
        "model_name even, metric roc_auc: it is not shown that the challenger is better, its difference is in"
        " [-0.008, 0.008]; keep the champion and wait for more outcomes, or allow a margin"
    )
    assert said["new"] == (
        "model_name new, metric roc_auc: not enough data (only 100 pairs); wait for outcomes, or set not_enough_data: pass"
    )
    [segment] = found["segments"]["message"]
    assert segment.startswith("model_name better, metric roc_auc, segment_name plan, segment_value pro: ")
    for name in ("nothing", "another_metric"):
        [message] = found[name]["message"]
        assert message.endswith(
            "the comparison has no such row; compare the models, or set not_enough_data: pass"
        )
    assert found["nothing_passes"].empty


def test_with_empty_no_row_is_missing(project: Project) -> None:
    project.put(compared=comparison(ROWS[:1]))
    yml = {"models": [{"name": "judged", "data_tests": ["baton.challenger_is_not_worse"]}]}
    for flags in ([], ["--empty"]):
        project.build({"judged": "select * from {{ source('data', 'compared') }}"}, yml=yml, flags=flags)
        assert {result.status for result in project.results} == {"success", "pass"}
