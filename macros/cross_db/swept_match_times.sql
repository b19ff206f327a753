{#
    Every row of `moments` with the time of the newest row of each lookup at or before its own, as in `asof_times`.

    moments   the name of a CTE with the columns `keys` and `baton_as_of`: never NULL, each combination once
    keys      its key columns, ready for SQL; those of a lookup are in the same order
    lookups   as in asof_times
#}
{%- macro swept_match_times(moments, keys, lookups) -%}
    {{ adapter.dispatch('swept_match_times', 'baton')(moments, keys, lookups) }}
{%- endmacro -%}


{#- Without an index: one sweep, for which no key is too frequent. Inside it keys are numbered, unlike any name of the sweep. -#}
{%- macro default__swept_match_times(moments, keys, lookups) -%}
    {%- set numbered, columns, totals = [], [], {} -%}
    {%- set moment_columns = {'side': 1} -%}
    {%- set sides = [dict(rows=moments, keys=keys, time='baton_as_of', columns=moment_columns)] -%}
    {%- for key in keys -%}
        {%- do numbered.append('key_%s' | format(loop.index)) -%}
        {%- do columns.append('key_%s as %s' | format(loop.index, key)) -%}
    {%- endfor -%}
    {%- do columns.append('event_time as baton_as_of') -%}
    {%- for lookup in lookups -%}
        {%- set time = 'time_%s' | format(loop.index) -%}
        {%- do moment_columns.update({time: 'cast(null as timestamp)'}) -%}
        {%- do totals.update({'max(%s) over so_far' | format(time): lookup.alias}) -%}
        {%- do columns.append(lookup.alias) -%}
        {%- set rows -%}
{{ lookup.name }}
where exists (
    select 1 from {{ moments }} as asked
    where
        {%- for key in lookup['keys'] %}
        {{ 'and ' if not loop.first }}asked.{{ key.spine }} = {{ lookup.name }}.{{ key.lookup }}
        {%- endfor %}
)
        {%- endset -%}
        {%- do sides.append(dict(
            rows=rows, keys=lookup['keys'] | map(attribute='lookup') | list, time=lookup.time,
            columns={'side': 2 if lookup.strict else 0, time: lookup.time},
        )) -%}
    {%- endfor -%}
{{ baton.time_sweep(numbered, sides, totals, columns) }}
{%- endmacro -%}


{#- Where there are indexes one look into each of them finds the time; without one that would be a scan for every moment. -#}
{%- macro postgres__swept_match_times(moments, keys, lookups) -%}
{%- if lookups | rejectattr('is_indexed') | list -%}
{{ baton.default__swept_match_times(moments, keys, lookups) }}
{%- else -%}
select
    {{ baton.qualified(keys, 'asked') | join(',\n    ') }},
    asked.baton_as_of
    {%- for lookup in lookups %},
    newest_of_{{ loop.index }}.{{ lookup.time }} as {{ lookup.alias }}
    {%- endfor %}
from {{ moments }} as asked
{%- for lookup in lookups %}
left join lateral (
    select {{ lookup.time }}
    from {{ lookup.name }}
    where
        {%- for key in lookup['keys'] %}
        {{ key.lookup }} = asked.{{ key.spine }}
        and {% endfor -%}
        {{ lookup.time }} {{ '<' if lookup.strict else '<=' }} asked.baton_as_of
    order by {{ lookup.time }} desc
    limit 1
) as newest_of_{{ loop.index }}
    on true
{%- endfor %}
{%- endif -%}
{%- endmacro -%}
