"""The allow-list of types in an artifact. It is a constant, so that no stored data can extend it.

A type is listed if it holds plain data and predicts in memory-safe code, or if `model_checks` and
`tree_checks` validate the data that its compiled code trusts. Left out on purpose:

- kernel support vector machines, nearest neighbours and splines: compiled code uses indices from the file,
  which nothing here validates;
- XGBoost and LightGBM, which can only be stored as a pickle: XGBoost 3.2 loads a JSON model whose trees point
  outside of themselves, and the first prediction ends the process; LightGBM 4.7 ends it while parsing text;
- the distributions of scipy.stats, which run code from their own attributes when they are loaded;
- types that call a method or function named in the file.
"""

from __future__ import annotations

from collections.abc import Mapping


def _names(by_module: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module, names in by_module.items() for name in names.split())


_SCALARS = (
    "bool bool_ float16 float32 float64 int8 int16 int32 int64 intp str_ uint8 uint16 uint32 uint64"
    " datetime64 timedelta64"
)

# The estimators and their parts, which are rebuilt from their attributes.
_OBJECTS = {
    # linear models
    "sklearn.linear_model._base": "LinearRegression",
    "sklearn.linear_model._bayes": "ARDRegression BayesianRidge",
    "sklearn.linear_model._coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV",
    "sklearn.linear_model._glm.glm": "GammaRegressor PoissonRegressor TweedieRegressor",
    "sklearn.linear_model._huber": "HuberRegressor",
    "sklearn.linear_model._least_angle": "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model._passive_aggressive": "PassiveAggressiveClassifier PassiveAggressiveRegressor",
    "sklearn.linear_model._perceptron": "Perceptron",
    "sklearn.linear_model._quantile": "QuantileRegressor",
    "sklearn.linear_model._ridge": "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
    "sklearn.linear_model._stochastic_gradient": "SGDClassifier SGDRegressor",
    "sklearn.svm._classes": "LinearSVC LinearSVR",
    # trees and their ensembles
    "sklearn.tree._classes": (
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor"
    ),
    "sklearn.ensemble._bagging": "BaggingClassifier BaggingRegressor",
    "sklearn.ensemble._forest": (
        "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor"
    ),
    "sklearn.ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": (
        "HistGradientBoostingClassifier HistGradientBoostingRegressor"
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.ensemble._stacking": "StackingClassifier StackingRegressor",
    "sklearn.ensemble._voting": "VotingClassifier VotingRegressor",
    "sklearn.ensemble._weight_boosting": "AdaBoostClassifier AdaBoostRegressor",
    "sklearn._loss.link": "HalfLogitLink IdentityLink Interval LogLink LogitLink MultinomialLogit",
    "sklearn._loss.loss": (
        "AbsoluteError ExponentialLoss HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss"
        " HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss"
    ),
    # other plain estimators, and those that hold others
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.compose._column_transformer": "ColumnTransformer make_column_selector _RemainderColsList",
    "sklearn.compose._target": "TransformedTargetRegressor",
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "sklearn.dummy": "DummyClassifier DummyRegressor",
    "sklearn.isotonic": "IsotonicRegression",
    "sklearn.metrics._scorer": "_CurveScorer _PassthroughScorer _Scorer",
    "sklearn.model_selection._classification_threshold": (
        "FixedThresholdClassifier TunedThresholdClassifierCV"
    ),
    "sklearn.model_selection._search": "GridSearchCV RandomizedSearchCV",
    "sklearn.model_selection._search_successive_halving": "HalvingGridSearchCV HalvingRandomSearchCV",
    "sklearn.model_selection._split": (
        "GroupKFold GroupShuffleSplit KFold PredefinedSplit ShuffleSplit StratifiedGroupKFold StratifiedKFold"
        " StratifiedShuffleSplit TimeSeriesSplit _CVIterableWrapper"
    ),
    "sklearn.naive_bayes": "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB",
    "sklearn.pipeline": "FeatureUnion Pipeline",
    "sklearn.utils._metadata_requests": "MetadataRequest MethodMetadataRequest",
    # preprocessing
    "sklearn.decomposition._pca": "PCA",
    "sklearn.decomposition._truncated_svd": "TruncatedSVD",
    "sklearn.feature_selection._from_model": "SelectFromModel",
    "sklearn.feature_selection._univariate_selection": (
        "GenericUnivariateSelect SelectFdr SelectFpr SelectFwe SelectKBest SelectPercentile"
    ),
    "sklearn.feature_selection._variance_threshold": "VarianceThreshold",
    "sklearn.frozen._frozen": "FrozenEstimator",
    "sklearn.impute._base": "MissingIndicator SimpleImputer",
    "sklearn.preprocessing._data": (
        "Binarizer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer"
        " RobustScaler StandardScaler"
    ),
    "sklearn.preprocessing._discretization": "KBinsDiscretizer",
    "sklearn.preprocessing._encoders": "OneHotEncoder OrdinalEncoder",
    "sklearn.preprocessing._function_transformer": "FunctionTransformer",
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.preprocessing._polynomial": "PolynomialFeatures",
    "sklearn.preprocessing._target_encoder": "TargetEncoder",
}

_LOSSES = (
    "CyAbsoluteError CyExponentialLoss CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss"
    " CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity"
    " CyHuberLoss CyPinballLoss"
)

# Functions that an estimator calls with its input. Those of numpy are elementwise arithmetic only.
_FUNCTIONS = {
    "numpy": (
        "abs absolute arcsinh arctan cbrt ceil cos cosh exp exp2 expm1 floor log log10 log1p log2"
        " sign sin sinh sqrt square tanh"
    ),
    "dbt_baton.preprocessing.functions": "as_category_text clip_columns",
    "sklearn.feature_selection._univariate_selection": "f_classif f_regression chi2",
    "sklearn.metrics._classification": (
        "accuracy_score balanced_accuracy_score brier_score_loss f1_score log_loss"
    ),
    "sklearn.metrics._ranking": "average_precision_score roc_auc_score",
    "sklearn.metrics._regression": "mean_absolute_error mean_squared_error r2_score root_mean_squared_error",
    "sklearn.utils.validation": "check_array",
}

# How skops may rebuild an object, and of which types. Loaders that call a method or a constructor with
# arguments from the file are left out, because with them an allowed type alone does not make the file safe.
# Which loader reads what is in `schema`.
ALLOWED: dict[str, frozenset[str]] = {
    "BytesNode": _names({"builtins": "bytes"}),
    "DTypeNode": _names({"numpy": "dtype"}),
    "DictNode": _names({"builtins": "dict", "collections": "OrderedDict", "sklearn.utils._bunch": "Bunch"}),
    "FunctionNode": _names(_FUNCTIONS),
    "JsonNode": _names({"builtins": "str"}),
    "ListNode": _names({"builtins": "list"}),
    "LossNode": _names(
        {
            "_loss": _LOSSES,
            "sklearn._loss._loss": _LOSSES,
            "sklearn.linear_model._sgd_fast": (
                "EpsilonInsensitive Hinge ModifiedHuber SquaredEpsilonInsensitive SquaredHinge"
            ),
        }
    ),
    "MaskedArrayNode": _names({"numpy.ma": "MaskedArray", "numpy.ma.core": "MaskedArray"}),
    "NdArrayNode": _names({"numpy": f"ndarray {_SCALARS}"}),
    "ObjectNode": _names(_OBJECTS),
    "PartialNode": _names({"functools": "partial"}),
    "RandomGeneratorNode": _names({"numpy.random._generator": "Generator"}),
    "RandomStateNode": _names({"numpy.random.mtrand": "RandomState"}),
    "SetNode": _names({"builtins": "set"}),
    "SliceNode": _names({"builtins": "slice"}),
    "SparseMatrixNode": _names({"scipy.sparse._csr": "csr_matrix csr_array"}),
    "TreeNode": _names({"sklearn.tree._tree": "Tree"}),
    "TupleNode": _names({"builtins": "tuple"}),
    "TypeNode": _names({"builtins": "bool float int str", "numpy": f"{_SCALARS} object_"}),
}

ALLOWED_TYPES = frozenset().union(*ALLOWED.values())
