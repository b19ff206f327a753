"""A version that is in two tables, or twice in one, is one version with one number."""

from __future__ import annotations

import pandas as pd

from bench import Project
from dbt_baton.registry.version_row import VERSION_SCHEMA


def versions(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Version rows of (model_name, model_version, trained_at)."""
    frame = pd.DataFrame({column: [column] * len(rows) for column in VERSION_SCHEMA.names})
    frame[["model_name", "model_version"]] = [row[:2] for row in rows]
    return frame.assign(
        trained_at=pd.to_datetime([row[2] for row in rows]),
        training_rows=10,
        random_state=42,
        scoring_sql_max_abs_error=0.5,
        threshold=0.5,
    )


def test_a_version_in_two_tables_counts_once_as_it_was_first_trained(project: Project) -> None:
    first = versions(
        ("fraud", "aaa", "2024-01-02"), ("fraud", "bbb", "2024-01-05"), ("fraud", "bbb", "2024-01-05")
    )
    second = versions(
        ("fraud", "aaa", "2024-01-01"), ("fraud", "ccc", "2024-01-04"), ("price", "aaa", "2024-01-03")
    )
    promotions = pd.DataFrame(
        [("fraud", "champion", "aaa", "2024-02-01"), ("fraud", "champion", "bbb", "2024-03-01")],
        columns=["model_name", "alias", "model_version", "promoted_at"],
    ).assign(promoted_by="x", reason="y")
    project.put(
        first=first,
        second=second,
        promoted=promotions.assign(promoted_at=pd.to_datetime(promotions.promoted_at)),
    )
    aliases = project.build(
        {
            "numbered": "{{ baton.model_registry(models=[source('data', 'first'), source('data', 'second')]) }}",
            "aliased": "{{ baton.model_aliases(registry=ref('numbered'), promotions=source('data', 'promoted')) }}",
        }
    )
    numbered = project.read("numbered")
    assert list(numbered.columns) == [*VERSION_SCHEMA.names, "version_number"]
    found = sorted(
        zip(
            numbered.model_name,
            numbered.version_number,
            numbered.model_version,
            numbered.trained_at.astype(str),
            strict=True,
        )
    )
    assert found == [
        ("fraud", 1, "aaa", "2024-01-01"),
        ("fraud", 2, "ccc", "2024-01-04"),
        ("fraud", 3, "bbb", "2024-01-05"),
        ("price", 1, "aaa", "2024-01-03"),
    ]
    shown = aliases.sort_values("valid_from")[["model_version", "version_number", "is_current"]]
    assert shown.to_numpy().tolist() == [["aaa", 1, False], ["bbb", 3, True]]
