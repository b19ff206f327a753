"""Convert between scikit-learn's fitted transformers and the table of `baton.fit`, in both directions."""

from dbt_baton.preprocessing.convert import fitted_table, pipeline_from, transformers_of

__all__ = ["fitted_table", "pipeline_from", "transformers_of"]
