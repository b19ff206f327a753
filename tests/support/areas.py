"""The folders of `macros/`, in the order in which data flow through them."""

INTERNAL = ("names", "cross_db", "arguments", "expressions")
MODELS = (
    "features",
    "preprocessing",
    "feature_store",
    "training_sets",
    "ml_models",
    "predictions",
    "monitoring",
    "performance",
    "health",
)
CALLED_BY_USERS = (*MODELS, "generic_tests")
ALL = (*INTERNAL, *CALLED_BY_USERS, "catalogue")

# `dbt run-operation` or a hook calls these; they are no part of a model
OPERATIONS = ("promote", "rollback", "log_test_results")
