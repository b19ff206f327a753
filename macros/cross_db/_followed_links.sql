{#
    The CTE `baton_followed`, one of those after `with_recursive`: the rows of `links` that are met on the way from each key's first
    row, `baton_position` 1, to the row at its `baton_next`, and so on.

    links   the name of a CTE with the keys, baton_position (1, 2, ... within the keys) and baton_next
    keys    columns, ready for SQL
#}
{%- macro _followed_links(links, keys) -%}
    {{ adapter.dispatch('_followed_links', 'baton')(links, keys) }}
{%- endmacro -%}


{%- macro default___followed_links(links, keys) -%}
baton_followed as (

    select *
    from {{ links }}
    where baton_position = 1
    union all
    select {{ links }}.*
    from baton_followed
    join {{ links }}
        on {{ baton.same_keys(keys, 'baton_followed', links) | indent(8) }}
        and baton_followed.baton_next = {{ links }}.baton_position

)
{%- endmacro -%}


{#- PostgreSQL would hash or sort all links again at every step, so it walks over one array for each key. -#}
{%- macro postgres___followed_links(links, keys) -%}
baton_chains as (

    select
        {{ keys | join(',\n        ') }},
        array_agg(baton_next order by baton_position) as baton_nexts
    from {{ links }}
    group by {{ keys | join(', ') }}

),

baton_steps as (

    select
        {{ keys | join(',\n        ') }},
        cast(1 as bigint) as baton_position
    from baton_chains
    union all
    select
        {{ baton.qualified(keys, 'baton_chains') | join(',\n        ') }},
        baton_chains.baton_nexts[baton_steps.baton_position]
    from baton_steps
    join baton_chains
        on {{ baton.same_keys(keys, 'baton_steps', 'baton_chains') | indent(8) }}
        and baton_chains.baton_nexts[baton_steps.baton_position] <= cardinality(baton_chains.baton_nexts)

),

{{ baton._links_of_steps(links, keys) }}
{%- endmacro -%}

{#- Without recursion: a key's links are an array, and one pass over it keeps each position that is next when it comes. -#}
{%- macro spark___followed_links(links, keys) -%}
baton_steps as (

    select
        {{ keys | join(',\n        ') }},
        explode(aggregate(
            array_sort(collect_list(struct(baton_position, baton_next))),
            struct(1L as next, array(0L) as kept),
            (walk, link) -> case
                when link.baton_position = walk.next
                    then struct(cast(link.baton_next as bigint) as next, concat(walk.kept, array(cast(link.baton_position as bigint))) as kept)
                else walk
            end,
            walk -> walk.kept
        )) as baton_position
    from {{ links }}
    group by {{ keys | join(', ') }}

),

{{ baton._links_of_steps(links, keys) }}
{%- endmacro -%}

{#- The links at the positions that the CTE `baton_steps` met. -#}
{%- macro _links_of_steps(links, keys) -%}
baton_followed as (

    select {{ links }}.*
    from {{ links }}
    join baton_steps
        on {{ baton.same_keys(keys, links, 'baton_steps') | indent(8) }}
        and {{ links }}.baton_position = baton_steps.baton_position

)
{%- endmacro -%}


{#- What stands before the first CTE where one of them may be recursive. -#}
{%- macro with_recursive() -%}
    {{ return(adapter.dispatch('with_recursive', 'baton')()) }}
{%- endmacro -%}

{%- macro default__with_recursive() -%}{{ return('with recursive') }}{%- endmacro -%}

{#- There is none before Spark 4.1. -#}
{%- macro spark__with_recursive() -%}{{ return('with') }}{%- endmacro -%}
