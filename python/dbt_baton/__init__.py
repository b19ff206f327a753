"""The Python layer of baton: scikit-learn training and scoring inside a dbt project."""

from dbt_baton.errors import (
    ArtifactRejected,
    BatonError,
    SignatureMismatch,
    TrainingInputError,
    UnknownModel,
    UnlabelledRows,
)
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
    "__version__",
    "predict",
    "train",
]
