{#- The features of the churn models, in one list for training, scoring and drift. -#}
{%- macro churn_features() -%}
    {{ return([
        'days_since_last_active',
        'sessions_7d', 'sessions_30d', 'events_7d', 'events_30d',
        'avg_session_duration_7d', 'avg_session_duration_30d',
        'page_views_30d', 'add_to_carts_30d', 'checkouts_30d', 'purchases_30d', 'revenue_30d',
    ]) }}
{%- endmacro -%}
