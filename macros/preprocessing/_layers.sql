{#
    The SQL of the layers: how `transform` applies what is fitted, and `fit` for its later stages.
-#}

{#-
    The layers in their order, each with the columns it computes or passes on, as far as a later layer needs them. What is
    needed in the end is what a fit reads after the last layer of its stage, or the result's columns `names`. A layer that
    computes nothing is left out.
-#}
{%- macro _live_layers(plan, names=none) -%}
    {%- set reads_after = plan.reads if names is none else {(plan.layers | max)[0]: names} -%}
    {%- set layers, needed = [], namespace(names=[]) -%}
    {#- from the last layer to the first, as a layer's columns depend on what the later ones read -#}
    {%- for stage, number in plan.layers | sort(reverse=true) -%}
        {%- set ends_stage = loop.first or loop.previtem[0] != stage -%}
        {%- set names_needed = needed.names + (reads_after.get(stage, []) if ends_stage else []) -%}
        {%- set columns, units = [], {} -%}
        {#- each name once: the relation's columns in their order, then the others as they come -#}
        {%- set own_names = (plan.columns or []) | map(attribute='name') | select('in', names_needed) | list -%}
        {%- for name in (own_names + names_needed) | unique(case_sensitive=true) -%}
            {%- set computed = plan.layers[(stage, number)].get(name) -%}
            {%- do columns.append(computed or dict(sql=baton._row_value(name), inputs=[name])) -%}
            {%- if computed and computed.unit is not none -%}{%- do units.update({computed.unit.id: computed.unit}) -%}{%- endif -%}
        {%- endfor -%}
        {%- set needed.names = columns | map(attribute='inputs') | sum(start=[]) -%}
        {%- if units or loop.last -%}
            {%- do layers.append(dict(
                stage=stage, number=number, columns=columns, units=units.values() | sort(attribute='id') | list,
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for layer in layers | reverse -%}
        {%- set kinds = layer.units | map(attribute='step.kind') | unique | list -%}
        {#- named after what was done last; the first layer of a later stage applies the fit before -#}
        {%- set name -%}
            {%- if loop.first -%} prepared
            {%- elif layer.number == 0 -%} after_fit{{ baton._stage_suffix(layer.stage - 1) }}
            {%- else -%} after_{{ kinds[:2] | join('_and_') }}{{ '_and_more' if kinds | length > 2 }}
            {%- endif -%}
        {%- endset -%}
        {%- do layer.update(
            name=baton._free_name(plan.used_names, name), kinds=kinds,
            rows=none if loop.first else loop.previtem.name,
            fitted_reads=layer.units | map(attribute='fitted_reads') | sum(start=[]),
        ) -%}
    {%- endfor -%}
    {{ return(layers | reverse | list) }}
{%- endmacro -%}

{#- The columns of a layer as a select list. -#}
{%- macro _layer_columns(layer) -%}
    {%- for column in layer.columns -%}
{{ baton._column_as(column.sql | trim, baton.identifier(column.name)) | indent(8) if column.name else column.sql }}
        {{- ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- An expression under a name, which is left out where it is the column's own, and on the next line where the line would be long. -#}
{%- macro _column_as(sql, name) -%}
{{ sql }}
    {%- if '\n' not in sql and sql | length + name | length > 120 %}
    as {{ name }}
    {%- elif sql not in [name, 'input.' ~ name] %} as {{ name }}
    {%- endif -%}
{%- endmacro -%}

{#-
    The CTEs that are joined to a layer's rows, and the layer's select under the transformers that it applies. `ending` is what stands
    at the end of the select.
-#}
{%- macro _layer_ctes(layer, ending='') -%}
{%- for unit in layer.units -%}
{%- for join in unit.joins -%}
{{ baton['_joined_' ~ join.kind](unit, join, layer.rows) | trim }},

{% endfor -%}
{%- endfor -%}
{%- if layer.number == 0 or layer.kinds | length > 2 -%}
-- {{ layer.kinds | join(', ') }}
{% endif -%}
{{ layer.name }} as (

    select
        {{ baton._layer_columns(layer) }}
    from {{ layer.rows }} as input
    {%- if layer.fitted_reads %}
    cross join {{ layer.units[0].parameters_cte }}
    {%- endif %}
    {%- for join in layer.units | map(attribute='joins') | sum(start=[]) %}
    left join {{ join.name }}
        on {{ join.condition | trim | indent(8) }}
    {%- endfor %}{{ ending }}

)
{%- endmacro -%}

{#- The one row of fitted values that these layers read; values by category are joined instead. -#}
{%- macro _parameters_cte(layers) -%}
{%- set unit = layers[-1].units[0] -%}
-- single values of the fit; those of a category are joined by it
{{ unit.parameters_cte }} as (

    select
        {%- for read in layers | map(attribute='fitted_reads') | sum(start=[]) %}
        {{ baton.max_where(read.column, read.condition) | indent(8) }} as {{ read.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ unit.fitted }}
    where category is null

)
{%- endmacro -%}


{#-
    A fitted value of a unit, as an expression in its layer.

    position   of a parameter with several values
    column     of the fitted table: value_number, value_text or position
    where      another condition on its rows
-#}
{%- macro _fitted_value(unit, parameter, position=none, column='value_number', where=none) -%}
    {%- set name = baton._free_name(unit.used_names, [unit.label, parameter, position] | reject('none') | join('_')) -%}
    {%- set condition -%}
transformer = {{ unit.name_literal }} and column_name = {{ unit.label_literal }} and parameter = '{{ parameter }}'
        {%- if position is not none %} and position = {{ position }}{% endif -%}
        {%- if where %}
    and {{ where }}
        {%- endif -%}
    {%- endset -%}
    {%- do unit.fitted_reads.append(dict(name=name, condition=condition, column=column)) -%}
{{ unit.parameters_cte }}.{{ name }}
{%- endmacro -%}


{#-
    The fitted rows of a parameter by category, joined to the rows by the column's value, so that each row meets one at
    most. Returns the name of the CTE.

    columns       its aggregates of fitted rows by their names
    where         another condition on the fitted rows
    fold          the fold of a row, where each fold has fitted rows of its own
    by_category   false where they have no category
-#}
{%- macro _fitted_by_category(unit, parameter, suffix, columns, where=none, fold=none, by_category=true) -%}
    {%- set name = baton._free_name(unit.used_names, unit.label ~ '_' ~ suffix) -%}
    {%- set condition -%}
        {%- if by_category -%}{{ baton.same_value(unit.value, name ~ '.category') }}{%- endif -%}
        {%- if by_category and fold %}
and {% endif -%}
        {%- if fold -%}{{ fold }} = {{ name }}.fold{%- endif -%}
    {%- endset -%}
    {%- do unit.joins.append(dict(
        kind='fitted_rows',
        name=name,
        condition=condition,
        parameter=parameter,
        columns=columns,
        where=where,
        fold=fold,
        by_category=by_category,
    )) -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _joined_fitted_rows(unit, join, rows) -%}
{{ join.name }} as (

    select
        {%- if join.by_category %}
        category,
        {%- endif %}
        {%- if join.fold %}
        coalesce(position, -1) as fold,
        {%- endif %}
        {%- for name, sql in join.columns.items() %}
        {{ sql }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ unit.fitted }}
    where
        transformer = {{ unit.name_literal }}
        and column_name = {{ unit.label_literal }}
        and parameter = '{{ join.parameter }}'
        {%- if join.where %}
        and {{ join.where }}
        {%- endif %}
    group by
        {%- if join.by_category %} category{% endif %}
        {{- ',' if join.by_category and join.fold }}
        {%- if join.fold %} coalesce(position, -1){% endif %}

)
{%- endmacro -%}
