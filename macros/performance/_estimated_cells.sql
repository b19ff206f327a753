{#
    `estimated_cells`: one row for each model, version, period and segment, with expected counts and totals: a prediction counts as positive with
    its calibrated probability, and as negative with the rest.

    Two errors are in a cell's variances: that of the outcomes given their probabilities (`spread` is the variance of a score's number of
    positives), and that of the calibration, whose levels are means of the reference. The second is the same for all rows at a level, so
    it is summed by level (`block`) first.

    `by_score` is a CTE with `cell_id, score, n_scored, called, uncalled, probability, block, level_variance`.
#}
{%- macro _estimated_cells() -%}
{%- call baton.with_named_windows() -%}
    {%- set counts = ['n_scored', 'called', 'uncalled'] -%}
    {#- scikit-learn's clip of a probability before its logarithm: the machine epsilon of a double -#}
    {%- set epsilon = '2.220446049250313e-16' -%}

expected as (

    select
        *,
        n_scored * probability as positives,
        n_scored * (1 - probability) as negatives,
        n_scored * probability * (1 - probability) as spread
    from by_score

),

-- *_down_to: of the rows with this score or a higher one
ranked as (

    select
        *,
        sum(n_scored) over down_to_score as n_down_to,
        sum(n_scored) over whole_cell as all_scored,
        {{ baton.stable_running_sum('positives', 'down_to_score') }} as positives_down_to,
        {{ baton.stable_running_sum('positives', 'whole_cell') }} as all_positives
    from expected
    window
        down_to_score as (
            partition by cell_id
            order by score desc
            rows between unbounded preceding and current row
        ),
        whole_cell as (partition by cell_id)

),

-- the shares of the other class that a row is ranked rightly and wrongly against, a tie as a half
compared as (

    select
        *,
        all_scored - all_positives as all_negatives,
        (all_scored - n_down_to - all_positives + positives_down_to + negatives / 2) / nullif(all_scored - all_positives, 0)
            as negatives_below,
        (positives_down_to - positives / 2) / nullif(all_positives, 0) as positives_above,
        positives_down_to / nullif(n_down_to, 0) as precision_down_to,
        positives / nullif(n_down_to, 0) as precision_share
    from ranked

),

totalled as (

    select
        *,
        {{ baton.stable_running_sum('positives * negatives_below', 'whole_cell') }} as ordered_pairs,
        {{ baton.stable_running_sum('positives * precision_down_to', 'whole_cell') }} as precision_steps,
        {{ baton.stable_running_sum('precision_share', 'whole_cell') }}
            - {{ baton.stable_running_sum('precision_share', 'down_to_score') }}
            + precision_share as precision_shares_from_here,
        -- PostgreSQL raises an error where the square of a small score underflows
        case when score < 1e-70 then 0 else score end as score_or_zero,
        -ln(least(greatest(score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_positive,
        -ln(least(greatest(1 - score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_negative
    from compared
    window
        down_to_score as (
            partition by cell_id
            order by score desc
            rows between unbounded preceding and current row
        ),
        whole_cell as (partition by cell_id)

),

-- how much a metric changes when one row of this score turns positive
with_slopes as (

    select
        *,
        positives * loss_if_positive + negatives * loss_if_negative as log_loss,
        positives * power(1 - score_or_zero, 2) + negatives * power(score_or_zero, 2) as squared_error,
        (loss_if_positive - loss_if_negative) / nullif(all_scored, 0) as log_loss_slope,
        (1 - 2 * score) / nullif(all_scored, 0) as brier_slope,
        (negatives_below - ordered_pairs / nullif(all_positives, 0)) / nullif(all_positives, 0)
            - (positives_above - ordered_pairs / nullif(all_positives, 0)) / nullif(all_negatives, 0) as roc_auc_slope,
        (precision_down_to + precision_shares_from_here - precision_steps / nullif(all_positives, 0))
            / nullif(all_positives, 0) as precision_slope
    from totalled

),
{%- set slopes = ['log_loss_slope', 'brier_slope', 'roc_auc_slope', 'precision_slope'] %}

by_block as (

    select
        cell_id,
        level_variance,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        max(ordered_pairs) as ordered_pairs,
        max(precision_steps) as precision_steps,
        {{ baton.stable_sum('positives') }} as positives,
        {{ baton.stable_sum('spread') }} as spread,
        {{ baton.stable_sum('spread / nullif(n_down_to, 0)') }} as precision_of_themselves,
        {{ baton.stable_sum('called * probability') }} as true_positives,
        {{ baton.stable_sum('uncalled * probability') }} as false_negatives,
        {{ baton.stable_sum('called * probability * (1 - probability)', places=50) }} as called_spread,
        {{ baton.stable_sum('uncalled * probability * (1 - probability)', places=50) }} as uncalled_spread,
        {{ baton.stable_sum('log_loss') }} as log_loss,
        {{ baton.stable_sum('squared_error') }} as squared_error,
        {%- for slope in slopes %}
        {{ baton.stable_sum('spread * power(%s, 2)' | format(slope)) }} as {{ slope }}_spread,
        {{ baton.stable_sum('n_scored * %s' | format(slope)) }} as {{ slope }}{{ ',' if not loop.last }}
        {%- endfor %}
    from with_slopes
    group by cell_id, block, level_variance

),

estimated_cells as (

    select
        cell_id as estimated_cell,
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        max(ordered_pairs) as ordered_pairs,
        max(precision_steps) as precision_steps,
        {%- for total in [
            'positives', 'spread', 'precision_of_themselves', 'true_positives', 'false_negatives', 'log_loss', 'squared_error',
        ] %}
        {{ baton.stable_sum(total) }} as {{ total }},
        {%- endfor %}
        {{ baton.stable_sum('called_spread + level_variance * power(called, 2)', places=50) }} as called_variance,
        {{ baton.stable_sum('uncalled_spread + level_variance * power(uncalled, 2)', places=50) }} as uncalled_variance,
        {{ baton.stable_sum('level_variance * called * uncalled', places=50) }} as covariance,
        {%- for slope in slopes %}
        {{ baton.stable_sum('%s_spread + level_variance * power(%s, 2)' | format(slope, slope)) }}
            as {{ slope | replace('slope', 'variance') }}{{ ',' if not loop.last }}
        {%- endfor %}
    from by_block
    group by cell_id

)
{%- endcall -%}
{%- endmacro -%}
