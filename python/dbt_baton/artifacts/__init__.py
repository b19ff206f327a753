"""Models as bytes: read back only when nothing was altered and every type is known."""

from dbt_baton.artifacts.artifact import Artifact, dump, load

__all__ = ["Artifact", "dump", "load"]
