"""Promotions and rollbacks by hand, as a user runs them, against the undo of an editor."""

from __future__ import annotations

import json
import random
from typing import Any

import pandas as pd
import pytest

from bench import BuildError, Project

CONFIG = "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}\n"
MODELS = {
    "models": "select * from {{ source('data', 'versions') }}",
    "chosen": CONFIG + "{{ baton.promotions(registry=ref('models')) }}",
    "plain": "select 1 as one",
}


def put_versions(project: Project, **aucs: float) -> None:
    """Versions of the model m, in their order."""
    frame = pd.DataFrame(
        {
            "model_name": "m",
            "model_version": list(aucs),
            "version_number": range(1, len(aucs) + 1),
            "trained_at": pd.Timestamp("2024-01-01"),
            "metrics": [json.dumps({"validation": {"roc_auc": auc}}) for auc in aucs.values()],
        }
    )
    project.put(versions=frame)


def operate(project: Project, name: str, **arguments: Any) -> None:
    given = {"promotions": "chosen", "registry": "models", "model_name": "m", **arguments}
    project.dbt("run-operation", f"baton.{name}", "--args", json.dumps(given))


def refused(project: Project, name: str, **arguments: Any) -> str:
    with pytest.raises(BuildError) as failed:
        operate(project, name, **arguments)
    return str(failed.value)


def history(project: Project, alias: str = "champion") -> pd.DataFrame:
    frame = project.read("chosen")
    return frame[frame.alias == alias].sort_values("promoted_at", ignore_index=True)


def test_rollbacks_undo_promotions_one_by_one(project: Project) -> None:
    put_versions(project, aaa=0.5)
    project.build(MODELS)
    put_versions(project, aaa=0.5, bbb=0.6)
    project.build(MODELS)
    put_versions(project, aaa=0.5, bbb=0.6, ccc=0.1, ddd=0.2)
    project.build(MODELS)
    with project.files(MODELS, None):
        assert history(project).model_version.tolist() == ["aaa", "bbb"]
        steps, draw = ["aaa", "bbb"], random.Random(3)
        plan = [
            "promote",
            "rollback",
            "rollback",
            "promote",
            "promote",
            "rollback",
            "promote",
            "rollback",
            "rollback",
        ]
        for number, operation in enumerate(plan):
            if operation == "promote":
                version = draw.choice([name for name in ("aaa", "bbb", "ccc", "ddd") if name != steps[-1]])
                operate(project, "promote", model_version=version, promoted_by="ann", reason="it's cheaper")
                steps.append(version)
                expected = {"promoted_by": "ann", "reason": "it's cheaper"}
            else:
                left = steps.pop()
                operate(
                    project,
                    "rollback",
                    **({"reason": "it is slow", "promoted_by": "bob"} if number == 1 else {}),
                )
                expected = {"reason": f"rollback from {left}" + (": it is slow" if number == 1 else "")}
            rows = history(project)
            assert len(rows) == number + 3
            newest = rows.iloc[-1]
            assert newest.model_version == steps[-1]
            assert {name: newest[name] for name in expected} == expected
            assert newest.promoted_by
        # to the first version, and no further
        while len(steps) > 1:
            steps.pop()
            operate(project, "rollback")
            assert history(project).model_version.iloc[-1] == steps[-1]
        assert "(1) there is nothing to roll back to: no version was champion of m before aaa" in refused(
            project, "rollback"
        )
        size = len(project.read("chosen"))
        # to a version by its name, which a rollback after it leaves behind
        operate(project, "promote", model_version="bbb")
        operate(project, "promote", model_version="ddd")
        operate(project, "rollback", model_version="aaa")
        operate(project, "promote", model_version="ccc", alias="shadow")
        assert history(project).model_version.iloc[-1] == "aaa"
        assert history(project, "shadow").reason.tolist() == ["by hand"]
        assert "nothing to roll back to" in refused(project, "rollback")
        assert 'model_version is "aaa", which is champion already' in refused(
            project, "rollback", model_version="aaa"
        )
        operate(project, "rollback", model_version="bbb")
        assert len(project.read("chosen")) == size + 5
    # the policy sees what was done by hand, and what was rolled back stays so
    put_versions(project, aaa=0.5, bbb=0.6, ccc=0.1, ddd=0.2, eee=0.55, fff=0.7)
    before = project.read("chosen")
    project.build(MODELS)
    rows = history(project)
    assert len(rows) == len(before[before.alias == "champion"]) + 1
    assert rows.iloc[-1][["model_version", "promoted_by", "reason"]].tolist() == [
        "fff", "chosen", "validation.roc_auc 0.7, the champion bbb has 0.6",
    ]  # fmt: skip


def test_a_wrong_call_is_one_error_and_writes_nothing(duckdb_project: Project) -> None:
    project = duckdb_project
    put_versions(project, aaa=0.5, abc=0.4)
    project.execute("drop table if exists {schema}.chosen")
    with project.files(MODELS, None):
        project.dbt("run", "--select", "models")
        assert '(1) promotions is "chosen", which is not built yet: run dbt build --select chosen' in refused(
            project, "promote", model_version="aaa"
        )
        project.dbt("run", "--select", "chosen", "plain")
        message = refused(
            project, "promote", promotions="choosen", registry="model", model_version=5, alias=""
        )
        assert "baton.promote: 4 problems: (1) alias is" in message
        assert "(2) model_version is 5, a number: write it in quotes" in message
        assert '(3) promotions is "choosen", but there is no such model: there is chosen' in message
        assert '(4) registry is "model", but there is no such model: there is models' in message
        assert 'promotions is "plain", a model with materialized "table"' in refused(
            project, "promote", promotions="plain", model_version="aaa"
        )
        assert 'model_version is "abd", which is not in the registry: m has abc, aaa' in refused(
            project, "promote", model_version="abd"
        )
        assert 'model_name is "mm", which is not in the registry: there is m' in refused(
            project, "promote", model_name="mm", model_version="aaa"
        )
        assert 'model_version is "abc", which never was champion of m: it was aaa' in refused(
            project, "rollback", model_version="abc"
        )
        assert 'model "m" has no promotion to "shadow" in chosen' in refused(
            project, "rollback", alias="shadow"
        )
        assert history(project).model_version.tolist() == ["aaa"]


def test_for_a_seed_the_line_to_add_is_printed(
    duckdb_project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project = duckdb_project
    put_versions(project, aaa=0.5, bbb=0.4)
    seeds = project.root / "seeds"
    seeds.mkdir(exist_ok=True)
    seed = seeds / "kept.csv"
    seed.write_text(
        "alias,model_name,model_version,promoted_at,promoted_by,reason,comment\n"
        "champion,m,aaa,2024-01-01,ann,first,\nchampion,m,bbb,2024-01-02,ann,second,\n"
    )
    text = seed.read_text()
    try:
        with project.files(MODELS, None):
            project.dbt("build", "--select", "models", "kept")
            capsys.readouterr()
            operate(
                project,
                "promote",
                promotions="kept",
                model_version="bbb",
                promoted_by="ann",
                reason='say "go", now',
            )
            printed = capsys.readouterr().out
            operate(project, "rollback", promotions="kept", promoted_by="ann")
            rolled = capsys.readouterr().out
    finally:
        seed.unlink()
    assert "Add this line to seeds/kept.csv:\nchampion,m,bbb," in printed
    assert ',ann,"say ""go"", now",\n' in printed
    assert "\nchampion,m,aaa," in rolled and ",ann,rollback from bbb," in rolled.replace('"', "")
    assert len(project.read("kept")) == 2 and text.count("\n") == 3
