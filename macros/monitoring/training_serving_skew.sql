{#
    What a model saw against what it should have seen: its features as they were served beside the same ones recomputed as of that moment.

    equal     numbers within the tolerance, relative above 1 and absolute below: |served - recomputed| <= tolerance * max(1, |served|, |recomputed|);
              numbers from 1e300 on, texts, booleans and times exactly; missing is NULL or NaN, and equals missing alone
    stale     a value that differs and is that of an older version of the history: the newest one that was superseded by as_of and in
              which all compared features of that history are as served, since a refresh writes whole rows; where there is none, the newest
              with this value. A missing value alone is no evidence. Its age is as_of minus its valid_from.
#}
{%- macro training_serving_skew(
    served, recomputed, entity, as_of='as_of', features=none, period='day', tolerance=1e-9, history=none, segments=[], since=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._skew_call(served, recomputed, entity, as_of, features, period, tolerance, history, segments, since) -%}
    {%- set text = baton.type_text() -%}
    {%- set keys, features = call['keys'], call.features -%}
    {%- set carried = ['model_name', 'model_version', 'period_start'] + call.segment_columns.values() | list -%}

{%- if not features -%}
{{ baton.not_built_yet(served if not call.served.known else recomputed) }}
{%- else -%}

with served_rows as (

    select
        {{ 'cast(model_name as %s)' | format(text) if call.has_models else baton.as_text('null') }} as model_name,
        {{ 'cast(model_version as %s)' | format(text) if call.has_models else baton.as_text('null') }} as model_version,
        {%- for key in call.served['keys'] %}
        {{ key | indent(8) }} as {{ keys[loop.index0] }},
        {%- endfor %}
        {{ baton.named(call.served.as_of, 'as_of') }},
        {%- for column, name in call.segment_columns.items() %}
        {{ baton.value_text(baton.identifier(column), call.served.known) | indent(8) }} as {{ name }},
        {%- endfor %}
        {%- for feature in features if not feature.is_logged %}
        {{ baton._skew_columns(feature, 'served', call.served.known) | indent(8) }},
        {%- endfor %}
        {%- if call.in_json %}
        {{ baton.json_list(baton.json_document('features'), call.in_json) | indent(8) }} as logged_values,
        {%- endif %}
        1 as is_served
    from {{ call.served.relation }}
    {%- if call.since is not none %}
    where {{ baton._skew_since(call, call.served.as_of) | indent(8) }}
    {%- endif %}

),

-- rows of one key that do not differ are one
recomputed_rows as {{ baton.materialized() }}(

    select distinct
        {%- for key in call.recomputed['keys'] %}
        {{ key | indent(8) }} as {{ keys[loop.index0] }},
        {%- endfor %}
        {{ baton.named(call.recomputed.as_of, 'as_of') }},
        {%- for feature in features %}
        {{ baton._skew_columns(feature, 'recomputed', call.recomputed.known) | indent(8) }},
        {%- endfor %}
        1 as is_recomputed
    from {{ call.recomputed.relation }}
    {%- if call.since is not none %}
    where {{ baton._skew_since(call, call.recomputed.as_of) | indent(8) }}
    {%- endif %}

),

{{ baton._skew_refusals(call) }},

-- a row per served row, and per recomputed one that was not served
pairs as {{ baton.materialized() }}(

    select
        served.model_name,
        served.model_version,
        {{ baton._period_start('coalesce(served.as_of, recomputed.as_of)', call.period) }} as period_start,
        {%- for name in call.segment_columns.values() %}
        served.{{ name }},
        {%- endfor %}
        {%- for key in keys %}
        served.{{ key }},
        {%- endfor %}
        served.as_of,
        {%- for feature in features %}
        {%- if feature.is_logged %}
        {{ baton._skew_logged(feature) | indent(8) }},
        {{ baton.json_item('served.logged_values', feature.place) }} is not null as {{ feature.is_there }},
        {%- else %}
        {{ baton.qualified(feature.served.values() | select | list, 'served') | join(', ') }},
        {%- endif %}
        {{ baton.qualified(feature.recomputed.values() | select | list, 'recomputed') | join(', ') }},
        {%- endfor %}
        coalesce(served.is_served, 0) as is_served,
        coalesce(recomputed.is_recomputed, 0) as is_recomputed
    from served_rows as served
    full outer join recomputed_rows as recomputed
        on {{ baton.same_keys(keys + ['as_of'], 'served', 'recomputed') | indent(8) }}

),

{{ baton._skew_differences(call) }},

counted as (

    select
        {{ carried | join(',\n        ') }},
        sum(is_served) as n_served,
        sum(is_served * is_recomputed) as n_matched,
        {%- for feature in features %}
        {%- if feature.is_logged %}
        sum(case when {{ feature.is_there }} then is_recomputed else 0 end) as {{ feature.is_there }},
        {%- endif %}
        {%- if feature.served.number %}
        sum(case when {{ feature.served.number }} is not null and {{ feature.recomputed.number }} is not null then 1 else 0 end)
            as {{ feature.numbers }},
        {%- endif %}
        {%- endfor %}
        sum(is_recomputed * (1 - is_served)) as n_unmatched_recomputed
    from pairs
    group by {{ carried | join(', ') }}

),

-- each difference, and beside them how many rows there are of each feature
facts as {{ baton.materialized() }}(

    select
        {{ carried | join(',\n        ') }},
        feature,
        has_history,
        0 as n_served,
        0 as n_matched,
        0 as n,
        0 as n_unmatched_recomputed,
        0 as n_numbers,
        1 as n_mismatched,
        n_missing_served,
        n_missing_recomputed,
        {%- for part in baton.exact_parts('difference', is_finite=true) %}
        {{ part | indent(8) }} as difference_{{ loop.index }},
        {%- endfor %}
        is_beyond,
        {{ baton.seconds_between('version_at', 'as_of') }} / 86400 as staleness_days,
        row_id
    from differences
    {%- for feature in features %}

    union all

    select
        {{ carried | join(',\n        ') }},
        {{ feature.literal }} as feature,
        {{ 1 if feature.has_history else 0 }} as has_history,
        n_served,
        n_matched,
        {{ feature.is_there if feature.is_logged else 'n_matched' }} as n,
        n_unmatched_recomputed,
        {{ feature.numbers if feature.served.number else 0 }} as n_numbers,
        0 as n_mismatched,
        0 as n_missing_served,
        0 as n_missing_recomputed,
        {%- for part in baton.exact_parts('difference', is_finite=true) %}
        null as difference_{{ loop.index }},
        {%- endfor %}
        0 as is_beyond,
        null as staleness_days,
        null as row_id
    from counted
    {%- endfor %}

),

{{ baton._skew_cells(call) }}

{%- endif -%}

{%- endmacro -%}
