{{ config(materialized='table') }}

{{ baton.drift_alerts(drift=ref('[[ name ]]_drift')) }}
