{#- Of each piece the blocks at its ends, where they belong to no wider one. -#}
{%- macro _ends_of_pieces(name, by_keys) -%}
    {{ adapter.dispatch('_ends_of_pieces', 'baton')(name, by_keys) }}
{%- endmacro -%}

{%- macro default___ends_of_pieces(name, by_keys) -%}
select {{ by_keys }}, width, from_block as block, value, times
from {{ name }}_pieces
where from_block < until_block and mod(from_block, 2) = 1
union all
select {{ by_keys }}, width, until_block - 1, value, times
from {{ name }}_pieces
where from_block < until_block and mod(until_block, 2) = 1
{%- endmacro -%}

{#- In one read: Spark writes a CTE out wherever it is read. -#}
{%- macro spark___ends_of_pieces(name, by_keys) -%}
select *
from (
    select
        {{ by_keys }},
        width,
        value,
        times,
        stack(
            2,
            from_block, mod(from_block, 2) = 1,
            until_block - 1, mod(until_block, 2) = 1
        ) as (block, is_narrowest)
    from {{ name }}_pieces
    where from_block < until_block
) as ends
where is_narrowest
{%- endmacro -%}


{#- The keys and `as_of` of each moment with value and times of each block that holds its place. -#}
{%- macro _blocks_of_moments(name, keys) -%}
    {{ adapter.dispatch('_blocks_of_moments', 'baton')(name, keys) }}
{%- endmacro -%}

{%- macro default___blocks_of_moments(name, keys) -%}
select
    {{ baton.qualified(keys + ['as_of'], 'moments') | join(',\n    ') }},
    blocks.value,
    blocks.times
from {{ name }}_places as moments
cross join (select distinct width from {{ name }}_blocks) as widths
inner join {{ name }}_blocks as blocks
    on widths.width = blocks.width
    and cast(floor((moments.place - 1) / widths.width) as bigint) = blocks.block
    and {{ baton.same_keys(keys, 'moments', 'blocks') | indent(4) }}
where moments.as_of is not null
{%- endmacro -%}

{#- PostgreSQL expects one row of each side, and would join them in a loop that takes hours: so a window looks the block up. -#}
{%- macro postgres___blocks_of_moments(name, keys) -%}
    {%- set widths -%}
cross join (select distinct width from {{ name }}_blocks) as widths
    {%- endset -%}
{{ baton._looked_up_blocks(name, keys, widths) }}
{%- endmacro -%}

{#- Spark would write the blocks out for their widths too: here these are all that there can be. -#}
{%- macro spark___blocks_of_moments(name, keys) -%}
    {%- set widths -%}
inner join ({{ baton.powers_of_two(40) }}) as widths
    on width <= places
    {%- endset -%}
{{ baton._looked_up_blocks(name, keys, widths) }}
{%- endmacro -%}

{%- macro _looked_up_blocks(name, keys, widths) -%}
select *
from (
    select
        {{ keys | join(',\n        ') }},
        as_of,
        first_value(value) over block_first as value,
        first_value(times) over block_first as times
    from (
        select
            {{ keys | join(',\n            ') }},
            width,
            block,
            value,
            times,
            cast(null as timestamp) as as_of
        from {{ name }}_blocks
        union all
        select
            {{ keys | join(',\n            ') }},
            width,
            cast(floor((place - 1) / width) as bigint),
            null,
            null,
            as_of
        from {{ name }}_places
        {{ widths | indent(8) }}
        where as_of is not null
    ) as blocks_and_moments
    window block_first as (
        partition by {{ keys | join(', ') }}, width, block
        order by as_of nulls first
    )
) as moments
where
    as_of is not null
    and times is not null
{%- endmacro -%}

{#- In place of PostgreSQL's form, whose named window it does not have. -#}
{%- macro redshift___blocks_of_moments(name, keys) -%}{{ return(baton.default___blocks_of_moments(name, keys)) }}{%- endmacro -%}
