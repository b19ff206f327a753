{#
    The SQL of a label over its window. Later events cannot change that an event exists, nor which came first, so these are decided
    early; all other labels are NULL until the window is mature.
#}
{%- macro _label_sql(call, label, window, value, kind) -%}
{%- set function = label.function -%}
{%- if function in ('exists', 'not_exists') -%}
{%- set seen, unseen = (1, 0) if function == 'exists' else (0, 1) -%}
case
    when {{ baton._label_total(call, window, 'count', value) }} > 0 then {{ seen }}
    when {{ window.alias }}.is_mature then {{ unseen }}
end
{%- elif function == 'first' -%}
{{ baton._label_boolean(baton._label_first(call, value, 'name'), window.alias, kind) }}
{%- elif function == 'time_to_event' -%}
{%- set found_time = baton._label_first(call, value, 'time') -%}
{%- set until -%}
    {%- if not label.censored -%} {{ window.alias }}.{{ found_time }}
    {%- else -%} coalesce({{ window.alias }}.{{ found_time }}, {{ window.alias }}.observed_end)
    {%- endif -%}
{%- endset -%}
{{ baton.seconds_between(window.alias ~ '.window_start', until) }} / 86400
{%- elif function == 'count' -%}
case when {{ window.alias }}.is_mature then {{ baton._label_total(call, window, 'count', value) }} end
{%- elif function in ('min', 'max') -%}
case when {{ window.alias }}.is_mature then {{ baton._label_extreme(call, window, function, value, kind) }} end
{%- else -%}
case
    when {{ window.alias }}.is_mature
        then {{ baton._label_amount(call, label, value, kind, window) | indent(8) }}
end
{%- endif -%}
{%- endmacro -%}


{#- The first, least or greatest of booleans is computed on integers. -#}
{%- macro _label_boolean(column, alias, kind) -%}
{% if kind == 'boolean' %}cast({{ alias }}.{{ column }} as boolean){% else %}{{ alias }}.{{ column }}{% endif %}
{%- endmacro -%}


{#- A sum, 0 without events, or an average, NULL without events; exact for doubles. -#}
{%- macro _label_amount(call, label, value, kind, window) -%}
{%- if kind in ('double', 'unknown') -%}
    {%- set parts = [] -%}
    {%- for part in baton.exact_parts(value, is_finite=true) -%}
        {%- do parts.append(baton._label_total(call, window, 'sum', part, value)) -%}
    {%- endfor -%}
    {%- set sum = baton.exact_total(parts) -%}
{%- else -%}
    {%- set sum = baton._label_total(call, window, 'sum', value) -%}
{%- endif -%}
{%- if label.function == 'avg' -%}
{{ sum if kind in ('double', 'unknown') else baton.as_double(sum) }} / nullif({{ baton._label_total(call, window, 'count', value) }}, 0)
{%- else -%}
{{ baton.whole_sum(sum, call.event_columns, label.column) if kind in ('integer', 'boolean') else sum }}
{%- endif -%}
{%- endmacro -%}


{#- What an event brings to a label; 1 without a column. -#}
{%- macro _label_event_value(label, kind) -%}
{%- set value = 'events.' ~ baton.identifier(label.column) if label.column else '1' -%}
{%- set reads = dict(sum='number', avg='number', min='order', max='order', first='order').get(label.function, 'value') -%}
{%- if not label.column -%}
{{ value }}
{%- elif kind == 'unknown' and reads == 'number' -%}
{{ baton.finite_double(value, kind, none) }}
{%- else -%}
{{ baton.finite_value(value, kind, reads) }}
{%- endif -%}
{%- endmacro -%}


{#-
    The increase of a running total over the events within a window; the first label that needs the total adds it to the call. Where
    the argument is not a column, `value` is the one that it reads.
-#}
{%- macro _label_total(call, window, function, argument, value=none) -%}
    {%- set value = value or argument -%}
    {%- set sql -%} {{ function }}({{ argument }}) over so_far {%- endset -%}
    {%- set name = 'n_events' if function == 'count' and call.event_values.get('1') == value else '%s_of_%s' | format(function, value) -%}
    {%- if value not in call.total_values -%}{%- do call.total_values.append(value) -%}{%- endif -%}
{{ window.alias }}.{{ call.totals.setdefault(sql, baton.cte_name(name, call.totals.values() | list)) }}
{%- endmacro -%}

{#- The column of the first event that has a value: its 'time', or as 'name' the value; both are added to the call as they are read. -#}
{%- macro _label_first(call, value, column) -%}
    {%- set first = call.firsts.setdefault(value, dict(
        value=value,
        reads=[],
        name='first_' ~ value,
        time='time_of_first_' ~ value,
        events='events_with_' ~ value,
        found='windows_with_first_' ~ value,
    )) -%}
    {%- do first.reads.append(column) -%}
{{ first[column] }}
{%- endmacro -%}

{#- The least or greatest value in a window. -#}
{%- macro _label_extreme(call, window, function, value, kind) -%}
    {%- set extremes = call.extremes.setdefault(window.number, dict(
        window=window,
        name='extremes_' ~ window.alias,
        moments='mature_ends_' ~ window.alias,
        aggregates={},
    )) -%}
    {%- set name = function ~ '_of_' ~ value -%}
    {%- do extremes.aggregates.update({name: dict(function=function, value=value, seconds=window.seconds, label='in_window')}) -%}
{{ baton._label_boolean(name, extremes.name, kind) }}
{%- endmacro -%}
