select
    as_of,
    features_refreshed_at
from {{ source('raw_shop', 'scoring_runs') }}
