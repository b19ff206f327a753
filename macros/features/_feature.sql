{#- The SQL of a feature over what its plan finds; it adds to the plan what it needs. -#}
{%- macro _feature(plan, aggregate, columns, window) -%}
    {%- set function = aggregate.function -%}
    {%- set by = baton._aggregate_functions()[function].by -%}
    {%- set column = aggregate.get('column') -%}
    {%- set kind = baton.number_kind(columns, column) if column else none -%}
    {%- set counted = 'source.' ~ baton.identifier(column) if column else none -%}
    {%- if kind == 'double' or kind == 'unknown' and function in ('sum', 'avg', 'variance', 'stddev', 'median') -%}
        {%- set counted = baton.finite(counted) -%}
    {%- elif kind == 'decimal' -%}
        {%- set counted = baton.finite_decimal(counted) -%}
    {%- endif -%}
    {%- set wanted = {
        'function': function, 'window': window, 'counted': counted, 'where': aggregate.get('where'), 'kind': kind,
        'label': baton.unquoted(column) if column else 'events', 'zero': aggregate.get('empty', 'zero') == 'zero',
    } -%}
    {%- if function in ('variance', 'stddev') -%}
        {{ return(baton._spread_feature(plan, wanted)) }}
    {%- elif by == 'sum' -%}
        {{ return(baton._sum_feature(plan, wanted)) }}
    {%- elif by == 'time' -%}
        {{ return(baton._time_feature(plan, wanted)) }}
    {%- elif by == 'slide' -%}
        {{ return(baton._slide_feature(plan, wanted)) }}
    {%- endif -%}
    {{ return(baton._category_feature(plan, wanted)) }}
{%- endmacro -%}


{#- count, sum and avg: what running totals grew by. -#}
{%- macro _sum_feature(plan, wanted) -%}
    {%- set found = plan.name ~ '_windows.' -%}
    {%- set taken = baton._value(plan, baton._only(wanted.counted or '1', wanted.where), wanted.label) -%}
    {%- set number = found ~ baton._within(plan, wanted.window, 'count', taken, wanted.label) -%}
    {%- if wanted.function == 'count' -%}
        {%- set amount = 'cast(coalesce(' ~ number ~ ', 0) as bigint)' -%}
        {{ return(amount if wanted.zero else 'nullif(' ~ amount ~ ', 0)') }}
    {%- endif -%}

    {%- if wanted.kind == 'double' -%}
        {%- set parts = [] -%}
        {%- for part in baton.exact_parts(taken, is_finite=true) -%}
            {%- do parts.append(found ~ baton._within(plan, wanted.window, 'sum', part, wanted.label)) -%}
        {%- endfor -%}
        {%- set amount = baton.exact_total(parts) -%}
    {%- else -%}
        {%- set amount = found ~ baton._within(plan, wanted.window, 'sum', taken, wanted.label) -%}
    {%- endif -%}
    {%- if wanted.function == 'avg' -%}
        {{ return((amount if wanted.kind == 'double' else baton.as_double(amount)) ~ ' / nullif(' ~ number ~ ', 0)') }}
    {%- elif wanted.kind == 'integer' -%}
        {%- set amount = 'cast(' ~ amount ~ ' as bigint)' -%}
    {%- endif -%}
    {{ return('coalesce(' ~ amount ~ ', 0)' if wanted.zero else 'case when ' ~ number ~ ' > 0 then ' ~ amount ~ ' end') }}
{%- endmacro -%}


{#- variance and stddev: from exact sums of the values and of their squares. -#}
{%- macro _spread_feature(plan, wanted) -%}
    {%- set value = wanted.counted if wanted.kind == 'double' else baton.as_double(wanted.counted) -%}
    {%- set taken = baton._value(plan, baton._only(value, wanted.where), wanted.label) -%}
    {%- do baton._add_layers(plan.event_layers, baton.square_layers(taken)) -%}
    {%- set sums = [] -%}
    {%- for part in baton.exact_parts(taken, is_finite=true) -%}
        {%- do sums.append(baton._within(plan, wanted.window, 'sum', part, wanted.label)) -%}
    {%- endfor -%}
    {%- set squares = [] -%}
    {%- for part in baton.square_parts(taken) -%}
        {%- do squares.append(baton._within(plan, wanted.window, 'sum', part, wanted.label ~ '_square')) -%}
    {%- endfor -%}
    {%- set number = baton._within(plan, wanted.window, 'count', taken, wanted.label) -%}
    {%- set name = wanted.window.label ~ '_' ~ baton.unquoted(taken) -%}
    {%- set layers = baton.variance_layers(name, number, sums, squares) -%}
    {%- do baton._add_layers(plan.window_layers, layers) -%}
    {%- set variance = plan.name ~ '_windows.' ~ layers[-1][1][-1][0] -%}
    {{ return(variance if wanted.function == 'variance' else 'sqrt(' ~ variance ~ ')') }}
{%- endmacro -%}


{#- recency, tenure, first and last: from the newest time before the window's end, or the oldest from its start on. -#}
{%- macro _time_feature(plan, wanted) -%}
    {%- set window = wanted.window -%}
    {%- set condition = baton._both(wanted.where, wanted.counted ~ ' is not null' if wanted.counted else none) -%}
    {%- set time = baton._value(plan, baton._only(plan.event_time, condition), 'time') -%}
    {%- set newest = wanted.function in ('recency', 'last') -%}
    {%- set moment = baton._look(plan, window.upto, 'max' if newest else 'min', time, 'time') -%}
    {%- if window.before -%}
        {%- set start = baton.add_seconds('asked_at', -window.before.seconds_back) -%}
        {%- set after_start = (' >= ' if plan.strict else ' > ') ~ start -%}
        {%- if newest -%}
            {%- set sql = 'case when ' ~ moment ~ after_start ~ ' then ' ~ moment ~ ' end' -%}
        {%- else -%}
            {%- set end = baton.add_seconds('asked_at', -window.upto.seconds_back) -%}
            {%- set before_end = (' < ' if plan.strict else ' <= ') ~ end -%}
            {%- set next = baton._look(plan, window.before, 'min', time, 'time', direction='future') -%}
            {#- nothing before the window: then the first of all events may stand in it -#}
            {%- set oldest = 'coalesce(' ~ next ~ ', ' ~ moment ~ ')' -%}
            {%- set sql = 'case when ' ~ oldest ~ after_start ~ ' and ' ~ oldest ~ before_end ~ ' then ' ~ oldest ~ ' end' -%}
        {%- endif -%}
        {%- set moment = baton.identifier(('newest_' if newest else 'oldest_') ~ window.label ~ '_' ~ baton.unquoted(time)) -%}
        {%- do baton._add_layers(plan.window_layers, [('times', [(moment, sql)])]) -%}
    {%- endif -%}
    {%- if wanted.function in ('recency', 'tenure') -%}
        {{ return(baton.seconds_between(plan.name ~ '_windows.' ~ moment, plan.name ~ '_windows.asked_at') ~ ' / 86400') }}
    {%- endif -%}

    {%- set taken = baton._value(plan, baton._only(wanted.counted, wanted.where), wanted.label) -%}
    {%- set pick = (wanted.function, taken) -%}
    {%- if pick not in plan.picks -%}
        {%- do plan.picks.update({pick: {
            'name': plan.name ~ '_' ~ wanted.function ~ '_' ~ (plan.picks | length + 1), 'function': wanted.function, 'value': taken, 'times': {},
        }}) -%}
    {%- endif -%}
    {%- set pick = plan.picks[pick] -%}
    {%- do pick.times.update({moment: pick.name ~ '_' ~ window.label}) -%}
    {{ return(pick.times[moment] ~ '.picked') }}
{%- endmacro -%}


{#- min, max and median: over a lifetime the running minimum or maximum, else a frame that slides over the events. -#}
{%- macro _slide_feature(plan, wanted) -%}
    {%- set value = baton.as_double(wanted.counted) if wanted.function == 'median' and wanted.kind != 'double' else wanted.counted -%}
    {%- set taken = baton._value(plan, baton._only(value, wanted.where), wanted.label) -%}
    {%- if wanted.window.seconds is none and wanted.function != 'median' -%}
        {{ return(plan.name ~ '_windows.' ~ baton._look(plan, wanted.window.upto, wanted.function, taken, wanted.label)) }}
    {%- endif -%}
    {%- set slid = baton.identifier(wanted.function ~ '_' ~ wanted.window.label ~ '_' ~ baton.unquoted(taken)) -%}
    {%- do plan.slides.update({slid: {
        'function': wanted.function, 'value': taken, 'seconds': wanted.window.seconds, 'label': wanted.window.label, 'start': wanted.window.before,
    }}) -%}
    {{ return(plan.name ~ '_slid.' ~ slid) }}
{%- endmacro -%}


{#- count_distinct, entropy and mode: from how often each value stands in the window. -#}
{%- macro _category_feature(plan, wanted) -%}
    {%- set taken = baton._value(plan, baton._only(wanted.counted, wanted.where), wanted.label) -%}
    {%- if taken not in plan.categories -%}
        {%- do plan.categories.update({taken: {
            'name': plan.name ~ '_category_' ~ (plan.categories | length + 1), 'value': taken, 'windows': {}, 'wants': [],
        }}) -%}
    {%- endif -%}
    {%- set category = plan.categories[taken] -%}
    {%- if wanted.window.seconds not in category.windows -%}
        {%- do category.windows.update({wanted.window.seconds: {
            'place': category.windows | length + 1, 'label': wanted.window.label, 'seconds': wanted.window.seconds,
        }}) -%}
    {%- endif -%}
    {%- set window = category.windows[wanted.window.seconds] -%}
    {%- if wanted.function not in category.wants -%}{%- do category.wants.append(wanted.function) -%}{%- endif -%}
    {%- if wanted.function == 'mode' -%}
        {%- do window.update({'mode': true}) -%}
        {{ return(category.name ~ '_mode_' ~ window.label ~ '.picked') }}
    {%- endif -%}
    {%- set found = category.name ~ '_windows.' ~ wanted.function ~ '_' ~ window.label -%}
    {%- if wanted.function == 'count_distinct' -%}
        {{ return('coalesce(' ~ found ~ ', 0)' if wanted.zero else 'nullif(' ~ found ~ ', 0)') }}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro -%}


{%- macro _only(value, condition) -%}
    {{ return('case when ' ~ condition ~ ' then ' ~ value ~ ' end' if condition else value) }}
{%- endmacro -%}

{%- macro _both(first, second) -%}
    {{ return('(' ~ first ~ ') and ' ~ second if first and second else first or second) }}
{%- endmacro -%}
