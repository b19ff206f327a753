"""A model version: the same for the same data, configuration and code, and another for any other."""

from __future__ import annotations

import functools
import hashlib
import math
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from dbt_baton.registry import identity
from python_bench import PythonModel, customers

NUMBERS = ["order", "is_new"]


def forest(**options):
    return RandomForestClassifier(3, **options)


@pytest.fixture
def model():
    return PythonModel()


def version(model, frame=None, estimator=None, **options):
    options = {"features": NUMBERS} | options
    row = model.train(
        customers() if frame is None else frame, forest() if estimator is None else estimator, **options
    )
    return row["model_version"]


def test_the_order_of_rows_and_columns_and_the_number_of_threads_change_nothing(model):
    frame = customers()
    shuffled = frame.sample(frac=1, random_state=1)[frame.columns[::-1]]
    first, second = (
        model.train(frame, forest(), features=NUMBERS),
        model.train(shuffled, forest(), features=NUMBERS),
    )
    for column in ("model_version", "training_set_hash", "metrics", "feature_importances"):
        assert first[column] == second[column]
    model.session.execute("set threads = 1")
    assert version(model, estimator=forest(n_jobs=2)) == first["model_version"]
    assert version(model, model_name="another", owner="another") == first["model_version"]


def test_a_duplicate_row_another_value_and_another_label_make_another_version(model):
    frame = customers()
    versions = {
        version(model, frame),
        version(model, pd.concat([frame, frame.head(1)])),
        version(model, pd.concat([frame, frame.head(1), frame.head(1)])),
        version(model, frame.assign(order=frame.order.where(frame.customer_id != 7, 99))),
        version(model, frame.assign(label=1 - frame.label)),
        version(model, frame.assign(split=frame.split.replace("test", "train"))),
        version(model, frame.assign(as_of=frame.as_of + pd.Timedelta("1us"))),
        version(model, frame.assign(customer_id=frame.customer_id + 1)),
    }
    assert len(versions) == 8


def test_rows_that_fitting_does_not_see_make_no_other_version(model):
    frame = customers()
    test, validation = frame.split == "test", frame.split == "validation"
    without_test = frame[~test]
    other_months = frame.assign(label=frame.label.where(~test, 1 - frame.label))
    more = pd.concat([frame, frame.assign(split="next month", as_of=frame.as_of + pd.Timedelta("90d"))])
    before = version(model, frame)
    assert {version(model, other) for other in (without_test, other_months, more)} == {before}
    # rows of split validation are seen where something is chosen on them
    other_validation = frame.assign(label=frame.label.where(~validation, 1 - frame.label))
    assert version(model, other_validation) == before
    for options in ({"threshold": {"metric": "f1"}}, {"calibration": "sigmoid"}):
        chosen = version(model, frame, **options)
        assert chosen != before and version(model, without_test, **options) == chosen
        assert version(model, other_validation, **options) != chosen


def test_numbers_of_every_type_are_the_same_numbers(model):
    table = pa.Table.from_pandas(customers()).select(["customer_id", "as_of", "label", "split", "order"])
    place = table.schema.get_field_index("order")
    integers, decimals = [
        {
            model.train(table.set_column(place, "order", table["order"].cast(kind)), forest())[
                "model_version"
            ]
            for kind in kinds
        }
        for kinds in (
            (pa.int8(), pa.int64(), pa.uint64()),
            (pa.float32(), pa.float64(), pa.decimal128(25, 2)),
        )
    ]
    assert len(integers) == len(decimals) == 1 and integers != decimals


def test_a_column_that_the_model_does_not_use_changes_nothing(model):
    assert version(model, customers().assign(Age=1.0)) == version(model)


def test_another_configuration_makes_another_version(model):
    versions = {
        version(model),
        version(model, estimator=forest(max_depth=3)),
        version(model, estimator=forest(random_state=1)),
        version(model, random_state=1),
        version(model, estimator=ExtraTreesClassifier(3)),
        version(model, estimator=make_pipeline(forest())),
        version(model, estimator=make_pipeline(FunctionTransformer(), forest())),
        version(model, estimator=make_pipeline(FunctionTransformer(np.log1p), forest())),
        version(model, features=["is_new", "order"]),
        version(model, features=["order"]),
        version(model, split=None),
        version(model, entity=["customer_id", "as_of"]),
        version(model, customers().assign(order=lambda t: t.order.astype(float))),
    }
    assert len(versions) == 12  # random_state=1 is the same, given either way


def test_another_version_of_a_library_makes_another_model_version(model, monkeypatch):
    before = version(model)
    monkeypatch.setattr("sklearn.__version__", "99.0")
    upgraded = version(model)
    monkeypatch.undo()
    monkeypatch.setattr("dbt_baton.registry.identity.__version__", "99.0")
    assert len({before, upgraded, version(model)}) == 3


def test_a_row_digest_is_a_hash_of_its_values_in_a_stated_form():
    table = pa.table(
        {"number": [1.5, None, math.nan, -0.0], "text": ["a", "", None, "é'"], "key": [1, 2, 3, -4]}
    )

    def digest(number, text, key):
        cells = b"\0" * 9 if number is None else b"\1" + struct.pack("<d", number)
        cells += (
            b"\0" * 17 if text is None else b"\1" + hashlib.blake2b(text.encode(), digest_size=16).digest()
        )
        return hashlib.blake2b(cells + b"\1" + struct.pack("<q", key), digest_size=16).hexdigest()

    expected = [digest(1.5, "a", 1), digest(None, "", 2), digest(math.nan, None, 3), digest(0.0, "é'", -4)]
    assert identity.row_digests(table) == expected


def test_row_digests_tell_values_apart():
    columns = {
        "number": pa.array([0.0, None, math.nan, 1.0, 0.0, 0.0, 0.0]),
        "text": ["", "", "", "", None, "a", "0"],
    }
    assert len(set(identity.row_digests(pa.table(columns)))) == 7
    same = pa.table({"number": pa.array([0.0, -0.0, math.nan, -math.nan])})
    assert len(set(identity.row_digests(same))) == 2
    swapped = pa.table({"left": ["a", "b", None, ""], "right": ["b", "a", "", None]})
    assert len(set(identity.row_digests(swapped))) == 4


def test_row_digests_do_not_depend_on_chunks():
    table = pa.table({"text": [str(number % 10) for number in range(1000)], "number": range(1000)})
    chunked = pa.concat_tables(table.slice(start, 100) for start in range(0, 1000, 100))
    assert identity.row_digests(chunked) == identity.row_digests(table)
    assert identity.row_digests(table.slice(500, 3)) == identity.row_digests(table)[500:503]
    assert identity.row_digests(table.slice(0, 0)) == []


def test_parameters_are_described_without_memory_addresses():
    columns = make_column_transformer(
        (
            OneHotEncoder(dtype=np.float32, categories=[np.array(["b", "a"])]),
            make_column_selector(dtype_include="category"),
        ),
        (FunctionTransformer(functools.partial(np.clip, a_min=0)), ["x"]),
    )
    described = identity.describe(
        make_pipeline(columns, LogisticRegression(class_weight={0: 1, 1: math.inf}))
    )
    text = repr(described)
    assert " at 0x" not in text
    for part in (
        "numpy.float32",
        "['b', 'a']",
        "'a_min': 0",
        "dtype_include",
        "numpy.clip",
        "{'0': 1, '1': 'inf'}",
    ):
        assert part in text
    assert identity.describe(KFold(3)) == "KFold(n_splits=3, random_state=None, shuffle=False)"


def test_a_parameter_without_a_value_that_lasts_is_refused():
    with pytest.raises(TypeError, match="a Generator has no value"):
        identity.describe([np.random.default_rng(1)])


def test_names_are_those_to_import_by():
    assert (
        identity.qualified_name(HistGradientBoostingClassifier)
        == "sklearn.ensemble.HistGradientBoostingClassifier"
    )
    assert identity.qualified_name(np.log1p) == "numpy.log1p"
