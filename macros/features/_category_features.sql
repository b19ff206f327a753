{#
    count_distinct and entropy: from how often a value stands in the window. That changes only when an event comes and when it
    goes, so both are sums of what each event changed when it came, less what it changes when it goes.
-#}
{%- macro _category_feature(plan, feature) -%}
    {%- set window = feature.window -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- set coming = baton._times_coming(plan, value, window) -%}
    {%- set going = baton._times_going(plan, value, window) if window.seconds else none -%}
    {%- set new = baton._plan_column(plan, 'valued', baton._case_when(coming ~ ' = 1', 1), '%s_new_%s' | format(value, window.label)) -%}
    {%- if going -%}
        {%- set lost = baton._plan_column(plan, 'valued', baton._case_when(going ~ ' = 1', 1), '%s_lost_%s' | format(value, window.label)) -%}
    {%- endif -%}
    {%- set different -%} {{ plan.windows }}.{{ baton._change_in_window(plan, window, new, lost, value ~ '_distinct') }} {%- endset -%}

    {%- if feature.function == 'count_distinct' and feature.zero -%}
cast(coalesce({{ different }}, 0) as bigint)
    {%- elif feature.function == 'count_distinct' -%}
nullif(cast({{ different }} as bigint), 0)
    {%- else -%}
        {%- set number -%} {{ plan.windows }}.{{ baton._number_in_window(plan, feature, value) }} {%- endset -%}
        {%- set came = baton._n_log_n_parts(plan, coming) -%}
        {%- set went = baton._n_log_n_parts(plan, going) if going else came -%}
        {%- set sums = [] -%}
        {%- for came_part, went_part in zip(came, went) -%}
            {%- do sums.append(baton._change_in_window(plan, window, came_part, went_part, '%s_nats_%s' | format(value, loop.index))) -%}
        {%- endfor -%}
-- counts n that sum to N have the entropy ln N - (sum of n ln n) / N
case
    when {{ different }} = 1 then 0
    when {{ number }} > 0 then
        ln({{ baton.as_double(number) }})
        - {{ baton.exact_total(baton.qualified(sums, plan.windows)) | indent(8) }} / {{ number }}
end
    {%- endif -%}
{%- endmacro -%}


{#- What all that came into a window changed, less what all that went changed. -#}
{%- macro _change_in_window(plan, window, coming, going, name) -%}
    {%- set came = baton._running_total(plan, 'sum', coming, '%s_came_%s' | format(name, window.label)) -%}
    {%- set went = baton._running_total(plan, 'sum', going, '%s_went_%s' | format(name, window.label)) if window.seconds else none -%}
    {{ return(baton._total_in_window(plan, window, came, went, name)) }}
{%- endmacro -%}

{#- How often a value stands in the window when one of its events comes, that one included. -#}
{%- macro _times_coming(plan, value, window) -%}
    {%- set times -%}
{{ baton._nth_of_value(plan, value) }}
        {%- if window.seconds %} - {{ baton._events_of_value(plan, value, window, 'gone', "interval '%s' preceding") }} {%- endif -%}
    {%- endset -%}
    {{ return(baton._plan_column(plan, 'often', baton._case_when(value ~ ' is not null', times), '%s_coming_%s' | format(value, window.label))) }}
{%- endmacro -%}

{#- And when it goes. -#}
{%- macro _times_going(plan, value, window) -%}
    {%- set met = baton._events_of_value(plan, value, window, 'met', "interval '%s' - interval '1 microsecond' following") -%}
    {%- set times -%} {{ met }} - {{ baton._nth_of_value(plan, value) }} + 1 {%- endset -%}
    {{ return(baton._plan_column(plan, 'often', baton._case_when(value ~ ' is not null', times), '%s_going_%s' | format(value, window.label))) }}
{%- endmacro -%}

{%- macro _nth_of_value(plan, value) -%}
    {%- set sql -%}
row_number() over (partition by {{ plan.key_names | join(', ') }}, {{ value }} order by event_time)
    {%- endset -%}
    {{ return(baton._plan_column(plan, 'counted', sql, value ~ '_nth')) }}
{%- endmacro -%}

{#- How many events of the same value there are up to the end of a frame. -#}
{%- macro _events_of_value(plan, value, window, name, frame_end) -%}
    {%- set sql -%}
count(*) over (
    partition by {{ plan.key_names | join(', ') }}, {{ value }}
    order by event_time
    range between unbounded preceding and {{ frame_end | format(baton._largest_unit(window.seconds)) }}
)
    {%- endset -%}
    {{ return(baton._plan_column(plan, 'counted', sql, '%s_%s_%s' | format(value, name, window.label))) }}
{%- endmacro -%}


{#- What one event changes n ln n by, n being how often its value stands in the window: parts that sum exactly. -#}
{%- macro _n_log_n_parts(plan, times) -%}
    {%- set with_it -%}
case
    when {{ times }} > 1 then {{ times }} * ln({{ baton.as_double(times) }})
    else 0
end
    {%- endset -%}
    {%- set without_it -%}
case
    when {{ times }} > 2 then ({{ times }} - 1) * ln({{ baton.as_double('%s - 1' | format(times)) }})
    else 0
end
    {%- endset -%}
    {%- set parts = [] -%}
    {%- for part, other_part in zip(
        baton.exact_parts(baton._plan_column(plan, 'valued', with_it, '%s_nats' | format(times)), is_finite=true),
        baton.exact_parts(baton._plan_column(plan, 'valued', without_it, '%s_prior' | format(times)), is_finite=true)
    ) -%}
        {%- set difference %}
    {{ part | indent }}
    - {{ other_part | indent }}
{% endset -%}
        {%- do parts.append(difference) -%}
    {%- endfor -%}
    {{ return(parts) }}
{%- endmacro -%}
