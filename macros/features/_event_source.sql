{#
    The plan of one source of windowed_features: which running totals its events need, at which moments they are probed,
    and how a feature is put together from the probes. Aggregates that need the same total or the same moment share it.
#}
{%- macro _event_source(source, name, entity, as_of, closed) -%}
    {%- set columns = baton.columns_of(source.relation) -%}
    {%- set delay = baton.duration_seconds(source.get('delay', '0s')) -%}
    {%- set event_time = baton.utc(source.event_time, columns, 'source') -%}
    {%- set plan = {'name': name, 'totals': {}, 'probes': {}} -%}

    {%- set features = [] -%}
    {%- for aggregate in source.aggregates -%}
        {%- for window in baton._windows(aggregate) -%}
            {%- set seconds = baton.duration_seconds(window) -%}
            {%- set upto = baton._probe(plan, 'now', as_of, delay) -%}
            {%- set before = none if seconds is none else baton._probe(plan, window, as_of, delay + seconds) -%}
            {%- do features.append({
                'name': baton.identifier(baton._feature_name(aggregate, window)),
                'sql': baton._feature(plan, aggregate, columns, event_time, as_of, upto, before, delay, seconds, closed),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set keys = [] -%}
    {%- for key in baton.matched_keys(entity, source.get('entity')) -%}
        {%- do keys.append({'spine': baton.identifier(key.spine), 'lookup': baton.identifier(key.lookup)}) -%}
    {%- endfor -%}
    {{ return({
        'name': name,
        'joined': 'with_' ~ name,
        'relation': source.relation,
        'event_time': event_time,
        'join_keys': keys,
        'totals': plan.totals.values() | list,
        'probes': plan.probes.values() | selectattr('columns') | list,
        'features': features,
    }) }}
{%- endmacro -%}


{#- The probe at a moment; the first to ask for it makes it. -#}
{%- macro _probe(plan, label, as_of, seconds_back) -%}
    {%- if seconds_back not in plan.probes -%}
        {%- do plan.probes.update({seconds_back: {
            'name': plan.name ~ '_' ~ label,
            'seconds_back': seconds_back,
            'columns': [],
        }}) -%}
    {%- endif -%}
    {{ return(plan.probes[seconds_back]) }}
{%- endmacro -%}

{#- A running total, (function, argument), as a probe sees it: the name of its column there. -#}
{%- macro _total_at(plan, probe, total, name) -%}
    {%- if total not in plan.totals -%}
        {%- do plan.totals.update({total: {'function': total[0], 'argument': total[1], 'name': baton.identifier('baton_' ~ (plan.totals | length + 1) ~ '_' ~ name)}}) -%}
    {%- endif -%}
    {%- set known = plan.totals[total] -%}
    {%- set column = {'name': known.name, 'alias': baton.identifier(probe.name ~ '_' ~ baton.unquoted(known.name))} -%}
    {%- if column not in probe.columns -%}{%- do probe.columns.append(column) -%}{%- endif -%}
    {{ return(column.alias) }}
{%- endmacro -%}

{#- The difference of a total between a window's end and its start, 0 before the first event. -#}
{%- macro _within(plan, upto, before, total, name) -%}
    {%- set ending = 'coalesce(' ~ baton._total_at(plan, upto, total, name) ~ ', 0)' -%}
    {%- if before is none -%}
        {{ return(ending) }}
    {%- endif -%}
    {{ return('(' ~ ending ~ ' - coalesce(' ~ baton._total_at(plan, before, total, name) ~ ', 0))') }}
{%- endmacro -%}


{%- macro _feature(plan, aggregate, columns, event_time, as_of, upto, before, delay, seconds, closed) -%}
    {%- set function = aggregate.function -%}
    {%- set name = baton._feature_name(aggregate, 'lifetime') -%}
    {%- set value = 'source.' ~ baton.identifier(aggregate.column) if aggregate.get('column') else none -%}
    {%- set kind = baton.number_kind(columns, aggregate.column) if value else none -%}
    {%- set counted = value -%}
    {%- if kind == 'double' or kind == 'unknown' and function in ('sum', 'avg') -%}
        {%- set counted = baton.finite(value) -%}
    {%- elif kind == 'decimal' -%}
        {%- set counted = baton.finite_decimal(value) -%}
    {%- endif -%}
    {%- set where = aggregate.get('where') -%}
    {%- set zero = aggregate.get('empty', 'zero') == 'zero' -%}

    {%- if function in ('min', 'max') -%}
        {{ return(baton._total_at(plan, upto, (function, baton._only(counted, where)), name)) }}

    {%- elif function in ('recency', 'tenure') -%}
        {%- set condition = baton._both(where, counted ~ ' is not null' if value else none) -%}
        {%- set newest = ('max' if function == 'recency' else 'min', baton._only(event_time, condition)) -%}
        {%- set moment = baton._total_at(plan, upto, newest, name ~ '_time') -%}
        {%- set days = baton.seconds_between(moment, as_of) ~ ' / 86400' -%}
        {%- if seconds is none -%}
            {{ return(days) }}
        {%- endif -%}
        {%- set start = baton.add_seconds(as_of, -(delay + seconds)) -%}
        {{ return('case when ' ~ moment ~ (' >= ' if closed == 'left' else ' > ') ~ start ~ ' then ' ~ days ~ ' end') }}
    {%- endif -%}

    {%- set number = ('count', baton._only(counted or '1', where)) -%}
    {%- if function == 'count' -%}
        {%- set amount = baton._within(plan, upto, before, number, name ~ '_count') -%}
        {{ return(amount if zero else 'nullif(' ~ amount ~ ', 0)') }}
    {%- endif -%}

    {%- if kind == 'double' -%}
        {%- set parts = [] -%}
        {%- for part in baton.exact_parts(value) -%}
            {%- do parts.append(baton._within(plan, upto, before, ('sum', baton._only(part, where)), name ~ '_sum')) -%}
        {%- endfor -%}
        {%- set amount = baton.exact_total(parts) -%}
    {%- else -%}
        {%- set amount = baton._within(plan, upto, before, ('sum', baton._only(counted, where)), name ~ '_sum') -%}
    {%- endif -%}
    {%- if function == 'avg' -%}
        {%- set amount = amount if kind == 'double' else 'cast(' ~ amount ~ ' as ' ~ baton.type_double() ~ ')' -%}
        {{ return(amount ~ ' / nullif(' ~ baton._within(plan, upto, before, number, name ~ '_count') ~ ', 0)') }}
    {%- elif zero -%}
        {{ return(amount) }}
    {%- endif -%}
    {{ return('case when ' ~ baton._within(plan, upto, before, number, name ~ '_count') ~ ' > 0 then ' ~ amount ~ ' end') }}
{%- endmacro -%}


{%- macro _only(value, condition) -%}
    {{ return('case when ' ~ condition ~ ' then ' ~ value ~ ' end' if condition else value) }}
{%- endmacro -%}

{%- macro _both(first, second) -%}
    {{ return('(' ~ first ~ ') and ' ~ second if first and second else first or second) }}
{%- endmacro -%}
