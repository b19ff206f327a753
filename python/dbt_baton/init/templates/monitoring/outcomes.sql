{{ config(materialized='table') }}

-- what has become of them, once nothing can change it
select
    [[ columns | indent ]],
    as_of,
    label as actual,
    label_window_end as known_at
from {{ ref('[[ name ]]_labels') }}
where label_is_mature
