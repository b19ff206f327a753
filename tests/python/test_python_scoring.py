"""`dbt_baton.predict`: every row once, equal to scikit-learn bit for bit, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import re
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.svm import SVC

from dbt_baton import ArtifactRejected, SignatureMismatch, UnknownModel, artifacts, predict
from python_bench import FEATURES, PythonModel, as_scikit_learn_takes_it, customers

COLUMNS = [
    "customer_id", "as_of", "model_name", "model_version", "alias", "predicted_class",
    "predicted_probability", "predicted_value", "class_probabilities", "feature_hash",
]  # fmt: skip


@pytest.fixture
def model():
    return PythonModel()


def boosting():
    return HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=10)


def fitted(version):
    """The estimator in a version row, as scikit-learn has it."""
    return artifacts.load(
        artifacts.Artifact(version["artifact"], version["artifact_sha256"], version["artifact_format"]),
        model_name=version["model_name"],
        model_version=version["model_version"],
    )


# what comes out


def test_every_row_is_scored_once_as_scikit_learn_scores_it(model):
    version = model.train(customers(), boosting())
    frame = customers(500, seed=1)
    frame.loc[0, "plan"] = "never seen"
    frame = pd.concat([frame, frame.head(3)], ignore_index=True)
    scores = model.predict(frame[frame.columns[::-1]], version)
    assert list(scores.columns) == COLUMNS

    inputs = as_scikit_learn_takes_it(frame)
    expected = frame[["customer_id", "as_of"]].assign(
        predicted_class=fitted(version).predict(inputs).astype(str),
        predicted_probability=fitted(version).predict_proba(inputs)[:, 1],
    )
    pd.testing.assert_frame_equal(
        scores[expected.columns].sort_values(["customer_id", "as_of"], ignore_index=True),
        expected.sort_values(["customer_id", "as_of"], ignore_index=True),
        check_dtype=False, rtol=0, atol=0,
    )  # fmt: skip
    assert (scores.model_name == "churn_model").all()
    assert (scores.model_version == version["model_version"]).all()
    assert scores.predicted_value.isna().all() and scores.class_probabilities.isna().all()


def test_three_classes_have_the_probability_of_the_predicted_one_and_all_of_them_as_json(model):
    frame = customers().assign(
        label=lambda t: np.where(t.order > 13, "ça va", np.where(t.order > 6, "d'oh", 'a "b"'))
    )
    version = model.train(frame, RandomForestClassifier(5), features=["order", "Age", "is_new"])
    assert version["task"] == "multiclass"
    scores = model.predict(frame, version).sort_values("customer_id")
    inputs = as_scikit_learn_takes_it(frame, ["order", "Age", "is_new"])
    probabilities = fitted(version).predict_proba(inputs)
    assert scores.predicted_class.tolist() == fitted(version).predict(inputs).tolist()
    assert scores.predicted_probability.tolist() == probabilities.max(axis=1).tolist()
    assert [list(json.loads(text).values()) for text in scores.class_probabilities] == probabilities.tolist()
    assert list(json.loads(scores.class_probabilities.iloc[0])) == ['a "b"', "d'oh", "ça va"]


def test_a_regression_has_a_value_and_no_class(model):
    frame = customers().assign(label=lambda t: t.order * 2.5)
    version = model.train(frame, HistGradientBoostingRegressor(categorical_features="from_dtype", max_iter=5))
    scores = model.predict(frame, version).sort_values("customer_id")
    assert (
        scores.predicted_value.tolist() == fitted(version).predict(as_scikit_learn_takes_it(frame)).tolist()
    )
    assert scores[["predicted_class", "predicted_probability", "class_probabilities"]].isna().all(axis=None)


def test_an_estimator_without_probabilities_has_a_class_alone(model):
    version = model.train(customers(), RidgeClassifier(), features=["order", "is_new"])
    scores = model.predict(customers(), version)
    assert set(scores.predicted_class) <= {"0", "1"} and scores.predicted_probability.isna().all()


def test_no_rows_give_no_rows_of_the_same_types(model):
    version = model.train(customers(), boosting())
    registry = model.put("registry", pa.Table.from_pylist([version | {"version_number": 1}]))
    scores = {
        n: predict(
            model, model.put("features", customers().head(n)), registry,
            model_name="churn_model", alias="latest", entity="customer_id",
        ).read_all()
        for n in (0, 1)
    }  # fmt: skip
    assert scores[0].num_rows == 0 and scores[1].num_rows == 1
    assert scores[0].schema == scores[1].schema
    assert scores[0].schema.field("as_of").type == pa.timestamp("us")


def test_composite_entities_null_keys_and_reserved_words_come_through(model):
    frame = (
        customers()
        .rename(columns={"customer_id": "group", "order": "select"})
        .assign(Region=np.array(["é'", None] * 150, dtype=object))
    )
    version = model.train(frame, boosting(), entity=["group", "Region"], features=["select", "Age"])
    scores = model.predict(frame, version, entity=["group", "region"])
    assert list(scores.columns[:3]) == ["group", "Region", "as_of"]
    pd.testing.assert_frame_equal(
        scores[["group", "Region"]].sort_values("group", ignore_index=True),
        frame[["group", "Region"]],
        check_dtype=False,
    )


def test_the_entity_is_by_default_what_is_neither_feature_nor_time(model):
    frame = customers()[
        ["customer_id", "as_of", "Age", "order", "plan", "is_new", "customer_features_feature_time"]
    ]
    frame = frame.assign(shop="é'")
    version = model.train(customers(), boosting())
    by_default = model.predict(frame, version, entity=None)
    assert list(by_default.columns[:3]) == ["customer_id", "shop", "as_of"]
    named = model.predict(frame, version, entity=["customer_id", "shop"])
    pd.testing.assert_frame_equal(by_default, named)


def test_a_category_column_with_every_value_null_or_new_is_scored(model):
    version = model.train(customers(), boosting())
    frame = customers(4).assign(plan=pd.Series([None, None, "new", "newer"], dtype="str"))
    assert model.predict(frame.head(2), version).predicted_probability.notna().all()
    assert len(model.predict(frame, version)) == 4


def test_values_that_the_model_refuses_are_named_with_their_column(model):
    frame = customers().assign(Age=lambda t: t.Age.fillna(1.0))
    version = model.train(frame, LogisticRegression(), features=["Age", "order"])
    frame["Age"] = frame["Age"].where(frame.customer_id > 1, np.inf).where(frame.customer_id != 7)
    with pytest.raises(
        Exception, match="feature 'Age' is NULL in 1 rows; feature 'Age' is infinite or beyond"
    ):
        model.predict(frame, version)


def test_dates_and_zoned_times_are_utc_moments(model):
    version = model.train(customers(), boosting(), features=["order"])
    frame = customers(2)
    moments = ["2024-01-01T00:00", "2024-01-02T00:00"]
    zoned = pa.array(frame.as_of.to_numpy(), pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    model.session.execute("set timezone = 'Asia/Tokyo'")
    for as_of in (pa.array(frame.as_of.dt.date), zoned):
        table = pa.Table.from_pandas(frame.drop(columns="as_of")).append_column("as_of", as_of)
        scores = model.predict(table, version)
        assert sorted(scores.as_of.astype("datetime64[us]")) == [pd.Timestamp(moment) for moment in moments]
    with pytest.raises(SignatureMismatch, match="as_of 'as_of' is VARCHAR, expected a date or timestamp"):
        model.predict(frame.assign(as_of="2024-01-01"), version)


def test_the_feature_hash_is_the_hash_of_the_values_that_were_used(model):
    version = model.train(customers(), boosting(), features=["order", "plan"])
    frame = customers(4).assign(order=[1, 1, 11, 1], plan=np.array(["a", None, "1,a", ""], dtype=object))
    scores = model.predict(frame.assign(Age=5.0), version).sort_values("customer_id")
    texts = ["order=1,plan=a,", "order=1,", "order=11,plan=1,,a,", "order=1,plan=,"]
    assert scores.feature_hash.tolist() == [hashlib.md5(text.encode()).hexdigest() for text in texts]


def test_memory_does_not_grow_with_rows(model):
    version = model.train(customers(), boosting(), features=["order", "Age"])
    registry = model.put("registry", pa.Table.from_pylist([version | {"version_number": 1}]))

    def peak(n):
        features = model.session.query(
            "select range as customer_id, timestamp '2024-01-01' as as_of, range % 7 as \"order\", 1.5 as age"
            f" from range({n})"
        )
        scores = predict(
            model, features, registry, model_name="churn_model", alias="latest", entity="customer_id"
        )
        before, rows = pa.total_allocated_bytes(), 0
        tracemalloc.start()
        highest = 0
        for batch in scores:
            rows += batch.num_rows
            highest = max(highest, pa.total_allocated_bytes() - before)
        highest += tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows == n
        return highest

    assert peak(1_000_000) < 1.5 * peak(250_000)


# the signature


def test_one_error_names_every_feature_that_is_missing_or_differs(model):
    version = model.train(customers(), boosting())
    frame = (
        customers()
        .rename(columns={"Age": "years"})
        .assign(plan=3, is_new="no", order=1.5)
        .drop(columns="as_of")
    )
    with pytest.raises(SignatureMismatch) as failed:
        model.predict(frame, version, entity=["customer_id", "shop"])
    message = str(failed.value)
    assert message.startswith(
        "dbt_baton.predict in model 'churn_model': 5 problems: (1) key 'shop' is missing"
    )
    for part in (
        "key 'as_of' is missing", "feature 'Age' (float) is missing",
        "feature 'plan' is BIGINT, the model was trained on text",
        "feature 'is_new' is VARCHAR, the model was trained on boolean",
    ):  # fmt: skip
        assert part in message
    assert "'order'" not in message.replace(", order", "")


def test_an_integer_may_come_back_as_another_number_and_a_name_in_another_case(model):
    version = model.train(customers(), boosting(), features=["order"])
    frame = customers()
    scores = [
        model.predict(frame.assign(order=frame.order.astype(np.dtype(kind))), version)
        for kind in ("int8", "uint64", "float32", "float64")
    ]
    scores.append(model.predict(customers().rename(columns={"order": "ORDER"}), version))
    for other in scores[1:]:
        assert other.predicted_probability.tolist() == scores[0].predicted_probability.tolist()


def test_a_data_frame_is_refused(model):
    version = model.train(customers(), boosting())
    registry = model.put("registry", pa.Table.from_pylist([version | {"version_number": 1}]))
    with pytest.raises(SignatureMismatch, match="features is a DataFrame"):
        predict(model, customers(), registry, model_name="churn_model", alias="latest", entity="customer_id")


# the version


def aliases(version, *rows):
    return pa.Table.from_pylist(
        [
            version | {"version_number": 1, "alias": alias, "is_current": is_current} | changes
            for alias, is_current, changes in rows
        ]
    )


def score(model, registry, **options):
    arguments = {"model_name": "churn_model", "entity": "customer_id"} | options
    return predict(
        model, model.put("features", customers(3)), model.put("registry", registry), **arguments
    ).read_pandas()


def test_the_current_row_of_the_alias_scores(model):
    old, new = (model.train(customers(seed=seed), boosting()) for seed in (0, 1))
    registry = pa.concat_tables(
        [aliases(old, ("champion", False, {}), ("it's", True, {})), aliases(new, ("champion", True, {}))]
    )
    assert set(score(model, registry).model_version) == {new["model_version"]}
    assert set(score(model, registry, alias="it's").model_version) == {old["model_version"]}


def test_the_latest_version_has_the_highest_number(model):
    old, new = (model.train(customers(seed=seed), boosting()) for seed in (0, 1))
    registry = pa.Table.from_pylist(
        [old | {"version_number": 9}, new | {"version_number": 10}, old | {"version_number": 8}]
    )
    assert set(score(model, registry, alias="latest").model_version) == {new["model_version"]}


def test_an_unknown_model_or_alias_is_told_what_there_is(model):
    version = model.train(customers(), boosting())
    registry = aliases(version, ("champion", True, {}), ("shadow", True, {}), ("gone", False, {}))
    there_is = "there is 'churn_model: champion', 'churn_model: shadow'"
    for options in ({"alias": "gone"}, {"alias": "latest"}, {"model_name": "it's none"}):
        with pytest.raises(UnknownModel, match=there_is):
            score(model, registry, **options)
    plain = pa.Table.from_pylist([version | {"version_number": 1}])
    with pytest.raises(UnknownModel, match="there is no 'latest' of model 'other'; there is 'churn_model'"):
        score(model, plain, model_name="other", alias="latest")
    with pytest.raises(UnknownModel, match="there is no model at all"):
        score(model, plain.slice(0, 0), alias="latest")
    with pytest.raises(
        UnknownModel, match="the registry has no alias column, so 'champion' cannot be looked up"
    ):
        score(model, plain)


def test_an_alias_of_an_unknown_version_is_an_error(model):
    registry = aliases(
        model.train(customers(), boosting()),
        ("champion", True, {"model_version": "gone", "artifact": None}),
        ("a", True, {}),
    )
    with pytest.raises(
        UnknownModel, match="alias 'champion' of model 'churn_model' points to version 'gone'"
    ):
        score(model, registry)


def test_an_altered_artifact_is_refused(model):
    version = model.train(customers(), boosting())
    artifact = bytearray(version["artifact"])
    artifact[len(artifact) // 2] ^= 1
    with pytest.raises(ArtifactRejected, match="altered after training"):
        model.predict(customers(), version | {"artifact": bytes(artifact)})


def test_a_pickle_needs_the_opt_in(model):
    version = model.train(customers(), SVC(), features=["order"], allow_pickle=True)
    with pytest.raises(ArtifactRejected, match=re.escape("pass allow_pickle=True if you trust everyone")):
        model.predict(customers(), version)
    assert len(model.predict(customers(), version, allow_pickle=True)) == 300


def test_all_features_are_used_in_the_signature_s_order(model):
    version = model.train(customers(), boosting(), features=FEATURES[::-1])
    scores = model.predict(customers(), version).sort_values("customer_id")
    inputs = as_scikit_learn_takes_it(customers(), FEATURES[::-1])
    assert scores.predicted_probability.tolist() == fitted(version).predict_proba(inputs)[:, 1].tolist()
