"""The transformers as the SQL macros know them: parameters, and what each learns of a column."""

from __future__ import annotations

from typing import Any

# the parameters of the SQL macros with their defaults, which are those of scikit-learn
PARAMETERS: dict[str, dict[str, Any]] = {
    "standard_scaler": {"with_mean": True, "with_std": True},
    "min_max_scaler": {"feature_range": [0, 1], "clip": False},
    "max_abs_scaler": {},
    "robust_scaler": {
        "with_centering": True,
        "with_scaling": True,
        "quantile_range": [25.0, 75.0],
        "unit_variance": False,
    },
    "normalizer": {"norm": "l2"},
    "k_bins_discretizer": {
        "n_bins": 5,
        "encode": "onehot",
        "strategy": "quantile",
        "quantile_method": "averaged_inverted_cdf",
    },
    "quantile_transformer": {"n_quantiles": 1000, "output_distribution": "uniform"},
    "one_hot_encoder": {
        "categories": "auto",
        "drop": None,
        "handle_unknown": "error",
        "min_frequency": None,
        "max_categories": None,
    },
    "ordinal_encoder": {
        "categories": "auto",
        "handle_unknown": "error",
        "unknown_value": None,
        "encoded_missing_value": None,
    },
    "label_encoder": {},
    "target_encoder": {
        "target": None,
        "target_type": "auto",
        "smooth": "auto",
        "cv": 5,
        "fold_by": None,
        "cross_fit": None,
    },
    "simple_imputer": {"strategy": "mean", "fill_value": None, "add_indicator": False},
    "polynomial_features": {"degree": 2, "interaction_only": False, "include_bias": True},
    "log1p": {},
    "clip": {"lower": None, "upper": None, "lower_quantile": None, "upper_quantile": None},
    "frequency_encoder": {},
    "cyclical": {"period": None},
    "hashing_encoder": {"n_components": 8},
}
# in a call these are lists with one entry per column; in the table each column has its own entry
BY_COLUMN = ("categories",)
# these read several columns of a row at once
JOINT = ("normalizer", "polynomial_features")
# fitted attributes of scikit-learn, one number for each column
FITTED_NUMBERS = {
    "standard_scaler": ("mean", "var", "scale", "n_samples_seen"),
    "min_max_scaler": ("data_min", "data_max", "scale", "min"),
    "max_abs_scaler": ("max_abs", "scale"),
    "robust_scaler": ("center", "scale"),
}
