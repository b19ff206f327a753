{#- The features of the flight model, in one place for training and drift; with `of`, those from one dbt model. -#}
{%- macro flight_features(of=none) -%}
    {%- set features = {
        'flight_spine': ['carrier', 'origin', 'dest', 'distance', 'departure_hour', 'departure_weekday', 'departure_month'],
        'carrier_history': [
            'carrier_flights_7d', 'carrier_flights_30d',
            'carrier_late_share_6h', 'carrier_late_share_7d', 'carrier_late_share_30d',
            'carrier_delay_6h', 'carrier_delay_7d', 'carrier_delay_30d', 'carrier_delay_spread_6h',
            'carrier_cancelled_share_6h', 'carrier_cancelled_share_7d', 'carrier_cancelled_share_30d',
        ],
        'origin_history': [
            'origin_flights_7d', 'origin_flights_30d',
            'origin_late_share_6h', 'origin_late_share_7d', 'origin_late_share_30d',
            'origin_delay_6h', 'origin_delay_7d', 'origin_delay_30d', 'origin_median_delay_2h',
            'origin_cancelled_share_6h', 'origin_cancelled_share_7d', 'origin_cancelled_share_30d',
        ],
        'route_history': [
            'route_flights_7d', 'route_flights_30d',
            'route_late_share_1d', 'route_late_share_7d', 'route_late_share_30d',
            'route_delay_1d', 'route_delay_7d', 'route_delay_30d',
        ],
        'aircraft_history': [
            'aircraft_flights_7d', 'aircraft_flights_30d',
            'aircraft_late_share_7d', 'aircraft_late_share_30d',
            'aircraft_delay_7d', 'aircraft_delay_30d',
            'aircraft_last_delay_1d', 'aircraft_days_since_landing',
        ],
        'weather': ['temperature', 'humidity', 'wind_speed', 'wind_gust', 'precipitation', 'pressure', 'visibility'],
        'planes': ['built_in', 'engine', 'seats'],
    } -%}
    {{ return(features[of] if of else features.values() | sum(start=[])) }}
{%- endmacro -%}
