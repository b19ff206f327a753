"""The inputs of a dbt Python model: relations, their rows, and the columns that a model was trained on."""
