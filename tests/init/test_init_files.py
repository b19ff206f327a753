"""What `dbt-baton init` refuses, all at once and without writing anything, and what it makes of columns and days."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
import yaml

from bench import BATON, SCHEMA
from built_project import BuiltProject
from dbt_baton import command_line
from dbt_baton.init.calendar import calendar, shortest
from dbt_baton.init.files import paths
from dbt_baton.init.subject import Subject

DAYS = pd.date_range("2024-01-01", periods=400, freq="D")


def events(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"user_id": np.arange(400) % 7, "event_at": DAYS, **columns})


@pytest.fixture(scope="module")
def shop(built: BuiltProject) -> BuiltProject:
    built.put("fct_events", events(), calls="windowed_features")
    built.put("two_times", events(loaded_at=DAYS), kind="source")
    built.put("no_time", pd.DataFrame({"user_id": [1], "event_at": ["2024-01-01"]}))
    built.put("short", events().head(20))
    built.put(
        "placeholder", events().assign(event_at=[*events()["event_at"][:-1], pd.Timestamp("9999-12-31")])
    )
    built.put("hostile", events(**{"quoted": 1, "{{ x }}": 1}))
    built.engine.execute(f'alter table {SCHEMA}.hostile rename quoted to "a""b"')
    built.put("never", events().assign(event_at=pd.Series([None] * 400, dtype="datetime64[us]")))
    built.put("not_built", None)
    built.put("taken_model", events())
    return built


@pytest.fixture
def init(shop, capsys):
    """Run the command; gives the exit code, what it printed and what it complained about."""

    def run(*arguments: str, subject: str = "churn") -> tuple[int, str, str]:
        code = command_line.main(["init", subject, *shop.arguments(*arguments)])
        return code, *capsys.readouterr()

    yield run
    models = shop.root / "models"
    assert [path for path in models.rglob("*") if path.is_file() and path.read_text() != "mine"] == []


PLAIN = ("--entity", "user_id", "--events", "ref:fct_events")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--entity", "user", "--events", "ref:fct_event", "--events", "source:raw.two_time", "--events", "fct_events"),
            ("called 'fct_event'; did you mean fct_events", "'raw.two_time'; did you mean raw.two_times", "expected ref:NAME or source:NAME.TABLE"),
        ),
        (
            ("--entity", "user", "--events", "ref:fct_events", "--events", "ref:not_built", "--label", "sum:amount"),
            ("no column 'user' of --entity; did you mean user_id?", "not_built cannot be read: run dbt build first", "no column 'amount' of --label"),
        ),
        (
            ("--entity", "user_id", "--events", "source:raw.two_times", "--events", "ref:no_time", "--events", "ref:never"),
            ("several times, event_at, loaded_at: choose one with --event-time", "ref:no_time has no timestamp and no date", "ref:never has no row with event_at"),
        ),
        (
            (*PLAIN, "--events", "ref:no_time", "--event-time", "event_at", "--event-time", "evnt_at"),
            ("ref:no_time: event_at is string, expected a timestamp or a date",),
        ),
        (
            (*PLAIN, "--event-time", "evnt_at"),
            ("no column 'evnt_at' of --event-time; did you mean event_at?",),
        ),
        (
            (*PLAIN, "--event-time", "event_at", "--event-time", "evnt_at"),
            ("no table has the column 'evnt_at' of --event-time",),
        ),
        (
            (*PLAIN, "--horizon", "30", "--every", "0d", "--label", "churned"),
            ("--horizon is '30', expected a duration", "--every is '0d'", "--label is 'churned', expected not_exists, exists, count or sum:COLUMN"),
        ),
        ((*PLAIN, "--label", "sum:event_at"), ("event_at is timestamp[us], expected a number to sum",)),
        ((*PLAIN, "--label", "sum"), ("--label is 'sum'",)),
        ((*PLAIN, "--label", "count:"), ("--label is 'count:'",)),
        (
            ("--entity", "user_id,user_id", "--events", "ref:fct_events"),
            ("--entity is 'user_id,user_id', expected different columns",),
        ),
        (("--entity", "As_Of,", "--events", "ref:fct_events"), ("--entity names as_of", "--entity is 'As_Of,'", "no column 'As_Of'", "no column ''")),
        (
            ("--entity", 'a"b,{{ x }}', "--events", "ref:hostile"),
            ("""cannot write the name 'a"b'""", "cannot write the name '{{ x }}'"),
        ),
        (
            ("--entity", "user_id", "--events", "ref:short"),
            ("ref:short has 19 days of events, and --horizon 30d with --every 1w needs",),
        ),
        (
            ("--entity", "user_id", "--events", "ref:placeholder"),
            ("ref:placeholder: the newest event_at is 9999-12-31: leave such rows out",),
        ),
    ],
)  # fmt: skip
def test_every_problem_is_named_in_one_error(init, arguments, said):
    code, printed, complained = init(*arguments)
    assert code == 2 and printed == "" and complained.count("\n") == 1
    assert [part for part in said if part not in complained] == [], complained
    assert f"({len(said)}) " in complained and f"({len(said) + 1}) " not in complained, complained


@pytest.mark.parametrize("name", ["Churn", "", "1st", "a-b", "../up", "x" * 31, "größe", "a b"])
def test_a_subject_is_the_beginning_of_a_model_s_name(init, name):
    assert "the subject is called" in init(*PLAIN, subject=name)[2]


def test_nothing_is_overwritten_and_every_file_in_the_way_is_named(shop, init):
    mine = [shop.root / "models/churn/training/churn_model.sql", shop.root / "models/churn/_churn.yml"]
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    code, _, complained = init(*PLAIN)
    assert code == 2
    assert (
        "churn/training/churn_model.sql, churn/_churn.yml" in complained and "are there already" in complained
    )
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    for path in mine:
        path.unlink()


def test_a_model_of_the_same_name_elsewhere_is_refused(shop, init):
    model = shop.root / "models" / "taken_model.sql"
    model.write_text("mine")
    assert "models of these names: taken_model (models/taken_model.sql)" in init(*PLAIN, subject="taken")[2]
    model.unlink()
    # the manifest has it until dbt parses again
    assert init(*PLAIN, "--dry-run", subject="taken")[0] == 0


def test_a_file_that_cannot_be_written_takes_the_others_with_it(shop, init):
    (shop.root / "models/blocked").mkdir()
    (shop.root / "models/blocked/monitoring").write_text("mine")
    code, _, complained = init(*PLAIN, subject="blocked")
    assert code == 2 and "nothing was written" in complained


def test_a_project_without_baton_is_told_what_to_add(shop, init):
    manifest = shop.root / "target" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("macro.baton.", "macro.other."))
    try:
        complained = init(*PLAIN)[2]
    finally:
        manifest.write_text(text)
    assert "baton is no package of this project: add it to packages.yml" in complained


def printed_files(printed: str) -> dict[str, str]:
    """The files of a dry run by the ends of their names."""
    parts = re.split(r"^models/\S+?/(?:\w+/)?_?(?:kinds_)?(\S+)$", printed, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_aggregates_follow_the_types_of_the_columns(shop, init):
    numbers = np.arange(400)
    shop.put(
        "stg_shop__kinds",
        events(
            order_id=numbers, session_id=numbers // 3, amount=numbers / 7, pieces=numbers % 5,
            is_paid=numbers % 2 == 0, plan=np.where(numbers % 3 == 0, "pro's", None), status=np.where(numbers % 2, "a", "b"),
            comment=[f"text {number}" for number in numbers], paid_on=DAYS.date,
            refund=np.full(400, np.nan), is_void=pd.array([None] * 400, dtype="boolean"), tips=pd.array([None] * 400, dtype="Int64"),
        ),
    )  # fmt: skip
    arguments = ("--entity", "user_id", "--events", "ref:stg_shop__kinds", "--dry-run", "--horizon", "20d")
    code, printed, complained = init(*arguments, subject="kinds")
    assert code == 0, complained
    features = printed_files(printed)["features.sql"]
    assert re.findall(r"\{'function': '(\w+)'(?:, 'column': '(\w+)')?, 'name': '(\w+)'", features) == [
        ("count", "", "kinds"),
        ("recency", "", "days_since_kinds"),
        ("count_distinct", "session_id", "distinct_session_id"),
        ("sum", "amount", "amount_sum"),
        ("avg", "amount", "amount_avg"),
        ("sum", "pieces", "pieces_sum"),
        ("avg", "pieces", "pieces_avg"),
        ("avg", "is_paid", "is_paid_share"),
        ("mode", "status", "usual_status"),
    ]
    assert (
        "no feature is made of order_id, plan, comment, paid_on, refund, is_void, tips of ref('stg_shop__kinds')"
        in printed
    )
    assert "'windows': ['1w', '20d']" in features
    described = {
        model["name"]
        for model in yaml.safe_load(printed_files(printed)["kinds.yml"].split("\nno feature")[0])["models"]
    }
    assert described == {f"kinds_{name[:-4]}" for name in printed_files(printed) if name.endswith(".sql")}


def test_the_time_may_be_a_date_or_have_a_zone(shop, init):
    shop.put("by_day", events(event_on=DAYS.date).drop(columns="event_at"))
    shop.put("zoned", events().assign(event_at=DAYS.tz_localize("UTC")))
    for table, time in (("by_day", "event_on"), ("zoned", "event_at")):
        code, printed, complained = init("--entity", "user_id", "--events", f"ref:{table}", "--dry-run")
        assert code == 0, complained
        assert f"'event_time': '{time}'" in printed
        # the first Monday after 30 days
        assert "start='2024-02-05'" in printed, table


def test_features_of_two_tables_have_different_names(shop, init):
    shop.put("more_events", events(user_id=1, score=DAYS.day_of_year))
    shop.put("events", events(user_id=1, score=DAYS.day_of_year), kind="source")
    tables = ("--events", "ref:more_events", "--events", "source:raw.events", "--events", "source:raw.events")
    code, printed, complained = init("--entity", "user_id", *tables, "--dry-run")
    assert code == 0, complained
    names = re.findall(r"'name': '(\w+)'", printed)
    assert len(names) == len(set(names)) == 4 * 3


def test_the_guide_names_every_file_and_every_option(capsys):
    guide = (BATON / "docs" / "getting_started.md").read_text()
    files = [path.rsplit("/", 1)[-1] for path in paths(Subject("churn", ("user_id",)))]
    assert len(files) == 21 and [name for name in files if name not in guide] == []
    with pytest.raises(SystemExit):
        command_line.main(["init", "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    # those of every command are in another guide
    assert [
        name
        for name in options - {"--help", "--project-dir", "--profiles-dir", "--target"}
        if name not in guide
    ] == []


@pytest.mark.parametrize("every", ["6h", "1d", "3d", "1w", "2w", "4w", "90d"])
@pytest.mark.parametrize("horizon", ["1h", "1d", "30d", "365d"])
def test_days_leave_rows_in_every_part(every, horizon):
    """The moments of each part by counting them, for as few days as there may be and for more."""
    step, ahead = (pd.Timedelta(text.upper().replace("H", "h")).to_pytimedelta() for text in (every, horizon))
    first = datetime(2023, 2, 27, 23, 59, 59)
    fewest = shortest(int(ahead.total_seconds()), int(step.total_seconds()))
    for days in (fewest, fewest + 13, 4 * fewest):
        last = first + timedelta(days=days)
        found = calendar(first, last, int(ahead.total_seconds()), int(step.total_seconds()))
        assert found is not None, days
        start, trained, known = map(
            datetime.fromisoformat, (found.start, found.train_until, found.known_until)
        )
        moments = [start + number * step for number in range((last - start) // step + 1)]
        assert first + max(ahead, step) <= start < trained < known < last
        assert sum(moment + ahead <= trained for moment in moments) >= 3
        assert sum(trained <= moment and moment + ahead <= known for moment in moments) >= 1
        assert sum(known <= moment < last for moment in moments) >= 1
    assert calendar(first, first + ahead, int(ahead.total_seconds()), int(step.total_seconds())) is None
