{#- The SQL of a feature over the joined CTEs of its plan, to which it adds what it needs. -#}
{%- macro _feature_expression(plan, aggregate, window, known) -%}
    {%- set function, column = aggregate.function, aggregate.get('column') -%}
    {%- set reads = plan.functions[function].reads -%}
    {%- set seconds = baton.duration_seconds(window) -%}
    {%- set feature = dict(
        function=function, column=column, known=known, kind=none, value=none,
        label=baton._column_label(baton._feature_name(aggregate, 'lifetime') if 'where' in aggregate else column or 'events'),
        where=baton.user_sql(aggregate.where) if 'where' in aggregate else none,
        zero=aggregate.get('empty', 'zero') == 'zero',
        window=dict(
            label='ever' if seconds is none else 'in_%s' | format(window), seconds=seconds,
            end=plan.delay, start=none if seconds is none else plan.delay + seconds,
        ),
    ) -%}

    {#- what an event brings from the column: the SQL of its `value`, and the `kind` of that -#}
    {%- if column -%}
        {%- set kind, own = baton.number_kind(known, column), 'source.%s' | format(baton.identifier(column)) -%}
        {%- set value = baton.finite_value(own, kind, reads) -%}
        {%- do feature.update(value=value, kind='integer' if kind == 'boolean' and reads == 'number' else kind) -%}
        {#- an average is a double in any case, so what is not known is summed as exactly as doubles are -#}
        {%- if reads == 'double' or function == 'avg' and kind == 'unknown' -%}
            {%- set double = baton.finite_double(own, kind, baton.find_column(known or [], column)) -%}
            {%- do feature.update(value=double, kind='double', label=feature.label if double == value else feature.label ~ '_double') -%}
        {%- endif -%}
    {%- endif -%}

    {{- baton['_%s_feature' | format(plan.functions[function].by)](plan, feature) -}}
{%- endmacro -%}


{#- count, sum and avg: what running totals grew by. -#}
{%- macro _sum_feature(plan, feature) -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- if feature.function != 'sum' or not feature.zero -%}
        {%- set number = baton._number_in_window(plan, feature, value) -%}
    {%- endif -%}
    {%- set amount -%}
        {%- if feature.function == 'count' -%}
cast({{ plan.windows }}.{{ number }} as bigint)
        {%- elif feature.kind == 'double' -%}
{{ baton.exact_total(baton.qualified(baton._exact_sums_in_window(plan, feature, value), plan.windows)) }}
        {%- else -%}
{{ plan.windows }}.{{ baton._total_in_window(plan, feature.window, baton._running_total(plan, 'sum', value, value ~ '_sum')) }}
        {%- endif -%}
    {%- endset -%}

    {%- if feature.function == 'avg' -%}
{{ amount if feature.kind == 'double' else baton.as_double(amount) }}
    / nullif({{ plan.windows }}.{{ number }}, 0)
    {%- else -%}
        {%- if feature.kind == 'integer' and feature.function == 'sum' -%}
            {%- set amount = baton.whole_sum(amount, feature.known, feature.column) -%}
        {%- endif -%}
        {%- if feature.zero -%}
coalesce({{ amount }}, 0)
        {%- else -%}
case when {{ plan.windows }}.{{ number }} > 0 then {{ amount }} end
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _number_in_window(plan, feature, value) -%}
    {{ return(baton._total_in_window(
        plan, feature.window, baton._running_total(plan, 'count', value, value ~ '_count'), name=none if feature.column else value
    )) }}
{%- endmacro -%}

{%- macro _exact_sums_in_window(plan, feature, value) -%}
    {%- set sums = [] -%}
    {%- set parts = baton.exact_parts(value, is_finite=true) -%}
    {%- for part in parts -%}
        {%- set name = '%s_sum' | format(value) if parts | length == 1 else '%s_sum_%s' | format(value, ['coarse', 'fine'][loop.index0]) -%}
        {%- set total = baton._running_total(plan, 'sum', part, name) -%}
        {%- do sums.append(baton._total_in_window(plan, feature.window, total)) -%}
    {%- endfor -%}
    {{ return(sums) }}
{%- endmacro -%}


{#- variance and stddev: from exact sums of the values and of their squares. -#}
{%- macro _spread_feature(plan, feature) -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- set name = '%s_%s' | format(feature.window.label, value) -%}
    {%- if name not in plan.spreads | map(attribute='name') -%}
        {%- set squares = [] -%}
        {%- for part in baton.square_parts(value) -%}
            {%- set total = baton._running_total(plan, 'sum', part, part | replace('__square', '__squares')) -%}
            {%- do squares.append(baton._total_in_window(plan, feature.window, total)) -%}
        {%- endfor -%}
        {%- if value not in plan.squared -%}{%- do plan.squared.append(value) -%}{%- endif -%}
        {%- do plan.spreads.append(dict(
            name=name, number=baton._number_in_window(plan, feature, value),
            sums=baton._exact_sums_in_window(plan, feature, value), squares=squares,
        )) -%}
    {%- endif -%}
    {%- if feature.function == 'variance' -%}
{{ plan.windows }}.{{ name }}__variance
    {%- else -%}
sqrt({{ plan.windows }}.{{ name }}__variance)
    {%- endif -%}
{%- endmacro -%}


{#-
    recency, tenure, first and last: from the newest time before the window's end, or the oldest from its start on. The value of a first
    or last event is fetched by its time afterwards, unless the engine carries it along with the time.
-#}
{%- macro _time_feature(plan, feature) -%}
    {%- set window = feature.window -%}
    {%- set present = [] -%}
    {%- if feature.where -%}{%- do present.append(feature.where) -%}{%- endif -%}
    {%- if feature.value -%}{%- do present.append('%s is not null' | format(feature.value)) -%}{%- endif -%}
    {#- a column of its own even if each event counts: where totals are swept with the moments, these have an event_time too -#}
    {%- set label = feature.label ~ '_time' if present else 'happened_at' -%}
    {%- set carried = baton.carried_value(plan.event_time, plan.tied_by, feature.value) if feature.function in ('first', 'last') -%}
    {%- set at = '.event_time' if carried else '' -%}
    {%- set time = baton._plan_column(
        plan, 'events', baton._case_when(present | join(' and '), carried or plan.event_time), label
    ) -%}
    {%- set after_start, before_end = ('>=', '<') if plan.strict else ('>', '<=') -%}
    {%- if feature.function in ('recency', 'last') -%}
        {%- set newest = baton._total_at_bound(plan, window.end, baton._running_total(plan, 'max', time, time ~ '_max'), 'newest_' ~ time) -%}
        {%- set found = newest -%}
        {%- if window.seconds -%}
            {%- set sql -%}
case
    when {{ newest }}{{ at }} {{ after_start }} {{ baton.add_seconds('as_of', -window.start) }} then {{ newest }}
end
            {%- endset -%}
            {%- set found = baton._plan_column(plan, 'windows', sql, 'newest_%s_%s' | format(window.label, time)) -%}
        {%- endif -%}
    {%- else -%}
        {%- set oldest = baton._total_at_bound(plan, window.end, baton._running_total(plan, 'min', time, time ~ '_min'), 'oldest_' ~ time) -%}
        {%- set found = oldest -%}
        {%- if window.seconds -%}
            {%- set later = baton._running_total(plan, 'min', time, 'next_' ~ time, 'from_there_on') -%}
            {%- set next = baton._total_at_bound(plan, window.start, later, 'next_%s_%s' | format(window.label, time)) -%}
            {#- nothing before the window: then the first of all events may stand in it -#}
            {%- set sql -%}
case
    when
        coalesce({{ next }}, {{ oldest }}){{ at }} {{ after_start }} {{ baton.add_seconds('as_of', -window.start) }}
        and coalesce({{ next }}, {{ oldest }}){{ at }} {{ before_end }} {{ baton.add_seconds('as_of', -window.end) }}
        then coalesce({{ next }}, {{ oldest }})
end
            {%- endset -%}
            {%- set found = baton._plan_column(plan, 'windows', sql, 'oldest_%s_%s' | format(window.label, time)) -%}
        {%- endif -%}
    {%- endif -%}

    {%- if feature.function in ('recency', 'tenure') -%}
{{ baton.seconds_between('%s.%s' | format(plan.windows, found), plan.as_of) }} / 86400
    {%- elif carried -%}
{{ plan.windows }}.{{ found }}.value
    {%- else -%}
        {%- set value = baton._event_value(plan, feature) -%}
        {%- set pick = plan.picks.setdefault((feature.function, value), dict(
            name='%s_%s_%s' | format(plan.name, feature.function, plan.picks | length + 1),
            function=feature.function, value=value, times={},
        )) -%}
{{ pick.times.setdefault(found, '%s_%s' | format(pick.name, window.label)) }}.picked
    {%- endif -%}
{%- endmacro -%}


{#- min, max and median: over a lifetime the running minimum or maximum, else a frame that slides over the events. -#}
{%- macro _slide_feature(plan, feature) -%}
    {%- set function, window = feature.function, feature.window -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- set found -%}
        {%- if window.seconds is none and function != 'median' -%}
            {%- set total = baton._running_total(plan, function, value, '%s_%s' | format(value, function)) -%}
{{ plan.windows }}.{{ baton._total_at_bound(plan, window.end, total, 'ever_' ~ total) }}
        {%- else -%}
            {%- set name = '%s_%s_%s' | format(window.label, value, function) -%}
            {%- set column = name if name in plan.slides else baton.free_name(plan.names, name) -%}
            {%- do plan.slides.update({column: dict(function=function, value=value, seconds=window.seconds, label=window.label)}) -%}
{{ plan.name }}_slid.{{ column }}
        {%- endif -%}
    {%- endset -%}
    {%- if feature.kind == 'boolean' -%} cast({{ found }} as boolean) {%- else -%} {{ found }} {%- endif -%}
{%- endmacro -%}


{#- mode: see _mode_sql. -#}
{%- macro _mode_feature(plan, feature) -%}
    {%- set value = baton._event_value(plan, feature) -%}
    {%- set mode = plan.modes.setdefault(value, dict(
        name='%s_mode_%s' | format(plan.name, plan.modes | length + 1), value=value, windows={},
    )) -%}
    {%- set window = mode.windows.setdefault(feature.window.seconds, dict(
        number=mode.windows | length + 1, seconds=feature.window.seconds, alias='%s_%s' | format(mode.name, feature.window.label),
    )) -%}
{{ '%s.picked_%s' | format(mode.name, window.number) if baton.inlines_ctes() else '%s.picked' | format(window.alias) }}
{%- endmacro -%}
