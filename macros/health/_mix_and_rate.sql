{#-
    The CTE `splits`: how much of a difference comes from other segment shares (mix), and how much from other values within
    segments (rate), for each segment; `position` 1 is the one whose shares explain most of the loss.

    rate      sum over segments of (share + expected share) / 2 * (value - expected value), as Kitagawa has it: Components of a difference
              between two rates, Journal of the American Statistical Association 50 (1955). A segment whose value is undefined on a
              side counts as those that are defined.
    mix       the rest: of a metric that is a mean over rows, sum of (share - expected share) * mean of both values; of others, also
              what happens between segments
-#}
{%- macro _mix_and_rate(call) -%}
{%- set version = 'model_name, model_version' -%}
segments as (

    select
        *,
        n_labelled / sum(n_labelled) over (partition by {{ version }}, period_start, segment_name) as share
    from measured
    where segment_name <> 'all' and n_labelled > 0

),

reference_counts as (

    select
        segments.model_name,
        segments.model_version,
        segments.segment_name,
        segments.segment_value,
        sum(segments.n_labelled) as n_labelled,
        {{ baton.ordered_sum('segments.n_labelled * segments.value', 'segments.period_start') | indent(8) }}
        / nullif(sum(case when segments.value is not null then segments.n_labelled end), 0) as value
    from segments
    inner join reference_periods
        on {{ baton._same_cell('segments', 'reference_periods') | indent(8) }}
    group by segments.model_name, segments.model_version, segments.segment_name, segments.segment_value

),

reference_segments as (

    select
        *,
        n_labelled / sum(n_labelled) over (partition by {{ version }}, segment_name) as share
    from reference_counts

),

rates as (

    select
        segments.model_name,
        segments.model_version,
        segments.period_start,
        segments.segment_name,
        {{ baton.ordered_sum('(segments.share + expected.share) / 2 * (segments.value - expected.value)', 'segments.segment_value') | indent(8) }}
        * {{ baton.ordered_sum('segments.share + expected.share', 'segments.segment_value') | indent(8) }}
        / nullif({{ baton.ordered_sum(
            '\n            case when segments.value - expected.value is not null then segments.share + expected.share end',
            'segments.segment_value\n        '
        ) }}, 0) as rate_effect
    from segments
    inner join reference_segments as expected
        on segments.model_name = expected.model_name
        and segments.model_version = expected.model_version
        and segments.segment_name = expected.segment_name
        and {{ baton.same_value('segments.segment_value', 'expected.segment_value') | indent(8) }}
    group by segments.model_name, segments.model_version, segments.period_start, segments.segment_name

),

-- of several segments, the one whose shares explain most of the loss
splits as {{ baton.materialized() }}(

    select
        rates.model_name,
        rates.model_version,
        rates.period_start,
        rates.segment_name,
        rates.rate_effect,
        standardised.difference - rates.rate_effect as mix_effect,
        row_number() over (
            partition by rates.model_name, rates.model_version, rates.period_start
            order by {{ '' if call.is_gain else '-' }}(standardised.difference - rates.rate_effect), rates.segment_name
        ) as position
    from rates
    inner join standardised
        on {{ baton._same_cell('rates', 'standardised') | indent(8) }}
    where rates.rate_effect is not null and standardised.difference is not null

)
{%- endmacro -%}
