"""Models as bytes, which are loaded only if nothing was altered and every type is on the allow-list."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import skops.io
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from dbt_baton.artifacts.allowed_types import ALLOWED_LOADERS, ALLOWED_TYPES
from dbt_baton.artifacts.tree_checks import check_trees
from dbt_baton.errors import ArtifactRejected

SKOPS, PICKLE = "skops", "pickle"


@dataclass(frozen=True)
class Artifact:
    """A model as the version row holds it."""

    content: bytes
    sha256: str
    format: str


def dump(model: object, *, allow_pickle: bool = False) -> Artifact:
    """Write a fitted model, and load it once, so that no version row holds a model that scoring would reject.

    Parameters
    ----------
    model : object
        A fitted estimator.
    allow_pickle : bool, default=False
        Write a pickle if the model has types that are not on the allow-list. Scoring then needs the same
        opt-in.

    Returns
    -------
    Artifact

    Raises
    ------
    ArtifactRejected
        If a type is not on the allow-list and `allow_pickle` is false.
    """
    try:
        content = skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED)
        _load_skops(content)
    except (ArtifactRejected, UnsupportedTypeException, TypeError) as refused:
        if not allow_pickle:
            raise ArtifactRejected(
                f"{type(model).__name__} cannot be stored safely: {refused}. Use other estimators, or pass"
                " allow_pickle=True to train and to predict if you trust everyone who can write to the"
                " model's table"
            ) from refused
        content = pickle.dumps(model)
        return Artifact(content, hashlib.sha256(content).hexdigest(), PICKLE)
    return Artifact(content, hashlib.sha256(content).hexdigest(), SKOPS)


def load(artifact: Artifact, *, allow_pickle: bool = False) -> Any:
    """Read a model back.

    Parameters
    ----------
    artifact : Artifact
        As the version row holds it.
    allow_pickle : bool, default=False
        Load a pickle, which can run arbitrary code of its author.

    Returns
    -------
    object
        The fitted estimator.

    Raises
    ------
    ArtifactRejected
        If the bytes do not have the recorded hash, a type is not on the allow-list, a tree has an index out
        of bounds, or the format is pickle without `allow_pickle`.
    """
    found = hashlib.sha256(artifact.content).hexdigest()
    if found != artifact.sha256:
        raise ArtifactRejected(
            f"the artifact was altered after training: sha256 is {found}, the registry has {artifact.sha256}"
        )
    if artifact.format == SKOPS:
        return _load_skops(artifact.content)
    if artifact.format == PICKLE and allow_pickle:
        return pickle.loads(artifact.content)
    if artifact.format == PICKLE:
        raise ArtifactRejected(
            "the artifact is a pickle, which can run any code when it is loaded: pass allow_pickle=True if"
            " you trust everyone who can write to the model's table"
        )
    raise ArtifactRejected(f"the artifact's format is '{artifact.format}', expected '{SKOPS}' or '{PICKLE}'")


def _load_skops(content: bytes) -> Any:
    try:
        _check_types(content)
        # skops' own audit comes second, because it checks types by name only, and fewer of them
        model = skops.io.loads(content, trusted=sorted(ALLOWED_TYPES))
    except UntrustedTypesFoundException as refused:
        raise ArtifactRejected(str(refused)) from refused
    except (zipfile.BadZipFile, KeyError, ValueError) as broken:
        raise ArtifactRejected(f"the artifact cannot be read: {broken}") from broken
    check_trees(model)
    return model


def _check_types(content: bytes) -> None:
    """Reject the file before any object in it is built."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read("schema.json"))
    foreign = sorted(
        {
            f"{node.get('__module__')}.{node.get('__class__')}"
            for node in _nodes(schema)
            if f"{node.get('__module__')}.{node.get('__class__')}" not in ALLOWED_TYPES
        }
    )
    loaders = sorted({str(node.get("__loader__")) for node in _nodes(schema)} - ALLOWED_LOADERS)
    if foreign or loaders:
        raise ArtifactRejected(
            f"it holds types that are not on the allow-list: {', '.join(foreign or loaders)}"
        )


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the node of every object in the file."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "__class__" in part or "__loader__" in part:
                yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
