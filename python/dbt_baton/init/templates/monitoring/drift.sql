{{ config(materialized='table') }}

{{ baton.drift(histogram=ref('[[ name ]]_feature_histogram'), baseline=ref('[[ name ]]_drift_baseline')) }}
