"""Models as bytes, which are loaded only if nothing was altered and every type is on the allow-list."""

from dbt_baton.artifacts.archive import MAX_BYTES
from dbt_baton.artifacts.artifact import Artifact, check_storable, dump, load

__all__ = ["MAX_BYTES", "Artifact", "check_storable", "dump", "load"]
