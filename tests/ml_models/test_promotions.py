"""Promotions by policy: random sequences of trainings, runs and rows by hand, against brute force and a judge with a memory."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd

from bench import Project
from compare import about

CONFIG = "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}\n"
COLUMNS = ["model_name", "alias", "model_version", "promoted_at", "promoted_by", "reason"]
KEYS = ["o'dd split ✈", 'roc."auc"']
PATH = 'o\'dd split ✈."roc.""auc"""'

# what a version row can hold: among numbers that tie, what is no number
VALUES = [0.5, 0.6, 0.6, 0.7, 0.8, 0.9, 1, None, "missing", "0.99", [1], True]
POLICIES = {
    "best": {"policy": "best", "margin": 0.0, "greater": True},
    "best_by_a_margin": {"policy": "best", "margin": 0.1, "greater": True},
    "least": {"policy": "best", "margin": 0.05, "greater": False},
    "review": {"policy": "review", "margin": 0.0, "greater": True},
}


@dataclass
class Version:
    name: str
    number: int
    trained_at: datetime
    value: Any

    @property
    def known(self) -> float | None:
        return float(self.value) if isinstance(self.value, int | float) and self.value is not True else None


@dataclass
class Model:
    """The versions of one model, and what each policy's table should hold: (alias, version, promoted_at)."""

    name: str
    is_tidy: bool  # rows by hand come only after a run that judged every version
    versions: list[Version] = field(default_factory=list)
    tables: dict[str, list[tuple[str, str, datetime]]] = field(
        default_factory=lambda: {name: [] for name in POLICIES}
    )
    remembered: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in POLICIES})

    def find(self, name: str) -> Version | None:
        return next((version for version in self.versions if version.name == name), None)

    def value_of(self, name: str, greater: bool) -> float:
        found = self.find(name)
        known = found.known if found else None
        return -math.inf if known is None else known if greater else -known

    def holders(self, policy: str) -> list[tuple[str, datetime]]:
        """The rows of the champion, oldest first."""
        rows = [(at, version) for alias, version, at in self.tables[policy] if alias == "champion"]
        return [
            (version, at)
            for at, version in sorted(
                rows, key=lambda row: (row[0], (self.find(row[1]) or Version("", 0, row[0], 0)).number)
            )
        ]

    def run(self, policy: str, at: datetime) -> list[tuple[str, str]]:
        """The rows that the stated rule adds, by brute force."""
        rule, added = POLICIES[policy], []
        greater, margin = rule["greater"], rule["margin"]
        own = {"champion"} | ({"candidate"} if rule["policy"] == "review" else set())
        taken = {version for alias, version, _ in self.tables[policy] if alias in own}
        for version in sorted(self.versions, key=lambda version: version.number):
            if version.name in taken:
                continue
            holders = self.holders(policy)
            if not holders:
                alias = "champion"
            else:
                to_beat = [
                    self.value_of(holder, greater)
                    for (holder, _), until in zip(
                        holders, [at for _, at in holders[1:]] + [datetime.max], strict=True
                    )
                    if until > version.trained_at
                ]
                if version.known is None:
                    continue
                value = version.known if greater else -version.known
                if not all(value > other + margin for other in to_beat):
                    continue
                alias = "champion" if rule["policy"] == "best" else "candidate"
            self.tables[policy].append((alias, version.name, at))
            added.append((alias, version.name))
        return added

    def judge_once(self, policy: str) -> list[tuple[str, str]]:
        """What a judge who remembers would add: each version is compared once, with the holder of that moment."""
        rule, added = POLICIES[policy], []
        greater, margin = rule["greater"], rule["margin"]
        holders = [version for version, _ in self.holders(policy)]
        holder = holders[-1] if holders else None
        for version in sorted(self.versions, key=lambda version: version.number):
            if version.name in self.remembered[policy]:
                continue
            self.remembered[policy].add(version.name)
            if holder is None:
                added.append(("champion", version.name))
                holder = version.name
            elif version.known is not None and self.value_of(version.name, greater) > (
                self.value_of(holder, greater) + margin
            ):
                added.append(("champion" if rule["policy"] == "best" else "candidate", version.name))
                holder = version.name if rule["policy"] == "best" else holder
        return added


def now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def metrics(value: Any) -> str:
    return json.dumps(
        {
            "train": {"n": 1},
            KEYS[0]: {} if isinstance(value, str) and value == "missing" else {KEYS[1]: value},
        }
    )


def registry(models: list[Model]) -> pd.DataFrame:
    rows = [
        (model.name, version.name, version.number, version.trained_at, metrics(version.value))
        for model in models
        for version in model.versions
    ]
    frame = pd.DataFrame(
        rows, columns=["model_name", "model_version", "version_number", "trained_at", "metrics"]
    )
    return frame.assign(
        trained_at=frame.trained_at.astype("datetime64[us]"), metrics=frame.metrics.astype("str")
    )


def calls() -> dict[str, str]:
    return {
        name: (
            f"{CONFIG}{{{{ baton.promotions(registry=source('data', 'registry'), metric={PATH!r}, margin={rule['margin']},"
            f" policy={rule['policy']!r}, greater_is_better={str(rule['greater']).lower()}) }}}}"
        )
        for name, rule in POLICIES.items()
    }


def train(model: Model, draw: random.Random, at: datetime) -> None:
    number = len(model.versions) + 1
    model.versions.append(Version(f"v{number}", number, at, draw.choice(VALUES)))


def write_by_hand(project: Project, model: Model, draw: random.Random, at: datetime) -> None:
    version = draw.choice([*[version.name for version in model.versions], "gone"])
    for policy, table in model.tables.items():
        table.append(("champion", version, at))
        project.execute(
            f"insert into {{schema}}.{policy} values ('{model.name}', 'champion', '{version}', timestamp '{at}', 'ann', 'by hand')"
        )


def test_any_sequence_of_runs_gives_what_the_rule_says(project: Project) -> None:
    draw = random.Random(5)
    models = [Model(f"m{number}", is_tidy=number % 2 == 0) for number in range(40)]
    # a first run on a warehouse where nothing is trained yet
    project.put(registry=registry(models))
    project.build(calls())
    for policy in POLICIES:
        found = project.read(policy)
        assert list(found.columns) == COLUMNS and found.empty
    lost: dict[str, set[tuple[str, str]]] = {policy: set() for policy in POLICIES}
    for round_ in range(5):
        clock = now()
        for model in models:
            for _ in range(draw.randint(0, 3)):
                clock += timedelta(microseconds=1)
                if model.is_tidy or not model.versions or draw.random() < 0.7:
                    train(model, draw, clock)
                else:
                    write_by_hand(project, model, draw, clock)
        project.put(registry=registry(models))
        before = {policy: len(project.read(policy)) for policy in POLICIES}
        project.build(calls(), full_refresh=round_ == 3)
        for policy in POLICIES:
            found = project.read(policy)
            new = found[found.promoted_by == policy]
            run_start = new.promoted_at.max()
            expected: list[tuple[str, str, str]] = []
            for model in models:
                remembered = model.judge_once(policy) if model.is_tidy else None
                added = model.run(policy, run_start.to_pydatetime() if expected or len(new) else clock)
                with about(policy=policy, round=round_, model=model):
                    assert remembered is None or remembered == added
                    assert not lost[policy] & {(model.name, version) for _, version in added}
                expected += [(model.name, *row) for row in added]
                chosen = {version for _, version, _ in model.tables[policy]}
                lost[policy] |= {
                    (model.name, version.name) for version in model.versions if version.name not in chosen
                }
            of_run = new[new.promoted_at == run_start] if expected else new.iloc[:0]
            with about(policy=policy, round=round_):
                assert sorted(map(tuple, of_run[COLUMNS[:3]].to_numpy())) == sorted(expected)
            assert len(found) == before[policy] + len(expected)
            assert new.reason.str.len().gt(10).all()
        # what nobody asked for twice: a run without news adds nothing
        if round_ == 2:
            sizes = {policy: len(project.read(policy)) for policy in POLICIES}
            project.build(calls())
            assert {policy: len(project.read(policy)) for policy in POLICIES} == sizes
        clock = now()
        for model in models:
            if model.versions and draw.random() < 0.4:
                clock += timedelta(microseconds=1)
                write_by_hand(project, model, draw, clock)
                # what a person chose is no more to be judged
                for policy in POLICIES:
                    model.remembered[policy].add(model.tables[policy][-1][1])
    assert all(len(some) > 20 for some in lost.values())
    assert project.warnings == []


def versions(*rows: tuple[str, str, int, Any, Any]) -> pd.DataFrame:
    """Rows of (model_name, model_version, version_number, trained_at, metrics)."""
    frame = pd.DataFrame(
        rows, columns=["model_name", "model_version", "version_number", "trained_at", "metrics"]
    )
    return frame.assign(
        trained_at=pd.to_datetime(frame.trained_at).astype("datetime64[us]"),
        metrics=[value if value is None else json.dumps(value) for value in frame.metrics],
    )


def test_the_reason_names_both_values(project: Project) -> None:
    project.put(
        registry=versions(
            ("price", "aaa", 1, "2024-01-01", {"test": {"rmse": 4.5}}),
            ("price", "bbb", 2, "2024-01-02", {"test": {"rmse": 4.25}}),
            ("price", "ccc", 3, "2024-01-03", {"test": {"rmse": 3.125}}),
            ("size", "ddd", 1, "2024-01-03", None),
            ("size", "eee", 2, "2024-01-03", {"test": {"rmse": 7.5}}),
        )
    )
    call = (
        "baton.promotions(registry=source('data', 'registry'), metric='test.rmse', margin=0.5, alias=\"it's\""
    )
    made = {
        "by_best": f"{CONFIG}{{{{ {call}) }}}}",
        "by_review": f"{CONFIG}{{{{ {call}, policy='review') }}}}",
    }
    project.build(made)
    found = project.read("by_best").sort_values(["model_name", "model_version"])
    first = "the first version, test.rmse 4.5"
    assert found.reason.tolist() == [
        first,
        "test.rmse 3.125, the it's aaa has 4.5 (margin 0.5)",
        "the first version, without test.rmse",
        "test.rmse 7.5, the it's ddd has none (margin 0.5)",
    ]
    assert set(found.alias) == {"it's"} and set(found.promoted_by) == {"by_best"}
    now_ = pd.Timestamp(now())
    assert (
        found.promoted_at.between(now_ - pd.Timedelta("5min"), now_).all()
        and found.promoted_at.nunique() == 1
    )
    reviewed = project.read("by_review").sort_values(["model_name", "model_version"])
    assert reviewed.alias.tolist() == ["it's", "candidate", "it's", "candidate"]
    assert reviewed.reason.tolist() == found.reason.tolist()


def test_a_promotion_is_after_the_training_and_after_the_row_that_it_replaces(project: Project) -> None:
    call = {"in_order": f"{CONFIG}{{{{ baton.promotions(registry=source('data', 'registry')) }}}}"}
    later = pd.Timestamp(now()) + pd.Timedelta("1h")

    def auc(value: float) -> dict[str, Any]:
        return {"validation": {"roc_auc": value}}

    # trained while the run goes on
    trained = ("m", "aaa", 1, later, auc(0.5))
    project.put(registry=versions(trained))
    assert project.build(call).promoted_at.tolist() == [later]
    # a run that began before that one was promoted
    project.put(registry=versions(trained, ("m", "bbb", 2, "2024-01-01", auc(0.6))))
    found = project.build(call).sort_values("promoted_at")
    assert found.model_version.tolist() == ["aaa", "bbb"]
    assert found.promoted_at.iloc[1] == later + pd.Timedelta("1us")


def test_one_error_names_all_that_is_wrong_with_the_call(project: Project) -> None:
    project.put(
        registry=versions(
            ("m", "aaa", 1, "2024-01-01", {"validation": {"roc_auc": 0.5, "log.loss": 1}, "n": 1}),
            ("other", "aaa", 1, "2024-01-01", {"validation": {"roc_auc": None}}),
            ("third", "aaa", 1, "2024-01-01", {"validation": {"rmse": 0.1}}),
        )
    )
    call = "{{{{ baton.promotions(registry=source('data', 'registry'), {}) }}}}"
    message = project.error(
        call.format("metric='a..b', margin=-1, alias='', policy='worst', greater_is_better='no'")
    )
    assert (
        "baton.promotions: 6 problems in model 'result': (1) metric is \"a..b\", expected a path" in message
    )
    assert "(2) margin is -1, expected a number from 0" in message
    assert '(4) policy is "worst", expected one of best, review' in message
    assert '(5) greater_is_better is "no", expected true or false' in message
    assert '(6) the model\'s config has materialized "table"' in message
    unknown = project.error(
        CONFIG + call.format("metric='validation.novelty', alias='candidate', policy='review'")
    )
    assert "(1) alias is \"candidate\", which policy 'review' gives" in unknown
    assert '(2) greater_is_better is missing, and baton does not know the metric "novelty"' in unknown
    nowhere = project.error(CONFIG + call.format("metric='validation.auc'"))
    assert 'metric is "validation.auc", which no version has: there is validation.roc_auc, ' in nowhere
    assert 'validation."log.loss"' in nowhere and "validation.rmse" in nowhere
    rewritten = CONFIG.replace("full_refresh", "unique_key='model_name', full_refresh")
    assert "unique_key \"model_name\", expected incremental_strategy='append'" in project.error(
        rewritten + call.format("")
    )
    assert 'the model\'s config has materialized "table" and full_refresh missing' in project.error(
        call.format("")
    )
    # a model without the metric beside others that have it
    project.build({"warned": CONFIG + call.format("")})
    assert [text for text in project.warnings if "no version of third has the metric" in text]


def test_the_direction_of_a_metric_follows_from_its_name(duckdb_project: Project) -> None:
    greater = """roc_auc accuracy f1 f1_macro precision_at_10 recall r2 average_precision roc_auc_ovr top_2_accuracy mcc
        ndcg_at_5 neg_log_loss"""
    less = """log_loss brier brier_score mae rmse mape smape rmsle median_absolute_error mean_squared_error max_error pinball_0.9
        expected_calibration_error"""
    unknown = "n mean_error coverage positives"
    names = [*greater.split(), *less.split(), *unknown.split()]
    found = duckdb_project.build(
        f"select '{{% for name in {names!r} %}}{{{{ baton._greater_is_better(name) }}}} {{% endfor %}}' as found"
    ).found[0]
    expected = [True] * len(greater.split()) + [False] * len(less.split()) + [None] * len(unknown.split())
    assert found.split() == [str(value) for value in expected]
