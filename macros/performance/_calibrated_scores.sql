{#
    `scored`: the `labelled` predictions with the probability of their score, by the `calibration` of its model and version, the `block` of
    equal levels that it is nearest to and that level's variance; NULL without a calibration.

    Left joins let PostgreSQL estimate enough rows to hash them; of inner joins by model it expects one row, and loops.
-#}
{%- macro _calibrated_scores(calibrate) -%}
{%- if not calibrate -%}
-- PostgreSQL raises an error where the product of small numbers underflows
scored as (

    select
        labelled.*,
        case when score < 1e-70 then 0 else score end as probability,
        0 as block,
        {{ baton.number_literal(0) }} as level_variance
    from labelled

)
{%- else -%}
-- the bin of a score is the number of bins that start at it or below
numbered_scores as (

    select
        *,
        sum(is_bin) over (
            partition by model_name, model_version
            order by score, is_bin desc
            rows between unbounded preceding and current row
        ) as bin
    from (
        select distinct model_name, model_version, score, 0 as is_bin
        from labelled
        where score is not null
        union all
        select model_name, model_version, lower, 1
        from calibration
    ) as scores_and_bins

),

calibrated_scores as (

    select
        scores.model_name,
        scores.model_version,
        scores.score,
        case
            when scores.score <= bins.upper or bins.next_lower is null then bins.probability
            else bins.probability
                + (bins.next_probability - bins.probability) * ((scores.score - bins.upper) / (bins.next_lower - bins.upper))
        end as probability,
        -- the error is that of the nearer level
        case when scores.score > (bins.upper + bins.next_lower) / 2 then bins.next_block else bins.block end as block,
        case
            when scores.score > (bins.upper + bins.next_lower) / 2 then bins.next_level_variance
            else bins.level_variance
        end as level_variance
    from numbered_scores as scores
    left join calibration as bins
        on scores.bin = bins.bin
        and {{ baton.same_value('scores.model_name', 'bins.model_name') | indent(8) }}
        and {{ baton.same_value('scores.model_version', 'bins.model_version') | indent(8) }}
    where scores.is_bin = 0

),

scored as (

    select
        labelled.*,
        calibrated.probability,
        calibrated.block,
        calibrated.level_variance
    from labelled
    left join calibrated_scores as calibrated
        on labelled.score = calibrated.score
        and {{ baton.same_value('labelled.model_name', 'calibrated.model_name') | indent(8) }}
        and {{ baton.same_value('labelled.model_version', 'calibrated.model_version') | indent(8) }}

)
{%- endif -%}
{%- endmacro -%}
