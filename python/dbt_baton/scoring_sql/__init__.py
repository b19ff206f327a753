"""Fitted models as SQL: the same scores, without Python where they are computed."""

from dbt_baton.scoring_sql.compile import ScoringSql, compile_scoring

__all__ = ["ScoringSql", "compile_scoring"]
