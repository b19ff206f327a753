{#
    How many different values stand in a window, their entropy and the most frequent one, without looking at any event twice.

    A value comes with its event and goes when the event leaves the window. So how often it stands there changes at
    these moments only, and the number of different values and the sum of n ln n over them are running totals of the changes.

    The most frequent value is a maximum, which no running total gives. But a value stands in the window just as often from
    one of its changes to the next. In the row of all changes this is a stretch, cut into blocks of 1, 2, 4, ... places, the
    way a segment tree does, of which each keeps its most frequent value; a moment then looks at the one block of each width
    that holds it. The smallest of equally frequent values counts.
#}
{%- macro _category_sql(plan, category) -%}
    {%- set name = category.name -%}
    {%- set keys = plan.key_names + ['baton_window'] -%}
    {%- set by_keys = keys | join(', ') -%}
    {%- set information = 'entropy' in category.wants -%}
    {%- set mode = 'mode' in category.wants -%}
    {%- set totals = [{
        'name': 'different', 'function': 'sum', 'argument': 'case when change = 1 and times = 1 then 1 when change = -1 and times = 0 then -1 end',
    }] -%}
    {%- if information -%}
        {%- do totals.append({'name': 'number', 'function': 'sum', 'argument': 'change'}) -%}
        {%- for after, before in zip(baton.exact_parts('information', is_finite=true), baton.exact_parts('information_before', is_finite=true)) -%}
            {%- do totals.append({'name': 'information_' ~ loop.index, 'function': 'sum', 'argument': after ~ ' - ' ~ before}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if mode -%}
        {%- do totals.append({'name': 'place', 'function': 'count', 'argument': 'change'}) -%}
    {%- endif -%}
    {%- set parts = totals | map(attribute='name') | select('in', ['information_1', 'information_2']) | list -%}
-- each value comes with its event, and goes when the event leaves the window
{{ name }}_changes as (
    {%- for window in category.windows.values() %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        {{ window.place }} as baton_window,
        baton_time,
        {{ category.value }} as value,
        1 as change
    from {{ plan.name }}_events
    where {{ category.value }} is not null
    {%- if window.seconds %}
    union all
    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        {{ window.place }},
        {{ baton.add_seconds('baton_time', window.seconds) }},
        {{ category.value }},
        -1
    from {{ plan.name }}_events
    where {{ category.value }} is not null
    {%- endif %}
    {%- endfor %}

),

-- how often a value stands in the window after each change
{{ name }}_counts as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        baton_time,
        value,
        change,
        times
        {%- if information %},
        case when times > 0 then times * ln(cast(times as {{ baton.type_double() }})) else 0 end as information,
        case when times > change then (times - change) * ln(cast(times - change as {{ baton.type_double() }})) else 0 end as information_before
        {%- endif %}
    from (
        select
            *,
            cast(sum(change) over (
                partition by {{ by_keys }}, value
                order by baton_time, change desc
                rows between unbounded preceding and current row
            ) as bigint) as times
        from {{ name }}_changes
    ) as counted

),

{{ name }}_probes as (
    {%- for window in category.windows.values() %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        {{ window.place }} as baton_window,
        asked_at,
        {{ window.place }} as probe,
        {{ baton.add_seconds('asked_at', -plan.delay) }} as baton_time
    from {{ plan.name }}_moments
    {%- endfor %}

),

{{ name }}_totals as (

    {{ baton.totals_at(
        events=name ~ '_counts', probes=name ~ '_probes', keys=keys, totals=totals,
        event_columns=['change', 'times'] + (['information', 'information_before'] if information else []), strict=plan.strict
    ) | trim | indent }}

),

{{ name }}_windows as (

    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        asked_at
        {%- for window in category.windows.values() %},
        cast(max(case when probe = {{ window.place }} then different end) as bigint) as count_distinct_{{ window.label }}
        {%- if information %},
        {%- set total = baton.exact_total(parts) %}
        max(case when probe = {{ window.place }} then case when different = 1 then 0 when number > 0 then ln(cast(number as {{ baton.type_double() }})) - {{ total }} / number end end) as entropy_{{ window.label }}
        {%- endif %}
        {%- endfor %}
    from {{ name }}_totals
    group by {{ plan.key_names | join(', ') }}, asked_at

)
{%- if mode %},

-- from which place in the row of all changes, and until which, a value stands in the window that often
{{ name }}_stretches as (

    select
        *,
        coalesce(lead(place) over (partition by {{ by_keys }}, value order by place), places + 1) as until_place
    from (
        select
            {{ by_keys }},
            value,
            times,
            row_number() over (partition by {{ by_keys }} order by baton_time, change desc, value, times * change) as place,
            count(*) over (partition by {{ by_keys }}) as places
        from {{ name }}_counts
    ) as in_order

),

-- a stretch as blocks of 1, 2, 4, ... places: at each width at most one at its start and one at its end
{{ name }}_pieces as (

    select
        {{ by_keys }},
        value,
        times,
        width,
        cast(ceil(place / width) as bigint) as from_block,
        cast(floor(until_place / width) as bigint) as until_block
    from {{ name }}_stretches
    inner join (
        {{ baton.powers_of_two(40) | trim | indent(8) }}
    ) as widths
        on width <= until_place - place
    where times > 0

),

{{ name }}_blocks as (

    select
        {{ by_keys }},
        width,
        block,
        value,
        times
    from (
        select
            *,
            row_number() over (partition by {{ by_keys }}, width, block order by times desc, value) as frequency_rank
        from (
            select {{ by_keys }}, width, from_block as block, value, times
            from {{ name }}_pieces
            where from_block < until_block and mod(from_block, 2) = 1
            union all
            select {{ by_keys }}, width, until_block - 1, value, times
            from {{ name }}_pieces
            where from_block < until_block and mod(until_block, 2) = 1
        ) as pieces
    ) as ranked
    where frequency_rank = 1

),

{{ name }}_modes as (

    select
        {{ by_keys }},
        asked_at,
        value as picked
    from (
        select
            {%- for key in keys %}
            totals.{{ key }},
            {%- endfor %}
            totals.asked_at,
            blocks.value,
            row_number() over (
                partition by {% for key in keys %}totals.{{ key }}, {% endfor %}totals.asked_at
                order by blocks.times desc, blocks.value
            ) as frequency_rank
        from {{ name }}_totals as totals
        cross join (select distinct width from {{ name }}_blocks) as widths
        inner join {{ name }}_blocks as blocks
            on widths.width = blocks.width
            and cast(floor(totals.place / widths.width) as bigint) = blocks.block
            {%- for key in keys %}
            and totals.{{ key }} = blocks.{{ key }}
            {%- endfor %}
    ) as ranked
    where frequency_rank = 1

)
{%- endif -%}
{%- endmacro -%}
