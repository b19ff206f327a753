{{ config(materialized='table') }}

-- who a prediction is made for, and when: everybody with an event in the last [[ subject.windows[-1] ]]
select
    [[ columns | indent ]],
    as_of
from {{ ref('[[ name ]]_features') }}
where [[ recency_column ]] is not null
