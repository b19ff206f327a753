{#
    Each spine row with the features that were known at its `as_of`, and nothing later.
    Rows in equal rows out: duplicates, NULL keys and entities without history stay, with NULL features.
#}
{%- macro point_in_time_join(spine, entity, feature_views, as_of='as_of', known_at=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems, made = [], {} -%}
    {%- set views = baton._feature_views(problems, spine, baton.columns_of(spine), entity, feature_views, as_of, known_at, made) -%}
    {%- do baton.raise_problems('point_in_time_join', problems) -%}

with spine_rows as (

    {{ baton.rows_with(spine, 'spine', made) | indent }}

),

{{ baton._joined_views('spine_rows', views, made) }}

select * from {{ views[-1].joined }}

{%- endmacro -%}
