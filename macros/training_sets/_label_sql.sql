{#
    The SQL of a label over the window that it looks at. Later events can not change that something exists, nor what came first,
    so these are decided early; all else is NULL until the window is mature.
#}
{%- macro _label_sql(call, label, window, value, kind) -%}
    {%- set function = label.function -%}
    {%- set found = window.alias ~ '.' -%}
    {%- if function in ('exists', 'not_exists') -%}
        {%- set seen, unseen = (1, 0) if function == 'exists' else (0, 1) -%}
        {{ return(
            'case when ' ~ found ~ baton._label_total(call, 'count', value) ~ ' > 0 then ' ~ seen
            ~ ' when ' ~ found ~ 'is_mature then ' ~ unseen ~ ' end'
        ) }}
    {%- elif function == 'first' -%}
        {%- set first = found ~ baton._label_first(call, value, picks=true).name -%}
        {{ return('cast(' ~ first ~ ' as boolean)' if kind == 'boolean' else first) }}
    {%- elif function == 'time_to_event' -%}
        {%- set time = found ~ baton._label_first(call, value).time -%}
        {%- if label.censored -%}
            {%- set time = 'coalesce(' ~ time ~ ', ' ~ found ~ 'observed_end)' -%}
        {%- endif -%}
        {{ return(baton.seconds_between(found ~ 'window_start', time) ~ ' / 86400') }}
    {%- endif -%}

    {%- if function == 'count' -%}
        {%- set amount = found ~ baton._label_total(call, 'count', value) -%}
    {%- elif function in ('min', 'max') -%}
        {%- set amount = baton._label_extreme(call, function, value, window) -%}
        {%- set amount = 'cast(' ~ amount ~ ' as boolean)' if kind == 'boolean' else amount -%}
    {%- else -%}
        {%- set amount = baton._label_amount(call, function, label.column, value, kind, found) -%}
    {%- endif -%}
    {{ return('case when ' ~ found ~ 'is_mature then ' ~ amount ~ ' end') }}
{%- endmacro -%}


{#- A sum that is 0, or an average that is NULL, where there is nothing; exact for doubles. -#}
{%- macro _label_amount(call, function, column, value, kind, found) -%}
    {%- if kind in ('double', 'unknown') -%}
        {%- set parts = [] -%}
        {%- for part in baton.exact_parts(value, is_finite=true) -%}
            {%- do parts.append(found ~ baton._label_total(call, 'sum', part, value)) -%}
        {%- endfor -%}
        {%- set sum = baton.exact_total(parts) -%}
    {%- else -%}
        {%- set sum = found ~ baton._label_total(call, 'sum', value) -%}
    {%- endif -%}
    {%- if function == 'avg' -%}
        {%- set number = found ~ baton._label_total(call, 'count', value) -%}
        {{ return((sum if kind in ('double', 'unknown') else baton.as_double(sum)) ~ ' / nullif(' ~ number ~ ', 0)') }}
    {%- endif -%}
    {{ return(baton.whole_sum(sum, call.event_columns, column) if kind in ('integer', 'boolean') else sum) }}
{%- endmacro -%}


{#- Whether the time to the event is only that to the end of what was observed; NULL where nothing was. -#}
{%- macro _is_censored_sql(call, window, value) -%}
    {{ return(
        'case when ' ~ window.alias ~ '.window_start is not null then '
        ~ window.alias ~ '.' ~ baton._label_first(call, value).time ~ ' is null end'
    ) }}
{%- endmacro -%}


{#- What an event brings to a label: its value, where it is a finite number or no number; without a column, a 1. -#}
{%- macro _label_event_value(function, column, kind) -%}
    {%- if not column -%}
        {{ return('1') }}
    {%- endif -%}
    {%- set value = 'events.' ~ baton.identifier(column) -%}
    {%- if kind == 'double' -%}
        {{ return(baton.finite(value)) }}
    {%- elif kind == 'decimal' -%}
        {{ return(baton.finite_decimal(value)) }}
    {%- elif kind == 'boolean' and function in ('sum', 'avg', 'min', 'max', 'first') -%}
        {{ return('cast(' ~ value ~ ' as integer)') }}
    {%- elif kind == 'unknown' and function in ('sum', 'avg') -%}
        {{ return(baton.finite(baton.as_double(value))) }}
    {%- elif kind == 'unknown' -%}
        {{ return(baton.finite_of_any(value)) }}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro -%}


{#- The running total of an expression over the events; the first to ask for it makes it. -#}
{%- macro _label_total(call, function, argument, value=none) -%}
    {%- if (function, argument) not in call.totals -%}
        {%- do call.totals.update({(function, argument): {
            'name': function ~ '_' ~ (call.totals | length + 1), 'function': function, 'argument': argument,
        }}) -%}
        {%- if (value or argument) not in call.total_values -%}{%- do call.total_values.append(value or argument) -%}{%- endif -%}
    {%- endif -%}
    {{ return(call.totals[(function, argument)].name) }}
{%- endmacro -%}

{%- macro _label_first(call, value, picks=false) -%}
    {%- set number = call.firsts | length + 1 -%}
    {%- set first = call.firsts.setdefault(value, {
        'value': value, 'picks': false, 'name': 'first_' ~ value, 'time': 'time_of_first_' ~ value,
        'events': 'events_with_' ~ value, 'found': 'windows_with_first_' ~ value,
    }) -%}
    {%- if picks -%}{%- do first.update({'picks': true}) -%}{%- endif -%}
    {{ return(first) }}
{%- endmacro -%}

{%- macro _label_extreme(call, function, value, window) -%}
    {%- set suffix = '' if window.alias == 'judged' else '_' ~ window.number -%}
    {%- set extremes = call.extremes.setdefault(window.number, {
        'window': window, 'name': 'extremes' ~ suffix, 'moments': 'mature_ends' ~ suffix, 'aggregates': {},
    }) -%}
    {%- do extremes.aggregates.update({function ~ '_of_' ~ value: {
        'function': function, 'value': value, 'seconds': window.seconds, 'label': 'in_window',
    }}) -%}
    {{ return(extremes.name ~ '.' ~ function ~ '_of_' ~ value) }}
{%- endmacro -%}
