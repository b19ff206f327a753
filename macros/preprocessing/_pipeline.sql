{#
    What happens to which column, and when.

    A transformer works column by column, or on a row of several columns: such a unit stands in a layer, and a layer is one
    select. A layer's place is (stage, number). Layer (0, 0) reads the relation; a unit without a fit comes one layer after
    the columns that it reads. `fit` fits all units of a stage on the rows of its last layer, and the first layer of the next
    stage applies them: a unit is fitted again only on what an earlier fitted unit has made.

    plan.layers     {place: {name: column}}, the columns that each layer makes
    plan.states     {name: column}, each column as the steps so far have left it
    plan.reads      {stage: names}, the columns that are fitted on at the end of the stage
    plan.made       names that steps have made, in the order of their last making; `plan.new` those new to the relation
    plan.shadowed   {name: problem}, columns of the relation whose name a unit gives to one that it makes: that is wrong where
                    such a column is read after that, or kept
    plan.used_names      names that no further CTE may have

    A column is {'name', 'place', 'sql', 'kind', 'inputs' (the columns it reads), 'unit'}; {'name', 'replaced_by'} when it is gone.
-#}
{%- macro _pipeline(problems, relation, transformers, fitted=none, fitted_columns=none, keep=none) -%}
    {%- set plan = dict(
        columns=baton.columns_of(relation),
        fitted=fitted,
        layers={},
        states={},
        reads={},
        units=[],
        made=[],
        new=[],
        shadowed={},
        used_names=[
            relation | string, fitted | string, 'configuration', 'input', 'fitted', 'parameters', 'column_statistics',
            'factors', 'sums', 'means', 'max_deviations', 'relative_deviations', 'variances',
        ],
    ) -%}
    {%- set steps = baton._pipeline_steps(problems, transformers) -%}
    {%- if problems -%}
        {%- do baton._expect_columns_of_steps(problems, plan, transformers, keep) -%}
        {{ return(plan) }}
    {%- endif -%}
    {%- set known = {} if fitted is none else baton._read_fitted_table(problems, fitted, fitted_columns, steps) -%}

    {%- for step in steps -%}
        {%- set made, late, touched = [], [], [] -%}
        {%- for columns in ([step.columns] if step.by_row else step.columns | batch(1)) -%}
            {%- set unit = baton._pipeline_unit(problems, plan, step, columns, loop.index0) -%}
            {%- if unit is not none -%}
                {%- do unit.update(known=known.get(step.name, {}).get(unit.label)) -%}
                {%- for output in baton._unit_outputs(problems, plan, unit) -%}
                    {%- do (late if output.get('is_late') else made).append(output.name) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name in step.columns -%}{%- do touched.append(baton._column_name(plan, name)) -%}{%- endfor -%}
        {%- do plan.update(made=plan.made | reject('in', touched) | list + made + late) -%}
        {%- do plan.new.extend((made + late) | reject('in', plan.new) | list) -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro -%}


{#-
    One application of a step, or none where a column is not there. Its columns by name (`columns`), as the call has them
    (`labels`) and as expressions (`sqls`); `column`, `label` and `value` are the first.
-#}
{%- macro _pipeline_unit(problems, plan, step, given, place) -%}
    {%- set columns = [] -%}
    {%- for name in given -%}
        {%- set column = baton._pipeline_column(problems, plan, step.argument ~ '.columns', name) -%}
        {%- if column is not none -%}{%- do columns.append(column) -%}{%- endif -%}
    {%- endfor -%}
    {%- if columns | length < given | length -%}{{ return(none) }}{%- endif -%}

    {%- set kind = columns[0].get('category_of') or columns[0].kind -%}
    {%- set labels, values, parameters = [], [], dict(step.parameters) -%}
    {%- if 'categories' in parameters -%}
        {%- do parameters.update(categories=baton._own_parameter(step, 'categories', place)) -%}
    {%- endif -%}
    {%- for name in given -%}{%- do labels.append(baton.unquoted(name)) -%}{%- endfor -%}
    {%- for column in columns -%}
        {%- do baton._convert_column(problems, plan, step, column) -%}
        {%- do values.append(baton._row_value(column.name)) -%}
    {%- endfor -%}
    {%- set stage, layer = columns | map(attribute='place') | max -%}
    {%- set suffix = baton._stage_suffix(stage) if plan.fitted is none else '' -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set unit = dict(
        id=plan.units | length,
        step=step,
        place=place,
        parameters=parameters,
        labels=labels,
        label=labels[0],
        label_literal=baton.literal(labels[0]),
        name_literal=baton.literal(step.name),
        columns=names,
        column=names[0],
        sqls=values,
        value=values[0],
        kind=kind,
        type=baton._type_of(plan, names[0]),
        stage=stage,
        layer=(stage + 1, 0) if step.is_fitted else (stage, layer + 1),
        inputs=names | list,
        extra_reads={},
        fitted='fitted' ~ suffix if plan.fitted is none else plan.fitted | string,
        parameters_cte='parameters' ~ suffix,
        fitted_reads=[],
        joins=[],
        known_rows=[],
        used_names=plan.used_names,
    ) -%}
    {%- do plan.units.append(unit) -%}
    {%- if step.is_fitted -%}{%- do plan.reads.setdefault(stage, []).extend(names) -%}{%- endif -%}
    {%- if step.has_extra_reads -%}
        {#- other columns are read from the relation as it is: `own_fold` to apply the step, else to fit it -#}
        {%- for key, sql in baton['_extra_reads_' ~ step.kind](problems, plan, step).items() -%}
            {%- set column = baton._add_column(plan, (0, 0), 'baton_%s_%s' | format(key, step.number + 1), sql, 'internal') -%}
            {%- do unit.extra_reads.update({key: baton._row_value(column.name)}) -%}
            {%- do (unit.inputs if key == 'own_fold' else plan.reads[stage]).append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(unit) }}
{%- endmacro -%}

{#- A parameter as it is for one of the step's columns. -#}
{%- macro _own_parameter(step, parameter, place) -%}
    {%- set value = step.parameters[parameter] -%}
    {{ return(value[place] if parameter == 'categories' and value != 'auto' else value) }}
{%- endmacro -%}


{#-
    The columns that a unit makes, put into its layer: [{'name', 'sql'}, ...], with 'kind' where it is not what the step `makes`. A
    transformer that gives an expression alone puts it in the place of the column.
-#}
{%- macro _unit_outputs(problems, plan, unit) -%}
    {%- set step = unit.step -%}
    {%- do unit.update(is_unread=baton._makes_columns_by_value(step) and not unit.known) -%}
    {%- set outputs = [] if unit.is_unread else baton['_apply_' ~ step.kind](unit) -%}
    {%- if outputs is string -%}
        {%- set outputs = [dict(name=unit.column, sql=outputs | trim)] -%}
    {%- endif -%}
    {%- for name in unit.columns -%}
        {%- do plan.states.update({name: dict(name=name, replaced_by=step.kind)}) -%}
    {%- endfor -%}
    {%- set used_names = [] -%}
    {%- for output in outputs -%}
        {%- set is_used = baton.comparison_name(output.name) in used_names -%}
        {%- set name = baton.stored_name('%s_%s' | format(output.name, local_md5(output.name)[:8]) if is_used else output.name) -%}
        {%- do used_names.append(baton.comparison_name(name)) -%}
        {%- do output.update(name=name) -%}
        {%- set problem = "%s: %s makes a column '%s' from '%s', but that name already exists"
            | format(step.argument, step.kind, name, unit.label) -%}
        {%- set before = plan.states.get(name) -%}
        {%- if before and not before.get('replaced_by') -%}
            {%- do problems.append(problem) -%}
        {%- elif not before and plan.columns and baton.find_column(plan.columns, name) -%}
            {%- do plan.shadowed.update({name: problem}) -%}
        {%- endif -%}
        {%- do plan.states.update({name: baton._add_column(plan, unit.layer, name, output.sql, output.get('kind', step.makes), unit.inputs, unit)}) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
