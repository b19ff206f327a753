{#
    The SQL of the layers: how `transform` applies what is fitted, and `fit` for its later stages.
-#}

{#-
    The layers in their order, each with the columns that it makes or hands on because they are read later: by a fit at the
    end of a stage, or as the result, whose columns are `names`. A layer that makes nothing is left out.
-#}
{%- macro _live_layers(plan, names=none) -%}
    {%- set reads = plan.reads if names is none else {(plan.layers | max)[0]: names} -%}
    {%- set layers, wanted = [], [] -%}
    {%- for place in plan.layers | sort(reverse=true) -%}
        {%- if loop.first or loop.previtem[0] != place[0] -%}{%- do wanted.extend(reads.get(place[0], [])) -%}{%- endif -%}
        {%- set columns, units = [], {} -%}
        {%- for name in baton._ordered_columns(plan, wanted) -%}
            {%- set made = plan.layers[place].get(name) -%}
            {%- do columns.append(made or {'sql': baton._row_value(name), 'inputs': [name]}) -%}
            {%- if made and made.unit is not none -%}{%- do units.update({made.unit.id: made.unit}) -%}{%- endif -%}
        {%- endfor -%}
        {%- do wanted.clear() -%}
        {%- for column in columns -%}{%- do wanted.extend(column.inputs) -%}{%- endfor -%}
        {%- if units or loop.last -%}
            {%- set units = units.values() | sort(attribute='id') | list -%}
            {%- do layers.insert(0, {
                'stage': place[0], 'columns': columns, 'units': units, 'asking': units | selectattr('asked') | list,
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for layer in layers -%}
        {%- do layer.update({
            'name': baton._free_name(plan.taken, 'prepared') if loop.first else baton._layer_name(plan, layer.units),
            'rows': none if loop.first else loop.previtem.name,
        }) -%}
    {%- endfor -%}
    {{ return(layers) }}
{%- endmacro -%}

{#- Each name once: the relation's columns in their order, then the others as they come. -#}
{%- macro _ordered_columns(plan, names) -%}
    {%- set ordered = [] -%}
    {%- for column in plan.columns or [] if column.name in names -%}{%- do ordered.append(column.name) -%}{%- endfor -%}
    {%- for name in names if name not in ordered -%}{%- do ordered.append(name) -%}{%- endfor -%}
    {{ return(ordered) }}
{%- endmacro -%}

{#- A name for the rows of a layer: what was done to them last. -#}
{%- macro _layer_name(plan, units) -%}
    {%- set kinds = units | map(attribute='step.kind') | unique | list -%}
    {%- set name -%}
        after_{{ kinds | join('_and_') if kinds | length < 3 else 'step_%s' | format(units[-1].step.number + 1) }}
    {%- endset -%}
    {{ return(baton._free_name(plan.taken, name)) }}
{%- endmacro -%}

{#- The columns of a layer as a select list. -#}
{%- macro _layer_columns(layer) -%}
    {%- for column in layer.columns %}
        {{ baton._named(column.sql | trim, baton.identifier(column.name)) | indent(8) if column.name else column.sql }}
        {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{#- An expression under a name, which stands on a line of its own where the line would be long. -#}
{%- macro _named(sql, name) -%}
{{ sql }}
    {%- if '\n' not in sql and sql | length + name | length > 120 %}
    as {{ name }}
    {%- elif sql != 'data.' ~ name %} as {{ name }}
    {%- endif -%}
{%- endmacro -%}

{#- What a layer reads beside its rows, one CTE after the other, and the layer's select. -#}
{%- macro _layer_ctes(layer) -%}
{%- for unit in layer.units -%}
{%- for join in unit.joins -%}
{{ baton['_joined_' ~ join.kind](unit, join, layer.rows) | trim }},

{% endfor -%}
{%- endfor -%}
{{ layer.name }} as (

    select
        {{ baton._layer_columns(layer) | trim }}
    from {{ layer.rows }} as data
    {%- if layer.asking %}
    cross join {{ layer.asking[0].parameters_cte }}
    {%- endif %}
    {%- for join in layer.units | map(attribute='joins') | sum(start=[]) %}
    left join {{ join.name }}
        on {{ join.condition | trim | indent(8) }}
    {%- endfor %}

)
{%- endmacro -%}

{#- The one row of fitted values that these units ask for. -#}
{%- macro _parameters_cte(units) -%}
{{ units[0].parameters_cte }} as (

    select
        {%- for asked in units | map(attribute='asked') | sum(start=[]) %}
        max(case when {{ asked.condition | indent(8) }}
            then {{ asked.column }} end) as {{ asked.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ units[0].fitted }}
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
    {%- set name = baton._free_name(unit.taken, [unit.label, parameter, position] | reject('none') | join('_')) -%}
    {%- set condition -%}
transformer = {{ unit.name_literal }} and column_name = {{ unit.label_literal }} and parameter = '{{ parameter }}'
        {%- if position is not none %} and position = {{ position }}{% endif -%}
        {%- if where %}
    and {{ where }}
        {%- endif -%}
    {%- endset -%}
    {%- do unit.asked.append({'name': name, 'condition': condition, 'column': column}) -%}
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
    {%- set name = baton._free_name(unit.taken, unit.label ~ '_' ~ suffix) -%}
    {%- set condition -%}
        {%- if by_category -%}{{ baton.same_value(unit.value, name ~ '.category') }}{%- endif -%}
        {%- if by_category and fold %}
and {% endif -%}
        {%- if fold -%}{{ fold }} = {{ name }}.fold{%- endif -%}
    {%- endset -%}
    {%- do unit.joins.append({
        'kind': 'fitted_rows',
        'name': name,
        'condition': condition,
        'parameter': parameter,
        'columns': columns,
        'where': where,
        'fold': fold,
        'by_category': by_category,
    }) -%}
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
