{#
    count_distinct and entropy of each window. How often a value is in a window changes only when one of its events enters the window
    or leaves it, so both are running sums: each event adds its effect when it enters and subtracts its effect when it leaves. For the
    distinct values of `page` in 7 days:

        page__nth               the event is the nth of its value
        page__gone_in_7d        how many events of the value had left the window when the event entered it
        page__seen_in_7d        how many had entered it just before the event leaves it
        page__added_n_in_7d     how often the value is in the window just after the event entered it: nth - gone
        page__removed_n_in_7d   how often it is there just before the event leaves it: seen - nth + 1
        page__added_in_7d       1 where the event brings the value into the window: added_n = 1
        page__removed_in_7d     1 where the value leaves the window with the event: removed_n = 1

    Distinct values are then the sum of `added` at the window's end less the sum of `removed` at its start.
-#}
{%- macro _category_sql(plan) -%}
    {%- set keys = plan.key_names | join(', ') -%}
-- each event's place among those of its value, and how many of these left before it entered a window or entered before it leaves
{{ plan.name }}_value_counts as (

    select
        *
        {%- for value, windows in plan.categories.items() %},
        row_number() over (partition by {{ keys }}, {{ value }} order by event_time) as {{ value }}__nth
        {%- for window in windows.values() if window.seconds %},
        count(*) over (
            partition by {{ keys }}, {{ value }}
            order by {{ baton.frame_order('event_time') }}
            range between unbounded preceding and {{ baton.frame_width(window.seconds) }} preceding
        ) as {{ value }}__gone_{{ window.label }},
        count(*) over (
            partition by {{ keys }}, {{ value }}
            order by {{ baton.frame_order('event_time') }}
            range between unbounded preceding and {{ baton.just_under(window.seconds) }} following
        ) as {{ value }}__seen_{{ window.label }}
        {%- endfor %}
        {%- endfor %}
    from {{ plan.name }}_events

),

-- how often the value is in a window just after its event entered, and just before it leaves
{{ plan.name }}_value_times as (

    select
        *
        {%- for value, windows in plan.categories.items() %}
        {%- for window in windows.values() %},
        case
            when {{ value }} is not null
                then {{ value }}__nth {%- if window.seconds %} - {{ value }}__gone_{{ window.label }} {%- endif %}
        end as {{ value }}__added_n_{{ window.label }}
        {%- if window.seconds %},
        case
            when {{ value }} is not null
                then {{ value }}__seen_{{ window.label }} - {{ value }}__nth + 1
        end as {{ value }}__removed_n_{{ window.label }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
    from {{ plan.name }}_value_counts

),

-- what an event changes: where it is the only one of its value in the window, it adds a distinct value or removes it
{{ plan.name }}_value_changes as (

    select
        *
        {%- for value, windows in plan.categories.items() %}
        {%- for window in windows.values() %}
        {%- for move in window.moves %}
        {%- set change, n = '%s__%s' | format(value, move), '%s__%s_n_%s' | format(value, move, window.label) %},
        case when {{ n }} = 1 then 1 end as {{ change }}_{{ window.label }}
        {%- if window.has_entropy %},
        case
            when {{ n }} > 1 then {{ n }} * ln({{ baton.as_double(n) }})
            else 0
        end as {{ change }}_nats_{{ window.label }},
        case
            when {{ n }} > 2 then ({{ n }} - 1) * ln({{ baton.as_double('%s - 1' | format(n)) }})
            else 0
        end as {{ change }}_nats_without_{{ window.label }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from {{ plan.name }}_value_times

)
{%- endmacro -%}


{%- macro _category_feature(plan, feature) -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- set window = plan.categories.setdefault(value, {}).setdefault(feature.window.seconds, dict(
        seconds=feature.window.seconds, label=feature.window.label, has_entropy=false,
        moves=['added', 'removed'] if feature.window.seconds else ['added'],
    )) -%}
    {%- set changes = [] -%}
    {%- for move in window.moves -%}{%- do changes.append('%s__%s_%s' | format(value, move, window.label)) -%}{%- endfor -%}
    {%- do plan.changes.extend(changes) -%}
    {%- set distinct_count -%}
{{ plan.windows }}.{{ baton._change_in_window(plan, feature.window, changes, value ~ '_distinct') }}
    {%- endset -%}

    {%- if feature.function == 'count_distinct' and feature.zero -%}
cast(coalesce({{ distinct_count }}, 0) as bigint)
    {%- elif feature.function == 'count_distinct' -%}
nullif(cast({{ distinct_count }} as bigint), 0)
    {%- else -%}
        {%- do window.update(has_entropy=true) -%}
        {%- set number -%} {{ plan.windows }}.{{ baton._number_in_window(plan, feature, value) }} {%- endset -%}
        {%- set sums = baton.qualified(baton._n_log_n_in_window(plan, feature.window, value, window), plan.windows) -%}
-- counts n that sum to N have the entropy ln N - (sum of n ln n) / N
case
    when {{ distinct_count }} = 1 then 0
    when {{ number }} > 0 then
        ln({{ baton.as_double(number) }})
        - {{ baton.exact_total(sums) | indent(8) }} / {{ number }}
end
    {%- endif -%}
{%- endmacro -%}


{#- What events added when they entered a window, less what they removed when they left it. -#}
{%- macro _change_in_window(plan, window, changes, name) -%}
    {%- set totals = [] -%}
    {%- for change in changes -%}
        {%- set total = '%s_%s_%s' | format(name, 'removed' if loop.index0 else 'added', window.label) -%}
        {%- do totals.append(baton._running_total(plan, 'sum', change, total)) -%}
    {%- endfor -%}
    {{ return(baton._total_in_window(plan, window, totals[0], totals[-1], name)) }}
{%- endmacro -%}

{#-
    The sum of n ln n over the values in a window, as parts that sum exactly: an event changes it by n ln n less (n - 1) ln (n - 1), n being
    how often its value is in the window.
-#}
{%- macro _n_log_n_in_window(plan, window, value, planned) -%}
    {%- set changes = {} -%}
    {%- for move in planned.moves -%}
        {%- set nats = '%s__%s_nats_%s' | format(value, move, planned.label) -%}
        {%- set nats_without = '%s__%s_nats_without_%s' | format(value, move, planned.label) -%}
        {%- do plan.changes.extend([nats, nats_without]) -%}
        {%- for part, part_without in zip(
            baton.exact_parts(nats, is_finite=true), baton.exact_parts(nats_without, is_finite=true)
        ) -%}
            {%- set difference %}
    {{ part | indent }}
    - {{ part_without | indent }}
{% endset -%}
            {%- do changes.setdefault(loop.index, []).append(difference) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set sums = [] -%}
    {%- for number, parts in changes.items() -%}
        {%- do sums.append(baton._change_in_window(plan, window, parts, '%s_nats_%s' | format(value, number))) -%}
    {%- endfor -%}
    {{ return(sums) }}
{%- endmacro -%}
