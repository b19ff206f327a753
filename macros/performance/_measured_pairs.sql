{#
    `measured`: each pair with what it adds to the sums of a metric, for both models; a `comparison` is a number for a cell and a metric.

    roc_auc needs both classes and is a mean of placements: of a positive row the share of negatives that score lower, of a negative
    row the share of positives that score higher, a tie as a half. Its weights give each class half of the sum.
#}
{%- macro _measured_pairs(call) -%}
{%- call baton.with_named_windows() -%}
    {%- set double = baton.type_double() -%}
    {%- set models = ['champion', 'challenger'] -%}
    {%- set ids = call.metrics | list -%}
    {%- set names_by_need = {} -%}
    {%- for name, metric in call.metrics.items() -%}{%- do names_by_need.setdefault(metric.needs, []).append(name) -%}{%- endfor -%}
    {%- if 'roc_auc' in call.metrics -%}
-- a rank counts the rows below, so that among all is above that in the own class by the rows of the other class with a lower score
ranked as (

    select
        *,
        {%- for model in models %}
        rank() over {{ model }}_order - rank() over {{ model }}_order_of_class as {{ model }}_others_below,
        count(case when is_positive then 1 end) over {{ model }}_ties as {{ model }}_tied_positives,
        count(case when not is_positive then 1 end) over {{ model }}_ties as {{ model }}_tied_negatives,
        {%- endfor %}
        cast(count(case when is_positive then 1 end) over cell as {{ double }}) as positives,
        cast(count(case when not is_positive then 1 end) over cell as {{ double }}) as negatives
    from sliced
    where
        champion_score is not null
        and challenger_score is not null
    window
        {%- for model in models %}
        {{ model }}_order as (
            partition by cell_id
            order by {{ model }}_score
        ),
        {{ model }}_order_of_class as (
            partition by cell_id, is_positive
            order by {{ model }}_score
        ),
        {{ model }}_ties as (
            partition by cell_id, {{ model }}_score
        ),
        {%- endfor %}
        cell as (
            partition by cell_id
        )

),

-- DeLong's placement values: the share of the other class that a row is ranked rightly against, a tie as a half
placed as (

    select
        *,
        {%- for model in models %}
        case
            when is_positive
                then ({{ model }}_others_below + {{ model }}_tied_negatives / 2.0) / nullif(negatives, 0)
            else (positives - {{ model }}_others_below - {{ model }}_tied_positives / 2.0) / nullif(positives, 0)
        end as {{ model }}_placement,
        {%- endfor %}
        case when is_positive then positives else negatives end as rows_of_class
    from ranked

),

{% endif -%}
-- one select for the metrics that need the same of a pair, since some engines write out the pairs for each
measured as (
    {%- for needs, names in names_by_need.items() %}
    {%- set is_ranked = needs == 'score' and 'roc_auc' in call.metrics %}

    select
        {{ ids | length }} * cell_id + metric_id as comparison,
        {%- for column in call.clusters %}
        {{ column }},
        {%- endfor %}
        {%- if call.task != 'binary' %}
        cast(null as integer) as positive,
        {%- elif 'accuracy' in names %}
        -- accuracy needs no row of each class
        case when metric_id = {{ ids.index('accuracy') }} then null when is_positive then 1 else 0 end as positive,
        {%- else %}
        case when is_positive then 1 else 0 end as positive,
        {%- endif %}
        {%- for model in models %}
        case metric_id
            {%- for name in names %}
            when {{ ids.index(name) }} then {{ baton._pair_part(call, name, model) | indent(12) }}
            {%- endfor %}
        end as {{ model }}_part,
        case metric_id
            {%- for name in names %}
            when {{ ids.index(name) }} then {{ baton._pair_weight(call, name, model) | indent(12) }}
            {%- endfor %}
        end as {{ model }}_weight,
        {%- endfor %}
        {%- if 'rmse' in ids %}
        metric_id = {{ ids.index('rmse') }} as is_root,
        {%- endif %}
        {%- if is_ranked %}
        -- the weights of a class are half of all, and DeLong divides by one row less than the class has
        case
            when metric_id = {{ ids.index('roc_auc') }} then 2 * sqrt(rows_of_class / nullif(rows_of_class - 1, 0))
            else 1
        end as influence_scale
        {%- else %}
        cast(1 as {{ double }}) as influence_scale
        {%- endif %}
    from {{ 'placed' if is_ranked else 'sliced' }}
    cross join (
        {%- for name in names %}
        select {{ ids.index(name) }} as metric_id
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as metrics
    {%- if not is_ranked %}
    where
        champion_{{ needs }} is not null
        and challenger_{{ needs }} is not null
    {%- endif %}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)
{%- endcall -%}
{%- endmacro -%}

{#- What a pair adds to the sum of a model's metric, and to its weights. -#}
{%- macro _pair_part(call, name, model) -%}
    {%- if name == 'roc_auc' -%}
{{ model }}_placement * (positives + negatives) / rows_of_class
    {%- else -%}
{{ baton.as_double(call.metrics[name].part | replace('{model}', model)) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro _pair_weight(call, name, model) -%}
    {%- if name == 'roc_auc' -%}
(positives + negatives) / rows_of_class
    {%- else -%}
{{ baton.as_double(call.metrics[name].weight | default('1') | replace('{model}', model)) }}
    {%- endif -%}
{%- endmacro -%}
