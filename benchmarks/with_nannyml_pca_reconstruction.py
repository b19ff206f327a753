"""NannyML's PCA reconstruction on the tables of multivariate_drift.py, which runs it."""

from __future__ import annotations

from functools import partial

from harness import run_here
from with_nannyml_classifier import with_nannyml

if __name__ == "__main__":
    run_here(partial(with_nannyml, method="pca_reconstruction"))
