{#
    The plan of one source of windowed_features: the columns of its CTEs, and how each feature is put together from them.
    Features that need the same column share it; `known` is what is known of the columns of the source. What a plan holds:

    name       what the names of its CTEs begin with
    functions  what `_aggregate_functions` knows of each
    relation, made
               the source, and the columns that its rows get: {name: SQL over the source}, see `utc_made`
    own_time   the column of an event's time; `event_time` is that time in UTC
    as_of      the moment of a spine row
    join_keys  [{'spine', 'lookup', 'name'}]: a key in the spine, in the source, and in all CTEs after those; `key_names` are the last
    delay      seconds between a window's end and as_of
    closed     which end of a window is closed; `strict`: whether what happens at an end comes after it
    moments    the CTE of the distinct moments of the spine
    tied_by    columns of the source that decide among tied events, before their values; `ties`: those of the events, for `picks`
    columns    {CTE: {SQL: name}}, so that equal expressions are computed once:
                   events    values read from an event
                   totals    running totals
                   found     totals of each window, from the running totals at its bounds
                   windows   what is computed from these
    categories count_distinct and entropy: {event column: {seconds: {'seconds', 'label', 'has_entropy', 'moves'}}}
    changes    columns of `_value_changes` that running totals read
    squared    event columns whose squares are summed
    spreads    what `with_variances` is given
    bounds     {seconds before as_of: number of the bound}
    slides     min, max and median of a window: {column: {'function', 'value', 'seconds', 'label'}}
    picks      the values of first and last events: {(function, value): {'name', 'function', 'value', 'times': {column of the time: alias}}}
    modes      the most frequent values: {value: {'name', 'value', 'windows': {seconds: {'number', 'seconds', 'alias'}}}}
    features   {name: SQL}
    names      column names already in use
    windows    the CTE that holds the totals of each window
#}
{%- macro _event_source(source, known, name, entity, as_of, closed, functions) -%}
    {#- what columns are called in the CTEs of a source beside its own -#}
    {%- set words %}
        as_of event_time bound side picked row_rank window_number value change times
        place places from_place until_place width block from_block until_block
    {% endset -%}
    {%- set names = baton._reserved_words() + words.split() -%}
    {#- DuckDB resolves a word of a condition that is no column of the source to an earlier name in the same select -#}
    {%- set conditions = source.aggregates | selectattr('where', 'defined') | map(attribute='where') | join(' ') -%}
    {%- for word in modules.re.findall('\\w+', conditions | lower) | unique -%}
        {%- if not baton.find_column(known or [], word) -%}{%- do names.append(word) -%}{%- endif -%}
    {%- endfor -%}
    {%- set keys = [] -%}
    {%- for key in baton.matched_keys(entity, source.get('entity')) -%}
        {%- do keys.append(dict(
            spine=baton.identifier(key.spine),
            lookup=baton.identifier(key.lookup),
            name=baton.free_name(names, baton._column_label(key.spine, 40)),
        )) -%}
    {%- endfor -%}
    {%- set made = {} -%}
    {%- set plan = dict(
        name=name,
        windows=name ~ '_windows',
        relation=baton.of_all_times(source.relation),
        made=made,
        own_time=baton.identifier(source.event_time),
        event_time=baton.utc_made(made, source.event_time, known, 'source', up=closed == 'right'),
        as_of='spine.%s' | format(as_of),
        join_keys=keys,
        key_names=keys | map(attribute='name') | list,
        delay=baton.duration_seconds(source.get('delay', '0s')),
        closed=closed,
        strict=closed == 'left',
        functions=functions,
        tied_by=([source.event_time] if baton.is_finer(source.event_time, known) else []) + baton.as_list(source.get('tie_breaker')),
        names=names,
        columns=dict(events={}, totals={}, found={}, windows={}),
        categories={}, changes=[], ties=[], squared=[], spreads=[], bounds={}, slides={}, picks={}, modes={}, features={},
    ) -%}
    {%- for aggregate in source.aggregates -%}
        {%- for window in baton._aggregate_windows(aggregate) -%}
            {%- do plan.features.update({
                baton.identifier(baton._feature_name(aggregate, window)): baton._feature_expression(plan, aggregate, window, known)
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for column in plan.tied_by if plan.picks -%}
        {%- do plan.ties.append(baton._plan_column(plan, 'events', 'source.%s' | format(baton.identifier(column)), baton._column_label(column))) -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro -%}

{#- Column's part of internal names: plain, at most 20 characters (PostgreSQL truncates names at 63). -#}
{%- macro _column_label(name, length=20) -%}
    {%- set label = modules.re.sub('[^a-z0-9]+', '_', baton.unquoted(name) | lower)[:length].strip('_') -%}
    {{ return(label if modules.re.match('[a-z]', label) else 'column_%s' | format(label)) }}
{%- endmacro -%}

{#- The column of a CTE that holds the SQL; the first to ask for it names it. -#}
{%- macro _plan_column(plan, cte, sql, name) -%}
    {%- set columns = plan.columns[cte] -%}
    {%- if sql not in columns -%}{%- do columns.update({sql: baton.free_name(plan.names, name)}) -%}{%- endif -%}
    {{ return(columns[sql]) }}
{%- endmacro -%}


{#- What an event brings to a feature: its value where it counts. -#}
{%- macro _event_value(plan, feature) -%}
    {{ return(baton._plan_column(plan, 'events', baton._case_when(feature.where, feature.value or '1'), feature.label)) }}
{%- endmacro -%}

{%- macro _case_when(condition, value) -%}
    {%- if condition -%} case when {{ condition }} then {{ value }} end {%- else -%} {{ value }} {%- endif -%}
{%- endmacro -%}

{%- macro _running_total(plan, function, argument, name, direction='so_far') -%}
    {%- set sql -%} {{ function }}({{ argument }}) over {{ direction }} {%- endset -%}
    {{ return(baton._plan_column(plan, 'totals', sql, name)) }}
{%- endmacro -%}

{#- The number of the bound that many seconds before as_of. -#}
{%- macro _window_bound(plan, seconds) -%}
    {{ return(plan.bounds.setdefault(seconds, plan.bounds | length + 1)) }}
{%- endmacro -%}

{#-
    A total within a window: that at its end less that at its start. `total_before` is subtracted instead of `total` where an event changes
    the result differently when it enters and when it leaves.
-#}
{%- macro _total_in_window(plan, window, total, total_before=none, name=none) -%}
    {%- set end = baton._window_bound(plan, window.end) -%}
    {%- set start = baton._window_bound(plan, window.start) if window.seconds else none -%}
    {%- set sql -%}
        {%- if not start -%}
sum(case bound when {{ end }} then {{ total }} end)
        {%- elif total | length < 25 -%}
sum(case bound when {{ end }} then {{ total }} when {{ start }} then -{{ total_before or total }} end)
        {%- else -%}
sum(case bound
    when {{ end }} then {{ total }}
    when {{ start }} then -{{ total_before or total }}
end)
        {%- endif -%}
    {%- endset -%}
    {{ return(baton._plan_column(plan, 'found', sql, '%s_%s' | format(window.label, name or total))) }}
{%- endmacro -%}

{%- macro _total_at_bound(plan, seconds, total, name) -%}
    {%- set sql -%} max(case bound when {{ baton._window_bound(plan, seconds) }} then {{ total }} end) {%- endset -%}
    {{ return(baton._plan_column(plan, 'found', sql, name)) }}
{%- endmacro -%}
