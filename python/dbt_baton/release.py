"""The version of this package, which is part of every model version's identity."""

__version__ = "0.1.0"
