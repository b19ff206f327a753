"""From the steps of a fitted table to fitted scikit-learn transformers.

Each estimator is fitted on a few made-up rows, so that scikit-learn itself sets its columns, categories and
internal attributes. Then its fitted numbers are replaced by those of the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer

from dbt_baton.preprocessing import restored_encoders as encoders
from dbt_baton.preprocessing import restored_numeric as numeric
from dbt_baton.preprocessing.steps import Step


def estimator_of(step: Step) -> Any:
    """Give the fitted scikit-learn transformer that does what the step does.

    Parameters
    ----------
    step : Step
        Of a kind in `RESTORED`.

    Returns
    -------
    estimator
        Takes a data frame with the step's columns. An encoder, and an imputer of text, is a Pipeline that
        first writes values as text like SQL does. An encoder accepts unknown categories until `make_strict`
        is called.
    """
    return RESTORED[step.kind](step)


def make_strict(step: Step, estimator: Any) -> None:
    """Set how an encoder treats unknown categories to the step's `handle_unknown`."""
    if step.kind == "one_hot_encoder":
        estimator[-1].set_params(handle_unknown=step.parameter("handle_unknown"))
    elif step.kind == "label_encoder" or (
        step.kind == "ordinal_encoder" and step.parameter("handle_unknown") == "error"
    ):
        estimator[-1].set_params(handle_unknown="error", unknown_value=None)


def takes_text(step: Step) -> bool:
    """Whether the step's first column may be text."""
    return step.kind in _ENCODERS or (
        step.kind == "simple_imputer" and any(fact.text is not None for fact in step.facts)
    )


def _imputer(step: Step) -> Any:
    facts = [step.of(column, "statistic")[0] for column in step.columns]
    is_text = takes_text(step)
    given = numeric.given_parameters(step, keep_empty_features=True)
    if is_text:
        statistics = [fact.text if fact.text is not None else fact.number for fact in facts]
        rows = pd.DataFrame({column: pd.Series([math.nan, "a"], dtype=object) for column in step.columns})
    else:
        statistics = [fact.number for fact in facts]
        rows = numeric.made_up_rows(step, [math.nan, 1.0])
    imputer = SimpleImputer(**given).fit(rows)
    imputer.statistics_ = np.array(statistics, dtype=object if is_text else float)
    return encoders.behind_text(step, imputer, missing=math.nan) if is_text else imputer


_ENCODERS = ("one_hot_encoder", "ordinal_encoder", "label_encoder", "target_encoder")


RESTORED: dict[str, Callable[[Step], Any]] = {
    **dict.fromkeys(numeric.SCALERS, numeric.restore_scaler),
    "normalizer": numeric.restore_normalizer,
    "polynomial_features": numeric.restore_polynomials,
    "log1p": numeric.restore_log1p,
    "clip": numeric.restore_clip,
    "k_bins_discretizer": numeric.restore_bins,
    "quantile_transformer": numeric.restore_quantiles,
    "one_hot_encoder": encoders.restore_one_hot,
    "ordinal_encoder": encoders.restore_ordinal,
    "label_encoder": encoders.restore_ordinal,
    "target_encoder": encoders.restore_target,
    "simple_imputer": _imputer,
}
