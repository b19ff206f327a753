"""Drift that takes more than one feature to see."""
