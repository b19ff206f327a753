{#
    No row has a label that later events could still change.

    A label is mature where `label_is_mature` says so, and where its window ends by `observed_until`, the moment up to which
    events are complete; with both, both must hold. NULL in either is not mature. A label that is NULL passes, unless one
    is required of every mature row.
#}
{% test label_is_mature(
    model, entity=none, as_of='as_of', label='label', label_is_mature='label_is_mature', observed_until=none,
    label_window_end='label_window_end', horizon=none, decided_early=[], require_label=false
) -%}
    {%- set call = baton._label_is_mature_call(
        model, entity, as_of, label, label_is_mature, observed_until, label_window_end, horizon, decided_early, require_label
    ) -%}
    {{ adapter.dispatch('test_label_is_mature', 'baton')(model, call) }}
{%- endtest %}


{%- macro default__test_label_is_mature(model, call) -%}
{%- set label_text = baton._value_in_words(call.label) -%}
{%- set undecided -%}
{{ call.label }} is not null
{%- if call.decided_early %} and {{ call.label }} not in ({{ call.decided_early | join(', ') }}){% endif -%}
{%- endset -%}
with tested_rows as (

    select
        {{ call.read | join(',\n        ') }}
        {%- if call.flag %},
        coalesce({{ call.flag }}, false) as baton_is_flagged
        {%- endif %}
        {%- if call.observed_until %},
        {{ call.window_end }} as baton_window_end,
        {{ call.observed_until | indent(8) }} as baton_observed_until
        {%- endif %}
    from {{ model }}

),

{% if call.observed_until -%}
judged as (

    select
        *,
        coalesce(baton_window_end <= baton_observed_until, false) as baton_is_over
    from tested_rows

),

{% endif -%}
faults as (

    select
        *,
        case
            {%- if call.observed_until and call.can_change %}
            when {{ undecided }} and not baton_is_over
                then {{ label_text }}
                || ' is its label, but its window ends at ' || {{ baton._value_in_words('baton_window_end') }}
                || ' and events are complete until ' || {{ baton._value_in_words('baton_observed_until') }} || ': they can still change it'
            {%- endif %}
            {%- if call.flag and call.can_change %}
            when {{ undecided }} and not baton_is_flagged
                then {{ label_text }}
                || {{ baton.literal(" is its label, but %s does not hold: later events can still change it" | format(call.flag_name)) }}
            {%- endif %}
            {%- if call.flag and call.observed_until %}
            when baton_is_flagged and not baton_is_over
                then {{ baton.literal("%s holds, but its window ends at " | format(call.flag_name)) }}
                || {{ baton._value_in_words('baton_window_end') }}
                || ' and events are complete until ' || {{ baton._value_in_words('baton_observed_until') }}
            {%- endif %}
            {%- if call.require_label %}
            when {{ call.label }} is null
                {%- if call.flag %} and baton_is_flagged{% endif %}
                {%- if call.observed_until %} and baton_is_over{% endif %}
                then 'its window is over, but it has no label'
            {%- endif %}
            {%- if not (call.can_change or call.require_label or call.flag and call.observed_until) %}
            -- every label is decided early, so none can be wrong
            when false then ''
            {%- endif %}
        end as baton_fault
    from {{ 'judged' if call.observed_until else 'tested_rows' }}

)

{{ baton._failing_rows(call.row, call.columns, ['window_end', 'observed_until'] if call.observed_until else []) }}

{%- endmacro -%}


{%- macro _label_is_mature_call(
    model, entity, as_of, label, label_is_mature, observed_until, label_window_end, horizon, decided_early, require_label
) -%}
    {%- set problems = [] -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- if entity is not none -%}{%- do baton.expect_names(problems, 'entity', entity) -%}{%- endif -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton.expect_name(problems, 'label', label) -%}
    {%- if label_is_mature is not none -%}{%- do baton.expect_name(problems, 'label_is_mature', label_is_mature) -%}{%- endif -%}
    {%- if observed_until is not none -%}
        {%- do baton.expect_moment(problems, 'observed_until', observed_until) -%}
        {%- do baton._expect_tested_window_end(problems, label_window_end, horizon) -%}
    {%- endif -%}
    {%- if decided_early is not string or decided_early != 'any' -%}
        {%- set early = decided_early if baton.is_list(decided_early) else [none] -%}
        {%- if early | select('string') | list | length + early | select('number') | list | length != early | length -%}
            {%- do problems.append("decided_early is %s, expected a list of labels or 'any'" | format(baton._repr(decided_early))) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.expect_boolean(problems, 'require_label', require_label) -%}

    {%- set known = baton.columns_of(tested) -%}
    {%- set is_readable = not problems -%}
    {%- do baton._expect_tested_columns(
        problems, tested,
        [
            entity, as_of, label, label_window_end if observed_until is not none and horizon is none,
            baton.names_in(label_is_mature) | reject('equalto', 'label_is_mature') | list
        ]
    ) -%}
    {%- set flag = label_is_mature if baton.names_in(label_is_mature) and (not known or baton.find_column(known, label_is_mature)) else none -%}
    {%- set row = baton.as_list(entity) + [as_of] -%}
    {%- if is_readable -%}
        {%- if not flag and observed_until is none -%}
            {%- do problems.append("observed_until is missing, and %s has no column %s: one of the two is needed to know which labels are mature" | format(
                baton.relation_name(tested), baton._repr(label_is_mature)
            )) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('label_is_mature', problems) -%}

    {%- set columns = row + [label] + baton.as_list(flag) -%}
    {%- set early = [] -%}
    {%- for value in decided_early if decided_early != 'any' -%}
        {%- do early.append(value | string if value is number else baton.literal(value)) -%}
    {%- endfor -%}
    {{ return({
        'row': row,
        'columns': columns,
        'read': baton._tested_columns(columns, [as_of], known),
        'label': baton.identifier(label),
        'flag': baton.identifier(flag) if flag else none,
        'flag_name': flag,
        'observed_until': baton.moment(observed_until) if observed_until is not none else none,
        'window_end': baton._tested_window_end(as_of, label_window_end, horizon, known) if observed_until is not none else none,
        'can_change': decided_early != 'any',
        'decided_early': early,
        'require_label': require_label,
    }) }}
{%- endmacro -%}
