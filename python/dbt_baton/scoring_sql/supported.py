"""What can be compiled: each class with the function that writes it, and what of it can not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn import (
    calibration as sklearn_calibration,
)
from sklearn import (
    decomposition,
    dummy,
    ensemble,
    feature_selection,
    impute,
    linear_model,
    preprocessing,
    tree,
)
from sklearn import (
    naive_bayes as sklearn_bayes,
)

from dbt_baton.scoring_sql import (
    boosting,
    calibration,
    constants,
    distributions,
    encoders,
    ensembles,
    forests,
    functions,
    imputers,
    lightgbm_models,
    linear,
    naive_bayes,
    projections,
    xgboost_models,
)
from dbt_baton.scoring_sql import numeric_transformers as numeric
from dbt_baton.scoring_sql.prediction import Prediction
from dbt_baton.scoring_sql.query import Column, Query


def _none(model: Any) -> list[str]:
    return []


@dataclass(frozen=True)
class Transformer:
    """How a transformer is compiled, what of a fitted one is not supported, and whether it takes text."""

    compile: Callable[[Query, Any, Sequence[Column]], list[Column]]
    problems: Callable[[Any], list[str]] = _none
    takes_text: bool = False


@dataclass(frozen=True)
class Model:
    """How a model is compiled, what of a fitted one is not supported, and whether it takes text."""

    compile: Callable[[Query, Any, Sequence[Column]], Prediction]
    problems: Callable[[Any], list[str]] = _none
    takes_text: bool = False


TRANSFORMERS: dict[type, Transformer] = {
    preprocessing.StandardScaler: Transformer(numeric.standard_scaler),
    preprocessing.MinMaxScaler: Transformer(numeric.min_max_scaler),
    preprocessing.MaxAbsScaler: Transformer(numeric.max_abs_scaler),
    preprocessing.RobustScaler: Transformer(numeric.robust_scaler),
    preprocessing.Binarizer: Transformer(numeric.binarizer),
    preprocessing.Normalizer: Transformer(numeric.normalizer),
    preprocessing.KBinsDiscretizer: Transformer(numeric.k_bins_discretizer),
    preprocessing.PolynomialFeatures: Transformer(numeric.polynomial_features),
    decomposition.PCA: Transformer(projections.pca),
    decomposition.TruncatedSVD: Transformer(projections.truncated_svd),
    preprocessing.QuantileTransformer: Transformer(
        distributions.quantile_transformer, distributions.quantile_problems
    ),
    preprocessing.PowerTransformer: Transformer(distributions.power_transformer),
    preprocessing.OneHotEncoder: Transformer(encoders.encode, takes_text=True),
    preprocessing.OrdinalEncoder: Transformer(encoders.encode, takes_text=True),
    preprocessing.TargetEncoder: Transformer(encoders.encode, takes_text=True),
    preprocessing.FunctionTransformer: Transformer(
        functions.function_transformer, functions.function_problems, takes_text=True
    ),
    impute.SimpleImputer: Transformer(imputers.simple_imputer, imputers.imputer_problems, takes_text=True),
    impute.MissingIndicator: Transformer(imputers.missing_indicator, takes_text=True),
    **dict.fromkeys(
        (
            feature_selection.VarianceThreshold,
            feature_selection.SelectKBest,
            feature_selection.SelectPercentile,
            feature_selection.SelectFpr,
            feature_selection.SelectFdr,
            feature_selection.SelectFwe,
            feature_selection.GenericUnivariateSelect,
            feature_selection.SelectFromModel,
            feature_selection.RFE,
            feature_selection.RFECV,
        ),
        Transformer(numeric.selector),
    ),
}

# by name, because these libraries need not be there
OF_OTHER_LIBRARIES = {
    **dict.fromkeys(
        ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"),
        Model(xgboost_models.compile_xgboost, xgboost_models.xgboost_problems, takes_text=True),
    ),
    **dict.fromkeys(
        ("LGBMClassifier", "LGBMRegressor"),
        Model(lightgbm_models.compile_lightgbm, lightgbm_models.lightgbm_problems, takes_text=True),
    ),
}


def model_rule(model: Any) -> Model | None:
    """Give how a model is compiled; None if it is not."""
    library = type(model).__module__.split(".")[0]
    if library in ("xgboost", "lightgbm"):
        return OF_OTHER_LIBRARIES.get(type(model).__name__)
    return MODELS.get(type(model))


MODELS: dict[type, Model] = {
    **dict.fromkeys(linear.REGRESSORS, Model(linear.compile_regressor)),
    **dict.fromkeys(linear.LOG_LINK, Model(linear.compile_regressor)),
    **dict.fromkeys(linear.DECISIONS, Model(linear.compile_decision)),
    **dict.fromkeys(linear.LOGISTIC, Model(linear.compile_logistic)),
    linear_model.SGDClassifier: Model(linear.compile_sgd),
    sklearn_bayes.GaussianNB: Model(naive_bayes.compile_gaussian),
    **dict.fromkeys(
        (sklearn_bayes.MultinomialNB, sklearn_bayes.ComplementNB, sklearn_bayes.BernoulliNB),
        Model(naive_bayes.compile_counts),
    ),
    sklearn_bayes.CategoricalNB: Model(naive_bayes.compile_categorical),
    dummy.DummyClassifier: Model(constants.compile_dummy, constants.dummy_problems, takes_text=True),
    dummy.DummyRegressor: Model(constants.compile_dummy, takes_text=True),
    sklearn_calibration.CalibratedClassifierCV: Model(
        calibration.compile_calibrated, calibration.calibration_problems, takes_text=True
    ),
    **dict.fromkeys(
        (ensemble.BaggingClassifier, ensemble.BaggingRegressor),
        Model(ensembles.compile_bagging, ensembles.ensemble_problems, takes_text=True),
    ),
    **dict.fromkeys(
        (ensemble.VotingClassifier, ensemble.VotingRegressor),
        Model(ensembles.compile_voting, ensembles.ensemble_problems, takes_text=True),
    ),
    ensemble.AdaBoostClassifier: Model(
        ensembles.compile_ada_boost, ensembles.ensemble_problems, takes_text=True
    ),
    **dict.fromkeys(
        (
            tree.DecisionTreeClassifier,
            tree.DecisionTreeRegressor,
            tree.ExtraTreeClassifier,
            tree.ExtraTreeRegressor,
        ),
        Model(forests.compile_tree),
    ),
    **dict.fromkeys(
        (
            ensemble.RandomForestClassifier,
            ensemble.RandomForestRegressor,
            ensemble.ExtraTreesClassifier,
            ensemble.ExtraTreesRegressor,
        ),
        Model(forests.compile_forest),
    ),
    **dict.fromkeys(
        (ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor),
        Model(boosting.compile_gradient_boosting, boosting.gradient_boosting_problems),
    ),
    **dict.fromkeys(
        (ensemble.HistGradientBoostingClassifier, ensemble.HistGradientBoostingRegressor),
        Model(boosting.compile_hist_gradient_boosting, takes_text=True),
    ),
}
