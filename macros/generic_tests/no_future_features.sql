{#
    No feature is newer than its row's `as_of`. A row without a feature passes; a row with a feature but without `as_of` fails, as
    nothing says that the feature was known.
#}
{% test no_future_features(model, as_of='as_of', feature_times=none, entity=none, allow_exact_matches=true) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'as_of: name, entity: names?, feature_times: names?, allow_exact_matches: boolean',
        as_of, entity, feature_times, allow_exact_matches
    ) -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set is_readable = not problems -%}
    {%- set known = baton._expect_tested_columns(problems, tested, [entity, as_of, feature_times]) -%}
    {%- set times = baton.as_list(feature_times) -%}
    {%- if is_readable and feature_times is none -%}
        {%- for column in known or [] if column.name.lower().endswith('_feature_time') -%}{%- do times.append(column.name) -%}{%- endfor -%}
        {%- if known and not times -%}
            {%- do problems.append("feature_times is missing, and no column of %s ends with _feature_time, it has %s" | format(
                baton.relation_name(tested), known | map(attribute='name') | join(", ")
            )) -%}
        {%- elif not known and baton.should_be_built(tested) -%}
            {%- do problems.append("feature_times is missing, and the columns cannot be read: name them") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('no_future_features', problems) -%}
    {%- set row, moment = baton.as_list(entity) + [as_of], baton.identifier(as_of) -%}

    {%- if not times -%}
{{ baton.not_built_yet(model) }}
    {%- else -%}

with tested_rows as (

    select
        {{ baton._tested_columns(row + times, [as_of] + times, known) | join(',\n        ') }}
    from {{ model }}

),

-- one row for each feature time
feature_times as (
{% for name in times %}
    {%- if not loop.first %}
    union all
{% endif %}
    select
        {{ baton.identifiers(row) | unique | join(',\n        ') }},
        cast({{ baton.literal(baton.unquoted(name)) }} as {{ baton.type_text() }}) as feature_time_column,
        {{ baton.identifier(name) }} as feature_time
    from tested_rows
{%- endfor %}

)

select
    {{ baton._row_in_words(row) }}
    || ': ' || feature_time_column || ' is ' || {{ baton._value_in_words('feature_time') }}
    || case
        when {{ moment }} is null
            then {{ baton.literal(", but %s is NULL: so it is not known whether the feature was available" | format(as_of)) }}
        else {{ baton.literal(", %s %s: this feature comes from the future" | format(
            'after' if allow_exact_matches else 'not before', as_of
        )) }}
    end as message,
    {{ baton._concerned_columns(row + ['feature_time_column', 'feature_time']) | join(',\n    ') }}
from feature_times
where
    feature_time {{ '>' if allow_exact_matches else '>=' }} {{ moment }}
    or ({{ moment }} is null and feature_time is not null)

    {%- endif -%}

{%- endtest %}
