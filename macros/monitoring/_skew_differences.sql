{#
    The CTEs of training_serving_skew between `pairs` and its result.
#}

{#- `refusals`: why the query has to end, in one row, NULL where it has not. -#}
{%- macro _skew_refusals(call) -%}
{%- set keys = call['keys'] + ['as_of'] -%}
{%- call baton.with_concat() -%}
-- nothing says which of them is right
ambiguous_keys as (

    select {{ keys | join(', ') }}
    from recomputed_rows
    where {{ baton.none_is_null(keys) | indent(8) }}
    group by {{ keys | join(', ') }}
    having count(*) > 1

),

refusals as (

    select
        case
            when count(*) > 0 then concat(
                {{ baton.literal(
                    'baton.training_serving_skew: recomputed has rows of one key (%s) that differ; give each key one row. The number of keys concerned, and one of them: '
                    | format(call.titles | join(', '))
                ) }},
                count(*), ', ', min(concat({{ keys | join(", ', ', ") }}))
            )
        end as refusal
    from ambiguous_keys

)
{%- endcall -%}
{%- endmacro -%}


{#- `differences`: a row per pair and feature whose values differ, with the version that it was served from. -#}
{%- macro _skew_differences(call) -%}
{%- set carried = ['model_name', 'model_version', 'period_start'] + call.segment_columns.values() | list -%}
{%- set served_values = [] -%}
{%- for feature in call.features -%}{%- do served_values.extend(feature.served.values() | select | list) -%}{%- endfor -%}
-- numbered by their keys, so that the least number is that of the example
mismatched_rows as {{ baton.materialized() }}(

    select
        *,
        row_number() over (
            order by {{ (call['keys'] + ['as_of'] + served_values) | join(', ') }}
        ) as row_id
    from (
        select
            *
            {%- for feature in call.features %},
            {% if feature.is_logged %}{{ feature.is_there }} and {% endif -%}
            {{ baton._values_differ(feature.served, feature.recomputed, call.tolerance) | indent(12) }} as {{ feature.differs }}
            {%- endfor %}
        from pairs
        where is_served * is_recomputed = 1
    ) as compared
    where
        {{ call.features | map(attribute='differs') | join('\n        or ') }}

),

{% for history in call.histories -%}
{{ baton._skew_versions(call, history, loop.index) }},

{% endfor -%}
{% if call.histories -%}
judged_rows as {{ baton.materialized() }}(

    select
        mismatched_rows.*
        {%- for history in call.histories %}
        {%- set number = loop.index %}
        {%- for feature in history.features %},
        coalesce(
            case when {{ baton._any_has_value(history.features) }} then matches_{{ number }}.row_version_at end,
            case when {{ baton._has_value(feature.served) }} then matches_{{ number }}.{{ feature.version_at }} end
        ) as {{ feature.version_at }}
        {%- endfor %}
        {%- endfor %}
    from mismatched_rows
    {%- for history in call.histories %}
    left join matches_{{ loop.index }}
        on mismatched_rows.row_id = matches_{{ loop.index }}.row_id
    {%- endfor %}

),

{% endif -%}
differences as {{ baton.materialized() }}(
{% for feature in call.features %}
    select
        {{ carried | join(',\n        ') }},
        cast({{ feature.literal }} as {{ baton.type_text() }}) as feature,
        {{ 1 if feature.has_history else 0 }} as has_history,
        case when {{ baton._has_value(feature.served) }} then 0 else 1 end as n_missing_served,
        case when {{ baton._has_value(feature.recomputed) }} then 0 else 1 end as n_missing_recomputed,
        {%- if feature.served.number %}
        {%- set one, other = feature.served.number, feature.recomputed.number %}
        case when abs({{ one }}) < 1e30 and abs({{ other }}) < 1e30 then {{ one }} - {{ other }} end as difference,
        case
            when {{ one }} is null or {{ other }} is null or abs({{ one }}) < 1e30 and abs({{ other }}) < 1e30 then 0
            else 1
        end as is_beyond,
        {%- else %}
        {{ baton.as_double('null') }} as difference,
        0 as is_beyond,
        {%- endif %}
        {{ feature.version_at if feature.has_history else 'cast(null as timestamp)' }} as version_at,
        row_id,
        {{ call['keys'] | join(',\n        ') }},
        as_of,
        {{ baton._shown_value(feature.served) | indent(8) }} as served_value,
        {{ baton._shown_value(feature.recomputed) | indent(8) }} as recomputed_value
    from {{ 'judged_rows' if call.histories else 'mismatched_rows' }}
    where {{ feature.differs }}
{%- if not loop.last %}

    union all
{% endif %}
{%- endfor %}

)
{%- endmacro -%}


{#- `versions_N` and `matches_N`: of each mismatched row the newest older versions of a history that are as served. -#}
{%- macro _skew_versions(call, history, number) -%}
versions_{{ number }} as (

    select
        {%- for key, column in history['keys'].items() %}
        {{ column | indent(8) }} as {{ key }},
        {%- endfor %}
        {{ baton.utc(history.valid_from, history.known) }} as version_at,
        {%- if history.valid_to is not none %}
        {{ baton.utc(history.valid_to, history.known) }} as superseded_at,
        {%- else %}
        lead({{ baton.utc(history.valid_from, history.known) }}) over (
            partition by {{ baton.identifiers(history.entity.values() | list) | join(', ') }}
            order by {{ baton.identifier(history.valid_from) }}
        ) as superseded_at,
        {%- endif %}
        {%- for feature in history.features %}
        {{ baton._skew_columns(feature, 'version', history.known) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ history.relation }}

),

-- the newest older version that has all values as served, and the newest one that has each of them
matches_{{ number }} as (

    select
        row_id,
        max(case when not ({{ history.features | map(attribute='differs') | join(' or ') }}) then version_at end) as row_version_at,
        {%- for feature in history.features %}
        max(case when not {{ feature.differs }} then version_at end) as {{ feature.version_at }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            mismatched.row_id,
            versions.version_at,
            {%- for feature in history.features %}
            {{ baton._values_differ(feature.served, feature.version, call.tolerance) | indent(12) }} as {{ feature.differs }}{{ ',' if not loop.last }}
            {%- endfor %}
        from mismatched_rows as mismatched
        inner join versions_{{ number }} as versions
            on {{ baton.same_keys(history['keys'] | list, 'mismatched', 'versions') | indent(12) }}
            and versions.superseded_at <= mismatched.as_of
        where
            {{ history.features | map(attribute='differs') | join('\n            or ') }}
    ) as older_versions
    group by row_id

)
{%- endmacro -%}

{#- Whether a value of these features was served. -#}
{%- macro _any_has_value(features) -%}
    {%- set conditions = [] -%}
    {%- for feature in features -%}{%- do conditions.append(baton._has_value(feature.served)) -%}{%- endfor -%}
{{ conditions | join(' or ') }}
{%- endmacro -%}
