"""Aliases from several relations of promotions, and promotions that are dated ahead."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd

from bench import Project
from compare import assert_same_rows
from dbt_baton.registry.version_row import VERSION_SCHEMA

NAMES = ["model_name", "alias", "model_version", "promoted_at", "promoted_by", "reason"]
# what this file does not look at may be of any type
TYPES = {"training_rows": 1, "random_state": 1, "scoring_sql_max_abs_error": 0.5}
REGISTRY = "{{ baton.model_registry(models=[source('data', 'versions')]) }}"


def now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def versions(names: list[tuple[str, str]]) -> pd.DataFrame:
    columns = [*VERSION_SCHEMA.names, *(field for field in TYPES if field not in VERSION_SCHEMA.names)]
    frame = pd.DataFrame({column: [TYPES.get(column, "x")] * len(names) for column in columns})
    frame[["model_name", "model_version"]] = names
    return frame.assign(trained_at=pd.date_range("2024-01-01", periods=len(names)))


def promotions(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=NAMES)
    return frame.assign(promoted_at=pd.to_datetime(frame.promoted_at).astype("datetime64[us]"))


def newest_per_alias(rows: list[tuple[Any, ...]], known: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Every promotion that counts, by brute force over all relations together."""
    found, at_query = [], now()
    for model, alias in sorted({row[:2] for row in rows}):
        own = [row for row in rows if row[:2] == (model, alias) and row[3] is not None]
        moments = sorted({row[3] for row in own})
        for moment, until in zip(moments, [*moments[1:], None], strict=False):
            tied = [row for row in own if row[3] == moment]
            number = {row: known.index((model, row[2])) if (model, row[2]) in known else -1 for row in tied}
            best = max(number[row] for row in tied)
            version = max(row[2] for row in tied if number[row] == best)
            row = min(
                (row for row in tied if row[2] == version), key=lambda row: (row[4] or "", row[5] or "")
            )
            found.append({
                **dict(zip(NAMES, row, strict=True)), "valid_from": moment, "valid_to": until,
                "is_current": moment <= at_query and (until is None or until > at_query),
            })  # fmt: skip
    return found


def test_the_newest_promotion_over_all_relations_counts(project: Project) -> None:
    draw = random.Random(11)
    known = [(f"m{model}", f"v{version}") for model in range(25) for version in range(4)]
    hours = [now() + timedelta(hours=hour) for hour in (-5, -4, -3, -2, -1, 1, 2)]

    def drawn(by: str) -> list[tuple[Any, ...]]:
        return [
            (
                f"m{draw.randrange(25)}", draw.choice(["champion", "it's"]), f"v{draw.randrange(5)}",
                draw.choice([*hours, None]), draw.choice([by, None]), draw.choice(["better", None]),
            )
            for _ in range(60)
        ]  # fmt: skip

    of_relation = {name: drawn(name) for name in ("seed", "policy", "handmade")}
    project.put(versions=versions(known), **{name: promotions(rows) for name, rows in of_relation.items()})
    sources = ", ".join(f"source('data', '{name}')" for name in of_relation)
    found = project.build(
        {
            "numbered": REGISTRY,
            "one": "{{ baton.model_aliases(registry=ref('numbered'), promotions=source('data', 'seed')) }}",
            "all_of_them": f"{{{{ baton.model_aliases(registry=ref('numbered'), promotions=[{sources}]) }}}}",
        }
    )
    assert_same_rows(found, newest_per_alias([row for rows in of_relation.values() for row in rows], known))
    assert_same_rows(project.read("one"), newest_per_alias(of_relation["seed"], known))
    assert found.groupby(["model_name", "alias"]).is_current.sum().max() == 1


def test_a_view_knows_when_a_promotion_begins_to_count(project: Project) -> None:
    project.put(
        versions=versions([("m", "aaa"), ("m", "bbb")]),
        dated=promotions([("m", "champion", "aaa", datetime(2024, 1, 1), "ann", None)]),
    )
    project.build(
        {
            "numbered": REGISTRY,
            "viewed": "{{ config(materialized='view') }}{{ baton.model_aliases(registry=ref('numbered'), promotions=source('data', 'dated')) }}",
        }
    )
    at = now() + timedelta(seconds=1.5)
    project.execute(
        f"insert into {{schema}}.dated values ('m', 'champion', 'bbb', timestamp '{at}', 'ann', null)"
    )

    def current() -> list[str]:
        found = project.read("viewed")
        return found[found.is_current].model_version.tolist()

    assert len(project.read("viewed")) == 2
    assert current() == ["aaa"] and now() < at
    time.sleep(1.6)
    assert current() == ["bbb"]


def test_one_error_names_all_that_is_wrong(project: Project) -> None:
    project.put(versions=versions([("m", "aaa")]))
    call = "{{{{ baton.model_aliases(registry=source('data', 'versions'), promotions={}) }}}}"
    message = project.error(call.format("[none, source('data', 'versions')]"))
    assert '(1) registry has no column "version_number"' in message
    assert "(2) promotions[0] is missing, expected ref(...)" in message
    assert '(3) promotions[1] has no columns "alias", "promoted_at", "promoted_by", "reason"' in message
    assert "promotions is empty, expected a relation or a list of relations" in project.error(
        call.format("[]")
    )
