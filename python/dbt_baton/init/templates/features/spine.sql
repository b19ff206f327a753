{{ config(materialized='table') }}

-- the moments at which features are computed: from the first event on, up to the newest one
with entities as (

    select
        [[ columns | indent(8) ]],
        min([[ moment ]]) as first_event_at
    from {{ [[ events.call ]] }}
    group by
        [[ columns | indent(8) ]]

),

spine as (

    {{ baton.entity_spine(
        entities='entities',
        entity=[[ entity ]],
        start='[[ calendar.start ]]',
        end=[[ newest ]] ~ [[ events.call ]] ~ ')',
        every='[[ subject.every ]]',
        active_from='first_event_at'
    ) | indent }}

)

select * from spine
