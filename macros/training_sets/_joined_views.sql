{#
    The CTEs that add the features of every view to the rows of a CTE; the last is `views[-1].joined`.

    Ties are resolved after the probe, so that they cost next to nothing: the probe finds a time, by key and time alone; of the
    rows at that time, and of no others, the first in the order of ties is taken.
#}
{%- macro _joined_views(rows, views) -%}
{%- set probes = baton._probes(views) -%}
{%- for probe in probes -%}
-- each entity and moment once
{{ probe.moments }} as (

    select distinct
        {%- for key in probe.spine_keys %}
        spine.{{ key }},
        {%- endfor %}
        {{ probe.as_of }} as baton_as_of
    from {{ rows }} as spine
    where
        {{ probe.as_of }} is not null
        {%- for key in probe.spine_keys %}
        and spine.{{ key }} is not null
        {%- endfor %}

),

{% for view in probe.views %}
{{- baton._view_times(view) | trim }},

{% endfor %}
{{- '-- the time of the newest row that may be seen at each moment' ~ (', view by view' if probe.views | length > 1) }}
{{ probe.found }} as {{ baton.materialized() }}(

    {{ baton.asof_times(probe.moments, probe.spine_keys, probe.lookups) | trim | indent }}

),

{% for view in probe.views %}
{{- baton._view_rows(view, probe) | trim }},

{% endfor %}
{%- endfor %}
{{- views[-1].joined }} as (

    select
        spine.*
        {%- for view in views %}
        {%- for column in view.columns %},
        {{ view.name }}.{{ column.name }}{{ ' as ' ~ column.alias if column.alias != column.name }}
        {%- endfor %}
        {%- endfor %}
    from {{ rows }} as spine
    {%- for probe in probes %}
    left join {{ probe.found }}
        on {{ probe.as_of }} = {{ probe.found }}.baton_as_of
        {%- for key in probe.spine_keys %}
        and spine.{{ key }} = {{ probe.found }}.{{ key }}
        {%- endfor %}
    {%- for view in probe.views %}
    left join {{ view.name }}
        on {{ probe.found }}.{{ view.found_time }} = {{ view.name }}.{{ view.probed }}
        {%- for key in view.join_keys %}
        and {{ probe.found }}.{{ key.spine }} = {{ view.name }}.{{ key.lookup }}
        {%- endfor %}
        {%- if view.counts_until %}
        and {{ probe.as_of }} <= {{ view.name }}.baton_until
        {%- endif %}
    {%- endfor %}
    {%- endfor %}

)
{%- endmacro -%}


{#- One probe for all views that are joined by the same columns of the spine. -#}
{%- macro _probes(views) -%}
    {%- set probes = [] -%}
    {%- for view in views -%}
        {%- set spine_keys = view.join_keys | map(attribute='spine') | list -%}
        {%- set same = probes | selectattr('spine_keys', 'equalto', spine_keys) | list -%}
        {%- if not same -%}
            {%- set number = '_' ~ (probes | length + 1) if probes else '' -%}
            {%- do probes.append({
                'spine_keys': spine_keys,
                'as_of': view.as_of,
                'moments': 'spine_moments' ~ number,
                'found': 'found_times' ~ number,
                'views': [],
                'lookups': [],
            }) -%}
        {%- endif -%}
        {%- set probe = same[0] if same else probes[-1] -%}
        {%- do probe.views.append(view) -%}
        {%- do probe.lookups.append({
            'name': view.times,
            'keys': view.key_columns,
            'time': view.probed,
            'strict': view.strict,
            'is_indexed': view.is_indexed,
            'alias': view.found_time,
        }) -%}
    {%- endfor -%}
    {{ return(probes) }}
{%- endmacro -%}


{#- The keys and times of a view, which are all that is probed. -#}
{%- macro _view_times(view) -%}
{%- if not view.created_at -%}
{{ view.times }} as (

    select
        {{ view.key_columns | join(',\n        ') }},
        {{ view.event_time }} as baton_time
    from {{ baton.aliased(view.relation, 'history') }}
    where {{ view.counts_if | join('\n        and ') }}

)
{%- else -%}
-- a row counts from when it has both happened and become known; one that is not the newest by then is never the answer
{{ view.times }} as (

    select
        {{ view.key_columns | join(',\n        ') }},
        baton_known_from
    from (
        select
            {{ view.key_columns | join(',\n            ') }},
            baton_known_from,
            baton_time = max(baton_time) over (
                partition by {{ view.key_columns | join(', ') }}
                order by baton_known_from, baton_time
                rows between unbounded preceding and current row
            ) as is_newest
        from (
            select
                {{ view.key_columns | join(',\n                ') }},
                {{ view.event_time }} as baton_time,
                {{ view.counts_from }} as baton_known_from
            from {{ baton.aliased(view.relation, 'history') }}
            where
                {{ view.counts_if | join('\n                and ') }}
        ) as known_rows
    ) as as_they_became_known
    where is_newest

)
{%- endif -%}
{%- endmacro -%}


{#- The rows of a view at the times that were found, one for each. -#}
{%- macro _view_rows(view, probe) -%}
-- of the rows at a time that was found the first in the order of ties
{{ view.name }} as (

    select
        {{ view.key_columns | join(',\n        ') }},
        baton_time
        {%- if view.created_at %},
        baton_known_from
        {%- endif %}
        {%- for column in view.payload %},
        {{ column }}
        {%- endfor %}
        {%- if view.counts_until %},
        baton_until
        {%- endif %}
    from (
        select
            {{ view.key_columns | join(',\n            ') }},
            {{ view.event_time }} as baton_time,
            {%- if view.created_at %}
            {{ view.counts_from }} as baton_known_from,
            {%- endif %}
            {%- for column in view.payload %}
            {{ column }},
            {%- endfor %}
            {%- if view.counts_until %}
            {{ view.counts_until }} as baton_until,
            {%- endif %}
            row_number() over (
                partition by {{ view.key_columns | join(', ') }}, {{ view.counts_from }}
                order by {{ view.tie_order | join(', ') }}
            ) as newest_first
        from {{ baton.aliased(view.relation, 'history') }}
        where
            exists (
                select 1 from {{ probe.found }} as found
                where
                    found.{{ view.found_time }} = {{ view.counts_from }}
                    {%- for key in view.join_keys %}
                    and found.{{ key.spine }} = history.{{ key.lookup }}
                    {%- endfor %}
            )
            {%- if view.created_at %}
            and {{ view.counts_if | join('\n            and ') }}
            {%- endif %}
    ) as ranked
    where newest_first = 1

)
{%- endmacro -%}
