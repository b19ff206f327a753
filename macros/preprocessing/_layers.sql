{#
    The SQL of the layers: how `transform` applies what is fitted, and `fit` for its later stages.
#}

{#-
    Which columns each layer has to hand on, from the last layer to the first: {layer: names}. `read` says what is read
    where: {layer: names}, of the last layer at or below that number.
-#}
{%- macro _live_columns(plan, read) -%}
    {%- set live = {} -%}
    {%- set wanted = namespace(names=[], unread=read | list | sort(reverse=true)) -%}
    {%- for layer in plan.layers | list | sort(reverse=true) -%}
        {%- for number in wanted.unread if number >= layer -%}
            {%- set wanted.names = wanted.names + read[number] -%}
        {%- endfor -%}
        {%- set wanted.unread = wanted.unread | select('lt', layer) | list -%}
        {%- set names = baton._ordered_columns(plan, wanted.names) -%}
        {%- do live.update({layer: names}) -%}
        {%- set wanted.names = [] -%}
        {%- for name in names -%}
            {%- set entry = plan.layers[layer].get(name) -%}
            {%- set wanted.names = wanted.names + (entry.inputs if entry and layer > 0 else [name]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(live) }}
{%- endmacro -%}

{#- Each name once: the relation's columns in their order, then the others as they come. -#}
{%- macro _ordered_columns(plan, names) -%}
    {%- set ordered = [] -%}
    {%- for column in plan.columns or [] if column.name in names -%}{%- do ordered.append(column.name) -%}{%- endfor -%}
    {%- for name in names if name not in ordered -%}{%- do ordered.append(name) -%}{%- endfor -%}
    {{ return(ordered) }}
{%- endmacro -%}

{#- The units whose columns a layer makes and hands on. -#}
{%- macro _units_of(plan, layer, names) -%}
    {%- set units = {} -%}
    {%- for name in names -%}
        {%- set entry = plan.layers[layer].get(name) -%}
        {%- if entry and entry.unit is not none -%}{%- do units.update({entry.unit.id: entry.unit}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(units.values() | sort(attribute='id') | list) }}
{%- endmacro -%}

{#- The columns of a layer as a select list. -#}
{%- macro _layer_columns(plan, layer, names) -%}
    {%- set selected = [] -%}
    {%- for name in names -%}
        {%- set entry = plan.layers[layer].get(name) -%}
        {%- set sql = entry.sql if entry else baton._row_value(name) -%}
        {%- do selected.append(sql if sql == baton._row_value(name) else sql ~ ' as ' ~ baton.identifier(name)) -%}
    {%- endfor -%}
    {{ return(selected) }}
{%- endmacro -%}

{#- A name for the rows of a layer: what was done to them last. -#}
{%- macro _layer_name(plan, units) -%}
    {%- set kinds = units | map(attribute='kind') | unique | list -%}
    {{ return(baton._free_name(plan.taken, 'after_' ~ (kinds | join('_and_') if kinds | length < 3 else 'step_' ~ (units[-1].step + 1)))) }}
{%- endmacro -%}

{#-
    What a layer reads beside its rows, one CTE after the other, and the layer's select. `rows` is the CTE of the layer
    before, `name` the one to make.
-#}
{%- macro _layer_ctes(plan, layer, names, rows, name) -%}
{%- set units = baton._units_of(plan, layer, names) -%}
{%- set needs_parameters = units | map(attribute='asked') | select | list -%}
{%- for unit in units -%}
{%- for lookup in unit.lookups -%}
{{ baton['_lookup_' ~ lookup.kind](unit, lookup, rows) | trim }},

{% endfor -%}
{%- endfor -%}
{{ name }} as (

    select
        {{ baton._layer_columns(plan, layer, names) | join(',\n        ') }}
    from {{ rows }} as data
    {%- if needs_parameters %}
    cross join {{ units[0].parameters_from if layer == units[0].at }}
    {%- endif %}
    {%- for unit in units %}
    {%- for lookup in unit.lookups %}
    left join {{ lookup.name }}
        on {{ lookup.on | join('\n        and ') }}
    {%- endfor %}
    {%- endfor %}

)
{%- endmacro -%}

{#- The one row of fitted values that these units ask for. -#}
{%- macro _parameters_cte(name, units, fitted) -%}
{{ name }} as (

    select
        {%- for unit in units %}
        {%- set last_unit = loop.last %}
        {%- for asked in unit.asked %}
        max(case when transformer = {{ baton.literal(unit.name) }} and column_name = {{ baton.literal(unit.label) }} and {{ asked.where }} then {{ asked.value }} end) as {{ asked.name }}{{ ',' if not (last_unit and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from {{ fitted }}
    where category is null

)
{%- endmacro -%}


{#-
    A fitted value of a unit, as an expression in its layer.

    position   of a parameter with several values
    where      another condition on its rows
    value      the column of the fitted table: 'value_number', 'value_text', or an expression over its row
-#}
{%- macro _fitted_value(unit, parameter, position=none, value='value_number', label=none, where=none) -%}
    {%- set name = baton._free_name(unit.taken, unit.label ~ '_' ~ (label or parameter) ~ ('_' ~ position if position is not none else '')) -%}
    {%- set where = "parameter = " ~ baton.literal(parameter) ~ (" and position = " ~ position if position is not none else "")
        ~ (" and " ~ where if where else "") -%}
    {%- do unit.asked.append({'name': name, 'where': where, 'value': value}) -%}
    {{ return(unit.parameters_from ~ '.' ~ name) }}
{%- endmacro -%}

{#-
    The fitted rows of a parameter by category, joined to the rows by the column's value, so that each row meets one at
    most. Returns the name of the CTE; `columns` are its aggregates by their names, `key` a second column to join by.
-#}
{%- macro _fitted_by_category(unit, parameter, suffix, columns={'value_number': 'max(value_number)'}, where=none, key=none) -%}
    {%- set name = baton._free_name(unit.taken, unit.label ~ '_' ~ suffix) -%}
    {%- do unit.lookups.append({
        'kind': 'category',
        'name': name,
        'parameter': parameter,
        'columns': columns,
        'where': where,
        'key': key,
        'on': [baton.same_value(unit.value, name ~ '.category')] + ([key.on ~ ' = ' ~ name ~ '.' ~ key.name] if key else []),
    }) -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _lookup_category(unit, lookup, rows, by_category=true) -%}
{{ lookup.name }} as (

    select
        {%- if by_category %}
        category,
        {%- endif %}
        {%- if lookup.key %}
        {{ lookup.key.sql }} as {{ lookup.key.name }},
        {%- endif %}
        {%- for name, sql in lookup.columns.items() %}
        {{ sql }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ unit.fitted_from }}
    where
        transformer = {{ baton.literal(unit.name) }}
        and column_name = {{ baton.literal(unit.label) }}
        and parameter = {{ baton.literal(lookup.parameter) }}
        {%- if lookup.where %}
        and {{ lookup.where }}
        {%- endif %}
    group by {{ ((['category'] if by_category else []) + ([lookup.key.sql] if lookup.key else [])) | join(', ') }}

)
{%- endmacro -%}

{#- An expression that ends the query: the value is none of the known categories. -#}
{%- macro _unknown_category(unit, type) -%}
    {%- set message = baton.literal(unit.name ~ ": unknown category in column " ~ unit.label ~ ": ") ~ " || coalesce(" ~ unit.value ~ ", 'NULL')" -%}
    {{ return(baton.fail(message, type)) }}
{%- endmacro -%}

{#- A condition: the unit's value is one of these categories, of which none is NULL. -#}
{%- macro _is_one_of(unit, categories) -%}
    {%- set texts = categories | reject('none') | list -%}
    {%- set quoted = [] -%}
    {%- for text in texts -%}{%- do quoted.append(baton.literal(text)) -%}{%- endfor -%}
    {%- set conditions = [] -%}
    {%- if quoted | length == 1 -%}{%- do conditions.append(unit.value ~ ' = ' ~ quoted[0]) -%}{%- endif -%}
    {%- if quoted | length > 1 -%}{%- do conditions.append(unit.value ~ ' in (' ~ quoted | join(', ') ~ ')') -%}{%- endif -%}
    {%- if none in categories -%}{%- do conditions.append(unit.value ~ ' is null') -%}{%- endif -%}
    {{ return(conditions | join(' or ') if conditions else 'false') }}
{%- endmacro -%}
