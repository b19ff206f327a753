"""Models as bytes, which are loaded only if nothing was altered and every type is on the allow-list."""

from dbt_baton.artifacts.artifact import Artifact, dump, load

__all__ = ["Artifact", "dump", "load"]
