"""The Python layer of baton: scikit-learn training and scoring inside a dbt project."""

from dbt_baton.errors import (
    ArtifactRejected,
    BatonError,
    SignatureMismatch,
    TrainingInputError,
    UnknownModel,
    UnlabelledRows,
    UnsupportedPreprocessing,
)
from dbt_baton.preprocessing import fitted_table, pipeline_from, transformers_of
from dbt_baton.provenance import Provenance
from dbt_baton.release import __version__
from dbt_baton.scoring import predict
from dbt_baton.training import train

__all__ = [
    "ArtifactRejected",
    "BatonError",
    "Provenance",
    "SignatureMismatch",
    "TrainingInputError",
    "UnknownModel",
    "UnlabelledRows",
    "UnsupportedPreprocessing",
    "__version__",
    "fitted_table",
    "pipeline_from",
    "predict",
    "train",
    "transformers_of",
]
