{#- Preprocessing of the churn features for a linear model; `fit` and `transform` share this list. -#}
{%- macro churn_transformers() -%}
    {%- set counts = [
        'sessions_7d', 'sessions_30d', 'events_7d', 'events_30d',
        'page_views_30d', 'add_to_carts_30d', 'checkouts_30d', 'purchases_30d',
    ] -%}
    {%- set durations = ['avg_session_duration_7d', 'avg_session_duration_30d'] -%}
    {%- set amounts = ['days_since_last_active', 'revenue_30d'] -%}
    {{ return([
        {'transformer': 'log1p', 'columns': counts},
        {'transformer': 'simple_imputer', 'columns': durations, 'strategy': 'median', 'add_indicator': true},
        {'transformer': 'clip', 'columns': ['revenue_30d'], 'lower_quantile': 0.0, 'upper_quantile': 0.99},
        {'transformer': 'standard_scaler', 'columns': counts + durations + amounts},
        {'transformer': 'one_hot_encoder', 'columns': ['platform', 'channel'], 'handle_unknown': 'ignore'},
    ]) }}
{%- endmacro -%}
