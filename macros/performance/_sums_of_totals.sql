{#- The totals of a cell that are sums of doubles, first within score bins and then over them. -#}
{%- macro _sums_of_totals(with_value, with_errors) -%}
    {%- set totals = ['precision_steps', 'squared_error', 'log_loss'] -%}
    {%- set errors = ['squared_error_squares', 'log_loss_squares', 'positive_spread', 'negative_spread'] -%}
-- summed in a way that does not depend on the order of the rows
    {%- for total in totals + (errors if with_errors else []) %}
{{ baton.stable_sum(total) }} as {{ total }}{{ ',' if with_value or not loop.last }}
    {%- endfor %}
    {%- if with_value %}
{{ baton.stable_sum('recovered_value', places=50) }} as recovered_value,
{{ baton.stable_sum('total_value', places=50) }} as total_value
    {%- endif -%}
{%- endmacro -%}
