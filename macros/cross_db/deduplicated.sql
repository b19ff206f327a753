{#
    Of rows that agree in some expressions the first in an order.

    columns   {a name in the result: its expression over the rows}, or a list of columns that keep their names
    rows      what stands from `from` on
    keys      expressions in which the rows of one result agree
    order     what the order goes by
#}
{%- macro deduplicated(columns, rows, keys, order) -%}
    {{ adapter.dispatch('deduplicated', 'baton')(columns, rows, keys, order) }}
{%- endmacro -%}


{%- macro default__deduplicated(columns, rows, keys, order) -%}
select
    {{ columns | join(',\n    ') }}
from (
    select
        {%- for name in columns %}
        {{ baton.named(columns[name] if columns is mapping else name, name) }},
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
    {%- for name in columns %}
    {{ baton.named(columns[name] if columns is mapping else name, name) }}{{ ',' if not loop.last }}
    {%- endfor %}
{{ rows }}
order by {{ (keys + order) | join(', ') }}
{%- endmacro -%}
