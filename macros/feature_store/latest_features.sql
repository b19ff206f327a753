{#- One row per entity with the features that are true now, for serving; an entity that is deleted has none. -#}
{%- macro latest_features(store, entity, valid_from='valid_from', valid_to='valid_to') -%}

    {%- set call = baton._versions_call('latest_features', store, entity, valid_from, valid_to) -%}

{{ baton._one_version_each(call, call.valid_to ~ ' is null') if call else baton.not_built_yet(store) }}

{%- endmacro -%}


{#- What latest_features and features_at have in common. -#}
{%- macro _versions_call(macro_name, store, entity, valid_from, valid_to, as_of=none) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'store', store) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'valid_from', valid_from) -%}
    {%- do baton.expect_name(problems, 'valid_to', valid_to) -%}
    {%- if macro_name == 'features_at' -%}{%- do baton.expect_moment(problems, 'as_of', as_of) -%}{%- endif -%}
    {%- set is_readable = not problems -%}
    {%- do baton.expect_columns(problems, 'store', store, [entity, valid_from, valid_to]) -%}
    {%- if macro_name == 'features_at' -%}{%- do baton.expect_no_columns(problems, 'store', store, ['as_of']) -%}{%- endif -%}
    {%- set entity = baton.as_list(entity) -%}
    {%- if is_readable -%}
        {%- if not baton.columns_of(store) and baton.should_be_built(store) -%}
            {%- do problems.append("store is " ~ baton._repr(store) ~ ", whose columns can not be read; expected a table or view that is there") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems(macro_name, problems) -%}
    {%- set known = baton.columns_of(store) -%}
    {%- if not known -%}{{ return(none) }}{%- endif -%}

    {%- set columns = baton.identifiers(known | map(attribute='name') | list) -%}
    {{ return({
        'store': baton.of_all_times(store),
        'columns': columns,
        'key_list': baton.identifiers(entity) | join(', '),
        'valid_from': baton.utc(valid_from, known),
        'valid_to': baton.utc(valid_to, known),
        'newest_first': baton.identifier(valid_from) ~ ' desc, ' ~ baton.tie_hash(columns) ~ ' desc',
        'is_there': baton._is_not_deleted(known),
    }) }}
{%- endmacro -%}


{#- The newest of each entity's versions that a condition holds for, unless it is the record of a delete; `as_of` is a moment to add. -#}
{%- macro _one_version_each(call, holds, as_of=none) -%}
select
    {{ call.columns | join(',\n    ') }}
    {%- if as_of %},
    {{ as_of }} as as_of
    {%- endif %}
from (
    select
        {{ call.columns | join(',\n        ') }},
        row_number() over (
            partition by {{ call.key_list }}
            order by {{ call.newest_first }}
        ) = 1 as baton_is_newest
    from {{ call.store }}
    where {{ holds }}
) as versions
where
    baton_is_newest
    {%- if call.is_there %}
    and {{ call.is_there }}
    {%- endif %}
{%- endmacro -%}


{#- The condition that a version is not the record of a delete, of scd2 or of a dbt snapshot; none where there are no such records. -#}
{%- macro _is_not_deleted(columns) -%}
    {%- set is_deleted = baton.find_column(columns, 'is_deleted') -%}
    {%- if is_deleted and is_deleted.dtype | lower in ['boolean', 'bool'] -%}
        {{ return('not coalesce(is_deleted, false)') }}
    {%- elif baton.find_column(columns, 'dbt_is_deleted') -%}
        {#- the text 'True' for a delete, and NULL in rows that are older than the column -#}
        {{ return("coalesce(lower(cast(dbt_is_deleted as " ~ dbt.type_string() ~ ")), 'false') <> 'true'") }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro -%}
