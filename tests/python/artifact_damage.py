"""Artifacts with random damage and the right hash: each is refused, or loads a model that can be called.

`python artifact_damage.py` writes what happened to the attacks of `artifact_attacks`, and then how many damaged
artifacts were refused and loaded. It runs in a process of its own, because compiled code that trusts a damaged array
would end it.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
import warnings
from collections import Counter

import artifact_attacks as attacks
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dbt_baton.artifacts import dump
from dbt_baton.artifacts.archive import read_members, write_members

ROUNDS = 1500 if os.environ.get("BATON_HYPOTHESIS_PROFILE") == "nightly" else 15
VALUES = [None, 0, 1, -1, 2**40, "x", "numpy", "0", "99999", "-1", "[]", [], {}, True, "CachedNode"]


def models():
    columns = make_column_transformer((OneHotEncoder(), ["t"]), (StandardScaler(), ["a"]))
    forest = RandomForestClassifier(2, max_depth=2, random_state=0)
    return [
        make_pipeline(columns, forest),
        make_pipeline(columns, CalibratedClassifierCV(SGDClassifier(), method="isotonic", cv=2)),
        attacks.histogram(),
        make_pipeline(columns, GradientBoostingClassifier(n_estimators=2, max_depth=2)),
    ]


def flipped(content, choose):
    damaged = bytearray(content)
    damaged[choose.randrange(len(damaged))] ^= 1 << choose.randrange(8)
    return bytes(damaged)


def with_damaged_file(members, choose):
    """A flipped bit inside of the archive, so that its checksums are right."""
    name = choose.choice(list(members))
    return write_members({**members, name: flipped(members[name], choose)})


def with_damaged_schema(members, choose):
    """One or two values of the schema are replaced, by others or by each other."""
    schema = copy.deepcopy(json.loads(members["schema.json"]))
    places = []
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        for key in list(part) if isinstance(part, dict) else range(len(part)):
            places.append((part, key))
            if isinstance(part[key], (dict, list)):
                waiting.append(part[key])
    for _ in range(choose.choice([1, 1, 2])):
        part, key = choose.choice(places)
        other, place = choose.choice(places)
        part[key] = choose.choice([copy.deepcopy(other[place]), choose.choice(VALUES)])
    return write_members({**members, "schema.json": json.dumps(schema).encode()})


def outcome_of(content):
    artifact = attacks.artifact_of(content)
    try:
        model = attacks.load(artifact, **attacks.VERSION, max_bytes=attacks.LIMIT)
    except attacks.ArtifactRejected:
        return "refused"
    except BaseException as raw:
        return f"RAW {type(raw).__name__}: {raw}"[:200]
    # a damaged model may raise any error, but must not end the process
    with contextlib.suppress(Exception):
        model.predict_proba(attacks.TEXTS)
    return "loaded"


def main():
    attacks.main()
    warnings.simplefilter("ignore")
    choose = random.Random(0)
    counts = Counter()
    for model in models():
        content = dump(model.fit(attacks.TEXTS, attacks.LABELS), **attacks.VERSION).content
        members = read_members(content, max_bytes=attacks.LIMIT, max_unpacked=8 * attacks.LIMIT)
        for _ in range(ROUNDS):
            counts[outcome_of(flipped(content, choose))] += 1
            counts[outcome_of(with_damaged_file(members, choose))] += 1
            counts[outcome_of(with_damaged_schema(members, choose))] += 1
    print(json.dumps(["damage", counts]))


if __name__ == "__main__":
    main()
