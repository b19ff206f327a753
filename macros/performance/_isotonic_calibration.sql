{#
    `calibration`: the isotonic regression of the outcome on the score, for each model and version, as a line from score to
    probability: level on the scores `lower` to `upper`, from there straight to the next bin.

    The regression is the greatest of the lowest means, f(i) = max over j <= i of (min over k >= i of the mean of the bins j to k), which
    needs a row for each pair of bins. So scores are put into 200 bins where there are more. A bin has a two hundredth of the weight,
    and both classes weigh the same, since rare positives would otherwise end up in a few bins.

    `reference_scores` is a CTE with `model_name, model_version, score, n, positives`.
#}
{%- macro _isotonic_calibration() -%}
{%- call baton.with_named_windows() -%}
    {%- set model = 'partition by model_name, model_version' -%}

weighed_scores as (

    select
        *,
        row_number() over up_to_score as score_number,
        count(*) over model as n_scores,
        (sum(positives) over {{ baton.named_window('up_to_score', '(up_to_score)') }} - positives) / nullif(sum(positives) over model, 0) as positives_below,
        (sum(n - positives) over {{ baton.named_window('up_to_score', '(up_to_score)') }} - n + positives) / nullif(sum(n - positives) over model, 0) as negatives_below
    from reference_scores
    window
        model as ({{ model }}),
        up_to_score as (
            {{ model }}
            order by score
            rows between unbounded preceding and current row
        )

),

-- each score, or 200 bins of equal weight, for which both classes weigh the same; without both there is no calibration
score_bins as (

    select
        model_name,
        model_version,
        case when n_scores <= 200 then score_number else floor(100 * (positives_below + negatives_below)) end as score_bin,
        min(score) as lower,
        max(score) as upper,
        sum(n) as n,
        sum(positives) as positives
    from weighed_scores
    where positives_below + negatives_below is not null
    group by
        model_name,
        model_version,
        case when n_scores <= 200 then score_number else floor(100 * (positives_below + negatives_below)) end

),

bins as (

    select
        *,
        row_number() over up_to_bin as bin,
        sum(n) over up_to_bin as n_up_to,
        sum(positives) over up_to_bin as positives_up_to
    from score_bins
    window up_to_bin as (
        {{ model }}
        order by score_bin
        rows between unbounded preceding and current row
    )

),

-- isotonic regression: the level of a bin is the greatest, over the bins that a run can start with, of the lowest mean of the runs
-- from there to this bin or a later one
runs as (

    select
        last_bin.*,
        first_bin.bin as first_bin,
        (last_bin.positives_up_to - first_bin.positives_up_to + first_bin.positives)
        / (last_bin.n_up_to - first_bin.n_up_to + first_bin.n) as mean_outcome
    from bins as first_bin
    inner join bins as last_bin
        on first_bin.bin <= last_bin.bin
        and {{ baton.same_value('first_bin.model_name', 'last_bin.model_name') | indent(8) }}
        and {{ baton.same_value('first_bin.model_version', 'last_bin.model_version') | indent(8) }}

),

lowest_means as (

    select
        *,
        min(mean_outcome) over (
            {{ model }}, first_bin
            order by bin desc
            rows between unbounded preceding and current row
        ) as lowest_mean
    from runs

),

levels as (

    select
        model_name,
        model_version,
        bin,
        max(lower) as lower,
        max(upper) as upper,
        max(n) as n,
        max(lowest_mean) as probability
    from lowest_means
    group by model_name, model_version, bin

),

steps as (

    select
        *,
        case
            when probability > 1e-12 + lag(probability) over ({{ model }} order by bin) then 1
            else 0
        end as is_step
    from levels

),

blocks as (

    select
        *,
        sum(is_step) over (
            {{ model }}
            order by bin
            rows between unbounded preceding and current row
        ) as block
    from steps

),

-- the error of a level is that of a mean of the reference's outcomes
measured_blocks as (

    select
        *,
        probability * (1 - probability) / sum(n) over ({{ model }}, block) as level_variance
    from blocks

),

calibration as (

    select
        model_name,
        model_version,
        bin,
        case when bin = 1 then 0 else lower end as lower,
        upper,
        probability,
        block,
        level_variance,
        lead(lower) over in_order as next_lower,
        lead(probability) over in_order as next_probability,
        lead(block) over in_order as next_block,
        lead(level_variance) over in_order as next_level_variance
    from measured_blocks
    window in_order as (
        {{ model }}
        order by bin
    )

)
{%- endcall -%}
{%- endmacro -%}
