{#
    The most frequent value of each window; of several the smallest.

    No running total gives a maximum. But between two changes, when an event of it comes or goes, a value stands in the window
    just as often. Such a stretch is kept where a moment falls into it, as the places of these moments in the row of all
    moments of the entity. Cut into blocks of 1, 2, 4, ... places, the way a segment tree does, it is compared with the others
    once for each block, and a moment looks at the one block of each width that holds its place. So nothing grows with the
    number of events in a window, and not with the number of values.
#}
{%- macro _mode_sql(plan, mode) -%}
    {%- set keys = plan.key_names + ['window_number'] -%}
    {%- set by_keys = keys | join(', ') -%}
    {%- set events -%}
{{ plan.name }}_events
where {{ mode.value }} is not null
    {%- endset -%}
    {%- set sides = [] -%}
    {%- for window in mode.windows.values() -%}
        {%- do sides.append(dict(rows=events, time='event_time', columns=dict(
            window_number=window.number, value=mode.value, change=1, as_of='cast(null as timestamp)'
        ))) -%}
        {%- if window.seconds -%}
            {%- do sides.append(dict(rows=events, time=baton.add_seconds('event_time', window.seconds), columns=dict(
                window_number=window.number, value=mode.value, change=-1
            ))) -%}
        {%- endif -%}
        {%- do sides.append(dict(rows=plan.moments, time=baton.add_seconds('as_of', -plan.delay), columns=dict(
            window_number=window.number, change=0, as_of='as_of'
        ))) -%}
    {%- endfor -%}
-- an event comes, and goes when the window has passed it
{{ mode.name }}_changes as (

    {{ baton.timeline(plan.key_names, sides) | indent }}

),

-- changes and moments in the order of time, with how many moments came before
{{ mode.name }}_places as (

    select
        *,
        count(as_of) over (
            partition by {{ by_keys }}
            order by event_time, abs(change){{ ' desc' if not plan.strict }}
            rows between unbounded preceding and current row
        ) as place,
        count(as_of) over (partition by {{ by_keys }}) as places
    from {{ mode.name }}_changes

),

-- between two of its changes a value stands in the window equally often
{{ mode.name }}_stretches as (

    select
        {{ by_keys }},
        value,
        sum(change) over (
            partition by {{ by_keys }}, value
            order by event_time, change desc
            rows between unbounded preceding and current row
        ) as times,
        place as from_place,
        lead(place, 1, places) over (partition by {{ by_keys }}, value order by event_time, change desc) as until_place
    from {{ mode.name }}_places
    where as_of is null

),

-- a stretch as blocks of 1, 2, 4, ... places: of each width at most one at its start and one at its end
{{ mode.name }}_pieces as (

    select
        {{ by_keys }},
        value,
        times,
        width,
        cast(ceil(from_place / width) as bigint) as from_block,
        cast(floor(until_place / width) as bigint) as until_block
    from {{ mode.name }}_stretches
    inner join (
        {{ baton.powers_of_two(40) | indent(8) }}
    ) as widths
        on width <= until_place - from_place
    where times > 0

),

{{ mode.name }}_blocks as (

    select
        {{ by_keys }},
        width,
        block,
        value,
        times
    from (
        select
            *,
            row_number() over (partition by {{ by_keys }}, width, block order by times desc, value) as row_rank
        from (
            {{ baton._ends_of_pieces(mode.name, by_keys) | indent(12) }}
        ) as pieces
    ) as ranked
    where row_rank = 1

),

-- a moment looks at the one block of each width that holds its place
{{ mode.name }} as (

    select
        {%- if baton.inlines_ctes() %}
        {{ plan.key_names | join(',\n        ') }},
        as_of
        {%- for window in mode.windows.values() %},
        max(case window_number when {{ window.number }} then value end) as picked_{{ window.number }}
        {%- endfor %}
        {%- else %}
        {{ by_keys }},
        as_of,
        value as picked
        {%- endif %}
    from (
        select
            *,
            row_number() over (
                partition by {{ by_keys }}, as_of
                order by times desc, value
            ) as row_rank
        from (
            {{ baton._blocks_of_moments(mode.name, keys) | indent(12) }}
        ) as looked_at
    ) as ranked
    where row_rank = 1
    {%- if baton.inlines_ctes() %}
    group by {{ plan.key_names | join(', ') }}, as_of
    {%- endif %}

)
{%- endmacro -%}
