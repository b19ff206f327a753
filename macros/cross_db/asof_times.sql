{#
    For every row the time of the newest row of each lookup at or before its own (before it, where the lookup is strict); NULL
    where there is none. Only keys and times of the lookups are read, so rows that tie do not matter, and rows are not wide.

    rows      the name of a CTE; `as_of` is an expression over it as `spine`
    lookups   [{'name': a CTE, 'keys': [{'spine': column, 'lookup': column}, ...], 'time': its time column, 'strict': whether the
              very instant is left out, 'is_indexed': whether an index finds key and time, 'alias': the name of what is found}, ...]

    Returns `ctes`; `names`, for each lookup the CTE that holds the spine's keys and the time found; `rows`, what stands behind
    `from` for the rows as `spine` with the times found, under `aliases`; and `columns`, the rows' own columns of that, without the
    columns `made`.
#}
{%- macro asof_times(rows, as_of, lookups, made={}) -%}
    {{ return(adapter.dispatch('asof_times', 'baton')(rows, as_of, lookups, made)) }}
{%- endmacro -%}


{#- The lookups that are found by the same columns are found together, once for each entity and moment. -#}
{%- macro default__asof_times(rows, as_of, lookups, made) -%}
    {%- set probes = [] -%}
    {%- set probe_of = [] -%}
    {%- for lookup in lookups -%}
        {%- set keys = lookup['keys'] | map(attribute='spine') | list -%}
        {%- set same = probes | selectattr('columns', 'equalto', keys) | list -%}
        {%- if not same -%}
            {%- set number = '_%s' | format(probes | length + 1) if probes else '' -%}
            {%- do probes.append(dict(columns=keys, moments='spine_moments' ~ number, found='found_times' ~ number, lookups=[])) -%}
        {%- endif -%}
        {%- set probe = same[0] if same else probes[-1] -%}
        {%- do probe.lookups.append(lookup) -%}
        {%- do probe_of.append(probe.found) -%}
    {%- endfor -%}

    {%- set ctes -%}
{%- for probe in probes -%}
-- each entity and moment once
{{ probe.moments }} as (

    select distinct
        {{ baton.qualified(probe.columns, 'spine') | join(',\n        ') }},
        {{ as_of }} as baton_as_of
    from {{ rows }} as spine
    where
        {{ baton.none_is_null([as_of] + baton.qualified(probe.columns, 'spine')) | indent(8) }}

),

-- each moment with the newest matching history time
{{ probe.found }} as (

    {{ baton.swept_match_times(probe.moments, probe.columns, probe.lookups) | indent }}

){{ ',
\n' if not loop.last }}
{%- endfor %}
    {%- endset -%}

    {%- set joined_rows -%}
{{ rows }} as spine
{%- for probe in probes %}
left join {{ probe.found }}
    on {{ as_of }} = {{ probe.found }}.baton_as_of
    and {{ baton.same_keys(probe.columns, 'spine', probe.found) | indent }}
{%- endfor %}
    {%- endset -%}
    {{ return(dict(ctes=ctes, names=probe_of, rows=joined_rows, aliases=probe_of, columns=baton.star_without('spine', made))) }}
{%- endmacro -%}


{#-
    An as-of join has no need of distinct moments, and the times found can stand beside the columns of the rows. Most of its time goes
    into the sort of the lookup, which a number of 32 bits in place of the keys makes faster, whatever the keys are; the join that
    finds the number leaves out what is not asked for. Before DuckDB 2.0 an as-of join finds a row for a NULL moment too.
-#}
{%- macro duckdb__asof_times(rows, as_of, lookups, made) -%}
    {%- set numberings = [] -%}
    {%- set numbering_of = [] -%}
    {%- for lookup in lookups -%}
        {%- set keys = lookup['keys'] | map(attribute='spine') | list -%}
        {%- set same = numberings | selectattr('columns', 'equalto', keys) | list -%}
        {%- if not same -%}
            {%- set suffix = '_%s' | format(numberings | length + 1) if numberings else '' -%}
            {%- do numberings.append(dict(columns=keys, entities='spine_entities' ~ suffix, number='baton_entity' ~ suffix)) -%}
        {%- endif -%}
        {%- do numbering_of.append(same[0] if same else numberings[-1]) -%}
    {%- endfor -%}
    {%- set numbers = numberings | map(attribute='number') | list -%}

    {%- set ctes -%}
{%- for numbering in numberings -%}
-- the entities of the spine, numbered: an ASOF join sorts short keys faster
{{ numbering.entities }} as (

    select
        {{ numbering.columns | join(',\n        ') }},
        cast(row_number() over () as integer) as {{ numbering.number }}
    from (
        select distinct {{ numbering.columns | join(', ') }}
        from {{ rows }}
    ) as entities

),

{% endfor -%}
numbered_spine as (

    select
        spine.*,
        {%- for numbering in numberings %}
        {{ numbering.entities }}.{{ numbering.number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as spine
    {%- for numbering in numberings %}
    left join {{ numbering.entities }}
        on {{ baton.same_keys(numbering.columns, 'spine', numbering.entities) | indent(8) }}
    {%- endfor %}

    -- no row, but DuckDB expects 200, so that it never nested-loops the ASOF join
    union all by name
    select cast(number as integer) as {{ numbers[0] }}
    from range(1000) as filler (number)
    where number < 0

),

-- each row with the newest matching history time
found_times as {{ baton.materialized() }}(

    select
        {{ baton.star_without('spine', numbers) }},
        -- before DuckDB 2.0 an ASOF join finds a row for a NULL time too
        {%- for lookup in lookups %}
        case
            when {{ as_of }} is not null then {{ lookup.name }}.{{ lookup.time }}
        end as {{ lookup.alias }}{{ ',' if not loop.last }}
        {%- endfor %}
    from numbered_spine as spine
    {%- for lookup in lookups %}
    {%- set numbering = numbering_of[loop.index0] %}
    asof left join (
        select
            {{ numbering.entities }}.{{ numbering.number }},
            times.{{ lookup.time }}
        from {{ lookup.name }} as times
        inner join {{ numbering.entities }}
            on {% for key in lookup['keys'] -%}
            times.{{ key.lookup }} = {{ numbering.entities }}.{{ key.spine }}
            {%- if not loop.last %}
            and {% endif -%}
            {%- endfor %}
    ) as {{ lookup.name }}
        on spine.{{ numbering.number }} = {{ lookup.name }}.{{ numbering.number }}
        and {{ as_of }} {{ '>' if lookup.strict else '>=' }} {{ lookup.name }}.{{ lookup.time }}
    {%- endfor %}

)
    {%- endset -%}
    {%- set aliases = lookups | map(attribute='alias') | list -%}
    {{ return(dict(
        ctes=ctes,
        names=['found_times'] * lookups | length,
        rows='found_times as spine',
        aliases=['spine'] * lookups | length,
        columns=baton.star_without('spine', (made | list) + aliases),
    )) }}
{%- endmacro -%}
