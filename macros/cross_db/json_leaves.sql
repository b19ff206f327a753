{#
    The CTE `members`, one of those after `with_recursive`: the members of a JSON object, of the objects in it, and so on. Each has the
    dotted `name` of its way through the objects and its `document`; a row that is no object, or one that others are in, may be there too.

    documents   the name of a CTE with a column `document`, of json_document
    columns     its other columns, to keep
#}
{%- macro json_leaves(documents, columns) -%}
    {{ return(adapter.dispatch('json_leaves', 'baton')(documents, columns)) }}
{%- endmacro -%}


{%- macro default__json_leaves(documents, columns) -%}
members as (

    select
        {{ columns | join(',\n        ') }},
        cast(null as {{ baton.type_text() }}) as name,
        document
    from {{ documents }}

    union all

    select
        {{ baton.qualified(columns, 'members') | join(',\n        ') }},
        coalesce(members.name || '.', '') || inner_members.key,
        inner_members.value
    from members
    {{ baton.json_members('members.document', 'inner_members') }}

)
{%- endmacro -%}


{#- Without recursion: as often as there are braces, each object is replaced by its members. -#}
{%- macro spark__json_leaves(documents, columns) -%}
members as (

    select
        {{ columns | join(',\n        ') }},
        inline(aggregate(
            sequence(1, length(document) - length(replace(document, '{', ''))),
            -- by nullif a document may be NULL, as a member may be
            array(struct(cast(null as string) as name, nullif(document, '') as document)),
            (members, depth) -> flatten(transform(members, member -> coalesce(
                transform(
                    map_entries({{ baton.spark_json_map('member.document') }}),
                    entry -> struct(concat_ws('.', member.name, entry.key) as name, entry.value as document)
                ),
                array(member)
            )))
        ))
    from {{ documents }}

)
{%- endmacro -%}
