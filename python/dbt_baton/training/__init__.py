"""From a training set to a version row: the rows and splits, the task, its metrics and importances."""
