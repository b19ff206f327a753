"""What dbt gives a Python model: relations, their rows, and the columns that a model was trained on."""
