"""Preprocessing both ways: scikit-learn's fitted transformers as the table of `baton.fit`, and back."""

from dbt_baton.preprocessing.convert import fitted_table, pipeline_from, transformers_of

__all__ = ["fitted_table", "pipeline_from", "transformers_of"]
