{#
    Of rows that agree in some expressions the first in an order.

    columns   [{'sql': an expression over the rows, 'name': its name in the result}, ...]
    rows      what stands from `from` on
    keys      expressions in which the rows of one result agree
    order     what the order goes by
#}
{%- macro deduplicated(columns, rows, keys, order) -%}
    {{ adapter.dispatch('deduplicated', 'baton')(columns, rows, keys, order) }}
{%- endmacro -%}


{%- macro default__deduplicated(columns, rows, keys, order) -%}
select
    {{ columns | map(attribute='name') | join(',\n    ') }}
from (
    select
        {%- for column in columns %}
        {{ baton.named(column.sql, column.name) }},
        {%- endfor %}
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by
            {%- if order | length == 1 %} {{ order[0] | indent(12) }}
            {%- else %}
                {{ order | join(',\n') | indent(16) }}
            {%- endif %}
        ) as baton_row_rank
    {{ rows | indent }}
) as ranked
where baton_row_rank = 1
{%- endmacro -%}


{#- PostgreSQL estimates rank = 1 at no rows and nested-loops; DISTINCT ON keeps the estimate. -#}
{%- macro postgres__deduplicated(columns, rows, keys, order) -%}
select distinct on ({{ keys | join(', ') }})
    {%- for column in columns %}
    {{ baton.named(column.sql, column.name) }}{{ ',' if not loop.last }}
    {%- endfor %}
{{ rows }}
order by {{ (keys + order) | join(', ') }}
{%- endmacro -%}
