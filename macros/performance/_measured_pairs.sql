{#
    `measured`: each pair with what it adds to the sums of a metric, for both models; a `comparison` is a number for a cell and a metric.

    roc_auc needs both classes and is a mean of placements: of a positive row the share of negatives that score lower, of a negative
    row the share of positives that score higher, a tie as a half. Its weights give each class half of the sum.
#}
{%- macro _measured_pairs(call) -%}
{%- call baton.with_named_windows() -%}
    {%- set double = baton.type_double() -%}
    {%- set models = ['champion', 'challenger'] -%}
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
measured as (
    {%- for name, metric in call.metrics.items() %}

    select
        {{ call.metrics | length }} * cell_id + {{ loop.index0 }} as comparison,
        {%- for column in call.clusters %}
        {{ column }},
        {%- endfor %}
        {{ 'case when is_positive then 1 else 0 end' if metric.task == 'binary' else 'cast(null as integer)' }} as positive,
        {%- for model in models %}
        {%- if name == 'roc_auc' %}
        {{ model }}_placement * (positives + negatives) / rows_of_class as {{ model }}_part,
        (positives + negatives) / rows_of_class as {{ model }}_weight,
        {%- else %}
        cast({{ metric.part | replace('{model}', model) | indent(8) }} as {{ double }}) as {{ model }}_part,
        cast({{ metric.weight | default('1') | replace('{model}', model) }} as {{ double }}) as {{ model }}_weight,
        {%- endif %}
        {%- endfor %}
        {%- if name == 'roc_auc' %}
        -- the weights of a class are half of all, and DeLong divides by one row less than the class has
        2 * sqrt(rows_of_class / nullif(rows_of_class - 1, 0)) as influence_scale
    from placed
        {%- else %}
        {%- if 'rmse' in call.metrics %}
        {{ 'true' if name == 'rmse' else 'false' }} as is_root,
        {%- endif %}
        cast(1 as {{ double }}) as influence_scale
    from sliced
    where
        champion_{{ metric.needs }} is not null
        and challenger_{{ metric.needs }} is not null
        {%- endif %}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)
{%- endcall -%}
{%- endmacro -%}
