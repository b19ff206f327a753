{#
    What transformers learn from a relation, as rows: the body of a model that `transform` then applies anywhere.

    One row for each fitted value, and one for each parameter of the call, so that a pipeline can be built again from the
    table alone. Each step is fitted on what the steps before it make of its columns. NULL, NaN and infinity are missing.
-#}
{%- macro fit(relation, transformers, where=none) -%}

    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- if where is not none -%}{%- do baton.expect_sql(problems, 'where', where) -%}{%- endif -%}
    {%- set plan = baton._pipeline(problems, relation, transformers) -%}
    {%- do baton.raise_problems('fit', problems) -%}
    {%- set stages = plan.stages.values() | sort(attribute='number') | list -%}
    {%- set read = {} -%}
    {%- for stage in stages -%}{%- do read.update({stage.number * 1000 + 999: stage.read}) -%}{%- endfor -%}
    {%- set live = baton._live_columns(plan, read) -%}
    {%- set rows = namespace(name='fit_rows') -%}

-- how the transformers were called, and what is fitted without reading a row
with configuration as (

    {{ baton._configuration_rows(plan) | trim | indent }}

)
{%- for stage in stages %}
{%- for layer in plan.layers | list | sort if layer // 1000 == stage.number and live[layer] %}
{%- set units = baton._units_of(plan, layer, live[layer]) %}
{%- if layer == 0 %},

fit_rows as (

    select
        {{ baton._layer_columns(plan, 0, live[0]) | join(',\n        ') }}
    from {{ baton.aliased(relation, 'data') }}
    {%- if where is not none %}
    where {{ baton.user_sql(where) }}
    {%- endif %}

)
{%- elif units %}
{%- set asking = units | selectattr('asked') | list %}
{%- if asking %},

{{ baton._parameters_cte(asking[0].parameters_from, asking, asking[0].fitted_from) | trim }}
{%- endif %}
{%- set name = baton._layer_name(plan, units) %},

{{ baton._layer_ctes(plan, layer, live[layer], rows.name, name) | trim }}
{%- set rows.name = name %}
{%- endif %}
{%- endfor %},

{{ baton._stage_ctes(stage, rows.name) | trim }}
{%- endfor %}

select transformer, column_name, parameter, category, position, value_number, value_text
from configuration
{%- for stage in stages %}
union all
select transformer, column_name, parameter, category, position, value_number, value_text
from {{ stage.fitted }}
{%- endfor %}

{%- endmacro -%}
