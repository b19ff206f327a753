{#
    What happened to each spine row's entity in the window (as_of + gap, as_of + gap + horizon].

    A label is mature once its window lies behind `observed_until`. One that is not is NULL, unless what has been seen
    already decides it: never a silent 0.
#}
{%- macro labels(
    spine, events, entity, event_time, horizon, as_of='as_of', gap='0d', label={'function': 'not_exists'}, where=none, observed_until=none
) -%}

    {%- set call = baton._labels_call(spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until) -%}
    {%- set spine_keys = call.join_keys | map(attribute='spine') | list -%}
    {%- set event_keys = call.join_keys | map(attribute='lookup') | list -%}

with spine_rows as (

    select * from {{ spine }}

),

observation as (

    select {{ call.observed_until }} as observed_until
    {%- if observed_until is none %}
    from {{ baton.aliased(events, 'events') }}
    {%- endif %}

),

-- each entity and moment once, however often the spine has it
label_windows as (

    select distinct
        {{ spine_keys | join(',\n        ') }},
        {{ call.window_start }} as window_start,
        {{ call.window_end }} as window_end
    from spine_rows as spine

),

{% if call.function in ('first', 'time_to_event') -%}
-- of events at the same instant the greatest value counts
label_events as (

    select
        {{ event_keys | join(',\n        ') }},
        {{ call.event_time }} as baton_time,
        max({{ call.value }}) as baton_value
    from {{ baton.aliased(events, 'events') }}
    cross join observation
    where {{ call.conditions | join('\n        and ') }}
    group by {{ event_keys | join(', ') }}, {{ call.event_time }}

),

found as (

    {{ baton.asof_left_join(
        spine='label_windows',
        lookup='label_events',
        keys=call.join_keys,
        spine_time='spine.window_start',
        lookup_time='baton_time',
        columns=[{'name': 'baton_time', 'alias': 'first_time'}, {'name': 'baton_value', 'alias': 'first_value'}],
        strict=true,
        forward=true,
        counts_if='found.baton_time <= spine.window_end'
    ) | trim | indent }}

),
{%- else -%}
-- running counts: at each event, how many there had been by its instant
label_events as (

    select
        {{ event_keys | join(',\n        ') }},
        {{ call.event_time }} as baton_time,
        count({{ call.value }}) over (
            partition by {{ event_keys | join(', ') }}
            order by {{ call.event_time }}
            range unbounded preceding
        ) as baton_count
    from {{ baton.aliased(events, 'events') }}
    cross join observation
    where {{ call.conditions | join('\n        and ') }}

),

at_window_start as (

    {{ baton.asof_left_join(
        spine='label_windows',
        lookup='label_events',
        keys=call.join_keys,
        spine_time='spine.window_start',
        lookup_time='baton_time',
        columns=[{'name': 'baton_count', 'alias': 'count_before'}]
    ) | trim | indent }}

),

found as (

    {{ baton.asof_left_join(
        spine='at_window_start',
        lookup='label_events',
        keys=call.join_keys,
        spine_time='spine.window_end',
        lookup_time='baton_time',
        columns=[{'name': 'baton_count', 'alias': 'count_by_end'}]
    ) | trim | indent }}

),
{%- endif %}

judged as (

    select
        found.*,
        coalesce(found.window_end <= observation.observed_until, false) as is_mature
        {%- if call.function not in ('first', 'time_to_event') %},
        coalesce(found.count_by_end, 0) - coalesce(found.count_before, 0) as events_in_window
        {%- endif %}
    from found
    cross join observation

)

select
    spine.*,
    {{ baton._label_value(call.function) | trim | indent }} as label,
    {{ call.window_start }} as label_window_start,
    {{ call.window_end }} as label_window_end,
    coalesce(judged.is_mature, false) as label_is_mature
from spine_rows as spine
left join judged
    on {{ call.window_start }} = judged.window_start
    {%- for key in spine_keys %}
    and spine.{{ key }} = judged.{{ key }}
    {%- endfor %}

{%- endmacro -%}


{#- The label over `judged`: decided early where later events can not change it, else only once mature. -#}
{%- macro _label_value(function) -%}
{%- if function == 'exists' -%}
case when judged.events_in_window > 0 then 1 when judged.is_mature then 0 end
{%- elif function == 'not_exists' -%}
case when judged.events_in_window > 0 then 0 when judged.is_mature then 1 end
{%- elif function == 'count' -%}
case when judged.is_mature then judged.events_in_window end
{%- elif function == 'first' -%}
judged.first_value
{%- else -%}
{{ baton.seconds_between('judged.window_start', 'judged.first_time') }} / 86400
{%- endif -%}
{%- endmacro -%}


{%- macro _labels_call(spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'spine', spine) -%}
    {%- do baton.expect_relation(problems, 'events', events) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton.expect_name(problems, 'event_time', event_time) -%}
    {%- do baton.expect_duration(problems, 'horizon', horizon) -%}
    {%- do baton.expect_duration(problems, 'gap', gap) -%}
    {%- if baton.duration_seconds(horizon) == 0 -%}
        {%- do problems.append("horizon is " ~ baton._shown(horizon) ~ ", a window of no length") -%}
    {%- endif -%}
    {%- if observed_until is not none -%}{%- do baton.expect_moment(problems, 'observed_until', observed_until) -%}{%- endif -%}
    {%- do baton.expect_keys(problems, 'label', label, required=['function'], optional=['column']) -%}
    {%- set function = label.get('function') if label is mapping else none -%}
    {%- set column = label.get('column') if label is mapping else none -%}
    {%- if function is not none -%}
        {%- set later = ['sum', 'avg', 'min', 'max'] -%}
        {%- do baton.expect_choice(problems, 'label.function', function, ['exists', 'not_exists', 'count', 'first', 'time_to_event'] + later) -%}
        {%- do baton.expect_built(problems, "label.function '" ~ function ~ "'", function not in later) -%}
        {%- if function == 'first' and not column -%}{%- do problems.append("label has no 'column', which first needs") -%}{%- endif -%}
    {%- endif -%}
    {%- set entity = baton.as_list(entity) -%}
    {%- if not problems -%}
        {%- do baton.expect_columns(problems, 'spine', spine, entity + [as_of]) -%}
        {%- do baton.expect_no_columns(problems, 'spine', spine, ['label', 'label_window_start', 'label_window_end', 'label_is_mature']) -%}
        {%- do baton.expect_columns(problems, 'events', events, entity + [event_time] + baton.as_list(column)) -%}
    {%- endif -%}
    {%- do baton.raise_problems('labels', problems) -%}

    {%- set keys = [] -%}
    {%- for key in baton.identifiers(entity) -%}{%- do keys.append({'spine': key, 'lookup': key}) -%}{%- endfor -%}
    {%- set at = baton.utc(as_of, baton.columns_of(spine), 'spine') -%}
    {%- set happened = baton.utc(event_time, baton.columns_of(events), 'events') -%}
    {%- set start = baton.add_seconds(at, baton.duration_seconds(gap)) -%}

    {%- set conditions = [happened ~ ' is not null'] -%}
    {%- if column -%}{%- do conditions.append('events.' ~ baton.identifier(column) ~ ' is not null') -%}{%- endif -%}
    {%- if where -%}{%- do conditions.append('(' ~ where ~ ')') -%}{%- endif -%}
    {%- if observed_until is not none -%}{%- do conditions.append(happened ~ ' <= observation.observed_until') -%}{%- endif -%}
    {{ return({
        'function': function,
        'join_keys': keys,
        'value': 'events.' ~ baton.identifier(column) if column else '1',
        'event_time': happened,
        'window_start': start,
        'window_end': baton.add_seconds(start, baton.duration_seconds(horizon)),
        'conditions': conditions,
        'observed_until': baton.moment(observed_until) if observed_until is not none else 'max(' ~ happened ~ ')',
    }) }}
{%- endmacro -%}
