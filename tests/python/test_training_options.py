"""The keys of a training, each against scikit-learn used by hand."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_class_weight

from dbt_baton import TrainingInputError, artifacts
from python_bench import PythonModel, customers

FEATURES = ["spend", "visits"]


@pytest.fixture
def model():
    return PythonModel()


def weeks(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Rows of forty moments, the last ten of which are validation."""
    random = np.random.default_rng(seed)
    place = np.arange(n)
    spend, visits = random.normal(0, 1, n), random.poisson(3, n)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(place % 40, unit="D")
    return pd.DataFrame(
        {
            "customer_id": place,
            "as_of": at,
            "spend": spend,
            "visits": visits,
            "plan": random.choice(["pro", "d'or", "ça"], n),
            "label": np.where(spend + 0.3 * visits + random.normal(0, 1, n) > 1.2, "churned", "stayed"),
            "split": np.where(place % 40 < 30, "train", "validation"),
        }
    )


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as a training orders them."""
    return frame.sort_values(
        ["as_of", "customer_id"], key=lambda c: c.astype(str) if c.name == "customer_id" else c
    )


def split_of(frame: pd.DataFrame, split: str) -> pd.DataFrame:
    return ordered(frame[frame.split == split])


def loaded(version):
    return artifacts.load(
        artifacts.Artifact(version["artifact"], version["artifact_sha256"], version["artifact_format"]),
        model_name=version["model_name"],
        model_version=version["model_version"],
    )


def tree(**options):
    return DecisionTreeClassifier(**({"max_depth": 4, "min_samples_leaf": 5, "random_state": 42} | options))


def train(model, frame, estimator, **options):
    return model.train(frame, estimator, **({"features": FEATURES} | options))


# which class is positive


def test_the_positive_class_is_the_named_one_and_else_the_last(model):
    frame = weeks()
    validation = split_of(frame, "validation")
    oracle = tree().fit(split_of(frame, "train")[FEATURES], split_of(frame, "train").label)
    for positive, classes in ((None, ["churned", "stayed"]), ("churned", ["stayed", "churned"])):
        version = train(model, frame, tree(), positive_class=positive)
        assert json.loads(version["classes"]) == classes
        place = list(oracle.classes_).index(classes[-1])
        found = json.loads(version["metrics"])["validation"]
        probability = oracle.predict_proba(validation[FEATURES])[:, place]
        positives = validation.label == classes[-1]
        assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(positives, probability))
        assert found["brier"] == pytest.approx(metrics.brier_score_loss(positives, probability))
        assert found["precision"] == pytest.approx(
            metrics.precision_score(positives, oracle.predict(validation[FEATURES]) == classes[-1])
        )
        scores = model.predict(frame, version).sort_values("customer_id")
        expected = oracle.predict_proba(frame.sort_values("customer_id")[FEATURES])[:, place]
        assert scores.predicted_probability.tolist() == expected.tolist()
        assert scores.predicted_class.tolist() == oracle.predict(frame[FEATURES]).tolist()


def test_a_boolean_label_may_have_a_boolean_positive_class(model):
    frame = weeks().assign(label=lambda t: t.label == "churned")
    assert json.loads(train(model, frame, tree(), positive_class=False)["classes"]) == ["1", "0"]
    assert json.loads(train(model, frame, tree(), positive_class=0)["classes"]) == ["1", "0"]
    assert json.loads(train(model, frame, tree())["classes"]) == ["0", "1"]


def test_a_positive_class_that_never_occurs_is_refused(model):
    with pytest.raises(
        TrainingInputError, match="positive_class is 'lost', expected one of two classes; there are"
    ):
        train(model, weeks(), tree(), positive_class="lost")


# weights


def test_a_weight_column_is_the_sample_weight_of_the_fit(model):
    frame = weeks().assign(importance=lambda t: 1.0 + (t.visits > 3) * 4)
    fitted_on = split_of(frame, "train")
    for estimator, argument in (
        (tree(), "sample_weight"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__sample_weight"),
    ):
        version = train(model, frame, estimator, weight="importance")
        oracle = estimator.fit(fitted_on[FEATURES], fitted_on.label, **{argument: fitted_on.importance})
        expected = oracle.predict_proba(frame[FEATURES])
        assert loaded(version).predict_proba(frame[FEATURES]) == pytest.approx(expected, abs=1e-12)
        unweighted = loaded(train(model, frame.drop(columns="importance"), estimator))
        assert np.abs(unweighted.predict_proba(frame[FEATURES]) - expected).max() > 1e-3


@pytest.mark.parametrize("class_weight", ["balanced", {"churned": 5, "stayed": 1}])
def test_class_weights_reach_the_fit_with_and_without_the_parameter(model, class_weight):
    frame = weeks()
    fitted_on = split_of(frame, "train")
    version = train(model, frame, tree(), class_weight=class_weight)
    oracle = tree(class_weight=class_weight).fit(fitted_on[FEATURES], fitted_on.label)
    assert loaded(version).predict_proba(frame[FEATURES]) == pytest.approx(
        oracle.predict_proba(frame[FEATURES])
    )
    # gaussian_nb has no class_weight, its fit takes weights of rows
    from sklearn.naive_bayes import GaussianNB

    if class_weight == "balanced":
        values = compute_class_weight("balanced", classes=np.array(["churned", "stayed"]), y=fitted_on.label)
        of_class = dict(zip(["churned", "stayed"], values, strict=True))
    else:
        of_class = class_weight
    naive = GaussianNB().fit(
        fitted_on[FEATURES], fitted_on.label, sample_weight=fitted_on.label.map(of_class)
    )
    found = loaded(train(model, frame, GaussianNB(), class_weight=class_weight))
    assert found.predict_proba(frame[FEATURES]) == pytest.approx(naive.predict_proba(frame[FEATURES]))


def test_weights_that_cannot_be_used_are_refused(model):
    frame = weeks().assign(importance=1.0)
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    with pytest.raises(TrainingInputError, match="weight needs an estimator whose fit takes sample_weight"):
        train(model, frame, LinearDiscriminantAnalysis(), weight="importance")
    frame.loc[0, "importance"], frame.loc[1, "importance"] = -1, np.nan
    with pytest.raises(TrainingInputError, match="weight is missing, infinite or negative in 2 of 300 rows"):
        train(model, frame, tree(), weight="importance")
    with pytest.raises(
        TrainingInputError, match="class_weight has the class 'lost', there are 'churned', 'stayed'"
    ):
        train(model, frame, tree(), class_weight={"lost": 2})


# calibration and threshold


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_calibration_is_fitted_on_validation_rows(model, method):
    frame = weeks()
    fitted_on, validation = split_of(frame, "train"), split_of(frame, "validation")
    fitted = tree().fit(fitted_on[FEATURES], fitted_on.label)
    oracle = CalibratedClassifierCV(FrozenEstimator(fitted), method=method).fit(
        validation[FEATURES], validation.label
    )
    version = train(model, frame, tree(), calibration=method)
    scores = model.predict(frame, version).sort_values("customer_id")
    assert scores.predicted_probability.to_numpy() == pytest.approx(
        oracle.predict_proba(frame[FEATURES])[:, 1]
    )


def test_without_validation_rows_calibration_is_cross_fitted(model):
    frame = weeks().assign(split="train")
    fitted_on = ordered(frame)
    oracle = CalibratedClassifierCV(tree(), method="sigmoid", cv=5, ensemble=False)
    oracle.fit(fitted_on[FEATURES], fitted_on.label)
    scores = model.predict(frame, train(model, frame, tree(), calibration="sigmoid")).sort_values(
        "customer_id"
    )
    assert scores.predicted_probability.to_numpy() == pytest.approx(
        oracle.predict_proba(frame[FEATURES])[:, 1]
    )


SCORES = {
    "f1": metrics.f1_score,
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "mcc": metrics.matthews_corrcoef,
    "youden": lambda a, p: metrics.balanced_accuracy_score(a, p) * 2 - 1,
    "cost": lambda a, p: -(((a == 0) & (p == 1)).sum() + 5.0 * ((a == 1) & (p == 0)).sum()),
}


@pytest.mark.parametrize("wanted", SCORES)
def test_the_threshold_is_the_best_on_validation_rows(model, wanted):
    """Against every threshold between two neighbouring probabilities, tried one by one."""
    frame = weeks()
    fitted_on, validation = split_of(frame, "train"), split_of(frame, "validation")
    oracle = LogisticRegression().fit(fitted_on[FEATURES], fitted_on.label)
    probability = oracle.predict_proba(validation[FEATURES])[:, 0]
    actual = (validation.label == "churned").to_numpy().astype(int)
    asked = {"cost": {"false_positive": 1, "false_negative": 5}} if wanted == "cost" else {"metric": wanted}
    version = train(model, frame, LogisticRegression(), positive_class="churned", threshold=asked)

    def value(threshold):
        return SCORES[wanted](actual, (probability >= threshold).astype(int))

    edges = np.concatenate([[0], np.unique(probability), [1]])
    best = max(value(threshold) for threshold in (edges[:-1] + edges[1:]) / 2)
    assert value(version["threshold"]) == pytest.approx(best)
    scores = model.predict(frame, version)
    assert (
        (scores.predicted_probability >= version["threshold"]) == (scores.predicted_class == "churned")
    ).all()
    found = json.loads(version["metrics"])["validation"]
    assert found["f1"] == pytest.approx(metrics.f1_score(actual, probability >= version["threshold"]))


def test_a_given_threshold_decides_the_class(model):
    version = train(model, weeks(), tree(), threshold=0.9)
    scores = model.predict(weeks(), version)
    assert version["threshold"] == 0.9
    assert ((scores.predicted_probability >= 0.9) == (scores.predicted_class == "stayed")).all()
    assert set(scores.predicted_class) == {"churned", "stayed"}


# search and folds


def test_a_search_over_moments_takes_the_best_parameters_of_every_fold(model):
    """The folds cut by hand: the moments in four parts, each part but the first validates what came before."""
    frame = weeks().assign(label_window_end=lambda t: t.as_of + pd.Timedelta("3d"))
    fitted_on = split_of(frame, "train").reset_index(drop=True)
    starts = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(day)) for day in (7, 15, 22)]
    cut = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place < 2 else pd.Timestamp.max
        known = (fitted_on.as_of < start) & (fitted_on.label_window_end <= start)
        cut.append((fitted_on[known], fitted_on[(fitted_on.as_of >= start) & (fitted_on.as_of < end)]))
    depths = [1, 2, 6]
    aucs = [
        [
            metrics.roc_auc_score(
                late.label == "stayed", tree(max_depth=depth).fit(early[FEATURES], early.label).predict_proba(late[FEATURES])[:, 1]
            )
            for early, late in cut
        ]
        for depth in depths
    ]  # fmt: skip
    best = int(np.argmax(np.mean(aucs, axis=1)))
    for method in ({}, {"method": "grid"}, {"method": "random", "n_iter": 3}):
        version = train(
            model,
            frame,
            tree(),
            search={"params": {"max_depth": depths}, "metric": "roc_auc", "folds": 3, **method},
        )
        assert json.loads(version["params"])["max_depth"] == depths[best]
        found = json.loads(version["metrics"])
        assert [found[f"fold_{k}"]["roc_auc"] for k in (1, 2, 3)] == pytest.approx(aucs[best])
        assert found["folds_mean"]["roc_auc"] == pytest.approx(np.mean(aucs[best]))
        result = json.loads(version["configuration"])["search_result"]
        assert result["params"] == {"max_depth": depths[best]} and result["candidates"] == 3
        assert result["score"] == pytest.approx(np.mean(aucs[best]))


def test_a_halving_search_ends_with_one_of_the_candidates(model):
    version = train(
        model,
        weeks(),
        tree(),
        search={"method": "halving", "params": {"max_depth": [1, 2, 3, 6]}, "folds": 2},
    )
    assert json.loads(version["params"])["max_depth"] in (1, 2, 3, 6)


def test_a_metric_of_one_class_is_that_of_the_positive_class(model):
    search = {"params": {"max_depth": [1, 5]}, "metric": "f1", "folds": 3}
    for positive in ("churned", "stayed"):
        found = json.loads(train(model, weeks(), tree(), positive_class=positive, search=search)["metrics"])
        result = np.mean([found[f"fold_{k}"]["f1"] for k in (1, 2, 3)])
        assert found["folds_mean"]["f1"] == pytest.approx(result)


def folds_of(frame: pd.DataFrame) -> pd.DataFrame:
    """What `baton.folds` gives: each row once in each of its folds."""
    parts = []
    for number, day in ((1, 15), (2, 25)):
        start = pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)
        early, late = (
            frame[frame.as_of < start],
            frame[(frame.as_of >= start) & (frame.as_of < start + pd.Timedelta("10d"))],
        )
        parts += [early.assign(fold=number, split="train"), late.assign(fold=number, split="validation")]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    "search", [{}, {"params": {"max_depth": [1, 4]}, "metric": "roc_auc", "folds": "fold"}]
)
def test_a_table_of_folds_is_folds_and_not_more_rows(model, search):
    frame = weeks()
    table = folds_of(frame)
    version = model.train(table.drop(columns="plan"), tree(), search=search)
    assert [feature["name"] for feature in json.loads(version["features"])] == FEATURES
    found = json.loads(version["metrics"])
    assert set(found) == {"train", "validation", "fold_1", "fold_2", "folds_mean"}
    last = table[table.fold == 2]
    assert version["training_rows"] == (last.split == "train").sum()
    for number in (1, 2):
        fold = table[table.fold == number]
        early, late = ordered(fold[fold.split == "train"]), fold[fold.split == "validation"]
        oracle = tree(max_depth=json.loads(version["params"])["max_depth"]).fit(early[FEATURES], early.label)
        auc = metrics.roc_auc_score(late.label == "stayed", oracle.predict_proba(late[FEATURES])[:, 1])
        assert found[f"fold_{number}"]["roc_auc"] == pytest.approx(auc)
    assert found["validation"] == found["fold_2"]


def test_folds_that_are_none_are_refused(model):
    search = {"params": {"max_depth": [1, 4]}, "folds": "fold"}
    with pytest.raises(TrainingInputError, match=r"search\.folds is 'fold', which is no column"):
        train(model, weeks(), tree(), search=search)
    with pytest.raises(
        TrainingInputError, match=r"that column does not hold folds as baton\.folds writes them"
    ):
        train(model, weeks().assign(fold=lambda t: t.customer_id % 3), tree(), search=search)
    with pytest.raises(
        TrainingInputError, match=r"search\.folds is 50, but the moments of the rows to fit on allow only"
    ):
        train(model, weeks(), tree(), search={"params": {"max_depth": [1, 4]}, "folds": 50})


# preprocessing


def test_preprocessing_is_that_of_scikit_learn_fitted_inside_each_fold(model):
    frame = weeks()
    frame.loc[::7, "spend"] = np.nan
    steps = [
        {"transformer": "simple_imputer", "columns": ["spend"], "strategy": "median"},
        {"transformer": "standard_scaler", "columns": ["spend", "visits"]},
        {"transformer": "one_hot_encoder", "columns": "plan", "handle_unknown": "ignore"},
    ]
    version = model.train(
        frame, LogisticRegression(), preprocessing=steps, search={"params": {"C": [1.0]}, "folds": 3}
    )
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, ["spend"]),
        (StandardScaler(), ["visits"]),
        (OneHotEncoder(handle_unknown="ignore"), ["plan"]),
    )
    fitted_on = split_of(frame, "train")
    oracle = make_pipeline(columns, LogisticRegression()).fit(fitted_on, fitted_on.label)
    new = weeks(seed=3).assign(plan="never seen")
    for rows in (frame, new):
        scores = model.predict(rows, version).sort_values("customer_id")
        assert scores.predicted_probability.to_numpy() == pytest.approx(
            oracle.predict_proba(rows)[:, 1], abs=1e-6
        )
    starts = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=day) for day in (7, 15, 22)]
    early, late = (
        fitted_on[fitted_on.as_of < starts[0]],
        fitted_on[(fitted_on.as_of >= starts[0]) & (fitted_on.as_of < starts[1])],
    )
    alone = make_pipeline(columns, LogisticRegression()).fit(early, early.label)
    auc = metrics.roc_auc_score(late.label == "stayed", alone.predict_proba(late)[:, 1])
    assert json.loads(version["metrics"])["fold_1"]["roc_auc"] == pytest.approx(auc)


# groups


def test_each_group_is_scored_by_its_own_estimator(model):
    frame = weeks(600)
    frame.loc[frame.customer_id % 100 == 0, "plan"] = "rare"
    frame.loc[frame.customer_id % 100 == 1, "plan"] = None
    version = train(model, frame, tree(), group_by="plan", min_group_rows=50)
    fitted_on = split_of(frame, "train")
    groups = json.loads(version["groups"])
    assert groups["column"] == "plan" and set(groups["rows"]) == {"pro", "d'or", "ça"}
    assert groups["fell_back"] == {"rare": "6 rows to fit on, fewer than 50"}
    assert groups["rows"] == fitted_on.plan.value_counts()[["pro", "d'or", "ça"]].to_dict()
    scores = model.predict(
        pd.concat([frame, frame.head(5).assign(plan="new", customer_id=range(1000, 1005))]), version
    )
    everything = tree().fit(fitted_on[FEATURES], fitted_on.label)
    by_plan = {
        plan: tree().fit(rows[FEATURES], rows.label)
        for plan, rows in fitted_on.groupby("plan")
        if plan != "rare"
    }
    scored = scores.merge(
        pd.concat([frame, frame.head(5).assign(plan="new", customer_id=range(1000, 1005))]), on="customer_id"
    )
    assert len(scored) == 605
    for plan, rows in scored.groupby("plan", dropna=False):
        expected = by_plan.get(plan, everything).predict_proba(rows[FEATURES])[:, 1]
        assert rows.predicted_probability.tolist() == expected.tolist(), plan


def test_a_group_of_whole_numbers_is_the_same_group_as_a_double(model):
    frame = weeks().assign(shop=lambda t: t.customer_id % 2)
    version = train(model, frame, tree(), group_by="shop")
    scores = [model.predict(frame.assign(shop=frame.shop.astype(kind)), version) for kind in (int, float)]
    assert set(json.loads(version["groups"])["rows"]) == {"0", "1"}
    assert scores[0].predicted_probability.tolist() == scores[1].predicted_probability.tolist()


# what is no feature


def test_what_labels_and_training_sets_write_beside_features_is_none(model):
    frame = weeks().rename(columns={"label": "fails"})
    bookkeeping = {
        "fails_window_start": frame.as_of, "fails_window_end": frame.as_of, "fails_is_mature": True,
        "revenue_30d": frame.spend, "revenue_30d_window_end": frame.as_of, "days": 1.5, "days_is_censored": False,
        "class_weight": 1.5, "time_weight": 0.5, "users_feature_time": frame.as_of,
    }  # fmt: skip
    version = model.train(frame.assign(**bookkeeping).drop(columns="plan"), tree(), label="fails")
    assert [feature["name"] for feature in json.loads(version["features"])] == FEATURES
    named = model.train(frame.assign(**bookkeeping), tree(), label="fails", features=["spend", "time_weight"])
    assert [feature["name"] for feature in json.loads(named["features"])] == ["spend", "time_weight"]


def test_a_feature_that_predicts_the_label_alone_is_named(model, said_in_log):
    frame = weeks().assign(gone=lambda t: (t.label == "churned") * 1.0)
    model.train(
        frame,
        tree(),
        features=["spend", "gone", "visits"],
    )
    said = " ".join(said_in_log)
    assert "feature 'gone' alone predicts the label nearly perfectly (1.0000)" in said
    assert "'spend'" not in said and "'visits'" not in said
    regression = weeks().assign(label=lambda t: t.spend * 3 + 1)
    train(model, regression, LinearRegression())
    assert "feature 'spend' alone predicts" in " ".join(said_in_log)


# bad input


def test_one_error_names_every_wrong_key(model):
    with pytest.raises(TrainingInputError) as failed:
        model.train(
            weeks(), tree(), weight="heavy", group_by="region", calibration="platt", threshold={"metric": "auc"},
            search={"method": "bayes", "params": {"max_depth": 3}, "metrics": "f1"}, class_weight="even",
            min_group_rows=0, random_state=-1, importances="no",
        )  # fmt: skip
    message = str(failed.value)
    assert message.startswith("dbt_baton.train in model 'churn_model': 11 problems")
    for part in (
        "weight is 'heavy', which is no column", "group_by is 'region', which is no column",
        "calibration is 'platt', expected 'isotonic' or 'sigmoid'", "threshold.metric is 'auc', expected 'f1'",
        "search.method is 'bayes', expected 'grid' or 'random' or 'halving'", "search.params.max_depth is 3",
        "search has the unknown key 'metrics', did you mean 'metric'", "class_weight is 'even'",
        "min_group_rows is 0", "random_state is -1", "importances is 'no'",
    ):  # fmt: skip
        assert part in message, (part, message)


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (
            tree(),
            {"search": {"params": {"depth": [1]}}},
            "search.params.depth is no parameter of the estimator",
        ),
        (
            tree(),
            {"search": {"params": {"max_depth": [1]}, "metric": "auc"}},
            "search.metric is 'auc', expected the name",
        ),
        (tree(), {"threshold": 2}, "threshold is 2, expected a probability"),
        (
            tree(),
            {"preprocessing": [{"transformer": "cyclical", "columns": "spend"}]},
            "apply it in SQL with baton.transform",
        ),
        (
            tree(),
            {"preprocessing": [{"transformer": "standard_scalar", "columns": "spend"}]},
            "did you mean 'standard_scaler'",
        ),
        (
            tree(),
            {"preprocessing": [{"transformer": "log1p", "columns": "spnd"}]},
            "has 'spnd', which is no feature",
        ),
        (
            LogisticRegression(),
            {"threshold": {"metric": "f1"}, "split": None},
            "in which both classes must occur",
        ),
        (RandomForestClassifier(2), {"preprocessing": "scale"}, "is 's', expected a mapping"),
    ],
)
def test_what_cannot_be_done_is_refused(model, estimator, options, message):
    with pytest.raises(TrainingInputError, match=re.escape(message)):
        train(model, weeks(), estimator, **options)


def test_options_of_classifiers_are_refused_for_a_regression(model):
    frame = weeks().assign(label=1.5)
    options = {"class_weight": "balanced", "calibration": "sigmoid", "threshold": 0.5, "positive_class": "1"}
    with pytest.raises(TrainingInputError, match="4 problems") as failed:
        train(model, frame, Ridge(), **options)
    assert all(f"{name} is for classifiers" in str(failed.value) for name in options)


def test_features_without_any_value_are_named():
    rows = customers().assign(Age=float("nan"))
    with pytest.raises(TrainingInputError, match="no row to fit on has a value of Age, which"):
        PythonModel().train(rows, HistGradientBoostingClassifier(max_iter=2))
