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

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'entity: names?, as_of: name, label: name, label_is_mature: name?, observed_until: moment?',
        entity, as_of, label, label_is_mature, observed_until
    ) -%}
    {%- if observed_until is not none -%}{%- do baton._expect_tested_window_end(problems, label_window_end, horizon) -%}{%- endif -%}
    {%- set can_change = decided_early is not string or decided_early != 'any' -%}
    {%- set early = [] -%}
    {%- for value in (decided_early if baton.is_list(decided_early) else [none]) if can_change -%}
        {%- do early.append(value | string if value is number else baton.literal(value) if value is string else none) -%}
    {%- endfor -%}
    {%- if none in early -%}
        {%- do problems.append("decided_early is %s, expected a list of labels or 'any'" | format(baton._repr(decided_early))) -%}
    {%- endif -%}
    {%- do baton.expect_boolean(problems, 'require_label', require_label) -%}

    {%- set tested = baton._tested_relation(model) -%}
    {%- set is_readable = not problems -%}
    {%- set known = baton._expect_tested_columns(problems, tested, [
        entity, as_of, label, label_window_end if observed_until is not none and horizon is none,
        label_is_mature if label_is_mature != 'label_is_mature',
    ]) -%}
    {%- set has_flag = baton.names_in(label_is_mature) and (not known or baton.find_column(known, label_is_mature)) -%}
    {%- if is_readable and not has_flag and observed_until is none -%}
        {%- do problems.append("observed_until is missing, and %s has no column %s: one of the two is needed to know which labels are mature" | format(
            baton.relation_name(tested), baton._repr(label_is_mature)
        )) -%}
    {%- endif -%}
    {%- do baton.raise_problems('label_is_mature', problems) -%}

    {%- set row = baton.as_list(entity) + [as_of] -%}
    {%- set columns = row + [label] + ([label_is_mature] if has_flag else []) -%}
    {%- set label_sql, is_bounded = baton.identifier(label), observed_until is not none -%}
{%- set label_text = baton._value_in_words(label_sql) -%}
{%- set undecided -%}
{{ label_sql }} is not null
{%- if early %} and {{ label_sql }} not in ({{ early | join(', ') }}){% endif -%}
{%- endset -%}
with tested_rows as (

    select
        {{ baton._tested_columns(columns, [as_of], known) | join(',\n        ') }}
        {%- if has_flag %},
        coalesce({{ baton.identifier(label_is_mature) }}, false) as baton_is_flagged
        {%- endif %}
        {%- if is_bounded %},
        {{ baton._tested_window_end(as_of, label_window_end, horizon, known) }} as baton_window_end,
        {{ baton.moment(observed_until) | indent(8) }} as baton_observed_until
        {%- endif %}
    from {{ model }}

),

{% if is_bounded -%}
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
            {%- if is_bounded and can_change %}
            when {{ undecided }} and not baton_is_over
                then {{ label_text }}
                || ' is its label, but its window ends at ' || {{ baton._value_in_words('baton_window_end') }}
                || ' and events are complete until ' || {{ baton._value_in_words('baton_observed_until') }} || ': they can still change it'
            {%- endif %}
            {%- if has_flag and can_change %}
            when {{ undecided }} and not baton_is_flagged
                then {{ label_text }}
                || {{ baton.literal(" is its label, but %s does not hold: later events can still change it" | format(label_is_mature)) }}
            {%- endif %}
            {%- if has_flag and is_bounded %}
            when baton_is_flagged and not baton_is_over
                then {{ baton.literal("%s holds, but its window ends at " | format(label_is_mature)) }}
                || {{ baton._value_in_words('baton_window_end') }}
                || ' and events are complete until ' || {{ baton._value_in_words('baton_observed_until') }}
            {%- endif %}
            {%- if require_label %}
            when {{ label_sql }} is null
                {%- if has_flag %} and baton_is_flagged{% endif %}
                {%- if is_bounded %} and baton_is_over{% endif %}
                then 'its window is over, but it has no label'
            {%- endif %}
            {%- if not (can_change or require_label or has_flag and is_bounded) %}
            -- every label is decided early, so none can be wrong
            when false then ''
            {%- endif %}
        end as baton_fault
    from {{ 'judged' if is_bounded else 'tested_rows' }}

)

{{ baton._failing_rows(row, columns, ['window_end', 'observed_until'] if is_bounded else []) }}

{%- endtest %}
