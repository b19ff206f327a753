"""The version of this package, a part of every model version's identity."""

__version__ = "0.1.0"
