"""Models as bytes, loaded only if nothing was altered or moved and every type is on the allow-list."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import dataclass
from typing import Any

from dbt_baton.artifacts import skops_files
from dbt_baton.artifacts.archive import MAX_BYTES, check_size
from dbt_baton.artifacts.binding import Binding
from dbt_baton.errors import ArtifactRejected

SKOPS, PICKLE = "skops", "pickle"
PICKLE_HEADER = (
    b"baton pickle "  # followed by the version that the pickle belongs to, as JSON, and a line break
)


@dataclass(frozen=True)
class Artifact:
    """A model as the version row holds it."""

    content: bytes
    sha256: str
    format: str


def check_storable(estimator: object, *, allow_pickle: bool = False) -> None:
    """Refuse an estimator that `dump` would refuse for its types, before time is spent on fitting it.

    Parameters
    ----------
    estimator : object
        An estimator, which need not be fitted.
    allow_pickle : bool, default=False
        As for `dump`; with it nothing is refused.

    Raises
    ------
    ArtifactRejected
        If a type is not on the allow-list and `allow_pickle` is false.
    """
    if not allow_pickle:
        try:
            skops_files.check_types(estimator)
        except Exception as refused:
            raise _not_storable(estimator, refused) from refused


def dump(
    model: object,
    *,
    model_name: str = "",
    model_version: str = "",
    allow_pickle: bool = False,
    max_bytes: int = MAX_BYTES,
) -> Artifact:
    """Write a fitted model, and load it once, so that no version row holds a model that scoring would reject.

    Parameters
    ----------
    model : object
        A fitted estimator, or a dict or list that holds some.
    model_name, model_version : str
        The version that the artifact belongs to. They are written into the artifact, and `load` refuses it
        for another version.
    allow_pickle : bool, default=False
        Write a pickle if the model has types that are not on the allow-list. Scoring then needs the same
        opt-in.
    max_bytes : int, default=MAX_BYTES
        The limit for the artifact; unpacked it may have eight times as many bytes.

    Returns
    -------
    Artifact
        With the same libraries, the same for the same model and version in every process, unless it is a
        pickle.

    Raises
    ------
    ArtifactRejected
        If a type is not on the allow-list and `allow_pickle` is false, or the artifact is too large.
    """
    binding = Binding(model_name, model_version)
    try:
        content = skops_files.write(model, binding)
        skops_files.read(content, binding, max_bytes)
    except Exception as refused:
        if not allow_pickle:
            raise _not_storable(model, refused) from refused
        content = PICKLE_HEADER + binding.to_json().encode() + b"\n" + pickle.dumps(model)
        check_size(content, max_bytes)
        return Artifact(content, hashlib.sha256(content).hexdigest(), PICKLE)
    return Artifact(content, hashlib.sha256(content).hexdigest(), SKOPS)


def load(
    artifact: Artifact,
    *,
    model_name: str | None = None,
    model_version: str | None = None,
    allow_pickle: bool = False,
    max_bytes: int = MAX_BYTES,
) -> Any:
    """Read a model back.

    The hash shows damage. It does not stop someone who can write to the model's table, because whoever
    changes the artifact can change the hash beside it; so the artifact itself is checked before anything in
    it is built.

    Parameters
    ----------
    artifact : Artifact
        As the version row holds it.
    model_name, model_version : str, optional
        The version of that row. Without them an artifact of any version is read.
    allow_pickle : bool, default=False
        Load a pickle, which can run arbitrary code of its author.
    max_bytes : int, default=MAX_BYTES
        The limit for the artifact; unpacked it may have eight times as many bytes.

    Returns
    -------
    object
        The fitted estimator.

    Raises
    ------
    ArtifactRejected
        If the bytes do not have the recorded hash or belong to another version, a type is not on the
        allow-list, anything is not as scikit-learn writes it, a limit is exceeded, or the format is pickle
        without `allow_pickle`. No other exception is raised for a skops artifact.
    """
    binding = Binding(model_name, model_version)
    found = hashlib.sha256(artifact.content).hexdigest()
    if found != artifact.sha256:
        raise ArtifactRejected(
            f"the artifact was altered after training: sha256 is {found}, the registry has {artifact.sha256}"
        )
    if artifact.format == SKOPS:
        try:
            return skops_files.read(artifact.content, binding, max_bytes)
        except ArtifactRejected:
            raise
        except (
            Exception
        ) as broken:  # whatever damaged data makes of zipfile, json, numpy, skops and scikit-learn
            reason = f"{type(broken).__name__}: {broken}"
            raise ArtifactRejected(f"the artifact cannot be read: {reason[:300]}") from broken
    if artifact.format == PICKLE and allow_pickle:
        return _load_pickle(artifact.content, binding, max_bytes)
    if artifact.format == PICKLE:
        raise ArtifactRejected(
            "the artifact is a pickle, which can run any code when it is loaded: pass allow_pickle=True if"
            " you trust everyone who can write to the model's table"
        )
    raise ArtifactRejected(f"the artifact's format is '{artifact.format}', expected '{SKOPS}' or '{PICKLE}'")


def _load_pickle(content: bytes, binding: Binding, max_bytes: int) -> Any:
    check_size(content, max_bytes)
    header, _, pickled = content.partition(b"\n")
    binding.check(header.removeprefix(PICKLE_HEADER) if header.startswith(PICKLE_HEADER) else None)
    return pickle.loads(pickled)


def _not_storable(model: object, refused: Exception) -> ArtifactRejected:
    return ArtifactRejected(
        f"{type(model).__name__} cannot be stored safely: {refused}. Use other estimators, or pass"
        " allow_pickle=True to train and to predict if you trust everyone who can write to the"
        " model's table"
    )
