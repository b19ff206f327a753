{#
    Minima, maxima and medians of the events in windows that end at given moments: one row for each row of `moments`, its
    columns and the aggregates.

    events       name of a CTE with the key columns, `event_time` and the values
    moments      name of a CTE with the key columns and `as_of`, each pair once
    aggregates   {name: {'function': min, max or median, 'value': column of the events, 'seconds': the window, none for all (median only), 'label': its name}}
    delay        seconds between a window's end and `as_of`
    closed       which end of a window is closed, 'left' or 'right'
#}
{%- macro sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {{ adapter.dispatch('sliding_windows', 'baton')(events, moments, keys, aggregates, delay, closed) }}
{%- endmacro -%}


{#-
    A frame that slides over the events and the moments in the order of time. DuckDB keeps a tree of partial results, so
    a frame costs the logarithm of what it holds.
-#}
{%- macro duckdb__sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {%- set event_columns = {'as_of': 'cast(null as timestamp)'} -%}
    {%- set windows = {} -%}
    {%- for aggregate in aggregates.values() -%}
        {%- do event_columns.update({aggregate.value: aggregate.value}) -%}
        {%- do windows.update({aggregate.label: aggregate.seconds}) -%}
    {%- endfor -%}
select
    {{ (keys + ['as_of'] + aggregates | list) | join(',\n    ') }}
from (
    select
        {{ keys | join(',\n        ') }},
        as_of
        {%- for name, aggregate in aggregates.items() %},
        {{ aggregate.function }}({{ aggregate.value }}) over {{ aggregate.label }} as {{ name }}
        {%- endfor %}
    from (
        {{ baton.timeline(keys, [
            dict(rows=events, time='event_time', columns=event_columns),
            dict(rows=moments, time=baton.add_seconds('as_of', -delay), columns={'as_of': 'as_of'}),
        ]) | indent(8) }}
    ) as timeline
    -- the frame of an event is left empty, since only those of moments are read
    window
        {%- for label, seconds in windows.items() %}
        {{ label }} as (
            partition by {{ keys | join(', ') }}
            order by event_time
            {%- if seconds is none %}
            range between unbounded preceding
            {%- else %}
            range between case
                when as_of is null then interval '0 seconds'
                else interval '{{ baton._largest_unit(seconds) }}'{{ " - interval '1 microsecond'" if closed == 'right' }}
            end preceding
            {%- endif %} and {{ "interval '1 microsecond' preceding" if closed == 'left' else 'current row' }}
        ){{ ',' if not loop.last }}
        {%- endfor %}
) as slid
where as_of is not null
{%- endmacro -%}


{#-
    Time is cut into tiles as wide as the window, which then covers the end of one tile and the start of the next. So a
    minimum is that of two running ones: from the window's start to the end of its tile, and from the next tile's start to
    the window's end. Medians join the events of the two tiles: their cost is the events that the windows hold.
-#}
{%- macro default__sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {%- set extremes, medians = {}, {} -%}
    {%- for name, aggregate in aggregates.items() -%}
        {%- do (medians if aggregate.function == 'median' else extremes).update({name: aggregate}) -%}
    {%- endfor -%}
select
    moments.*
    {%- for name in extremes %},
    extremes.{{ name }}
    {%- endfor %}
    {%- for name in medians %},
    median_{{ loop.index }}.{{ name }}
    {%- endfor %}
from {{ moments }} as moments
{%- if extremes %}
left join (
    {{ baton._tiled_extremes(events, moments, keys, extremes, delay, closed) | indent }}
) as extremes
    on {{ baton.same_keys(['as_of'] + keys, 'moments', 'extremes') | indent }}
{%- endif %}
{%- for name, aggregate in medians.items() %}
left join (
    {{ baton._joined_median(events, moments, keys, name, aggregate, delay, closed) | indent }}
) as median_{{ loop.index }}
    on {{ baton.same_keys(['as_of'] + keys, 'moments', 'median_%s' | format(loop.index)) | indent }}
{%- endfor %}
{%- endmacro -%}


{%- macro _tiled_extremes(events, moments, keys, extremes, delay, closed) -%}
{%- call baton.with_named_windows() -%}
    {%- set event_columns = dict(
        as_of='cast(null as timestamp)', bound='cast(null as integer)', side=1 if closed == 'left' else 0
    ) -%}
    {%- set moment_side = 0 if closed == 'left' else 1 -%}
    {%- set windows = {} -%}
    {%- for extreme in extremes.values() -%}
        {%- do event_columns.update({extreme.value: extreme.value}) -%}
        {%- do windows.setdefault(extreme.seconds, windows | length + 1) -%}
    {%- endfor -%}
    {%- set sides = [dict(rows=events, time='event_time', columns=event_columns)] -%}
    {%- for seconds, window in [(0, 0)] + windows.items() | list -%}
        {%- do sides.append(dict(
            rows=moments, time=baton.add_seconds('as_of', -(delay + seconds)),
            columns=dict(as_of='as_of', bound=window, side=moment_side),
        )) -%}
    {%- endfor -%}
select
    {{ keys | join(',\n    ') }},
    as_of
    {%- for name, extreme in extremes.items() %},
    {{ extreme.function }}(case bound
        when 0 then upto_{{ name }}
        when {{ windows[extreme.seconds] }} then from_{{ name }}
    end) as {{ name }}
    {%- endfor %}
from (
    select
        {{ keys | join(',\n        ') }},
        as_of,
        bound
        {%- for name, extreme in extremes.items() %},
        {{ extreme.function }}({{ extreme.value }}) over start_of_{{ windows[extreme.seconds] }} as upto_{{ name }},
        {{ extreme.function }}({{ extreme.value }}) over end_of_{{ windows[extreme.seconds] }} as from_{{ name }}
        {%- endfor %}
    from (
        select
            *
            {%- for seconds, window in windows.items() %},
            {{ baton.time_tile('event_time', seconds, closed) }} as tile__{{ window }}
            {%- endfor %}
        from (
            {{ baton.timeline(keys, sides) | indent(12) }}
        ) as timeline
    ) as tiled
    window
        {%- for window in windows.values() %}
        start_of_{{ window }} as (
            partition by {{ keys | join(', ') }}, tile__{{ window }}
            order by event_time, side
            rows between unbounded preceding and current row
        ),
        end_of_{{ window }} as (
            partition by {{ keys | join(', ') }}, tile__{{ window }}
            order by event_time desc, side desc
            rows between unbounded preceding and current row
        ){{ ',' if not loop.last }}
        {%- endfor %}
) as swept
where as_of is not null
group by {{ keys | join(', ') }}, as_of
{%- endcall -%}
{%- endmacro -%}


{%- macro _joined_median(events, moments, keys, name, aggregate, delay, closed) -%}
    {%- set end = baton.add_seconds('moments.as_of', -delay) -%}
select
    {{ baton.qualified(keys, 'moments') | join(',\n    ') }},
    moments.as_of,
    {{ baton.median('events.%s' | format(aggregate.value)) | indent }} as {{ name }}
from {{ moments }} as moments
{%- if aggregate.seconds is none %}
inner join {{ events }} as events
    on events.event_time {{ '<' if closed == 'left' else '<=' }} {{ end }}
{%- else %}
{%- set start = baton.add_seconds('moments.as_of', -(delay + aggregate.seconds)) %}
cross join (select 0 as tiles_on union all select 1) as two_tiles
inner join {{ events }} as events
    on {{ baton.time_tile('events.event_time', aggregate.seconds, 'left') }}
        = {{ baton.add_tiles(baton.time_tile(start, aggregate.seconds, 'left'), 'tiles_on', aggregate.seconds) }}
    and events.event_time {{ '>=' if closed == 'left' else '>' }} {{ start }}
    and events.event_time {{ '<' if closed == 'left' else '<=' }} {{ end }}
{%- endif %}
    and {{ baton.same_keys(keys, 'moments', 'events') | indent }}
group by {{ baton.qualified(keys, 'moments') | join(', ') }}, moments.as_of
{%- endmacro -%}
