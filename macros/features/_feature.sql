{#- The SQL of a feature over what its plan finds; it adds to the plan what it needs. -#}
{%- macro _feature(plan, aggregate, columns, window) -%}
    {%- set function = aggregate.function -%}
    {%- set by = baton._aggregate_functions()[function].by -%}
    {%- set column = aggregate.get('column') -%}
    {%- set kind = baton.number_kind(columns, column) if column else none -%}
    {%- set counted = 'source.' ~ baton.identifier(column) if column else none -%}
    {%- set is_numeric = function in ('sum', 'avg', 'variance', 'stddev', 'median') -%}
    {%- if kind == 'double' or kind == 'unknown' and is_numeric -%}
        {%- set counted = baton.finite(counted) -%}
    {%- elif kind == 'unknown' -%}
        {%- set counted = baton.finite_of_any(counted) -%}
    {%- elif kind == 'decimal' -%}
        {%- set counted = baton.finite_decimal(counted) -%}
    {%- elif kind == 'boolean' and (is_numeric or function in ('min', 'max')) -%}
        {%- set counted = 'cast(' ~ counted ~ ' as integer)' -%}
    {%- endif -%}
    {%- if kind == 'boolean' and is_numeric -%}
        {%- set kind = 'integer' -%}
    {%- elif kind == 'unknown' and function == 'avg' -%}
        {#- a double in any case, so summed as exactly as doubles are -#}
        {%- set kind, counted = 'double', baton.as_double(counted) -%}
    {%- endif -%}
    {%- set wanted = {
        'function': function, 'window': window, 'counted': counted, 'where': baton.user_sql(aggregate.where) if 'where' in aggregate else none, 'kind': kind,
        'columns': columns, 'column': column,
        'label': baton._label(column) if column else 'events', 'zero': aggregate.get('empty', 'zero') == 'zero',
    } -%}
    {%- if by == 'sum' -%}
        {{ return(baton._sum_feature(plan, wanted)) }}
    {%- elif by == 'spread' -%}
        {{ return(baton._spread_feature(plan, wanted)) }}
    {%- elif by == 'time' -%}
        {{ return(baton._time_feature(plan, wanted)) }}
    {%- elif by == 'slide' -%}
        {{ return(baton._slide_feature(plan, wanted)) }}
    {%- elif by == 'category' -%}
        {{ return(baton._category_feature(plan, wanted)) }}
    {%- endif -%}
    {{ return(baton._mode_feature(plan, wanted)) }}
{%- endmacro -%}


{#- count, sum and avg: what running totals grew by. -#}
{%- macro _sum_feature(plan, wanted) -%}
    {%- set found = plan.name ~ '_windows.' -%}
    {%- set taken = baton._value(plan, baton._only(wanted.counted or '1', wanted.where), wanted.label) -%}
    {%- if wanted.function != 'sum' or not wanted.zero -%}
        {%- set number = found ~ baton._within(plan, wanted.window, 'count', taken, wanted.label) -%}
    {%- endif -%}
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
        {%- set amount = baton.whole_sum(amount, wanted.columns, wanted.column) -%}
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
    {%- set name = wanted.window.label ~ '_' ~ taken -%}
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
        {%- set moment = ('newest_' if newest else 'oldest_') ~ window.label ~ '_' ~ time -%}
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
    {%- set value = baton.as_double(wanted.counted) if wanted.function == 'median' else wanted.counted -%}
    {%- set taken = baton._value(plan, baton._only(value, wanted.where), wanted.label) -%}
    {%- if wanted.window.seconds is none and wanted.function != 'median' -%}
        {%- set found = plan.name ~ '_windows.' ~ baton._look(plan, wanted.window.upto, wanted.function, taken, wanted.label) -%}
    {%- else -%}
        {%- set slid = wanted.function ~ '_' ~ wanted.window.label ~ '_' ~ taken -%}
        {%- do plan.slides.update({slid: {
            'function': wanted.function, 'value': taken, 'seconds': wanted.window.seconds, 'label': wanted.window.label,
        }}) -%}
        {%- set found = plan.name ~ '_slid.' ~ slid -%}
    {%- endif -%}
    {{ return('cast(' ~ found ~ ' as boolean)' if wanted.kind == 'boolean' else found) }}
{%- endmacro -%}


{#-
    count_distinct and entropy: from how often a value stands in the window. That changes only when an event comes and when it
    goes, so both are sums of what each event changed when it came, less what it changes when it goes.
-#}
{%- macro _category_feature(plan, wanted) -%}
    {%- set found = plan.name ~ '_windows.' -%}
    {%- set window = wanted.window -%}
    {%- set taken = baton._value(plan, baton._only(wanted.counted, wanted.where), wanted.label) -%}
    {%- do baton._add_layers(plan.event_layers, baton._coming_and_going(plan, taken, window)) -%}
    {%- set different = found ~ baton._within(
        plan, window, 'sum', (taken ~ '_new_' ~ window.label), wanted.label ~ '_new',
        argument_before=(taken ~ '_lost_' ~ window.label)
    ) -%}
    {%- if wanted.function == 'count_distinct' -%}
        {%- set different = 'cast(coalesce(' ~ different ~ ', 0) as bigint)' -%}
        {{ return(different if wanted.zero else 'nullif(' ~ different ~ ', 0)') }}
    {%- endif -%}

    {#- the entropy of counts n that sum to N is ln N - (sum of n ln n) / N -#}
    {%- set nats = {} -%}
    {%- for moment in ['coming', 'going'] -%}
        {%- set often = taken ~ '_' ~ moment ~ '_' ~ window.label -%}
        {%- set columns = ((taken ~ '_nats_' ~ moment ~ '_' ~ window.label), (taken ~ '_nats_without_' ~ moment ~ '_' ~ window.label)) -%}
        {%- do baton._add_layers(plan.event_layers, [('nats', [(columns[0], baton._nats(often)), (columns[1], baton._nats('(' ~ often ~ ' - 1)'))])]) -%}
        {%- set parts = [] -%}
        {%- for one, other in zip(baton.exact_parts(columns[0], is_finite=true), baton.exact_parts(columns[1], is_finite=true)) -%}
            {%- do parts.append(one ~ ' - ' ~ other) -%}
        {%- endfor -%}
        {%- do nats.update({moment: parts}) -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for coming, going in zip(nats.coming, nats.going) -%}
        {%- do parts.append(found ~ baton._within(plan, window, 'sum', coming, wanted.label ~ '_nats', argument_before=going)) -%}
    {%- endfor -%}
    {%- set number = found ~ baton._within(plan, window, 'count', taken, wanted.label) -%}
    {{ return(
        'case when ' ~ different ~ ' = 1 then 0 when ' ~ number ~ ' > 0 then ln(' ~ baton.as_double(number) ~ ') - '
        ~ baton.exact_total(parts) ~ ' / ' ~ number ~ ' end'
    ) }}
{%- endmacro -%}

{#- How often a value stands in the window when one of its events comes, that one included, and when it goes. -#}
{%- macro _coming_and_going(plan, value, window) -%}
    {%- set label = window.label -%}
    {%- set in_time = 'over (partition by ' ~ plan.key_names | join(', ') ~ ', ' ~ value ~ ' order by baton_time' -%}
    {%- set nth = value ~ '_nth' -%}
    {%- set coming = (value ~ '_coming_' ~ label) -%}
    {%- set going = (value ~ '_going_' ~ label) -%}
    {%- set counted = [(nth, 'row_number() ' ~ in_time ~ ')')] -%}
    {%- set often = [] -%}
    {%- if window.before -%}
        {%- set width = "interval '" ~ baton._largest_unit(window.seconds) ~ "'" -%}
        {%- set gone = (value ~ '_gone_' ~ label) -%}
        {%- set met = (value ~ '_met_' ~ label) -%}
        {%- do counted.extend([
            (gone, 'count(*) ' ~ in_time ~ ' range between unbounded preceding and ' ~ width ~ ' preceding)'),
            (met, 'count(*) ' ~ in_time ~ ' range between unbounded preceding and ' ~ width ~ " - interval '1 microsecond' following)"),
        ]) -%}
        {%- do often.extend([(coming, baton._only(nth ~ ' - ' ~ gone, value ~ ' is not null')), (going, baton._only(met ~ ' - ' ~ nth ~ ' + 1', value ~ ' is not null'))]) -%}
    {%- else -%}
        {%- do often.extend([(coming, baton._only(nth, value ~ ' is not null')), (going, '0')]) -%}
    {%- endif -%}
    {{ return([
        ('counted', counted),
        ('often', often),
        ('nats', [
            ((value ~ '_new_' ~ label), 'case when ' ~ coming ~ ' = 1 then 1 end'),
            ((value ~ '_lost_' ~ label), 'case when ' ~ going ~ ' = 1 then 1 end'),
        ]),
    ]) }}
{%- endmacro -%}

{%- macro _nats(often) -%}
    {{ return('case when ' ~ often ~ ' > 1 then ' ~ often ~ ' * ln(' ~ baton.as_double(often) ~ ') else 0 end') }}
{%- endmacro -%}


{#- mode: see _mode_sql. -#}
{%- macro _mode_feature(plan, wanted) -%}
    {%- set taken = baton._value(plan, baton._only(wanted.counted, wanted.where), wanted.label) -%}
    {%- if taken not in plan.modes -%}
        {%- do plan.modes.update({taken: {'name': plan.name ~ '_mode_' ~ (plan.modes | length + 1), 'value': taken, 'windows': {}}}) -%}
    {%- endif -%}
    {%- set mode = plan.modes[taken] -%}
    {%- set window = mode.windows.setdefault(wanted.window.seconds, {
        'place': mode.windows | length + 1, 'seconds': wanted.window.seconds, 'alias': mode.name ~ '_' ~ wanted.window.label,
    }) -%}
    {{ return(window.alias ~ '.picked') }}
{%- endmacro -%}


{%- macro _only(value, condition) -%}
    {{ return('case when ' ~ condition ~ ' then ' ~ value ~ ' end' if condition else value) }}
{%- endmacro -%}

{%- macro _both(first, second) -%}
    {{ return(first ~ ' and ' ~ second if first and second else first or second) }}
{%- endmacro -%}
