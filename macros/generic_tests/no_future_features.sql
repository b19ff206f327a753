{#
    No feature is newer than its row's `as_of`. A row without a feature passes; a row with a feature but without `as_of` fails, as
    nothing says that the feature was known.
#}
{% test no_future_features(model, as_of='as_of', feature_times=none, entity=none, allow_exact_matches=true) -%}
    {%- set call = baton._no_future_features_call(model, as_of, feature_times, entity, allow_exact_matches) -%}
    {{ adapter.dispatch('test_no_future_features', 'baton')(model, call) if call.feature_times else baton.not_built_yet(model) }}
{%- endtest %}


{%- macro default__test_no_future_features(model, call) -%}
with tested_rows as (

    select
        {{ call.read | join(',\n        ') }}
    from {{ model }}

),

-- one row for each feature time
feature_times as (
{% for name in call.feature_times %}
    {%- if not loop.first %}
    union all
{% endif %}
    select
        {{ call.named | join(',\n        ') }},
        cast({{ baton.literal(baton.unquoted(name)) }} as {{ baton.type_text() }}) as feature_time_column,
        {{ baton.identifier(name) }} as feature_time
    from tested_rows
{%- endfor %}

)

select
    {{ baton._row_in_words(call.row) }}
    || ': ' || feature_time_column || ' is ' || {{ baton._value_in_words('feature_time') }}
    || case
        when {{ call.as_of }} is null
            then {{ baton.literal(", but %s is NULL: so it is not known whether the feature was available" | format(call.as_of_name)) }}
        else {{ baton.literal(", %s %s: this feature comes from the future" | format(
            'after' if call.allow_exact_matches else 'not before', call.as_of_name
        )) }}
    end as message,
    {{ baton._concerned_columns(call.row + ['feature_time_column', 'feature_time']) | join(',\n    ') }}
from feature_times
where
    feature_time {{ '>' if call.allow_exact_matches else '>=' }} {{ call.as_of }}
    or ({{ call.as_of }} is null and feature_time is not null)

{%- endmacro -%}


{%- macro _no_future_features_call(model, as_of, feature_times, entity, allow_exact_matches) -%}
    {%- set problems = [] -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- if entity is not none -%}{%- do baton.expect_names(problems, 'entity', entity) -%}{%- endif -%}
    {%- if feature_times is not none -%}{%- do baton.expect_names(problems, 'feature_times', feature_times) -%}{%- endif -%}
    {%- do baton.expect_boolean(problems, 'allow_exact_matches', allow_exact_matches) -%}

    {%- set times = baton.as_list(feature_times) -%}
    {%- set known = baton.columns_of(tested) -%}
    {%- set is_readable = not problems -%}
    {%- do baton._expect_tested_columns(problems, tested, [entity, as_of, feature_times]) -%}
    {%- if is_readable -%}
        {%- if feature_times is none and execute -%}
            {%- for column in known or [] if column.name.lower().endswith('_feature_time') -%}{%- do times.append(column.name) -%}{%- endfor -%}
            {%- if known and not times -%}
                {%- do problems.append("feature_times is missing, and no column of %s ends with _feature_time, it has %s" | format(
                    baton.relation_name(tested), known | map(attribute='name') | join(", ")
                )) -%}
            {%- elif not known and baton.should_be_built(tested) -%}
                {%- do problems.append("feature_times is missing, and the columns cannot be read: name them") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('no_future_features', problems) -%}
    {%- set row = baton.as_list(entity) + [as_of] -%}
    {{ return({
        'row': row,
        'as_of': baton.identifier(as_of),
        'as_of_name': as_of,
        'allow_exact_matches': allow_exact_matches,
        'named': baton.identifiers(row) | unique | list,
        'feature_times': times,
        'read': baton._tested_columns(row + times, [as_of] + times, known),
    }) }}
{%- endmacro -%}
