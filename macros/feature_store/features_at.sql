{#- The whole store at one moment: one row per entity that had features then, with the moment as `as_of`. -#}
{%- macro features_at(store, entity, as_of, valid_from='valid_from', valid_to='valid_to') -%}

    {%- set call = baton._versions_call('features_at', store, entity, valid_from, valid_to, as_of) -%}
    {%- set moment = baton.moment(as_of) -%}

select
    {{ call.columns | join(',\n    ') }},
    {{ moment }} as as_of
from (
    select
        {{ call.columns | join(',\n        ') }},
        row_number() over (
            partition by {{ call.key_list }}
            order by {{ call.newest_first }}
        ) = 1 as baton_is_newest
    from {{ store }}
    where
        {{ call.valid_from }} <= {{ moment }}
        and ({{ call.valid_to }} is null or {{ call.valid_to }} > {{ moment }})
) as versions_then
where
    baton_is_newest
    {%- if call.is_there %}
    and {{ call.is_there }}
    {%- endif %}

{%- endmacro -%}
