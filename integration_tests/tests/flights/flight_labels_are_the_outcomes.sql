-- every flight that landed has its outcome as the label, and no other has one
select
    coalesce(labelled.flight_id, landed.flight_id) as flight_id,
    labelled.label,
    landed.is_late
from (
    select *
    from {{ ref('flight_labels') }}
    where label is not null
) as labelled
full join {{ ref('flight_outcomes') }} as landed
    on labelled.flight_id = landed.flight_id
where
    labelled.flight_id is null
    or landed.flight_id is null
    or labelled.label <> landed.is_late
