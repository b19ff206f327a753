{#- The metrics of a regression task over `cells`. -#}
{%- macro _regression_metrics(call) -%}
    {%- set positive, signed = ['0', 'null'], ['null', 'null'] -%}
    {%- set residual = '%s * sum_ratio' | format(baton.square('greatest_ratio')) -%}
    {%- set r2 -%}
case
    when greatest_ratio is not null then 1 - {{ residual | indent }}
    -- as scikit-learn has it for constant outcomes
    when predicted > 1 then case when greatest_error = 0 then 1 else 0 end
end
    {%- endset -%}
    {%- set metrics = [
        {'name': 'predictions', 'value': 'n', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._mean_loss(call, 'mae', 'absolute_error', positive),
        baton._mean_loss(call, 'rmse', 'squared_error', positive),
        baton._mean_loss(call, 'mape', 'percentage_error', positive),
        baton._mean_loss(call, 'smape', 'symmetric_error', ['0', '2']),
        baton._task_metric(
            call, 'r2', r2, 'predicted', {'predicted = 1': 'one outcome only', 'greatest_ratio is null': 'constant outcomes'},
            'power(%s, 2) * r2_spread' | format(residual), ['null', '1'], fills=true
        ),
        baton._task_metric(
            call, 'rmsle', 'log_error_mean', 'predicted', {'rows_below > 0': 'a value of -1 or less'}, 'log_error_variance', positive
        ),
        baton._task_metric(call, 'median_absolute_error', 'median_error', 'predicted', range=positive),
        baton._task_metric(call, 'max_error', 'greatest_error', 'predicted', range=positive),
        baton._mean_loss(call, 'mean_error', 'signed_error', signed),
    ] -%}
    {%- for quantile in call.quantiles -%}
        {%- do metrics.append(baton._mean_loss(
            call, 'pinball_%s' | format(quantile), 'pinball_%s' | format(loop.index), positive, 'no predicted quantiles'
        )) -%}
    {%- endfor -%}
    {%- if call.interval -%}
        {%- do metrics.append(baton._task_metric(
            call, 'coverage', 'covered_mean', 'n_labelled', {'covered_rows = 0': 'no predicted intervals'},
            'covered_mean * (1 - covered_mean) / nullif(covered_rows, 0)', trials='covered_rows', fills=true
        )) -%}
    {%- endif -%}
    {%- do metrics.append(baton._count_metric('missing_values', 'n_labelled - predicted', 'n_labelled')) -%}
    {{ return(metrics) }}
{%- endmacro -%}

{#- The mean of a loss, or the root of that of its squares, over the rows that have it. -#}
{%- macro _mean_loss(call, name, loss, range, without_rows='no predicted values') -%}
    {{ return(baton._task_metric(
        call, name, '%s_mean' | format(loss), 'n_labelled', {'%s_rows = 0' | format(loss): without_rows}, '%s_variance' | format(loss),
        range, fills=true
    )) }}
{%- endmacro -%}
