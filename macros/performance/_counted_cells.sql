{#
    The cells of a binary task, counted and numbered (`numbered`), and the labelled rows of each (`rows_of_cells`): once for each slice that
    they are in, with the number of the cell.
-#}
{%- macro _counted_cells(call, with_errors) -%}

{%- set double, with_value = baton.type_double(), call.value is not none -%}
{%- if with_value %}
valued as (

    select
        labelled.*,
        case when is_positive and is_called_positive then value end as recovered,
        case when is_positive then value end as total
    from labelled

),

{% endif %}
{%- for slice in call.slices %}
{%- if loop.first %}
-- counts are doubles: whole numbers add up exactly, in any order, and divide without truncation
counted as (
{%- endif %}

    select
        model_name,
        model_version,
        period_start,
        cast({{ slice.name }} as {{ baton.type_text() }}) as segment_name,
        cast({{ slice.value | indent(8) }} as {{ baton.type_text() }}) as segment_value,
        cast(count(*) as {{ double }}) as n,
        cast(count(is_positive) as {{ double }}) as n_labelled,
        cast(count(case when is_positive then score end) as {{ double }}) as positives,
        cast(count(case when not is_positive then score end) as {{ double }}) as negatives,
        cast(count(case when is_positive and is_called_positive then 1 end) as {{ double }}) as true_positives,
        cast(count(case when not is_positive and is_called_positive then 1 end) as {{ double }}) as false_positives,
        cast(count(case when is_positive and not is_called_positive then 1 end) as {{ double }}) as false_negatives,
        cast(count(case when not is_positive and not is_called_positive then 1 end) as {{ double }}) as true_negatives
        {%- if with_value %},
        max(abs(total)) as largest_value
        {%- for name in ['recovered', 'total'] %}
        {%- for part in baton.exact_parts(name, is_finite=true) %},
        sum({{ part | indent(8) }}) as {{ name }}_{{ loop.index }}
        {%- endfor %}
        {%- endfor %}
        {%- endif %}
    from {{ 'valued' if with_value else 'labelled' }}
    group by {{ (['model_name', 'model_version', 'period_start'] + slice.columns) | join(', ') }}
    {%- if not loop.last %}

    union all
    {%- endif %}
{%- endfor %}

),

summed as (

    select
        counted.*,
        true_positives + false_negatives as actual_positives,
        true_negatives + false_positives as actual_negatives,
        true_positives + false_positives as called_positives,
        true_negatives + false_negatives as called_negatives,
        true_positives + false_positives + false_negatives + true_negatives as classified,
        positives + negatives as scored,
        {%- if with_value %}
        {%- set parts = baton.exact_parts('value', is_finite=true) | length %}
        {%- for name in ['recovered', 'total'] %}
        {%- set sums = [] %}
        {%- for part in range(parts) %}{%- do sums.append('%s_%s' | format(name, part + 1)) %}{%- endfor %}
        coalesce({{ baton.exact_total(sums) | indent(8) }}, 0) as {{ name }}_value,
        {%- endfor %}
        {%- endif %}
        row_number() over (order by {{ call.cell | join(', ') }}) as cell_id
    from counted

),

numbered as {{ baton.materialized() }}(

    select
        summed.*,
        (true_positives * true_negatives - false_positives * false_negatives)
            / nullif(sqrt(actual_positives * actual_negatives) * sqrt(called_positives * called_negatives), 0) as mcc,
        2 * (true_positives * true_negatives - false_positives * false_negatives)
            / nullif(called_positives * actual_negatives + called_negatives * actual_positives, 0) as kappa
        {%- if with_errors %},
        nullif(actual_negatives, 0) / nullif(actual_positives, 0) as actual_odds,
        nullif(called_negatives, 0) / nullif(called_positives, 0) as called_odds,
        actual_positives / nullif(classified, 0) as actual_share,
        called_positives / nullif(classified, 0) as called_share,
        (actual_positives - actual_negatives) / nullif(classified, 0) as actual_shift,
        (called_positives - called_negatives) / nullif(classified, 0) as called_shift,
        (false_positives + false_negatives) / nullif(classified, 0) as false_share
        {%- endif %}
    from summed

),

rows_of_cells as (
    {%- for slice in call.slices %}

    select
        numbered.cell_id,
        labelled.score,
        labelled.is_positive
        {%- if with_value and with_errors %},
        labelled.is_called_positive,
        labelled.value / nullif(numbered.largest_value, 0) as relative_value
        {%- endif %}
    from labelled
    inner join numbered
        on {{ baton.same_value('labelled.model_name', 'numbered.model_name') | indent(8) }}
        and {{ baton.same_value('labelled.model_version', 'numbered.model_version') | indent(8) }}
        and {{ baton._same_period('labelled', 'numbered') | indent(8) }}
        {%- if slice.columns %}
        and {{ baton.same_value(slice.value, 'numbered.segment_value') | indent(8) }}
        {%- endif %}
    where numbered.segment_name = {{ slice.name }} and labelled.is_positive is not null
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

{%- endmacro -%}

{#- Whether two tables have the same period, of which one is NULL where all time is one period. -#}
{%- macro _same_period(one, other) -%}
coalesce({{ one }}.period_start, timestamp '0001-01-01') = coalesce({{ other }}.period_start, timestamp '0001-01-01')
{%- endmacro -%}
