{#
    The plan of one source of windowed_features: what is taken from its events, at which moments they are looked at, and how
    each feature is put together. Aggregates that need the same value, total or moment share it. What a plan holds:

    values      what is taken from an event: {sql: column of the CTE of events}
    bounds      the ends of windows: {seconds before as_of: {'place': number, 'label': text}}
    totals      running totals of the events: {(function, argument, direction): name}
    sums        what a total grew by between a window's start and its end: {column: {'total', 'upto', 'total_before', 'before'}}
    looks       what a total was at a bound: {column: {'total', 'place'}}
    event_layers, window_layers   {layer: [(column, sql)]} that is worked out from values, or from sums and looks, and earlier layers
    slides      min, max and median of a window: {column: {'function', 'value', 'seconds', 'label'}}
    picks       the values of first and last events: {(function, value): {'name', 'times': {column of the time: alias}}}
    modes       the most frequent values: {value: {'name', 'windows': {seconds: {'place', 'seconds', 'alias'}}}}
    features    [{'name', 'sql'}]
#}
{%- macro _event_source(source, name, entity, closed) -%}
    {%- set columns = baton.columns_of(source.relation) -%}
    {%- set keys = [] -%}
    {%- for key in baton.matched_keys(entity, source.get('entity')) -%}
        {%- do keys.append({'spine': baton.identifier(key.spine), 'lookup': baton.identifier(key.lookup), 'name': 'key_' ~ loop.index}) -%}
    {%- endfor -%}
    {%- set ties, made = [], {} -%}
    {%- for column in (baton.as_list(source.event_time) if baton.is_finer(source.event_time, columns) else []) + baton.as_list(source.get('tie_breaker')) -%}{%- do ties.append('source.' ~ baton.identifier(column)) -%}{%- endfor -%}
    {%- set plan = {
        'name': name, 'relation': baton.of_all_times(source.relation), 'made': made, 'own_time': baton.identifier(source.event_time), 'join_keys': keys, 'key_names': keys | map(attribute='name') | list,
        'event_time': baton.utc_made(made, source.event_time, columns, 'source', up=closed == 'right'), 'ties': ties,
        'delay': baton.duration_seconds(source.get('delay', '0s')), 'closed': closed, 'strict': closed == 'left',
        'values': {}, 'bounds': {}, 'totals': {}, 'sums': {}, 'looks': {}, 'event_layers': {}, 'window_layers': {}, 'slides': {}, 'picks': {}, 'modes': {},
        'features': [],
    } -%}
    {%- for aggregate in source.aggregates -%}
        {%- for window in baton._windows(aggregate) -%}
            {%- do plan.features.append({
                'name': baton.identifier(baton._feature_name(aggregate, window)),
                'sql': baton._feature(plan, aggregate, columns, baton._window_bounds(plan, window)),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro -%}


{#- A window with its end, its start (none for 'lifetime') and a label for the names of its columns. -#}
{%- macro _window_bounds(plan, window) -%}
    {%- set seconds = baton.duration_seconds(window) -%}
    {{ return({
        'seconds': seconds,
        'label': 'ever' if seconds is none else 'in_' ~ window,
        'upto': baton._bound(plan, 'now', plan.delay),
        'before': none if seconds is none else baton._bound(plan, window, plan.delay + seconds),
    }) }}
{%- endmacro -%}

{#- The bound at a moment; the first to ask for it makes it. -#}
{%- macro _bound(plan, label, seconds_back) -%}
    {%- if seconds_back not in plan.bounds -%}
        {%- do plan.bounds.update({seconds_back: {'place': plan.bounds | length + 1, 'label': label, 'seconds_back': seconds_back}}) -%}
    {%- endif -%}
    {{ return(plan.bounds[seconds_back]) }}
{%- endmacro -%}

{#- What a column is called in names of ours: plain, and short, since PostgreSQL cuts names after 63 letters. -#}
{%- macro _label(column) -%}
    {{ return(modules.re.sub('[^a-z0-9_]', '_', baton.unquoted(column) | lower)[:16]) }}
{%- endmacro -%}

{#- The column of the events that holds the value; numbered, so that no two meet, and no user's column. -#}
{%- macro _value(plan, sql, label) -%}
    {%- if sql not in plan['values'] -%}
        {%- do plan['values'].update({sql: 'baton_' ~ (plan['values'] | length + 1) ~ '_' ~ label}) -%}
    {%- endif -%}
    {{ return(plan['values'][sql]) }}
{%- endmacro -%}

{%- macro _total(plan, function, argument, label, direction='past') -%}
    {%- set total = (function, argument, direction) -%}
    {%- if total not in plan.totals -%}
        {%- do plan.totals.update({total: {
            'name': 'total_' ~ (plan.totals | length + 1) ~ '_' ~ label,
            'label': (plan.totals | length + 1) ~ '_' ~ label,
            'function': function, 'argument': argument, 'direction': direction,
        }}) -%}
    {%- endif -%}
    {{ return(plan.totals[total]) }}
{%- endmacro -%}

{#- What a total grew by within a window; `argument_before` where what leaves a window is not what came into it. -#}
{%- macro _within(plan, window, function, argument, label, argument_before=none) -%}
    {%- set total = baton._total(plan, function, argument, label) -%}
    {%- set before = baton._total(plan, function, argument_before or argument, label) if window.before else none -%}
    {%- set column = window.label ~ '_' ~ total.label -%}
    {%- do plan.sums.update({column: {
        'total': total.name, 'upto': window.upto.place,
        'total_before': before.name if before else none, 'before': window.before.place if before else none,
    }}) -%}
    {{ return(column) }}
{%- endmacro -%}

{#- What a total was at a bound; of the direction 'future', what it will be from there on. -#}
{%- macro _look(plan, bound, function, argument, label, direction='past') -%}
    {%- set total = baton._total(plan, function, argument, label, direction) -%}
    {%- set column = ('by_' if direction == 'past' else 'from_') ~ bound.label ~ '_' ~ total.label -%}
    {%- do plan.looks.update({column: {'total': total.name, 'place': bound.place}}) -%}
    {{ return(column) }}
{%- endmacro -%}

{#- More columns in the layers; a column that is there already is not added again. -#}
{%- macro _add_layers(layers, more) -%}
    {%- for layer, columns in more -%}
        {%- for column in columns if column not in layers.setdefault(layer, []) -%}{%- do layers[layer].append(column) -%}{%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}