"""The guide docs/drift.md: its files are one project on both engines, and its tables are what they give."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from bench import BATON, Project

GUIDE = (BATON / "docs/drift.md").read_text()
FILES = dict(
    re.findall(r"^`(?:models|analyses)/(\S+)[.]sql`\n\n```sql\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
)
TABLES = ["training_rows", "scored_rows"]


def rows(n: int, seed: int, week: int = 0, moved: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    pro = 0.3 + 0.2 * moved
    return pd.DataFrame(
        {
            "as_of": pd.Timestamp("2024-03-25") + pd.Timedelta(weeks=week),
            "country": random.choice(["DE", "FR"], n),
            "revenue": random.gamma(2 + moved, 50, n).round(2),
            "plan": pd.Series(
                random.choice(
                    np.array(["pro", "basic", "team", None], dtype=object), n, p=[pro, 0.9 - pro, 0.08, 0.02]
                ),
                dtype="str",
            ),
            "predicted_probability": random.beta(2, 4, n).round(4),
        }
    )


def shop() -> dict[str, pd.DataFrame]:
    return {
        "training_rows_table": rows(5000, 1),
        "scored_rows_table": pd.concat([rows(600, week + 2, week, week >= 2) for week in range(5)]),
    }


def in_table(frame: pd.DataFrame) -> str:
    """The rows as the guide shows them."""
    lines = []
    for row in frame.to_dict("records"):
        cells = []
        for value in row.values():
            if isinstance(value, bool | np.bool_):
                cells.append(str(bool(value)).lower())
            elif pd.isna(value):
                cells.append("")
            elif isinstance(value, pd.Timestamp):
                cells.append(f"{value:%Y-%m-%d}")
            else:
                cells.append(value if isinstance(value, str) else f"{float(value):.3f}")
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines)


def test_the_tables_are_what_the_project_gives(project: Project) -> None:
    project.put(**shop())
    models = {name: f"select * from {{{{ source('data', '{name}_table') }}}}" for name in TABLES}
    project.build(models | FILES)
    looked = project.read("what_to_look_at").sort_values(["feature", "period_start"])
    assert in_table(looked) in GUIDE
    assert in_table(project.read("why").sort_values("contribution", ascending=False)) in GUIDE
