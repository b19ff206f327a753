-- every landed flight has its outcome as the label, and no other flight has a label
with labelled as (

    select *
    from {{ ref('flight_labels') }}
    where label is not null

),

landed as (

    select * from {{ ref('flight_outcomes') }}

)

select
    coalesce(labelled.flight_id, landed.flight_id) as flight_id,
    labelled.label,
    landed.is_late
from labelled
full join landed
    on labelled.flight_id = landed.flight_id
where
    labelled.flight_id is null
    or landed.flight_id is null
    or labelled.label <> landed.is_late
