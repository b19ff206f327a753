{{ config(materialized='table') }}

-- who a prediction is made for, and when: everybody with an event in the last [[ subject.horizon ]]
select
    [[ columns | indent ]],
    as_of
from {{ ref('[[ name ]]_features') }}
where [[ recency_column ]] <= [[ horizon_days ]]
