{#
    The checked call of `labels` with every name and expression ready for SQL. Labels that need the same window, value, total,
    first event or extreme share it. What it holds beside the names of keys and the moments:

    values        what is taken from an event: {sql: column of `label_events`}, named after the first label that takes it
    windows       [{'number', 'alias', 'start', 'end', 'seconds'}], one for each gap and horizon
    totals        running totals of the events: {SQL over the events: name}
    firsts        first events: {value: {'name', 'value', 'time', 'picks', and the names of its CTEs}}
    extremes      minima and maxima: {number of the window: {'window', 'name', 'moments', 'aggregates'}}
    found         the CTE that holds the windows with all that was found in them, except extremes
    labels        [{'sql', 'window', and the names of the columns of the result}]
#}
{%- macro _labels_call(
    spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until, events_entity, created_at, known_at
) -%}
    {%- set wanted = baton._wanted_labels(label, horizon, gap, where) -%}
    {%- set problems = [] -%}
    {%- do baton._expect_labels_call(
        problems, spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until, events_entity, created_at, known_at, wanted
    ) -%}
    {%- do baton.raise_problems('labels', problems) -%}

    {%- set spine_columns = baton.columns_of(spine) -%}
    {%- set event_columns = baton.columns_of(events) -%}
    {%- set keys, own_keys = [], [] -%}
    {%- for key in baton.matched_keys(baton.as_list(entity), events_entity) -%}
        {%- set name = baton.cte_name('key_' ~ baton.unquoted(key.spine), keys | map(attribute='name') | list) -%}
        {%- do keys.append({'spine': baton.identifier(key.spine), 'lookup': baton.identifier(key.lookup), 'name': name}) -%}
        {%- do own_keys.append({'spine': name, 'lookup': name}) -%}
    {%- endfor -%}
    {%- set key_names = keys | map(attribute='name') | list -%}
    {%- set spine_made = {} -%}
    {%- set known_at = baton.moment(known_at) if known_at is not none else none -%}
    {%- set row_observed_until = none -%}
    {%- if observed_until is mapping -%}
        {%- set row_observed_until = baton.utc_beside(spine_made, observed_until.column, spine_columns, 'spine') -%}
    {%- endif -%}
    {%- if row_observed_until and known_at -%}
        {%- set at_most_known_at -%}
            case when {{ row_observed_until }} > {{ known_at }} then {{ known_at }} else {{ row_observed_until }} end
        {%- endset -%}
        {%- set row_observed_until = at_most_known_at -%}
    {%- endif -%}
    {#- observed is only what was received by known_at; without observed_until, only what lies before the run's start -#}
    {%- set at_most = ([known_at] if known_at else []) + ([baton.run_start()] if observed_until is none else []) -%}

    {%- set conditions = ['events.' ~ baton.identifier(event_time) ~ ' is not null'] -%}
    {%- if known_at -%}
        {%- set is_known -%}
            {{ baton.utc(created_at, event_columns, 'events', up=true) }} <= {{ known_at }}
        {%- endset -%}
        {%- do conditions.append(is_known) -%}
    {%- endif -%}
    {#- a condition shared by all labels filters the events -#}
    {%- set shared = wanted | map(attribute='where') | unique(case_sensitive=true) | list | length == 1 -%}
    {%- if shared and wanted[0].where -%}{%- do conditions.append(baton.user_sql(wanted[0].where)) -%}{%- endif -%}

    {%- set call = {
        'events': baton.aliased(baton.of_all_times(events), 'events'),
        'join_keys': keys,
        'own_keys': own_keys,
        'key_names': key_names,
        'spine_made': spine_made,
        'event_columns': event_columns,
        'event_time': baton.utc(event_time, event_columns, 'events', up=true),
        'last_time': baton.utc(event_time, event_columns, 'events'),
        'conditions': conditions,
        'is_known': is_known if known_at else none,
        'known_at': known_at,
        'given_until': baton.moment(observed_until) if observed_until is not none and not row_observed_until else none,
        'observed_at_most': at_most[0] if at_most | length < 2 else 'least(' ~ at_most | join(', ') ~ ')',
        'observed_by_row': row_observed_until,
        'values': {}, 'windows': [], 'totals': {}, 'total_values': [], 'firsts': {}, 'extremes': {}, 'labels': [],
    } -%}
    {%- do call.update({'windows': baton._label_windows(wanted, baton.utc_beside(spine_made, as_of, spine_columns, 'spine', up=true))}) -%}
    {%- for label in wanted -%}
        {%- set kind = baton.number_kind(event_columns, label.column) if label.column else none -%}
        {%- set value = baton._label_event_value(label, kind) -%}
        {%- if label.where and not shared -%}
            {%- set value -%}
                case when {{ baton.user_sql(label.where) }} then {{ baton._label_event_value(label, kind) }} end
            {%- endset -%}
        {%- endif -%}
        {%- set name = baton.cte_name(baton.unquoted(label.stem)[:20] ~ '_value', key_names + (call['values'].values() | list)) -%}
        {%- set taken = call['values'].setdefault(value, name) -%}
        {%- set window = call.windows | selectattr('gap', 'equalto', label.gap) | selectattr('horizon', 'equalto', label.horizon) | first -%}
        {%- do call.labels.append({
            'column': baton.identifier(label.name),
            'window': window,
            'window_start': baton._label_column(label.name, 'window_start'),
            'window_end': baton._label_column(label.name, 'window_end'),
            'is_mature': baton._label_column(label.name, 'is_mature'),
            'sql': baton._label_sql(call, label, window, taken, kind),
            'is_censored': baton._label_column(label.name, 'is_censored') if label.censored else none,
            'is_censored_sql': baton._label_is_censored_sql(call, window, taken) if label.censored else none,
        }) -%}
    {%- endfor -%}

    {#- each first event adds columns to the windows, one CTE after the other -#}
    {%- set passed = namespace(windows='window_totals' if call.totals else 'label_windows') -%}
    {%- for first in call.firsts.values() -%}
        {%- do first.update({'windows': passed.windows}) -%}
        {%- set passed.windows = first.found -%}
    {%- endfor -%}
    {%- do call.update({'found': passed.windows}) -%}
    {{ return(call) }}
{%- endmacro -%}


{#- Each label once for each of its horizons, with the call's values as defaults. -#}
{%- macro _wanted_labels(label, horizon, gap, where) -%}
    {%- set wanted = [] -%}
    {%- for one in baton.as_list(label) if baton.is_mapping(one) -%}
        {%- set horizons = one.get('horizon', horizon) -%}
        {%- for each in baton.as_list(horizons) -%}
            {%- set name = one.get('name', 'label') | string -%}
            {%- do wanted.append({
                'name': name if horizons is string else baton.unquoted(name) ~ '_' ~ each,
                'stem': name,
                'function': one.get('function'),
                'column': one.get('column'),
                'horizon': each,
                'gap': one.get('gap', gap),
                'where': one.get('where', where),
                'censored': one.get('censored', false),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(wanted) }}
{%- endmacro -%}


{%- macro _label_windows(wanted, at) -%}
    {%- set windows = [] -%}
    {%- set different = [] -%}
    {%- for label in wanted -%}
        {%- if (label.gap, label.horizon) not in different -%}{%- do different.append((label.gap, label.horizon)) -%}{%- endif -%}
    {%- endfor -%}
    {%- for gap, horizon in different -%}
        {%- set seconds = baton.duration_seconds(horizon) -%}
        {%- do windows.append({
            'number': loop.index,
            'gap': gap,
            'horizon': horizon,
            'seconds': seconds,
            'alias': 'within_' ~ horizon ~ ('_after_' ~ gap if gap != '0d' else ''),
            'start': baton.add_seconds(at, baton.duration_seconds(gap)),
            'end': baton.add_seconds(at, baton.duration_seconds(gap) + seconds),
        }) -%}
    {%- endfor -%}
    {{ return(windows) }}
{%- endmacro -%}
