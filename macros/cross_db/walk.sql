{#
    The CTE of a walk, one of those after `with_recursive`: the row of `start` for each key, the row of `rows` that follows it, the one that
    follows that, and so on.

    walk       name, the CTE's; start, a CTE with the keys, and where, which of its rows begin (all without); rows, a CTE in which each
               key that begins has a row; keys; order, the column of rows in whose order they follow; reads, the other columns of rows
               that the next two read
    columns    beside the keys, {name: [its value at the start, its value in the next row]}; the latter is of <name>.<column>, the step
               before, and of <rows>.<column>
    follows    a condition on these two that holds, beside equal keys, for the next row alone
#}
{%- macro walk(walk, columns, follows) -%}
    {{ return(adapter.dispatch('walk', 'baton')(walk, columns, follows)) }}
{%- endmacro -%}


{%- macro default__walk(walk, columns, follows) -%}
{{ walk.name }} as (

    select
        {{ walk['keys'] | join(',\n        ') }}
        {%- for name, values in columns.items() %},
        {{ baton.named(values[0], name) }}
        {%- endfor %}
    from {{ walk.start }}
    {%- if walk.where %}
    where {{ walk.where }}
    {%- endif %}

    union all

    select
        {{ baton.qualified(walk['keys'], walk.rows) | join(',\n        ') }}
        {%- for values in columns.values() %},
        {{ values[1] | indent(8) }}
        {%- endfor %}
    from {{ walk.name }}
    inner join {{ walk.rows }}
        on {{ baton.same_keys(walk['keys'], walk.name, walk.rows) | indent(8) }}
        and {{ follows | indent(8) }}

)
{%- endmacro -%}


{#- Without recursion: the rows of a key are an array, and one pass over it adds each row that follows the last step. -#}
{%- macro spark__walk(walk, columns, follows) -%}
{{ walk.name }} as (

    select
        {{ walk['keys'] | join(',\n        ') }},
        inline(aggregate(
            {{ walk.rows }}_in_order,
            -- beside a struct of NULL, what is not NULL at the start may be so in a later step
            slice(array(
                struct({{ baton._walk_values(columns, 0) }}),
                struct({{ baton._walk_values(columns) }})
            ), 1, 1),
            (steps, {{ walk.rows }}) -> concat(steps, transform(
                filter(slice(steps, -1, 1), {{ walk.name }} -> {{ follows | indent(16) }}),
                {{ walk.name }} -> struct({{ baton._walk_values(columns, 1) }})
            ))
        ))
    from {{ walk.start }}
    inner join (
        select
            {{ walk['keys'] | join(',\n            ') }},
            array_sort(collect_list(struct({{ ([walk.order] + walk.reads) | join(', ') }}))) as {{ walk.rows }}_in_order
        from {{ walk.rows }}
        group by {{ walk['keys'] | join(', ') }}
    ) using ({{ walk['keys'] | join(', ') }})
    {%- if walk.where %}
    where {{ walk.where }}
    {%- endif %}

)
{%- endmacro -%}

{#- The values of a step, with their names: those at the start (0), those in the next row (1), or NULL. -#}
{%- macro _walk_values(columns, which=none) -%}
    {%- for name, values in columns.items() %}
                    {{ 'null' if which is none else values[which] | indent(20) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
                {% endmacro -%}
