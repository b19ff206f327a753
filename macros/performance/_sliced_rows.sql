{#- The rows of a CTE once for each slice that they are in, with the columns of a cell before those that are named. -#}
{%- macro _sliced_rows(call, columns, rows='labelled') -%}
{%- for slice in call.slices %}
select
    model_name,
    model_version,
    period_start,
    {{ slice.name }} as segment_name,
    {{ slice.value | indent }} as segment_value,
    {{ columns | join(',\n    ') }}
from {{ rows }}
{%- if not loop.last %}

union all
{% endif -%}
{%- endfor -%}
{%- endmacro -%}
