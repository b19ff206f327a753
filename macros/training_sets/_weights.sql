{#
    Sample weights: columns `class_weight` and `time_weight` for the rows of a CTE that has a column `split`.

    {'class': 'balanced', 'time': {'half_life': '90d'}}

    Both look at the rows of split 'train' only and at no clock. A class weighs rows / (classes * rows of the class), as in
    scikit-learn's compute_class_weight('balanced'); a class never seen in training weighs NULL. A moment weighs
    0.5 ^ ((newest training as_of - as_of) / half_life), where more than 1000 half-lives count as 1000.
#}
{%- macro _weighted_rows(rows, weights, label, as_of, known) -%}
{%- set label = baton.identifier(baton.as_list(label)[0]) -%}
{%- set made = {} -%}
{%- set at = baton.utc_beside(made, as_of, known, rows) if weights.get('time') else none -%}
{%- if weights.get('class') -%}
-- balanced: every class has the same total weight over the training rows
class_weights as (

    select
        {{ label }} as class,
        {{ baton.as_double('sum(count(*)) over ()') }} / (count(*) over () * count(*)) as class_weight
    from {{ rows }}
    where
        split = 'train'
        and {{ label }} is not null
    group by {{ label }}

),

{% endif -%}
{%- if weights.get('time') -%}
newest_training_row as (

    select max({{ baton.utc(as_of, known) | indent(8) }}) as newest_as_of
    from {{ rows }}
    where split = 'train'

),

{% endif -%}
weighted_rows as (

    select
        {{ baton.star_without(rows, made) | indent(8) }}
        {%- if weights.get('class') %},
        class_weights.class_weight
        {%- endif %}
        {%- if weights.get('time') %},
        {%- set half_lives -%}
            {{ baton.seconds_between(at, 'newest_training_row.newest_as_of') }} / {{ baton.duration_seconds(weights.time.half_life) }}
        {%- endset %}
        -- doubles underflow soon after 1000 halvings, where engines raise an error
        power(0.5, case
            when {{ half_lives }} > 1000 then 1000
            when {{ half_lives }} < -1000 then -1000
            else {{ half_lives }}
        end) as time_weight
        {%- endif %}
    from {{ (baton.aliased(rows, rows, made) if made else rows) | indent }}
    {%- if weights.get('class') %}
    left join class_weights
        on {{ rows }}.{{ label }} = class_weights.class
    {%- endif %}
    {%- if weights.get('time') %}
    cross join newest_training_row
    {%- endif %}

)

select * from weighted_rows
{%- endmacro -%}
