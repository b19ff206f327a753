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
    {%- set layers = baton._live_layers(plan) -%}
    {%- set stages = baton._fit_stages(plan, layers) -%}

-- how the transformers were called, and what follows from that without reading a row
with configuration as (

    {{ baton._configuration_rows(plan) | indent }}

)
{%- if stages %},

{{ layers[0].name }} as (

    select
        {{ baton._layer_columns(layers[0]) }}
    from {{ baton.aliased(relation, 'input') }}
    {%- if where is not none %}
    where {{ baton.user_sql(where) }}
    {%- endif %}

)
{%- endif %}
{%- for stage in stages %}
{%- for layer in layers[1:] if layer.stage == stage.number %}
{%- if layer.fitted_reads %},

{{ baton._parameters_cte([layer]) }}
{%- endif %},

{{ baton._layer_ctes(layer) }}
{%- endfor %},

{{ baton._stage_ctes(stage) }}
{%- endfor %}

select transformer, column_name, parameter, category, position, value_number, value_text
from configuration
{%- for stage in stages %}
union all
select transformer, column_name, parameter, category, position, value_number, value_text
from fitted{{ stage.suffix }}
{%- endfor %}

{%- endmacro -%}
