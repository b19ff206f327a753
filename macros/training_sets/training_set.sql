{#
    The rows that a model learns from: the spine's rows whose label is mature, with the features known at their `as_of`
    and the split that each belongs to.
#}
{%- macro training_set(spine, entity, feature_views, as_of='as_of', label='label', split=none, known_at=none) -%}

    {%- set problems = [] -%}
    {%- do baton.expect_name(problems, 'label', label) -%}
    {%- do baton.expect_split(problems, 'split', split) -%}
    {%- set views = baton._feature_views(problems, spine, entity, feature_views, as_of, known_at) -%}
    {%- set known = baton.columns_of(spine) if not problems else none -%}
    {%- set windowed = not known or baton.find_column(known, 'label_window_end') is not none -%}
    {%- if not problems -%}
        {%- do baton.expect_columns(problems, 'spine', spine, [label]) -%}
        {%- do baton.expect_no_columns(problems, 'spine', spine, ['split']) -%}
        {%- if baton.purges(split) and not windowed -%}
            {%- do problems.append("split purges by label_window_end, which spine does not have; give it, or set 'purge': false") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('training_set', problems) -%}
    {%- set at = baton.utc(as_of, known) -%}
    {%- set window_end = baton.utc('label_window_end', known) -%}

with mature_rows as (

    select * from {{ spine }}
    where {{ 'label_is_mature' if not known or baton.find_column(known, 'label_is_mature') else baton.identifier(label) ~ ' is not null' }}

),

{{ baton._joined_views('mature_rows', views) | trim }}

select
    *,
    {{ baton.split(split, entity, at) | trim | indent }} as split
from {{ views[-1].joined }}
{%- if baton.purges(split) %}
-- a label window that crosses a boundary would show one split what belongs to the next
where
    {%- for boundary in baton.split_boundaries(split) %}
    {{ 'and ' if not loop.first }}not ({{ at }} < {{ boundary }} and {{ window_end }} > {{ boundary }})
    {%- endfor %}
{%- endif %}

{%- endmacro -%}
