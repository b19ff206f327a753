"""Which version an artifact belongs to, written into the artifact.

A version row can be copied or edited so that it has the artifact and the hash of another version; then both
match each other, and scores would silently come from the wrong model.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from dbt_baton.errors import ArtifactRejected


@dataclass(frozen=True)
class Binding:
    """A version of a model; any version if both are None."""

    model_name: str | None
    model_version: str | None

    def to_json(self) -> str:
        """Write the version for the artifact."""
        return json.dumps(asdict(self))

    def check(self, found: bytes | None) -> None:
        """Raise ArtifactRejected unless the artifact belongs to this version.

        Parameters
        ----------
        found : bytes or None
            What the artifact says; None if it says nothing. Such an artifact is refused too, because
            otherwise an artifact could be moved by removing what it says. The first releases of this package
            wrote no version, so their models have to be trained again.
        """
        if self == Binding(None, None):
            return
        if found is None:
            raise ArtifactRejected(
                "the artifact does not say which version it belongs to: an earlier baton wrote it, or it was"
                f" rewritten; delete the row of version '{self.model_version}' and train model"
                f" '{self.model_name}' again"
            )
        try:
            other = Binding(**json.loads(found))
        except (ValueError, TypeError, RecursionError) as broken:
            raise ArtifactRejected("the artifact cannot be read: its version is damaged") from broken
        if other != self:
            belongs = f"version '{other.model_version}' of model '{other.model_name}'"
            row = f"version '{self.model_version}' of model '{self.model_name}'"
            raise ArtifactRejected(
                f"the artifact belongs to {belongs}, but its row is {row}: the row was edited or copied;"
                " restore the model's table, or train again"
            )
