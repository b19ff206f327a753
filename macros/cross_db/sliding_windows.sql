{#
    Minima, maxima and medians of the events in windows that end at given moments: one row for each row of `moments`, its
    columns and the aggregates.

    events       name of a CTE with the key columns, `baton_time` and the values
    moments      name of a CTE with the key columns and `asked_at`, each pair once
    aggregates   {name: {'function': min, max or median, 'value': column of the events, 'seconds': the window, none for all, 'label': its name}}
    delay        seconds between a window's end and `asked_at`
    closed       which end of a window is closed, 'left' or 'right'
#}
{%- macro sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {{ return(adapter.dispatch('sliding_windows', 'baton')(events, moments, keys, aggregates, delay, closed)) }}
{%- endmacro -%}


{#-
    A frame that slides over the events and the moments in the order of time. DuckDB keeps a tree of partial results, so
    a frame costs the logarithm of what it holds. At an event it is empty: nobody asks there.
-#}
{%- macro duckdb__sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {%- set read = aggregates.values() | map(attribute='value') | unique | list -%}
    {%- set windows = {} -%}
    {%- for aggregate in aggregates.values() -%}{%- do windows.update({aggregate.label: aggregate.seconds}) -%}{%- endfor -%}
select
    {%- for key in keys %}
    {{ key }},
    {%- endfor %}
    asked_at
    {%- for name in aggregates %},
    {{ name }}
    {%- endfor %}
from (
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        asked_at
        {%- for name, aggregate in aggregates.items() %},
        {{ aggregate.function }}({{ aggregate.value }}) over {{ aggregate.label }} as {{ name }}
        {%- endfor %}
    from (
        select
            {%- for key in keys %}
            {{ key }},
            {%- endfor %}
            baton_time,
            cast(null as timestamp) as asked_at,
            {{ read | join(',\n            ') }}
        from {{ events }}
        union all
        select
            {%- for key in keys %}
            {{ key }},
            {%- endfor %}
            {{ baton.add_seconds('asked_at', -delay) }},
            asked_at
            {%- for value in read %},
            null
            {%- endfor %}
        from {{ moments }}
    ) as timeline
    window
        {%- for label, seconds in windows.items() %}
        {{ label }} as (
            partition by {{ keys | join(', ') }}
            order by baton_time
            range between {% if seconds is none -%}
            unbounded preceding
            {%- else -%}
            case when asked_at is null then interval '0 seconds' else interval '{{ baton._largest_unit(seconds) }}'{{ " - interval '1 microsecond'" if closed == 'right' }} end preceding
            {%- endif %} and {{ "interval '1 microsecond' preceding" if closed == 'left' else 'current row' }}
        ){{ ',' if not loop.last }}
        {%- endfor %}
) as slid
where asked_at is not null
{%- endmacro -%}


{#-
    Time is cut into tiles as wide as the window, which then covers the end of one tile and the start of the next. So a
    minimum is that of two running ones: from the window's start to the end of its tile, and from the next tile's start to
    the window's end. Medians join the events of the two tiles: their cost is the events that the windows hold.
-#}
{%- macro default__sliding_windows(events, moments, keys, aggregates, delay, closed) -%}
    {%- set extremes = {} -%}
    {%- set medians = {} -%}
    {%- set windows = {} -%}
    {%- for name, aggregate in aggregates.items() -%}
        {%- if aggregate.function == 'median' -%}
            {%- do medians.update({name: aggregate}) -%}
        {%- else -%}
            {%- do extremes.update({name: aggregate}) -%}
            {%- do windows.update({aggregate.seconds: windows.get(aggregate.seconds, windows | length + 1)}) -%}
        {%- endif -%}
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
    {{ baton._tiled_extremes(events, moments, keys, extremes, windows, delay, closed) | trim | indent }}
) as extremes
    on moments.asked_at = extremes.asked_at
    {%- for key in keys %}
    and moments.{{ key }} = extremes.{{ key }}
    {%- endfor %}
{%- endif %}
{%- for name, aggregate in medians.items() %}
left join (
    {{ baton._joined_median(events, moments, keys, name, aggregate, delay, closed) | trim | indent }}
) as median_{{ loop.index }}
    on moments.asked_at = median_{{ loop.index }}.asked_at
    {%- set place = loop.index %}
    {%- for key in keys %}
    and moments.{{ key }} = median_{{ place }}.{{ key }}
    {%- endfor %}
{%- endfor %}
{%- endmacro -%}


{%- macro _tiled_extremes(events, moments, keys, extremes, windows, delay, closed) -%}
    {%- set read = extremes.values() | map(attribute='value') | unique | list -%}
    {%- set event_side, moment_side = (1, 0) if closed == 'left' else (0, 1) -%}
select
    {%- for key in keys %}
    {{ key }},
    {%- endfor %}
    asked_at
    {%- for name, extreme in extremes.items() %},
    {{ extreme.function }}(case
        when bound = 0 then upto_{{ name }}
        when bound = {{ windows[extreme.seconds] }} then from_{{ name }}
    end) as {{ name }}
    {%- endfor %}
from (
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        asked_at,
        bound
        {%- for name, extreme in extremes.items() %},
        {{ extreme.function }}({{ extreme.value }}) over start_of_{{ windows[extreme.seconds] }} as upto_{{ name }},
        {{ extreme.function }}({{ extreme.value }}) over end_of_{{ windows[extreme.seconds] }} as from_{{ name }}
        {%- endfor %}
    from (
        select
            *
            {%- for seconds, window in windows.items() %},
            {{ baton.time_tile('baton_time', seconds, closed) }} as tile_{{ window }}
            {%- endfor %}
        from (
            select
                {%- for key in keys %}
                {{ key }},
                {%- endfor %}
                baton_time,
                cast(null as timestamp) as asked_at,
                cast(null as integer) as bound,
                {{ event_side }} as side,
                {{ read | join(',\n                ') }}
            from {{ events }}
            {%- for seconds, window in [(0, 0)] + (windows.items() | list) %}
            union all
            select
                {%- for key in keys %}
                {{ key }},
                {%- endfor %}
                {{ baton.add_seconds('asked_at', -(delay + seconds)) }},
                asked_at,
                {{ window }},
                {{ moment_side }}
                {%- for value in read %},
                null
                {%- endfor %}
            from {{ moments }}
            {%- endfor %}
        ) as timeline
    ) as tiled
    window
        {%- for window in windows.values() %}
        start_of_{{ window }} as (
            partition by {{ keys | join(', ') }}, tile_{{ window }}
            order by baton_time, side
            rows between unbounded preceding and current row
        ),
        end_of_{{ window }} as (
            partition by {{ keys | join(', ') }}, tile_{{ window }}
            order by baton_time desc, side desc
            rows between unbounded preceding and current row
        ){{ ',' if not loop.last }}
        {%- endfor %}
) as swept
where asked_at is not null
group by {{ keys | join(', ') }}, asked_at
{%- endmacro -%}


{%- macro _joined_median(events, moments, keys, name, aggregate, delay, closed) -%}
    {%- set end = baton.add_seconds('moments.asked_at', -delay) -%}
select
    {%- for key in keys %}
    moments.{{ key }},
    {%- endfor %}
    moments.asked_at,
    percentile_cont(0.5) within group (order by events.{{ aggregate.value }}) as {{ name }}
from {{ moments }} as moments
{%- if aggregate.seconds is none %}
inner join {{ events }} as events
    on events.baton_time {{ '<' if closed == 'left' else '<=' }} {{ end }}
{%- else %}
{%- set start = baton.add_seconds('moments.asked_at', -(delay + aggregate.seconds)) %}
cross join (select 0 as tiles_on union all select 1) as two_tiles
inner join {{ events }} as events
    on {{ baton.time_tile('events.baton_time', aggregate.seconds, 'left') }}
        = {{ baton.add_tiles(baton.time_tile(start, aggregate.seconds, 'left'), 'tiles_on', aggregate.seconds) }}
    and events.baton_time {{ '>=' if closed == 'left' else '>' }} {{ start }}
    and events.baton_time {{ '<' if closed == 'left' else '<=' }} {{ end }}
{%- endif %}
    {%- for key in keys %}
    and moments.{{ key }} = events.{{ key }}
    {%- endfor %}
group by {% for key in keys %}moments.{{ key }}, {% endfor %}moments.asked_at
{%- endmacro -%}
