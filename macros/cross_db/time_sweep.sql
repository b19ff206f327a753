{#
    Rows of several relations, one below the other, in one order of time.

    keys    the key columns in the result
    sides   [{'rows': what stands after `from`, 'keys': expressions where they are not the key columns, 'time': an expression that
            becomes `event_time`, 'columns': {name: expression}}, ...]; a column that a side lacks is NULL there; the first has all of them
#}
{%- macro timeline(keys, sides) -%}
    {{ adapter.dispatch('timeline', 'baton')(keys, sides) }}
{%- endmacro -%}


{%- macro default__timeline(keys, sides) -%}
{%- for side in sides -%}
    {%- set select_list = [] -%}
    {%- for name, sql in zip(keys, side.get('keys', keys)) -%}{%- do select_list.append(baton.named(sql, name)) -%}{%- endfor -%}
    {%- for name in sides[0].columns -%}{%- do select_list.append(baton.named(side.columns.get(name, 'null'), name)) -%}{%- endfor -%}
    {%- do select_list.append(baton.named(side.time, 'event_time')) -%}
{{ '\nunion all\n' if not loop.first }}
    {%- if select_list | join(', ') | length < 110 -%}
select {{ select_list | join(', ') }}
    {%- else -%}
select
    {{ select_list | join(',\n    ') }}
    {%- endif %}
from {{ side.rows }}
{%- endfor -%}
{%- endmacro -%}


{#- Spark writes a CTE out wherever it is read, so sides with the same rows are made by one read of them. -#}
{%- macro spark__timeline(keys, sides) -%}
{%- for rows in baton._sides_by_rows(keys, sides) -%}
{{ '\nunion all\n' if not loop.first }}
    {%- if rows.sides | length == 1 -%}
{{ baton.default__timeline(keys, rows.sides) }}
    {%- else -%}
select
    {%- for name, sql in zip(keys, rows.sides[0]['keys']) %}
    {{ baton.named(sql, name) }},
    {%- endfor %}
    stack(
        {{ rows.sides | length }}
        {%- for side in rows.sides %},
        {{ ((side.columns.values() | list) + [side.time]) | join(', ') }}
        {%- endfor %}
    ) as ({{ ((rows.sides[0].columns | list) + ['event_time']) | join(', ') }})
from {{ rows.name }}
    {%- endif %}
{%- endfor -%}
{%- endmacro -%}

{#- The sides by their rows, each with all columns. -#}
{%- macro _sides_by_rows(keys, sides) -%}
    {%- set groups = {} -%}
    {%- for side in sides -%}
        {%- set columns = {} -%}
        {%- for name in sides[0].columns -%}{%- do columns.update({name: side.columns.get(name, 'null')}) -%}{%- endfor -%}
        {%- set own_keys = side.get('keys', keys) -%}
        {%- do groups.setdefault((side.rows, own_keys | join), dict(name=side.rows, sides=[])).sides.append(
            dict(rows=side.rows, keys=own_keys, time=side.time, columns=columns)
        ) -%}
    {%- endfor -%}
    {{ return(groups.values() | list) }}
{%- endmacro -%}


{#-
    One sweep over a timeline: each moment with totals of what stands before it, or after it, within its keys. The column `side` tells
    the moments, 1, from what happened: 0 where that counts at its very instant already, 2 where only later.

    totals    {an aggregate over `so_far` or over `from_there_on`: its name}
    columns   the select list of the result
#}
{%- macro time_sweep(keys, sides, totals, columns) -%}
{%- call baton.with_named_windows() -%}
select
    {{ columns | join(',\n    ') }}
from (
    select
        *
        {%- for sql, name in totals.items() %},
        {{ sql | indent(8) }} as {{ name }}
        {%- endfor %}
    from (
        {{ baton.timeline(keys, sides) | indent(8) }}
    ) as timeline
    window
        so_far as (
            partition by {{ keys | join(', ') }}
            order by event_time, side
            rows between unbounded preceding and current row
        )
        {%- if 'from_there_on' in totals | join %},
        from_there_on as (
            partition by {{ keys | join(', ') }}
            order by event_time desc, side desc
            rows between unbounded preceding and current row
        )
        {%- endif %}
) as swept
where side = 1
{%- endcall -%}
{%- endmacro -%}
