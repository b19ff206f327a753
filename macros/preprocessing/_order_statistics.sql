{#
    Quantiles at positions that depend on how many values there are, by numpy's arithmetic to the last bit: whether a
    value equals a bin's edge depends on it. Returns the name of a CTE with `position` and `quantile`.

    places     a select of `position`, `n` (how many values there are) and `place`: where the quantile stands among them,
               sorted, from 0, as a double
    averages   whether a place between two values means both alike, and one on a value means it and the next
-#}
{%- macro _order_statistics(stage, unit, places, averages=false) -%}
    {%- set sorted_sql -%}
select {{ unit.value }} as value, row_number() over (order by {{ unit.value }}) - 1 as place
from {{ stage.rows }} as input
where {{ unit.value }} is not null
    {%- endset -%}
    {%- set sorted = baton._add_cte(stage, unit, 'sorted', sorted_sql) -%}
    {#- with exponents: without them the share would be a decimal, and its product with the values of a decimal column as well -#}
    {%- set halves = 'case when place = floor(place) then 0.5e0 else 1e0 end' -%}
    {%- set quantiles_sql -%}
-- between two values in numpy's order of operations: from the nearer one
select
    position,
    case
        when share >= 0.5 then above.value - {{ baton.product('(above.value - below.value)', '(1 - share)') | indent(8) }}
        else below.value + {{ baton.product('(above.value - below.value)', 'share') | indent(8) }}
    end as quantile
from (
    select
        position,
        cast(least(greatest(floor(place), 0), n - 1) as bigint) as place_below,
        cast(least(greatest(floor(place) + 1, 0), n - 1) as bigint) as place_above,
        {{ halves if averages else 'place - floor(place)' }} as share
    from (
        {{ places | trim | indent(8) }}
    ) as wanted
) as places
left join {{ sorted }} as below
    on places.place_below = below.place
left join {{ sorted }} as above
    on places.place_above = above.place
    {%- endset -%}
    {{ return(baton._add_cte(stage, unit, 'quantiles', quantiles_sql)) }}
{%- endmacro -%}
