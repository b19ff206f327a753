{#
    The CTEs that add the features of every view to the rows of a CTE; the last is `views[-1].joined`, without the columns `made`.
#}
{%- macro _joined_views(rows, views, made) -%}
    {{ adapter.dispatch('_joined_views', 'baton')(rows, views, made) }}
{%- endmacro -%}


{#-
    Ties are resolved after the probe, which makes them cheap: the probe finds a time by key and time alone, and only the rows at
    that time are ranked.
-#}
{%- macro default___joined_views(rows, views, made) -%}
{%- set lookups = [] -%}
{%- for view in views -%}
    {%- do lookups.append(dict(
        name=view.times,
        keys=view.join_keys,
        time=view.probed,
        strict=view.strict,
        is_indexed=view.is_indexed,
        alias=view.feature_time,
    )) -%}
{%- endfor -%}
{%- set found = baton.asof_times(rows, views[0].as_of, lookups, made) -%}
{%- for view in views -%}
{{ baton._view_times(view) }},

{% endfor -%}
{{ found.ctes | trim }},

{% for view in views -%}
{{ baton._view_rows(view, found.names[loop.index0]) }},

{% endfor -%}
{{ views[-1].joined }} as (

    select
        {{ found.columns | indent(8) }}
        {%- for view in views %}
        {%- for column in view.columns %},
        {{ view.name }}.{{ column.name }}{{ ' as ' ~ column.alias if column.alias != column.name }}
        {%- endfor %}
        {%- endfor %}
    from {{ found.rows | trim | indent }}
    {%- for view in views %}
    left join {{ view.name }}
        on {{ found.aliases[loop.index0] }}.{{ view.feature_time }} = {{ view.name }}.{{ view.probed }}
        {%- for key in view.join_keys %}
        and spine.{{ key.spine }} = {{ view.name }}.{{ key.lookup }}
        {%- endfor %}
        {%- if view.counts_until %}
        and {{ view.as_of }} <= {{ view.name }}.baton_valid_until
        {%- endif %}
    {%- endfor %}

)
{%- endmacro -%}


{#- The keys and times of a view; the probe reads nothing else. -#}
{%- macro _view_times(view) -%}
{%- if not view.created_at -%}
{{ view.times }} as (

    select
        {{ view.key_columns | join(',\n        ') }},
        {{ view.from_time }} as {{ view.probed }}
    from {{ baton.aliased(view.relation, 'history', view.made) | indent }}
    {{ baton._where(view.counts_if) | indent }}

)
{%- else -%}
-- known from the later of both times; rows that were outdated when they became known are left out
{{ view.times }} as (

    select
        {{ view.key_columns | join(',\n        ') }},
        baton_known_from
    from (
        select
            {{ view.key_columns | join(',\n            ') }},
            baton_known_from,
            baton_event_time = max(baton_event_time) over (
                partition by {{ view.key_columns | join(', ') }}
                order by baton_known_from, baton_event_time
                rows between unbounded preceding and current row
            ) as baton_is_newest
        from (
            select
                {{ view.key_columns | join(',\n                ') }},
                {{ view.from_time }} as baton_event_time,
                {{ view.counts_from }} as baton_known_from
            from {{ baton.aliased(view.relation, 'history', view.made) | indent(12) }}
            {{ baton._where(view.counts_if) | indent(12) }}
        ) as known_rows
    ) as rows_by_known_from
    where baton_is_newest

)
{%- endif -%}
{%- endmacro -%}


{#- One row of the view for each key and time found. -#}
{%- macro _view_rows(view, found_times) -%}
{%- set own = view.key_columns + view.payload -%}
{%- set columns = dict(zip(own, own)) -%}
{%- do columns.update(baton_event_time=view.event_time) -%}
{%- if view.probed == 'baton_known_from' -%}{%- do columns.update(baton_known_from=view.counts_from) -%}{%- endif -%}
{%- if view.counts_until -%}{%- do columns.update(baton_valid_until=view.counts_until) -%}{%- endif -%}
{%- set rows -%}
from {{ baton.aliased(view.relation, 'history', view.made) }}
where
    exists (
        select 1
        from {{ found_times }} as found
        where
            found.{{ view.feature_time }} = {{ view.counts_from }}
            {%- for key in view.join_keys %}
            and found.{{ key.spine }} = history.{{ key.lookup }}
            {%- endfor %}
    )
    {%- if view.created_at %}
    and {{ view.counts_if | join('\n    and ') }}
    {%- endif %}
{%- endset -%}
-- one row per key and time that was found; of ties that nothing else decides the one with the greatest features
{%- if view.ends_before_valid_to %}
-- a version ends just before its valid_to, which belongs to the next one
{%- endif %}
{{ view.name }} as (

    {{ baton.deduplicated(columns, rows, baton.qualified(view.key_columns, 'history') + [view.counts_from], view.tie_order) | indent }}

)
{%- endmacro -%}
