"""From events to a first champion: what `dbt-baton init` writes is built by dbt as it stands, on both engines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ENGINES, need_engine

from bench import BATON, SCHEMA, DuckDB, Engine, Postgres
from dbt_baton import Project, command_line
from integration import forked

HORIZON = pd.Timedelta(days=30)
# five minutes from an empty project; without dbt's start it takes a tenth of that
LONGEST = 300


def events() -> pd.DataFrame:
    """A year of a small shop: users come, stay for a while, and leave."""
    random = np.random.default_rng(7)
    rows = []
    for user in range(60):
        moment, leaves = random.uniform(0, 60), random.uniform(60, 420)
        while moment < min(leaves, 300):
            rows.append((f"u{user}", round(moment * 24 * 60), user % 2, random.random() < 0.3))
            moment += random.exponential(2 + user % 9)
    frame = pd.DataFrame(rows, columns=["user_id", "minute", "shop", "is_mobile"])
    frame["event_at"] = pd.Timestamp("2024-01-01 00:00:00") + pd.to_timedelta(frame.pop("minute"), unit="min")
    frame["amount"] = np.round(random.gamma(2, 10, len(frame)), 2)
    frame["platform"] = random.choice(["web", "ios", None], len(frame))
    frame["event_id"] = np.arange(len(frame))
    return frame


# names that need quotes everywhere, and a time with a zone
NAMES = {
    "user_id": "User Id",
    "shop": "order",
    "event_at": "at",
    "amount": "Größe £",
    "platform": "O'Brien's",
}


def odd_events() -> pd.DataFrame:
    odd = events().rename(columns=NAMES)
    odd["at"] = odd["at"].dt.tz_localize("UTC")
    return odd


class Shop:
    """A new dbt project, as a user makes one, with the two tables of events and dbt as a command."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        source = {
            "name": "data",
            "schema": SCHEMA,
            "tables": [{"name": "shop_events"}, {"name": "odd_events"}],
        }
        files = {
            "dbt_project.yml": {"name": "shop", "version": "1.0.0", "profile": "shop"},
            "profiles.yml": {"shop": {"target": "dev", "outputs": {"dev": engine.profile()}}},
            "packages.yml": {"packages": [{"local": str(BATON)}]},
            "models/sources.yml": {"sources": [source]},
        }
        (root / "models").mkdir()
        for name, content in files.items():
            (root / name).write_text(yaml.safe_dump(content))
        (root / "models" / "fct_events.sql").write_text("select * from {{ source('data', 'shop_events') }}")
        engine.write("shop_events", events())
        engine.write("odd_events", odd_events())

    def dbt(self, command: str) -> None:
        printed = self.root / "printed.txt"
        printed.unlink(missing_ok=True)
        self.engine.release()
        finished = forked().dbt("--no-use-colors", command, root=self.root, output=printed)
        assert finished["succeeded"], printed.read_text()

    def init(self, *arguments: str) -> None:
        folders = ("--project-dir", str(self.root), "--profiles-dir", str(self.root))
        assert command_line.main(["init", *arguments, *folders]) == 0

    def read(self, name: str) -> pd.DataFrame:
        return self.engine.query(f'select * from {SCHEMA}."{name}"')

    def counts(self) -> dict[str, int]:
        """Rows of what only grows."""
        grows = ("model", "promotions", "scores", "predictions", "drift_baseline")
        names = [f"{subject}_{name}" for subject in ("churn", "spend") for name in grows]
        return {name: len(self.read(name)) for name in names}


@pytest.fixture(scope="module", params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two subjects, written into one project and built twice."""
    need_engine(request.param)
    root = tmp_path_factory.mktemp("shop")
    engine: Engine = DuckDB(root / "shop.duckdb") if request.param == "duckdb" else Postgres()
    made = Shop(root, engine)
    began = time.monotonic()
    made.dbt("deps")
    made.dbt("build")
    made.init("churn", "--entity", "user_id", "--events", "ref:fct_events")
    made.init(
        *("spend", "--entity", f"order,{NAMES['user_id']}", "--events", "source:data.odd_events"),
        *("--label", f"sum:{NAMES['amount']}", "--label-where", "event_id <> 7 or 'O''B' = '{{'"),
        *("--owner", "Ada's {{ team", "--every", "2w"),
    )
    made.dbt("build")
    made.seconds = time.monotonic() - began
    made.first = made.counts()
    made.dbt("build")
    yield made
    engine.close()


def test_a_champion_scores_and_has_a_verdict(shop):
    read = Project(shop.root, profiles_dir=shop.root)
    assert {"churn_model", "spend_model"} <= set(read.models())
    for subject in ("churn", "spend"):
        model = read.model(f"{subject}_model")
        champion = model.champion()["model_version"]
        assert champion == model.version(1)["model_version"]
        predictions = shop.read(f"{subject}_predictions")
        assert set(predictions["model_version"]) == {champion} and len(predictions) > 50
        assert len(shop.read(f"{subject}_health")) >= 3
    assert shop.seconds < LONGEST


def test_a_second_build_trains_and_scores_nothing(shop):
    assert shop.counts() == shop.first
    assert shop.first["churn_model"] == shop.first["spend_model"] == 1


def test_the_training_set_is_what_python_computes(shop):
    rows, happened = shop.read("churn_training_set"), events()
    by_user = dict(list(happened.groupby("user_id")))
    for row in rows.sample(80, random_state=1).itertuples():
        mine = by_user[row.user_id]
        before = mine[(mine["event_at"] < row.as_of) & (mine["event_at"] >= row.as_of - HORIZON)]
        after = mine[(mine["event_at"] > row.as_of) & (mine["event_at"] <= row.as_of + HORIZON)]
        assert row.label == int(after.empty)
        assert row.events_30d == len(before) > 0
        assert row.amount_sum_30d == pytest.approx(before["amount"].sum())
        assert row.is_mobile_share_30d == pytest.approx(before["is_mobile"].mean())
        assert row.days_since_events_30d == pytest.approx(
            (row.as_of - before["event_at"].max()) / pd.Timedelta(days=1)
        )
    assert set(rows["split"]) == {"train", "validation"} and rows["label"].nunique() == 2


def test_every_later_moment_of_somebody_active_is_scored_once(shop):
    learned = shop.read("churn_training_set")["label_window_end"].max()
    happened, scored = events(), shop.read("churn_scores")
    mondays = pd.date_range(learned, happened["event_at"].max(), freq="W-MON")
    expected = {
        (user, monday)
        for user, mine in happened.groupby("user_id")["event_at"]
        for monday in mondays
        if ((mine < monday) & (mine >= monday - HORIZON)).any() and monday >= learned
    }
    assert set(zip(scored["user_id"], scored["as_of"], strict=True)) == expected
    assert len(scored) == len(expected)


def test_odd_names_and_a_composite_key_come_through(shop):
    rows, happened = shop.read("spend_training_set"), odd_events()
    user, amount = NAMES["user_id"], NAMES["amount"]
    happened["at"] = happened["at"].dt.tz_localize(None)
    for _, row in rows.sample(40, random_state=1).iterrows():
        mine = happened[(happened[user] == row[user]) & (happened["order"] == row["order"])]
        after = mine[(mine["at"] > row["as_of"]) & (mine["at"] <= row["as_of"] + HORIZON)]
        assert float(row["label"]) == pytest.approx(after.loc[after["event_id"] != 7, amount].sum())
    assert shop.read("spend_model")["owner"].tolist() == ["Ada's {{ team"]
    assert "usual_o_brien_s_30d" in rows
