{#
    What the p-values of total_variation, l_infinity, ks and wasserstein rest on: without drift the difference of the shares of a bin, and
    that of the shares up to a bin, is nearly normal.

    total_variation and wasserstein are sums of |X|. With a correlation r, E|XY| is that of independent X and Y times r asin(r) + sqrt(1 - r^2),
    which is 1 + (pi / 2 - 1) |r|^2.15 within 0.009. |r| is the product of a factor of each bin, so running totals give the variance of the
    sum. l_infinity and ks are maxima: their tail is at most the sum of the bins' tails.

    linked_errors, linked_step_errors   the sum of the errors of the bins before this one, each times its |r|^2.15
    area                                the part of wasserstein from the rows of this bin to those of the next one
    moved                               the same with the rows of both sides at their common means: without drift, what differs within
                                        the bins is small, but not nothing, and has another distribution
#}
{%- macro _drift_chances(call) -%}
{%- call baton.with_named_windows() -%}
    {%- set metrics = call.metrics -%}
    {%- set cell = call.cell | join(', ') -%}
    {%- set odds = 'pooled_share / nullif(1 - pooled_share, 0)' -%}
    {%- set gap_odds = 'pooled_up_to / nullif(1 - pooled_up_to, 0)' -%}
    {%- set windows = {} -%}
    {%- if 'total_variation' in metrics -%}
        {%- do windows.update({'smaller_bins': '(\n            partition by %s\n            order by pooled_share, bin\n            rows between unbounded preceding and 1 preceding\n        )' | format(cell)}) -%}
    {%- endif -%}
    {%- if call.with_means -%}
        {%- do windows.update({'lower_bins': '(\n            partition by %s, is_value\n            order by pooled_up_to\n            rows between unbounded preceding and 1 preceding\n        )' | format(cell)}) -%}
    {%- endif -%}
with_errors as (

    select
        *
        {%- if 'total_variation' in metrics or 'l_infinity' in metrics %},
        sqrt(pooled_share * (1 - pooled_share) / nullif(effective_n, 0)) as share_error
        {%- endif %}
        {%- if 'l_infinity' in metrics %},
        max(abs(reference_share - share)) over (partition by {{ cell }}) as largest_difference
        {%- endif %}
        {%- if call.of_numbers %},
        case when is_value = 1 then sqrt(pooled_up_to * (1 - pooled_up_to) / nullif(effective_values, 0)) end as gap_error,
        max(abs(gap)) over numbers as largest_gap
        {%- endif %}
        {%- if call.with_means %},
        nullif(max(greatest(reference_mean, mean)) over numbers - min(least(reference_mean, mean)) over numbers, 0) as mean_range,
        lead(both_mean) over (partition by {{ cell }}, is_value order by pooled_up_to) - both_mean as step
        {%- endif %}
    from shared
    {%- if call.of_numbers %}
    window numbers as (partition by {{ cell }}, is_value)
    {%- endif %}

),
{%- if call.with_means %}

-- lengths are in units of the whole range
with_lengths as (

    select
        *,
        case
            when is_value = 0 then null
            when reference_mean <= mean then abs(gap_before + n_reference / values_reference) * (mean - reference_mean)
            when reference_mean > mean then abs(gap_before - n / values_here) * (reference_mean - mean)
            else 0
        end / mean_range
        + case when is_value = 1 then abs(gap) * coalesce(next_start - greatest(reference_mean, mean), 0) end / mean_range as area,
        case when is_value = 1 then abs(gap) * step end / mean_range as moved,
        gap_error * step / mean_range as step_error
    from with_errors

),
{%- endif %}

chances as (

    select
        *
        {%- if 'total_variation' in metrics %},
        power({{ odds }}, 1.075) * {{ baton.stable_running_sum('share_error * power(%s, 1.075)' | format(odds), 'smaller_bins') }} as linked_errors
        {%- endif %}
        {%- if 'l_infinity' in metrics %},
        -largest_difference / nullif(share_error, 0) as share_minus_z
        {%- endif %}
        {%- if call.of_numbers %},
        -largest_gap / nullif(gap_error, 0) as gap_minus_z
        {%- endif %}
        {%- if call.with_means %},
        {{ baton.stable_running_sum('step_error * power(%s, 1.075)' | format(gap_odds), 'lower_bins') }}
        / power({{ gap_odds }}, 1.075) as linked_step_errors
        {%- endif %}
    from {{ 'with_lengths' if call.with_means else 'with_errors' }}
    {%- if windows %}
    window
        {%- for name, window in windows.items() %}
        {{ name }} as {{ window }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- endif %}

)
{%- endcall -%}
{%- endmacro -%}


{#-
    What each metric is, over the columns of `measured`: its value; the distance in units of its mean without drift, and the degrees of
    freedom of a chi-squared variable that spreads as much; the number of its bins, and where this is two, minus the standard score, as all
    distances then say the same; and a p-value of its own, of ks at most Kolmogorov's limit as Stephens corrected it (the first term).
-#}
{%- macro _drift_facts() -%}
    {%- set nothing = baton.as_double('null') -%}
    {%- set facts = {'value': {}, 'ratio': {}, 'degrees': {}, 'n_bins': {}, 'two_bins': {}, 'tail': {}, 'new_rows': {}, 'sums': {}} -%}
    {%- for metric, value in {
        'psi': 'psi', 'js_distance': 'sqrt(greatest(js_distance, 0))', 'hellinger': 'sqrt(hellinger)', 'total_variation': 'total_variation',
        'l_infinity': 'l_infinity', 'ks': 'ks', 'wasserstein': 'coalesce(area * mean_range, 0)', 'chi_square': 'chi_square',
    }.items() -%}
        {%- set of_numbers, of_shares = metric in ['ks', 'wasserstein'], metric in ['total_variation', 'l_infinity'] -%}
        {%- do facts.value.update({metric: value}) -%}
        {%- do facts.new_rows.update({metric: nothing if of_numbers or of_shares else 'new_rows_tail'}) -%}
        {%- do facts.n_bins.update({metric: 'n_value_bins' if of_numbers else 'n_bins' if of_shares else 'n_tested_bins'}) -%}
        {%- do facts.two_bins.update({metric: 'gap_minus_z' if of_numbers else '-sqrt(chi_square)' if of_shares else '-sqrt(tested_chi_square)'}) -%}
        {%- do facts.ratio.update({metric: {
            'total_variation': '2 * total_variation / nullif(sqrt(2 / pi()) * share_error, 0)',
            'wasserstein': 'moved / nullif(sqrt(2 / pi()) * step_error, 0)',
            'l_infinity': nothing,
            'ks': nothing,
        }.get(metric, 'tested_chi_square / nullif(expected_chi_square, 0)')}) -%}
        {%- do facts.degrees.update({metric: {
            'total_variation': '4 / (pi() - 2) * power(share_error, 2) / nullif(share_spread, 0)',
            'wasserstein': '4 / (pi() - 2) * power(step_error, 2) / nullif(step_spread, 0)',
            'l_infinity': nothing,
            'ks': nothing,
        }.get(metric, 'case when chi_square_variance > 1e-9 then 2 * power(expected_chi_square, 2) / chi_square_variance end')}) -%}
        {%- do facts.sums.update({metric: {
            'psi': ['psi', 'chi_square', 'dense_chi_square', 'dense_scarcity'],
            'js_distance': ['js_distance', 'chi_square', 'dense_chi_square', 'dense_scarcity'],
            'hellinger': ['hellinger', 'chi_square', 'dense_chi_square', 'dense_scarcity'],
            'total_variation': ['total_variation', 'share_error', 'share_spread', 'chi_square', 'dense_chi_square', 'dense_scarcity'],
            'l_infinity': ['share_tail', 'chi_square', 'dense_chi_square', 'dense_scarcity'],
            'ks': ['gap_tail'],
            'wasserstein': ['gap_tail', 'area', 'moved', 'step_error', 'step_spread'],
        }.get(metric, ['chi_square', 'dense_chi_square', 'dense_scarcity'])}) -%}
        {%- do facts.tail.update({metric: {
            'l_infinity': 'share_tail',
            'ks': 'least(gap_tail, 2 * exp(-least(2 * power((sqrt(effective_values) + 0.12 + 0.11 / sqrt(effective_values)) * ks, 2), 700)))',
        }.get(metric, nothing)}) -%}
    {%- endfor -%}
    {{ return(facts) }}
{%- endmacro -%}

{#- One SQL for each metric; as a case only where they differ. -#}
{%- macro _of_metric(metrics, facts) -%}
    {%- set groups = {} -%}
    {%- for metric in metrics -%}
        {%- do groups.setdefault(facts[metric], []).append("'%s'" | format(metric)) -%}
    {%- endfor -%}
    {%- if groups | length == 1 -%}
{{ groups | first }}
    {%- else -%}
case
    {%- for sql, names in groups.items() %}
    when metric {{ '= %s' | format(names[0]) if names | length == 1 else 'in (%s)' | format(names | join(', ')) }} then {{ sql }}
    {%- endfor %}
end
    {%- endif -%}
{%- endmacro -%}
