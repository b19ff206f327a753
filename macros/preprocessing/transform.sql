{#
    The rows of a relation with the transformers applied, from what `fit` has written and nothing else. Rows in equal rows
    out.
-#}
{%- macro transform(relation, fitted, transformers, keep='*') -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- do baton.expect_relation(problems, 'fitted', fitted) -%}
    {%- set fitted_columns = baton.expect_columns(
        problems, 'fitted', fitted, 'transformer column_name parameter category position value_number value_text'.split()
    ) -%}
    {%- if keep != '*' -%}{%- do baton.expect_names(problems, 'keep', keep, allow_empty=true) -%}{%- endif -%}
    {%- set plan = baton._pipeline(problems, relation, transformers, fitted, fitted_columns, keep) -%}
    {%- if keep == '*' -%}
        {%- do problems.extend(plan.shadowed.values() | reject('in', problems) | unique(case_sensitive=true) | list) -%}
    {%- endif -%}
    {#- the columns of the result, in their order -#}
    {%- if not problems -%}
        {%- set names = [] -%}
        {%- if keep == '*' -%}
            {%- if not plan.columns and (relation is string or relation.is_cte) -%}
                {%- do problems.append("relation is a CTE, whose columns are not known here: name those to keep in keep=[...]") -%}
            {%- endif -%}
            {%- set all_names = ((plan.columns or []) | map(attribute='name') | list + plan.new) | unique(case_sensitive=true) -%}
            {%- for name in all_names if not plan.states.get(name, {}).get('replaced_by') -%}{%- do names.append(name) -%}{%- endfor -%}
        {%- else -%}
            {%- for given in baton.as_list(keep) -%}
                {%- set column = baton._pipeline_column(problems, plan, 'keep', given) -%}
                {%- if column is not none and column.name not in names -%}{%- do names.append(column.name) -%}{%- endif -%}
            {%- endfor -%}
            {%- for name in plan.made if name not in names -%}{%- do names.append(name) -%}{%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.raise_problems('transform', problems) -%}
    {%- set layers = baton._live_layers(plan, names) -%}

{% for unit in plan.units if unit.is_unread -%}
-- {{ unit.step.kind }} has no columns for {{ unit.label }}, as {{ fitted }} is not built yet
{% endfor -%}
{%- if keep == '*' and not plan.columns -%}
-- {{ relation }} is not built yet: its other columns are not known
{% endif -%}
with {{ layers[0].name }} as (

    select
        {{ baton._layer_columns(layers[0]) }}
    from {{ baton.aliased(relation, 'input') }}

)
{%- if layers | map(attribute='fitted_reads') | sum(start=[]) %},

{{ baton._parameters_cte(layers) }}
{%- endif %}
{%- for layer in layers[1:] %},

{{ baton._layer_ctes(layer) }}
{%- endfor %}

select
    {{ baton.identifiers(names) | join(',\n    ') }}
from {{ layers[-1].name }}

{%- endmacro -%}
