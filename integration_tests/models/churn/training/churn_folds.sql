-- four backtests, each validated on the four weeks after its training rows; training rows whose label was not known by then are left out
{{ baton.folds(
    relation=ref('churn_training_set'),
    start='2024-06-03',
    every='2w',
    folds=4,
    validation='4w',
    of_split=['train', 'validation']
) }}
