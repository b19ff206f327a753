{#- One row per entity with its current features, for serving; a deleted entity has none. -#}
{%- macro latest_features(store, entity, valid_from='valid_from', valid_to='valid_to') -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._versions_call('latest_features', store, entity, valid_from, valid_to) -%}
    {{- baton._one_version_each(call) if call else baton.not_built_yet(store) }}

{%- endmacro -%}


{#-
    The newest version of each entity that is valid at the moment `as_of`, or open without one, except records of deletes. `as_of`
    is added as a column.
-#}
{%- macro _one_version_each(call) -%}
{%- set rows -%}
from {{ call.store }}
where
    {%- if call.as_of %}
    {{ call.valid_from }} <= {{ call.as_of }}
    and ({{ call.valid_to }} is null or {{ call.valid_to }} > {{ call.as_of }})
    {%- else %}
    {{ call.valid_to }} is null
    {%- endif %}
{%- endset -%}
select
    {{ call.columns | join(',\n    ') }}
    {%- if call.as_of %},
    {{ call.as_of }} as as_of
    {%- endif %}
from (
    {{ baton.deduplicated(call.columns, rows, call.entity, call.newest_first) | indent }}
) as versions
{%- if call.is_there %}
where {{ call.is_there }}
{%- endif %}
{%- endmacro -%}


{%- macro _versions_call(macro_name, store, entity, valid_from, valid_to, as_of=none) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'store: relation, entity: names, valid_from: name, valid_to: name', store, entity, valid_from, valid_to
    ) -%}
    {%- if macro_name == 'features_at' -%}{%- do baton.expect_moment(problems, 'as_of', as_of) -%}{%- endif -%}
    {%- set is_readable = not problems -%}
    {%- set known = baton.expect_columns(problems, 'store', store, [entity, valid_from, valid_to]) -%}
    {%- if macro_name == 'features_at' -%}{%- do baton.expect_no_columns(problems, 'store', known, ['as_of']) -%}{%- endif -%}
    {%- if is_readable and not known and baton.should_be_built(store) -%}
        {%- do problems.append("store is %s, whose columns cannot be read; expected an existing table or view" | format(baton._repr(store))) -%}
    {%- endif -%}
    {%- do baton.raise_problems(macro_name, problems) -%}
    {%- if not known -%}{{ return(none) }}{%- endif -%}

    {%- set columns = baton.identifiers(known | map(attribute='name') | list) -%}
    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {%- set others = columns | reject('in', keys + [baton.identifier(valid_from)]) | list -%}
    {#- a version is not the record of a delete, of scd2 or of a dbt snapshot -#}
    {%- set is_deleted, is_there = baton.find_column(known, 'is_deleted'), none -%}
    {%- if is_deleted and is_deleted.dtype | lower in ['boolean', 'bool'] -%}
        {%- set is_there = 'not coalesce(is_deleted, false)' -%}
    {%- elif baton.find_column(known, 'dbt_is_deleted') -%}
        {#- 'True' for a delete; NULL in rows older than the column -#}
        {%- set is_there = "coalesce(lower(%s), 'false') <> 'true'" | format(baton.as_text('dbt_is_deleted')) -%}
    {%- endif -%}
    {{ return(dict(
        store=baton.of_all_times(store),
        columns=columns,
        entity=keys,
        valid_from=baton.utc(valid_from, known),
        valid_to=baton.utc(valid_to, known),
        as_of=baton.moment(as_of) if macro_name == 'features_at' else none,
        newest_first=[baton.identifier(valid_from) ~ ' desc'] + baton.greatest_first(others, known),
        is_there=is_there,
    )) }}
{%- endmacro -%}
