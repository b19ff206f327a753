"""From a training set to a version row: rows and splits, task, metrics and importances."""
