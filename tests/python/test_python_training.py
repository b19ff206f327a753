"""`dbt_baton.train`: the version row against scikit-learn, and what it refuses."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import loguniform
from sklearn import metrics
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, ShuffleSplit, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.svm import SVC

from dbt_baton import ArtifactRejected, TrainingInputError, UnlabelledRows, __version__, train
from dbt_baton.registry.version_row import VERSION_SCHEMA
from dbt_baton.training.seeds import seeded, shared_random_state
from python_bench import FEATURES, ORIGIN, TRAINED_AT, PythonModel, as_scikit_learn_takes_it, customers

CONTRACT = [
    "model_name",
    "model_version",
    "trained_at",
    "task",
    "estimator",
    "params",
    "features",
    "label",
    "split",
    "training_rows",
    "training_set_hash",
    "random_state",
    "metrics",
    "feature_importances",
    "artifact",
    "artifact_sha256",
    "artifact_format",
    "library_versions",
    "scoring_sql",
    "scoring_sql_max_abs_error",
    "run_id",
    "git_sha",
    "owner",
    "classes",
    "threshold",
    "training_relation",
]
ADDED = ["configuration", "groups", "scoring_nodes", "scoring_sql_differing_classes"]

NUMBERS = ["Age", "order", "is_new"]


def boosting(**options):
    return HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=10, **options)


def pipeline():
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    columns = make_column_transformer(
        (numbers, NUMBERS), (texts, make_column_selector(dtype_include="category"))
    )
    return make_pipeline(columns, LogisticRegression())


@pytest.fixture
def model():
    return PythonModel()


# the row


def test_the_version_row_has_the_columns_of_the_contract():
    assert VERSION_SCHEMA.names == CONTRACT + ADDED


def test_a_version_row_says_what_was_trained(model):
    frame = customers()
    row = model.train(frame, boosting(), owner="growth", model_name="it's a name")
    assert row["model_name"] == "it's a name"
    assert re.fullmatch("[0-9a-f]{12}", row["model_version"])
    assert row["trained_at"] == TRAINED_AT and row["run_id"] == "a run" and row["git_sha"] == "a commit"
    assert row["task"] == "binary"
    assert row["estimator"] == "sklearn.ensemble.HistGradientBoostingClassifier"
    assert json.loads(row["params"])["max_iter"] == 10
    assert json.loads(row["params"])["random_state"] == row["random_state"] == 42
    assert json.loads(row["features"]) == [
        {"name": "Age", "type": "float"},
        {"name": "order", "type": "int"},
        {"name": "plan", "type": "text", "categories": ["basic", "d'or", "prémium"]},
        {"name": "is_new", "type": "boolean"},
    ]
    assert row["label"] == "label" and row["split"] == "split"
    assert row["training_rows"] == (frame.split == "train").sum()
    assert re.fullmatch("[0-9a-f]{64}", row["training_set_hash"])
    assert row["artifact_format"] == "skops" and re.fullmatch("[0-9a-f]{64}", row["artifact_sha256"])
    assert json.loads(row["library_versions"])["dbt-baton"] == __version__
    assert {"python", "scikit-learn", "numpy", "pandas", "skops"} <= set(json.loads(row["library_versions"]))
    assert "hist_gradient_boosting" in row["scoring_sql"] or row["scoring_sql"].startswith("with ")
    assert row["scoring_sql_max_abs_error"] <= 1e-9 and row["scoring_sql_differing_classes"] == 0
    assert row["owner"] == "growth"


def test_the_owner_is_that_of_the_model_s_meta_where_none_is_given(model):
    model.meta = {"owner": "growth"}
    assert model.train(customers(), boosting())["owner"] == "growth"
    assert model.train(customers(), boosting(), owner="risk")["owner"] == "risk"


@pytest.mark.parametrize("estimator", [boosting(), pipeline()], ids=["boosting", "pipeline"])
def test_metrics_of_each_split_are_those_of_scikit_learn(model, estimator):
    frame = customers().sort_values(["as_of", "customer_id"], ignore_index=True)
    row = model.train(frame, estimator)
    inputs = as_scikit_learn_takes_it(frame)
    train_rows = frame.split == "train"
    oracle = estimator.set_params(
        **{name: 42 for name in estimator.get_params() if name.endswith("random_state")}
    ).fit(inputs[train_rows], frame.label[train_rows])

    found = json.loads(row["metrics"])
    assert set(found) == {"train", "validation", "test"}
    for split, values in found.items():
        rows = frame.split == split
        actual, predicted = frame.label[rows], oracle.predict(inputs[rows])
        probability = oracle.predict_proba(inputs[rows])[:, 1]
        expected = {
            "n": rows.sum(),
            "positives": actual.sum(),
            "roc_auc": metrics.roc_auc_score(actual, probability),
            "average_precision": metrics.average_precision_score(actual, probability),
            "log_loss": metrics.log_loss(actual, probability),
            "brier": metrics.brier_score_loss(actual, probability),
            "accuracy": metrics.accuracy_score(actual, predicted),
            "precision": metrics.precision_score(actual, predicted),
            "recall": metrics.recall_score(actual, predicted),
            "f1": metrics.f1_score(actual, predicted),
        }
        assert values == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_metrics_of_three_classes_are_those_of_scikit_learn(model):
    frame = customers().assign(
        label=lambda t: np.where(t.order > 13, "ça va", np.where(t.order > 6, "d'oh", "no"))
    )
    row = model.train(frame, RandomForestClassifier(5), features=["order", "is_new"])
    inputs = as_scikit_learn_takes_it(frame, ["order", "is_new"])
    fitted_on = frame.split == "train"
    ordered = frame[fitted_on].sort_values(["as_of", "customer_id"], key=lambda c: c.astype(str)).index
    oracle = RandomForestClassifier(5, random_state=42).fit(
        inputs.loc[ordered], frame.label[ordered].to_numpy(object)
    )
    test = frame.split == "test"
    assert row["task"] == "multiclass"
    assert json.loads(row["metrics"])["test"] == pytest.approx(
        {
            "n": test.sum(),
            "accuracy": metrics.accuracy_score(frame.label[test], oracle.predict(inputs[test])),
            "f1_macro": metrics.f1_score(frame.label[test], oracle.predict(inputs[test]), average="macro"),
            "log_loss": metrics.log_loss(frame.label[test], oracle.predict_proba(inputs[test])),
        }
    )


def test_metrics_of_a_regression_are_those_of_scikit_learn(model):
    frame = customers().assign(label=lambda t: t.order * 2.5 + t.is_new)
    row = model.train(frame, LinearRegression(), features=["order"])
    fitted_on, test = frame.split == "train", frame.split == "test"
    oracle = LinearRegression().fit(frame[fitted_on][["order"]], frame.label[fitted_on])
    predicted = oracle.predict(frame[test][["order"]])
    assert row["task"] == "regression"
    assert json.loads(row["metrics"])["test"] == pytest.approx(
        {
            "n": test.sum(),
            "mae": metrics.mean_absolute_error(frame.label[test], predicted),
            "rmse": metrics.root_mean_squared_error(frame.label[test], predicted),
            "r2": metrics.r2_score(frame.label[test], predicted),
        }
    )


def test_a_metric_that_is_undefined_in_a_split_is_null(model):
    frame = customers()
    frame.loc[frame.split == "test", "label"] = 0
    frame.loc[frame.index[-1], "split"] = "one row"
    found = json.loads(model.train(frame, boosting())["metrics"])
    assert found["test"]["roc_auc"] is found["test"]["average_precision"] is found["test"]["recall"] is None
    assert found["test"]["log_loss"] > 0 and found["test"]["positives"] == 0
    assert found["one row"]["n"] == 1 and found["one row"]["roc_auc"] is None


def test_metrics_of_probabilities_are_null_without_probabilities(model):
    found = json.loads(model.train(customers(), RidgeClassifier(), features=["order"])["metrics"])
    assert found["test"]["accuracy"] > 0
    assert found["test"]["roc_auc"] is found["test"]["log_loss"] is found["test"]["brier"] is None


def test_importances_are_the_mean_decrease_of_the_score_over_shuffles(model):
    """Each shuffle predicted alone, and scored with scikit-learn."""
    frame = customers()
    fitted_on, rows = frame.split == "train", frame.split == "validation"
    ordered = frame[rows].sort_values(["as_of", "customer_id"], key=lambda c: c.astype(str)).index
    inputs = as_scikit_learn_takes_it(frame)
    score = metrics.get_scorer("neg_log_loss")
    oracle = pipeline().fit(inputs[fitted_on], frame.label[fitted_on])
    measured, labels = inputs.loc[ordered].reset_index(drop=True), frame.label[ordered].to_numpy()
    random, expected = np.random.default_rng(42), {}
    for name in FEATURES:
        decreases = []
        for _ in range(5):
            shuffled = measured.assign(**{name: measured[name].iloc[random.permutation(len(measured))].array})
            decreases.append(score(oracle, measured, labels) - score(oracle, shuffled, labels))
        expected[name] = np.mean(decreases)

    found = json.loads(model.train(frame, pipeline())["feature_importances"])
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert max(found, key=found.__getitem__) == "Age"
    assert model.train(frame, pipeline(), importances=False)["feature_importances"] is None


# what it learns from


def test_without_a_split_column_all_rows_are_fitted_on(model):
    frame = customers()
    for row in (
        model.train(frame.drop(columns="split"), boosting()),
        model.train(frame, boosting(), split=None, features=FEATURES),
    ):
        assert row["training_rows"] == len(frame)
        assert row["split"] is None and list(json.loads(row["metrics"])) == ["train"]


def test_columns_are_found_whatever_their_case(model):
    row = model.train(
        customers(), boosting(), label="LABEL", entity=["Customer_ID"], features=["AGE", "Order"]
    )
    assert [feature["name"] for feature in json.loads(row["features"])] == ["Age", "order"]


def test_a_boolean_label_is_the_classes_0_and_1_and_a_whole_double_too(model):
    frame = customers()
    for label in (frame.label.astype(bool), frame.label.astype(float), frame.label.astype("int8")):
        assert json.loads(model.train(frame.assign(label=label), boosting())["metrics"])["train"][
            "positives"
        ] == (frame.label[frame.split == "train"].sum())


def test_the_estimator_is_not_changed(model):
    estimator = make_pipeline(SimpleImputer(), RandomForestClassifier(3))
    before = repr(estimator.get_params())
    model.train(customers(), estimator, features=NUMBERS)
    assert repr(estimator.get_params()) == before
    assert not hasattr(estimator[-1], "classes_")


def test_random_states_that_are_set_are_kept(model):
    row = model.train(customers(), boosting(random_state=7))
    assert row["random_state"] == json.loads(row["params"])["random_state"] == 7
    assert model.train(customers(), boosting(), random_state=5)["random_state"] == 5
    assert (
        model.train(customers().assign(label=1.0), LinearRegression(), features=["order"])["random_state"]
        is None
    )


def test_every_random_state_is_a_whole_number_before_the_fit():
    folds = KFold(3, shuffle=True)
    search = GridSearchCV(boosting(), {"max_iter": [1]}, cv=folds)
    found = seeded("here", search, 42)
    assert (found.cv.random_state, found.estimator.random_state, shared_random_state(found)) == (42, 42, 42)
    assert folds.random_state is None
    shuffled = seeded("here", GridSearchCV(boosting(), {}, cv=ShuffleSplit(3)), 42)
    assert shuffled.cv.random_state == 42
    in_order = seeded("here", GridSearchCV(boosting(), {}, cv=TimeSeriesSplit(3)), 42)
    assert in_order.cv.random_state is None
    for generator in (np.random.RandomState, np.random.default_rng):
        drawn = seeded("here", boosting(random_state=generator(1)), 42).random_state
        assert drawn == seeded("here", boosting(random_state=generator(1)), 42).random_state != 42
        given = generator(1)
        assert [seeded("here", boosting(random_state=given), 42).random_state for _ in range(2)] == [
            drawn
        ] * 2


def test_the_same_rows_give_the_same_model_where_parts_shuffle(model):
    encoder = make_column_transformer((TargetEncoder(), ["plan"]))
    drawn = RandomizedSearchCV(
        LogisticRegression(), {"C": loguniform(0.1, 1)}, n_iter=1, cv=KFold(2, shuffle=True)
    )
    for estimator, features in ((make_pipeline(encoder, LogisticRegression()), ["plan"]), (drawn, ["order"])):
        one, other = (model.train(customers(), estimator, features=features) for _ in range(2))
        assert one["model_version"] == other["model_version"]
        assert one["metrics"] == other["metrics"]
        assert one["random_state"] == 42
    assert one["artifact_format"] == "skops"


def test_a_category_that_only_other_splits_hold_is_not_learned(model):
    frame = customers()
    frame.loc[frame.split == "test", "plan"] = "only in test"
    without = model.train(frame[frame.split == "train"], boosting())
    assert (
        json.loads(model.train(frame, boosting())["metrics"])["train"]
        == json.loads(without["metrics"])["train"]
    )


# running again


def test_a_version_that_the_table_has_is_not_trained_again(model):
    class Untrainable(LogisticRegression):  # type: ignore[misc]
        def fit(self, *_):
            raise AssertionError("trained again")

    Untrainable.__module__ = "sklearn.linear_model._logistic"
    first = train(
        model, model.put("training_set", customers()), boosting(), label="label", entity="customer_id"
    )
    model.put("churn_model", first)
    model.is_incremental = True
    again = train(model, model.ref("training_set"), boosting(), label="label", entity="customer_id")
    assert again.num_rows == 0 and again.schema == first.schema == VERSION_SCHEMA
    other = train(
        model, model.ref("training_set"), boosting(), label="label", entity="customer_id", model_name="o'ther"
    )
    assert other.num_rows == 1
    with pytest.raises(AssertionError, match="trained again"):
        train(
            model,
            model.ref("training_set"),
            Untrainable(),
            label="label",
            entity="customer_id",
            features=["order"],
            allow_pickle=True,
        )


# bad input


def test_one_error_names_all_that_is_wrong_with_the_arguments(model):
    relation = model.put("training_set", customers().assign(tags=pd.Series([[1]] * 300)))
    with pytest.raises(TrainingInputError) as failed:
        train(
            model, relation, "a forest",
            label="lable", entity=["customer_id", "shop"], as_of="plan", split="fold",
            features=["Age", "height", "customer_id", "tags", "Age"],
        )  # fmt: skip
    message = str(failed.value)
    assert message.startswith(
        "dbt_baton.train in model 'churn_model': 9 problems: (1) estimator is 'a forest'"
    )
    for part in (
        "label is 'lable', which is no column; there are customer_id, as_of, Age",
        "entity is 'shop'", "split is 'fold'", "features is 'height'",
        "features holds 'customer_id', which is the entity",
        "features names 'Age' more than once", "feature 'tags' is BIGINT[]", "as_of 'plan' is VARCHAR",
    ):  # fmt: skip
        assert part in message


@pytest.mark.parametrize(
    ("changes", "estimator", "message"),
    [
        ({"split": "test"}, boosting(), "no row has split 'train'; the values are test"),
        ({"label": 1}, boosting(), "all rows to fit on have the label '1', expected two classes"),
        ({"label": 0.5}, boosting(), "the label has fractions"),
        ({"label": "yes"}, LinearRegression(), "the label is text, a regressor takes numbers"),
        ({"label": pd.Timestamp("2024-01-01")}, boosting(), "label 'label' is TIMESTAMP"),
        ({}, RandomForestClassifier, "expected a scikit-learn classifier or regressor"),
        ({}, StandardScaler(), "expected a scikit-learn classifier or regressor"),
        ({}, boosting(random_state=object()), "a object has no value that another run could repeat"),
    ],
)
def test_what_can_not_be_trained_is_refused(model, changes, estimator, message):
    with pytest.raises(TrainingInputError, match=re.escape(message)):
        model.train(customers().assign(**changes), estimator)


def test_an_empty_training_set_is_refused(model):
    with pytest.raises(TrainingInputError, match="the training set has no rows"):
        model.train(customers().head(0), boosting())


def test_a_data_frame_is_refused(model):
    with pytest.raises(
        TrainingInputError, match=r"training_set is a DataFrame, expected the relation that dbt.ref\(\)"
    ):
        train(model, customers(), boosting(), label="label", entity="customer_id")


@pytest.mark.parametrize("missing", [None, np.nan])
def test_rows_without_a_label_are_refused(model, missing):
    labels = customers().label.astype(object).to_list()
    labels[3] = labels[5] = missing
    table = pa.Table.from_pandas(customers()).set_column(
        6, "label", pa.array(labels, pa.float64(), from_pandas=False)
    )
    with pytest.raises(UnlabelledRows, match=r"2 of 300 rows have no label.*keep mature rows only"):
        model.train(table, boosting())


def test_an_estimator_that_can_not_be_stored_safely_needs_the_opt_in(model):
    with pytest.raises(ArtifactRejected, match=r"SVC cannot be stored safely: .*sklearn.svm._classes.SVC"):
        model.train(customers(), SVC(), features=["order"])
    assert (
        model.train(customers(), SVC(), features=["order"], allow_pickle=True)["artifact_format"] == "pickle"
    )
    assert model.train(customers(), boosting(), allow_pickle=True)["artifact_format"] == "skops"


def test_the_origin_is_observed_where_none_is_given(model):
    assert ORIGIN.run_id == "a run"
    row = model.train(customers(), boosting(), origin=None)
    assert row["trained_at"] > TRAINED_AT


def test_a_feature_may_have_any_name(model):
    names = ["self", "frame", "0", "features", "a\nb", 'we"ird', "o'k", "{{ x }}", "é", "node", "predict"]
    random = np.random.default_rng(0)
    frame = customers()[["customer_id", "as_of", "label", "split"]].assign(label=np.arange(300) % 2)
    for name in names:
        frame[name] = random.normal(size=300)
    version = model.train(frame, HistGradientBoostingClassifier(max_iter=3))
    assert [feature["name"] for feature in json.loads(version["features"])] == names
    assert set(json.loads(version["feature_importances"])) == set(names)
    assert version["scoring_sql_max_abs_error"] == 0
    assert len(model.predict(frame, version)) == 300
