"""A dbt project as its files and artifacts describe it, without dbt's classes."""
