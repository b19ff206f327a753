{#
    The checked call of `labels` with every name and expression ready for SQL. Labels that need the same window, value, total,
    first event or extreme share it. What it holds beside the names of keys and the moments:

    join_keys         [{'spine', 'lookup', 'name'}]: a key in the spine, in the events, and in all CTEs after those
    own_keys          the same where two of these CTEs are joined, which both call a key by its `name`
    key_names         each `name` of these
    spine_made        the columns that the spine's rows get: {name: SQL over the spine}, see `utc_beside`
    event_columns     what `columns_of` knows of the events
    event_time        SQL of an event's time, finer than a microsecond rounded up; `last_time` is cut off instead
    conditions        which events count
    known_at          SQL of that moment, none without
    is_known          which events were received by `known_at`, none without
    given_until       `observed_until` where it is one moment, `observed_by_row` where it is a column; both none: the newest event
    observed_at_most  the latest moment that counts as observed: of known_at and the run's start
    event_values      what is taken from an event: {sql: column of `label_events`}, named after the first label that takes it
    windows           [{'number', 'alias', 'start', 'end', 'seconds'}], one for each gap and horizon
    totals            running totals of the events: {SQL over the events: name}; `total_values` are the columns that they read
    firsts            first events: {value: {'value', 'name', 'time', 'reads': which of those two are read, and its CTEs}}
    extremes          minima and maxima: {number of the window: {'window', 'name', 'moments', 'aggregates'}}
    found             the CTE that holds the windows with all that was found in them, except extremes
    labels            [{'sql', 'window', and the names of the columns of the result}]
#}
{%- macro _labels_call(given) -%}
    {#- Each label once for each of its horizons, with the call's values as defaults. -#}
    {%- set wanted = [] -%}
    {%- for label in baton.as_list(given.label) if baton.is_mapping(label) -%}
        {%- set horizons = label.get('horizon', given.horizon) -%}
        {%- for horizon in baton.as_list(horizons) -%}
            {%- set name = label.get('name', 'label') | string -%}
            {%- do wanted.append(dict(
                name=name if horizons is string else '%s_%s' | format(baton.unquoted(name), horizon),
                stem=name,
                function=label.get('function'),
                column=label.get('column'),
                horizon=horizon,
                gap=label.get('gap', given.gap),
                where=label.get('where', given.where),
                censored=label.get('censored', false),
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- set spine_columns, event_columns = baton._expect_labels_call(problems, given, wanted) -%}
    {%- do baton.raise_problems('labels', problems) -%}

    {%- set keys, own_keys = [], [] -%}
    {%- for key in baton.matched_keys(baton.as_list(given.entity), given.events_entity) -%}
        {%- set name = baton.cte_name('key_' ~ baton.unquoted(key.spine), keys | map(attribute='name') | list) -%}
        {%- do keys.append(dict(spine=baton.identifier(key.spine), lookup=baton.identifier(key.lookup), name=name)) -%}
        {%- do own_keys.append(dict(spine=name, lookup=name)) -%}
    {%- endfor -%}
    {%- set spine_made = {} -%}
    {%- set call = dict(
        events=baton.aliased(baton.of_all_times(given.events), 'events'),
        join_keys=keys,
        own_keys=own_keys,
        key_names=keys | map(attribute='name') | list,
        spine_made=spine_made,
        event_columns=event_columns,
        event_time=baton.utc(given.event_time, event_columns, 'events', up=true),
        last_time=baton.utc(given.event_time, event_columns, 'events'),
        event_values={}, totals={}, total_values=[], firsts={}, extremes={}, labels=[],
    ) -%}

    {#- what bounds the observation -#}
    {%- set known_at = baton.moment(given.known_at) if given.known_at is not none else none -%}
    {%- set is_known, by_row, until = none, none, none -%}
    {%- if known_at -%}
        {%- set is_known -%}
            {{ baton.utc(given.created_at, event_columns, 'events', up=true) }} <= {{ known_at }}
        {%- endset -%}
    {%- endif -%}
    {%- if given.observed_until is mapping -%}
        {%- set by_row = baton.utc_beside(spine_made, given.observed_until.column, spine_columns, 'spine') -%}
        {%- if known_at -%}
            {%- set until_known_at -%}
                case when {{ by_row }} > {{ known_at }} then {{ known_at }} else {{ by_row }} end
            {%- endset -%}
            {%- set by_row = until_known_at -%}
        {%- endif -%}
    {%- elif given.observed_until is not none -%}
        {%- set until = baton.moment(given.observed_until) -%}
    {%- endif -%}
    {%- set at_most = known_at -%}
    {%- if given.observed_until is none -%}
        {%- set at_most = 'least(%s, %s)' | format(known_at, baton.run_start()) if known_at else baton.run_start() -%}
    {%- endif -%}
    {%- do call.update(known_at=known_at, is_known=is_known, observed_by_row=by_row, given_until=until, observed_at_most=at_most) -%}

    {%- set as_of = baton.utc_beside(spine_made, given.as_of, spine_columns, 'spine', up=true) -%}
    {%- set windows = {} -%}
    {%- for label in wanted if (label.gap, label.horizon) not in windows -%}
        {%- set gap, seconds = baton.duration_seconds(label.gap), baton.duration_seconds(label.horizon) -%}
        {%- do windows.update({(label.gap, label.horizon): dict(
            number=windows | length + 1,
            seconds=seconds,
            alias='within_' ~ label.horizon ~ ('_after_' ~ label.gap if label.gap != '0d' else ''),
            start=baton.add_seconds(as_of, gap),
            end=baton.add_seconds(as_of, gap + seconds),
        )}) -%}
    {%- endfor -%}
    {%- do call.update(windows=windows.values() | list) -%}

    {#- a condition shared by all labels filters the events -#}
    {%- set has_one_condition = wanted | map(attribute='where') | unique(case_sensitive=true) | list | length == 1 -%}
    {%- set conditions = ['events.%s is not null' | format(baton.identifier(given.event_time))] -%}
    {%- if call.is_known -%}{%- do conditions.append(call.is_known) -%}{%- endif -%}
    {%- if has_one_condition and wanted[0].where -%}{%- do conditions.append(baton.user_sql(wanted[0].where)) -%}{%- endif -%}
    {%- do call.update(conditions=conditions) -%}

    {#- the SQL of a label adds the totals, first events and extremes that it needs to the call; their CTEs are written afterwards -#}
    {%- for label in wanted -%}
        {%- set kind = baton.number_kind(event_columns, label.column) if label.column else none -%}
        {%- set value = baton._label_event_value(label, kind) -%}
        {%- if label.where and not has_one_condition -%}
            {%- set value -%}
                case when {{ baton.user_sql(label.where) }} then {{ baton._label_event_value(label, kind) }} end
            {%- endset -%}
        {%- endif -%}
        {%- set used_names = call.key_names + (call.event_values.values() | list) -%}
        {%- set name = baton.cte_name(baton.unquoted(label.stem)[:20] ~ '_value', used_names) -%}
        {%- set value_column = call.event_values.setdefault(value, name) -%}
        {%- set window = windows[(label.gap, label.horizon)] -%}
        {#- whether the time to the event ends with the observation instead of an event; NULL where nothing was observed -#}
        {%- set is_censored_sql -%}
            {%- if label.censored -%}
case when {{ window.alias }}.window_start is not null then {{ window.alias }}.{{ baton._label_first(call, value_column, 'time') }} is null end
            {%- endif -%}
        {%- endset -%}
        {%- do call.labels.append(dict(
            column=baton.identifier(label.name),
            window=window,
            window_start=baton._label_column(label.name, 'window_start'),
            window_end=baton._label_column(label.name, 'window_end'),
            is_mature=baton._label_column(label.name, 'is_mature'),
            sql=baton._label_sql(call, label, window, value_column, kind),
            is_censored=baton._label_column(label.name, 'is_censored') if label.censored else none,
            is_censored_sql=is_censored_sql,
        )) -%}
    {%- endfor -%}

    {#- each first event adds columns to the windows, one CTE after the other -#}
    {%- set passed = namespace(windows='window_totals' if call.totals else 'label_windows') -%}
    {%- for first in call.firsts.values() -%}
        {%- do first.update(windows=passed.windows) -%}
        {%- set passed.windows = first.found -%}
    {%- endfor -%}
    {%- do call.update(found=passed.windows) -%}
    {{ return(call) }}
{%- endmacro -%}
