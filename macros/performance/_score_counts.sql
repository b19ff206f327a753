{#- Counts of `labelled` for each score in each cell, of one slice after another: `counts` is {name: SQL}. -#}
{%- macro _score_counts(call, counts, condition=none) -%}
    {%- for slice in call.slices -%}
select
    model_name,
    model_version,
    period_start,
    cast({{ slice.name }} as {{ baton.type_text() }}) as segment_name,
    cast({{ slice.value | indent }} as {{ baton.type_text() }}) as segment_value,
    score,
    {%- for name, sql in counts.items() %}
    {{ baton.as_double(sql) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from labelled
    {%- if condition %}
where {{ condition }}
    {%- endif %}
group by {{ (['model_name', 'model_version', 'period_start'] + slice.columns + ['score']) | join(', ') }}
    {%- if not loop.last %}

union all

{% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#-
    For a curve: `models`, and `by_score` with the labelled predictions `n` and `positives` of each score in each cell. A model of another
    task has no curve.
-#}
{%- macro _labelled_scores(call) -%}
{{ baton._labelled_predictions(call) }},

scores_of_models as (

    {{ baton._score_counts(
        call, {'n': 'count(*)', 'positives': 'count(case when is_positive then 1 end)'}, 'score is not null and is_positive is not null'
    ) | indent }}

),

by_score as (

    select
        scores.*
    from scores_of_models as scores
    inner join models
        on {{ baton.same_value('scores.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('scores.model_version', 'models.model_version') | indent(8) }}
    where models.other_task is null

)
{%- endmacro -%}
