"""The Python layer of baton: scikit-learn training and scoring inside a dbt project.

dbt imports every module named `dbt_*` at each command, so this import must cost nothing: a public name is
loaded, with scikit-learn and what else it needs, when it is first used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt_baton.drift.multivariate import multivariate_drift
    from dbt_baton.errors import (
        ArtifactRejected,
        BatonError,
        DriftInputError,
        EstimationInputError,
        ProjectError,
        SignatureMismatch,
        TrainingInputError,
        UnknownModel,
        UnlabelledRows,
        UnsupportedPreprocessing,
    )
    from dbt_baton.loss_estimation import estimated_loss
    from dbt_baton.preprocessing import fitted_table, pipeline_from, transformers_of
    from dbt_baton.project.project import Project
    from dbt_baton.registry.provenance import Provenance
    from dbt_baton.release import __version__
    from dbt_baton.scoring import predict
    from dbt_baton.training.python_models import train

__all__ = [
    "ArtifactRejected",
    "BatonError",
    "DriftInputError",
    "EstimationInputError",
    "Project",
    "ProjectError",
    "Provenance",
    "SignatureMismatch",
    "TrainingInputError",
    "UnknownModel",
    "UnlabelledRows",
    "UnsupportedPreprocessing",
    "__version__",
    "estimated_loss",
    "fitted_table",
    "multivariate_drift",
    "pipeline_from",
    "predict",
    "train",
    "transformers_of",
]

_MODULES = {
    "drift.multivariate": ("multivariate_drift",),
    "errors": (
        "ArtifactRejected",
        "BatonError",
        "DriftInputError",
        "EstimationInputError",
        "ProjectError",
        "SignatureMismatch",
        "TrainingInputError",
        "UnknownModel",
        "UnlabelledRows",
        "UnsupportedPreprocessing",
    ),
    "loss_estimation": ("estimated_loss",),
    "preprocessing": ("fitted_table", "pipeline_from", "transformers_of"),
    "project.project": ("Project",),
    "registry.provenance": ("Provenance",),
    "release": ("__version__",),
    "scoring": ("predict",),
    "training.python_models": ("train",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "plugins":
        # dbt asks for it at each command, and is imported then
        return _plugins()
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # later accesses no longer come here
    return value


def _plugins() -> list[type]:
    """Give dbt's plugin manager what to start; nothing outside of dbt."""
    if "dbt.plugins.manager" not in sys.modules:
        return []
    return [import_module(f"{__name__}.plugin").BatonPlugin]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
