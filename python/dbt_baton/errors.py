"""The exceptions of this package; each message says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class BatonError(Exception):
    """Base class of every error that this package raises on purpose."""


class ProjectError(BatonError):
    """A dbt project, its profile or its artifacts are not as expected."""


class TrainingInputError(BatonError):
    """The training set, or an argument of `train`, is not usable; the message names every problem."""


class UnlabelledRows(TrainingInputError):
    """Rows of the training set have no label."""


class UnknownModel(BatonError):
    """The registry has no such model or alias; the message lists the existing ones."""


class SignatureMismatch(BatonError):
    """The relation to score does not fit the model's signature; the message names every difference."""


class EstimationInputError(BatonError):
    """A relation or an argument of `estimated_loss` is not usable; the message names every problem."""


class DriftInputError(BatonError):
    """A relation or an argument of `multivariate_drift` is not usable; the message names every problem."""


class ArtifactRejected(BatonError):
    """An artifact was altered, contains types that are not allowed, or needs an explicit opt-in."""


class UnsupportedPreprocessing(BatonError):
    """Preprocessing without a counterpart in SQL, or in scikit-learn; the message names every case."""


class UnsupportedScoring(BatonError):
    """A model, or a part of it, that can not be written as SQL; the message names every case."""


class EngineRefused(BatonError):
    """The engine gave an error for a query that this package wrote."""


def raise_problems(error: type[BatonError], where: str, problems: Sequence[str]) -> None:
    """Raise one error for all problems, worded like those of baton's macros; do nothing if there are none.

    Parameters
    ----------
    error : type of BatonError
        The class to raise.
    where : str
        The public function, and the dbt model where it is known: "dbt_baton.train in model 'churn_model'".
    problems : sequence of str
        One phrase each.
    """
    if problems:
        numbered = "; ".join(f"({number}) {problem}" for number, problem in enumerate(problems, start=1))
        noun = "problem" if len(problems) == 1 else "problems"
        raise error(f"{where}: {len(problems)} {noun}: {numbered}")
