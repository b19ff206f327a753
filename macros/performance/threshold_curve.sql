{#
    What a model would do at other thresholds: counts and rates of the labelled predictions, of which those with this score or a higher
    one are flagged.
#}
{%- macro threshold_curve(
    predictions,
    outcomes,
    entity,
    thresholds=100,
    costs=none,
    period=none,
    segments=[],
    actual='actual',
    outcome_time=none,
    positive_class='1',
    known_at=none,
    as_of='as_of',
    outcome_as_of=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
{%- call baton.with_named_windows() -%}

    {%- set problems = [] -%}
    {%- set listed = thresholds if baton.is_list(thresholds) else [] -%}
    {%- do baton._expect_thresholds(problems, thresholds, costs) -%}
    {%- set call = baton._performance_call('threshold_curve', {
        'predictions': predictions, 'outcomes': outcomes, 'entity': entity, 'task': 'binary', 'period': period, 'segments': segments,
        'actual': actual, 'outcome_time': outcome_time, 'positive_class': positive_class, 'known_at': known_at, 'as_of': as_of,
        'outcome_as_of': outcome_as_of,
    }, problems) -%}
    {%- set count = dbt.type_bigint() -%}

with {{ baton._labelled_scores(call) }},
{%- if listed %}

-- each threshold in each cell, as a score that no prediction has
points as (

    select
        cell_id,
        score as threshold,
        n,
        positives,
        0 as is_listed
    from by_score
    {%- for threshold in listed %}

    union all

    select distinct
        cell_id,
        {{ baton.number_literal(threshold) }},
        {{ baton.number_literal(0) }},
        {{ baton.number_literal(0) }},
        1
    from by_score
    {%- endfor %}

),

{%- else %}

points as (

    select
        cell_id,
        score as threshold,
        n,
        positives,
        1 as is_listed
    from by_score

),
{%- endif %}

-- n_flagged, true_positives: of the rows with this score or a higher one
flagged as (

    select
        *,
        sum(n) over down_to_threshold as n_flagged,
        sum(positives) over down_to_threshold as true_positives,
        sum(n) over cell as n_rows,
        sum(positives) over cell as actual_positives,
        count(*) over cell as n_points
    from points
    window
        cell as (partition by cell_id),
        down_to_threshold as (
            partition by cell_id
            order by threshold desc, is_listed
            rows between unbounded preceding and current row
        )

),
{%- if thresholds is integer %}

-- scores that split the rows evenly: the last one of each of as many shares of them
shares as (

    select
        *,
        ceil({{ thresholds }} * n_flagged / n_rows) as share,
        lead(ceil({{ thresholds }} * n_flagged / n_rows)) over (
            partition by cell_id
            order by threshold desc
        ) as next_share
    from flagged

),
{%- endif %}

counted as (

    select
        *,
        n_flagged - true_positives as false_positives,
        actual_positives - true_positives as false_negatives,
        n_rows - actual_positives - n_flagged + true_positives as true_negatives
    from {{ 'shares' if thresholds is integer else 'flagged' }}
    -- not "= 1", of which PostgreSQL expects so few rows that it loops over the cells for each
    where is_listed > 0
    {%- if thresholds is integer %}
        and (n_points <= {{ thresholds }} or share < next_share or next_share is null)
    {%- endif %}

)

select
    {{ baton.qualified(call.cell, 'cells') | join(',\n    ') }},
    threshold,
    cast(n_flagged as {{ count }}) as n_flagged,
    cast(true_positives as {{ count }}) as true_positives,
    cast(false_positives as {{ count }}) as false_positives,
    cast(false_negatives as {{ count }}) as false_negatives,
    cast(true_negatives as {{ count }}) as true_negatives,
    true_positives / nullif(n_flagged, 0) as precision,
    true_positives / nullif(actual_positives, 0) as recall,
    false_positives / nullif(n_rows - actual_positives, 0) as false_positive_rate,
    true_positives * n_rows / nullif(n_flagged * actual_positives, 0) as lift,
    true_positives / nullif(actual_positives, 0) as gain,
    {%- if costs %}
    {% for name, cost in costs.items() %}{{ '+ ' if not loop.first }}{{ dict(
        false_positive='false_positives', false_negative='false_negatives', true_positive='true_positives', true_negative='true_negatives'
    )[name] }} * {{ baton.number_literal(cost) }}
        {%- if not loop.last %}
    {% endif %}
    {%- endfor %} as cost
    {%- else %}
    {{ baton.as_double('null') }} as cost
    {%- endif %}
from counted
inner join numbered_cells as cells
    on counted.cell_id = cells.cell_id
where cells.other_task is null
{%- endcall -%}
{%- endmacro -%}


{%- macro _expect_thresholds(problems, thresholds, costs) -%}
    {%- if baton.is_list(thresholds) -%}
        {%- do baton.expect_list(problems, 'thresholds', thresholds, of='numbers') -%}
        {%- for threshold in thresholds if threshold is not number or threshold is boolean or not 0 <= threshold <= 1 -%}
            {%- do problems.append("thresholds contains %s, expected numbers from 0 to 1" | format(baton._repr(threshold))) -%}
        {%- endfor -%}
    {%- elif thresholds is not none -%}
        {%- do baton.expect_whole_number(problems, 'thresholds', thresholds) -%}
    {%- endif -%}
    {%- if costs is not none -%}
        {%- do baton.expect_keys(
            problems, 'costs', costs, optional=['false_positive', 'false_negative', 'true_positive', 'true_negative']
        ) -%}
        {%- for name, cost in (costs.items() if baton.is_mapping(costs) else []) if cost is not number or cost is boolean -%}
            {%- do problems.append("costs.%s is %s, expected a number" | format(name, baton._repr(cost))) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
