{#
    What transformers learn from a relation, as rows: the body of a model that `transform` then applies anywhere.

    One row for each fitted value, and one for each parameter of the call, so that a pipeline can be built again from the
    table alone. Each step is fitted on what the steps before it make of its columns. NULL, NaN and infinity are missing.
-#}
{%- macro fit(relation, transformers, where=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- if where is not none -%}{%- do baton.expect_sql(problems, 'where', where) -%}{%- endif -%}
    {%- set plan = baton._pipeline(problems, relation, transformers) -%}
    {%- do baton.raise_problems('fit', problems) -%}
    {%- set layers = baton._live_layers(plan) -%}
    {%- set stages = {} -%}
    {%- for unit in plan.units if baton['_fit_' ~ unit.step.kind] is defined -%}
        {%- set suffix = baton._stage_suffix(unit.stage) -%}
        {%- if unit.step.is_fitted and unit.stage not in stages -%}
            {%- do stages.update({unit.stage: dict(
                number=unit.stage,
                suffix=suffix,
                rows=layers | selectattr('stage', 'equalto', unit.stage) | map(attribute='name') | list | last,
                used_names=plan.used_names,
                names={},
                aggregates={},
                columns_with=dict(mean={}, max_deviation={}, variance={}),
                ctes_of=dict(
                    aggregates='column_statistics' ~ suffix,
                    mean='means' ~ suffix,
                    max_deviation='max_deviations' ~ suffix,
                    variance='variances' ~ suffix,
                ),
                ctes=[],
                fitted_values=[],
                fitted_rows=[],
            )}) -%}
        {%- endif -%}
        {%- do baton['_fit_' ~ unit.step.kind](stages.get(unit.stage), unit) -%}
    {%- endfor -%}
    {%- set stages = stages.values() | sort(attribute='number') | list -%}

    {#- each parameter of each call, and the rows that follow from them -#}
    {%- set columns = 'transformer column_name parameter category position value_number value_text'.split() -%}
    {%- set rows = [] -%}
    {%- for unit in plan.units -%}
        {%- for label in unit.labels -%}
            {%- set label_literal = unit.label_literal if loop.first else baton.literal(label) -%}
            {%- set known = [
                ("'step'", unit.step.number, 'null'),
                ("'column'", unit.place + loop.index0, 'null'),
                ("'transformer'", 'null', baton.literal(unit.step.kind)),
            ] -%}
            {%- for parameter, value in unit.parameters.items() -%}
                {%- set number = (1 if value else 0) if value is boolean else value if value is number else none -%}
                {%- do known.append((baton.literal(parameter), baton.number_literal(number), baton.literal(tojson(value)))) -%}
            {%- endfor -%}
            {%- for parameter, number, text in known -%}
                {%- do rows.append([unit.name_literal, label_literal, parameter, 'null', 'null', number, text]) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do rows.extend(unit.known_rows) -%}
    {%- endfor -%}

{% call baton.ctes_run_once() -%}
-- how the transformers were called, and what follows from that without reading a row
with configuration as (

    select
        {{ baton._fitted_columns(*columns) | indent(8) }}
    from (
        {{ baton.values_rows(columns, rows) | indent(8) }}
    ) as written

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

{{ baton._layer_ctes(layer, ending=baton.run_once('where')) }}
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
{%- endcall %}

{%- endmacro -%}
