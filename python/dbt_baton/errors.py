"""What can go wrong, as classes of their own; each message says what to do about it."""

from __future__ import annotations

from collections.abc import Sequence


class BatonError(Exception):
    """Base class of every error that this package raises on purpose."""


class TrainingInputError(BatonError):
    """The training set, or an argument of `train`, is not usable; the message names all that is wrong."""


class UnlabelledRows(TrainingInputError):
    """Rows of the training set have no label."""


class UnknownModel(BatonError):
    """The registry has no such model or alias; the message lists what there is."""


class SignatureMismatch(BatonError):
    """The relation to score is not what the model was trained on; the message names all that differs."""


class ArtifactRejected(BatonError):
    """An artifact was altered, holds what this package does not load, or needs an explicit opt-in."""


class UnsupportedPreprocessing(BatonError):
    """Preprocessing that has no counterpart in SQL, or in scikit-learn; the message names all of it."""


def raise_problems(error: type[BatonError], where: str, problems: Sequence[str]) -> None:
    """Raise once for all problems, in the wording of baton's macros; do nothing where there is none.

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
