{#
    The rows of a relation with the transformers applied, by what `fit` has put down and nothing else. Rows in equal rows
    out.
-#}
{%- macro transform(relation, fitted, transformers, keep='*') -%}

    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- do baton.expect_relation(problems, 'fitted', fitted) -%}
    {%- do baton.expect_columns(
        problems, 'fitted', fitted, ['transformer', 'column_name', 'parameter', 'category', 'position', 'value_number', 'value_text']
    ) -%}
    {%- if keep != '*' -%}{%- do baton.expect_names(problems, 'keep', keep, allow_empty=true) -%}{%- endif -%}
    {%- set plan = baton._pipeline(problems, relation, transformers, fitted, keep) -%}
    {%- for meets in plan.shadowed.values() if keep == '*' and meets not in problems -%}{%- do problems.append(meets) -%}{%- endfor -%}
    {%- if not problems -%}{%- set names = baton._transformed_columns(problems, plan, relation, keep) -%}{%- endif -%}
    {%- do baton.raise_problems('transform', problems) -%}
    {%- set layers = plan.layers | list | sort -%}
    {%- set live = baton._live_columns(plan, {layers[-1]: names}) -%}
    {%- set layers = layers | reject('in', baton._idle_layers(plan, live)) | list -%}
    {%- set asking = [] -%}
    {%- for layer in layers -%}
        {%- do asking.extend(baton._units_of(plan, layer, live[layer]) | selectattr('asked') | list) -%}
    {%- endfor -%}
    {%- set state = namespace(rows='prepared') -%}

{% for unit in plan.units if unit.get('is_unread') -%}
-- {{ unit.kind }} has no columns for {{ unit.label }}, as {{ fitted }} is not built yet
{% endfor -%}
{%- if keep == '*' and not plan.columns -%}
-- {{ relation }} is not built yet: its other columns are not known
{% endif -%}
with prepared as (

    select
        {{ baton._layer_columns(plan, 0, live[0]) | join(',\n        ') }}
    from {{ baton.aliased(relation, 'data') }}

)
{%- if asking %},

{{ baton._parameters_cte('parameters', asking, fitted) | trim }}
{%- endif -%}
{%- for layer in layers if layer > 0 -%}
    {%- set name = baton._layer_name(plan, baton._units_of(plan, layer, live[layer])) %},

{{ baton._layer_ctes(plan, layer, live[layer], state.rows, name) | trim }}
    {%- set state.rows = name -%}
{%- endfor %}

select
    {{ baton.identifiers(names) | join(',\n    ') }}
from {{ state.rows }}

{%- endmacro -%}


{#- The columns of the result, in their order. -#}
{%- macro _transformed_columns(problems, plan, relation, keep) -%}
    {%- set names = [] -%}
    {%- if keep == '*' -%}
        {%- if not plan.columns and execute and (relation is string or relation.is_cte) -%}
            {%- do problems.append("relation is a CTE, whose columns are not known here: name those to keep in keep=[...]") -%}
        {%- endif -%}
        {%- for column in plan.columns or [] if not plan.states.get(column.name, {}).get('is_gone') -%}
            {%- do names.append(column.name) -%}
        {%- endfor -%}
        {%- for name in plan.new if name not in names and not plan.states[name].get('is_gone') -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for given in baton.as_list(keep) -%}
            {%- set state = baton._column_state(problems, plan, 'keep', given) -%}
            {%- if state is not none and state.name not in names -%}{%- do names.append(state.name) -%}{%- endif -%}
        {%- endfor -%}
        {%- for name in plan.made if name not in names -%}{%- do names.append(name) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro -%}

{#- Layers that make nothing that is handed on. -#}
{%- macro _idle_layers(plan, live) -%}
    {%- set idle = [] -%}
    {%- for layer in plan.layers if layer > 0 and not baton._units_of(plan, layer, live[layer]) -%}
        {%- do idle.append(layer) -%}
    {%- endfor -%}
    {{ return(idle) }}
{%- endmacro -%}
