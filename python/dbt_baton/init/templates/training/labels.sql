{{ config(materialized='table') }}

{#- what happened after each moment; a label that can still change is not mature -#}
{{ baton.labels(
    spine=ref('[[ name ]]_moments'),
    events=[[ events.call ]],
    entity=[[ entity ]],
    event_time=[[ events.time | text ]],
    horizon='[[ subject.horizon ]]',
    label=[[ label | text ]]
) }}
