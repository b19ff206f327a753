{%- macro _performance_call(
    predictions, outcomes, entity, task, period, segments, actual, outcome_time, positive_class, value, known_at, shape, as_of,
    outcome_as_of
) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'predictions', predictions) -%}
    {%- do baton.expect_relation(problems, 'outcomes', outcomes) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_choice(problems, 'task', task, ['binary', 'multiclass', 'regression']) -%}
    {%- do baton.expect_supported(problems, "task '%s'" | format(task), task not in ['multiclass', 'regression']) -%}
    {%- do baton._expect_slices(problems, period, segments) -%}
    {%- do baton.expect_name(problems, 'actual', actual) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- set optional = {'outcome_time': outcome_time, 'value': value, 'outcome_as_of': outcome_as_of} -%}
    {%- for argument, name in optional.items() if name is not none -%}
        {%- do baton.expect_name(problems, argument, name) -%}
    {%- endfor -%}
    {%- if positive_class is not number and not (positive_class is string and positive_class | trim) -%}
        {%- do problems.append("positive_class is %s, expected the positive class, whose probability is predicted" | format(baton._repr(positive_class))) -%}
    {%- endif -%}
    {%- do baton.expect_supported(problems, 'known_at', known_at is none) -%}
    {%- do baton.expect_choice(problems, 'shape', shape, ['long', 'wide']) -%}
    {%- do baton.expect_columns(
        problems, 'predictions', predictions,
        [entity, as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability', segments]
    ) -%}
    {%- do baton.expect_columns(problems, 'outcomes', outcomes, [entity, actual, outcome_time, value, outcome_as_of]) -%}
    {%- do baton.raise_problems('model_performance', problems) -%}
{%- endmacro -%}
