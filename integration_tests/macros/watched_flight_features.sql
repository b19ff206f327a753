{#-
    The features of the flight model whose drift says something week by week: those that differ from flight to flight and from aircraft to
    aircraft. The flights of a week share the weather and the history of three airports, so any week is unlike half a year in them, in
    training too. Without the month, since later ones do not occur in training. docs/flights_in_autumn.md has the figures.
-#}
{%- macro watched_flight_features() -%}
    {%- set features = flight_features(of='flight_spine') + flight_features(of='aircraft_history') + flight_features(of='planes') -%}
    {{ return(features | reject('equalto', 'departure_month') | list) }}
{%- endmacro -%}
