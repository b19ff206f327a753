"""The shared ground: argument checks, durations, identifiers, keys and hashes, time arithmetic, the as-of join."""

from __future__ import annotations

import pandas as pd
import pytest
from bench import Project


def test_time(project: Project):
    import time
    project.put(events=pd.DataFrame({"k": [1, 2], "t": pd.to_datetime(["2024-01-01", "2024-01-02"])}))
    for i in range(4):
        s = time.time()
        out = project.build({f"r{i}": "select {{ baton.surrogate_key(['k', 't']) }} as h, {{ baton.row_hash(['k','t']) }} as r, {{ baton.hash_fraction(\"'a'\") }} as f, {{ baton.seconds_between('t', baton.add_seconds('t', 90)) }} as s from {{ source('data', 'events') }}"})
        print(time.time() - s)
    print(out)
    print(project.warnings)
