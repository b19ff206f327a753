{#
    What happens to which column, and when.

    A transformer works column by column (or on a row of several columns): such a unit stands in a layer, and a layer is
    one select. `layers` maps a number to the columns that the layer makes. Layer 0 reads the relation; from 1000 on the
    columns of the first fitting are applied, from 2000 those of the second: a unit is fitted again only on what an
    earlier fitted unit has made.

    Columns are kept as states: {'name', 'at' (its layer), 'made' (the entry of that layer), 'is_gone'}. `shadowed` are those of
    the relation whose name a unit gives to a column that it makes: that is wrong where one of them is read after that, or kept.
    An entry: {'name', 'sql', 'kind', 'inputs' (the columns it reads), 'unit'}.
    Kinds: 'number' (a double without NaN), 'double', 'integer', 'decimal', 'boolean', 'text', 'other', 'unknown'.
#}
{%- macro _pipeline(problems, relation, transformers, fitted=none, keep=none) -%}
    {%- set is_fit = fitted is none -%}
    {%- set columns = baton.columns_of(relation) -%}
    {%- set plan = {
        'columns': columns,
        'states': {},
        'layers': {},
        'units': [],
        'made': [],
        'new': [],
        'shadowed': {},
        'taken': [relation | string, fitted | string, 'fit_rows', 'prepared', 'configuration', 'data', 'fitted', 'parameters',
                  'ranges', 'sums', 'means', 'reaches', 'distances', 'variances'],
        'literals': [],
        'stages': {},
    } -%}
    {%- set steps = baton._pipeline_steps(problems, transformers) -%}
    {%- if problems -%}
        {%- do baton._expect_columns_of_steps(problems, plan, transformers, keep) -%}
        {{ return(plan) }}
    {%- endif -%}
    {%- set known = {} if is_fit else baton._read_fitted_table(problems, fitted, steps) -%}

    {%- for step in steps -%}
        {%- set made = [] -%}
        {%- set late = [] -%}
        {%- set groups = [step.columns] if step.by_row else step.columns | batch(1) -%}
        {%- for group in groups -%}
            {%- set unit = baton._pipeline_unit(problems, plan, step, group, loop.index0, is_fit, fitted) -%}
            {%- if unit is not none -%}
                {%- do unit.update({'known': known.get(step.name, {}).get(unit.label)}) -%}
                {%- set outputs = baton['_apply_' ~ step.kind](unit) -%}
                {%- do baton._add_unit_outputs(problems, plan, unit, outputs) -%}
                {%- do plan.units.append(unit) -%}
                {%- for output in outputs -%}
                    {%- do (late if output.get('is_late') else made).append(output.name) -%}
                {%- endfor -%}
                {%- if is_fit and baton['_fit_' ~ step.kind] is defined -%}
                    {%- do baton['_fit_' ~ step.kind](baton._fit_stage(plan, unit), unit) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set touched = [] -%}
        {%- for name in step.columns -%}{%- do touched.append(baton._column_name(plan, name)) -%}{%- endfor -%}
        {%- do plan.update({'made': plan.made | reject('in', touched) | list + made + late}) -%}
        {%- for name in made + late if name not in plan.new -%}{%- do plan.new.append(name) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(plan) }}
{%- endmacro -%}


{#- A column's name as the relation writes it, or as it was given. -#}
{%- macro _column_name(plan, name) -%}
    {%- set plain = baton.unquoted(name) -%}
    {%- if plain in plan.states -%}{{ return(plain) }}{%- endif -%}
    {%- set found = baton.find_column(plan.columns, name) if plan.columns else none -%}
    {{ return(found.name if found else plain) }}
{%- endmacro -%}

{#-
    Columns that no step can mean, where other faults keep the steps from being followed: not of the relation, and not named
    after a column of an earlier step as those are that a step makes.
-#}
{%- macro _expect_columns_of_steps(problems, plan, transformers, keep) -%}
    {%- set earlier = [] -%}
    {%- set wanted = [] -%}
    {%- for given in (transformers if baton.is_list(transformers) else []) if baton.is_mapping(given) -%}
        {%- do wanted.append(('transformers[' ~ loop.index0 ~ '].columns', baton.names_in(given.get('columns')))) -%}
    {%- endfor -%}
    {%- do wanted.append(('keep', baton.names_in(keep) if keep != '*' else [])) -%}
    {%- for argument, names in wanted if plan.columns -%}
        {%- for name in names if not baton.find_column(plan.columns, name) -%}
            {%- set named_after = [] -%}
            {%- for column in earlier if column in baton.unquoted(name) | lower -%}{%- do named_after.append(column) -%}{%- endfor -%}
            {%- if not named_after -%}{%- do problems.append(baton._is_no_column(argument, name, plan)) -%}{%- endif -%}
        {%- endfor -%}
        {%- for name in names -%}{%- do earlier.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro _is_no_column(argument, name, plan) -%}
    {{ return(
        argument ~ " names " ~ baton._repr(name) ~ ", which is no column of the relation ("
        ~ baton.nearest_names([name], plan.columns | map(attribute='name') | list)
        ~ ") and none that an earlier step makes under a name known from the call"
    ) }}
{%- endmacro -%}

{#- The state of a column, made known from the relation where no step has touched it; none where there is no such column. -#}
{%- macro _column_state(problems, plan, argument, name) -%}
    {%- set key = baton._column_name(plan, name) -%}
    {%- if key in plan.shadowed and plan.shadowed[key] not in problems -%}{%- do problems.append(plan.shadowed[key]) -%}{%- endif -%}
    {%- if key not in plan.states -%}
        {%- if plan.columns and not baton.find_column(plan.columns, key) -%}
            {%- do problems.append(baton._is_no_column(argument, name, plan)) -%}
            {{ return(none) }}
        {%- endif -%}
        {%- do plan.states.update({key: {'name': key, 'at': 0, 'made': baton._layer_entry(plan, 0, key, baton._row_value(key), baton._raw_kind(plan.columns, key))}}) -%}
    {%- endif -%}
    {%- set state = plan.states[key] -%}
    {%- if state.get('is_gone') -%}
        {%- do problems.append(argument ~ " names " ~ baton._repr(name) ~ ", which " ~ state.is_gone ~ " has replaced by other columns") -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(state) }}
{%- endmacro -%}

{#- A column that a layer makes. -#}
{%- macro _layer_entry(plan, layer, name, sql, kind, inputs=[], unit=none) -%}
    {%- set entry = {'name': name, 'sql': sql, 'kind': kind, 'inputs': inputs, 'unit': unit} -%}
    {%- if layer not in plan.layers -%}{%- do plan.layers.update({layer: {}}) -%}{%- endif -%}
    {%- do plan.layers[layer].update({name: entry}) -%}
    {{ return(entry) }}
{%- endmacro -%}

{#- One application of a step, with its columns ready to be read as `unit.values`; none where a column is not there. -#}
{%- macro _pipeline_unit(problems, plan, step, group, place, is_fit, fitted) -%}
    {%- set states = [] -%}
    {%- for name in group -%}
        {%- set state = baton._column_state(problems, plan, step.argument ~ '.columns', name) -%}
        {%- if state is not none -%}{%- do states.append(state) -%}{%- endif -%}
    {%- endfor -%}
    {%- if states | length < group | length -%}{{ return(none) }}{%- endif -%}

    {%- set kinds = [] -%}
    {%- for state in states -%}
        {%- do kinds.append(state.made.get('category_of') or state.made.kind) -%}
        {%- do baton._convert_column(problems, step.argument ~ ': ' ~ step.kind, plan, state, step.reads) -%}
    {%- endfor -%}
    {%- set read_at = states | map(attribute='at') | max -%}
    {%- set stage = read_at // 1000 -%}
    {%- set names = states | map(attribute='name') | list -%}
    {%- set columns = [] -%}
    {%- for name in names -%}{%- do columns.append(baton._row_value(name)) -%}{%- endfor -%}
    {%- set labels = [] -%}
    {%- for name in group -%}{%- do labels.append(baton.unquoted(name)) -%}{%- endfor -%}
    {%- set own = {} -%}
    {%- for parameter in step.parameters -%}{%- do own.update({parameter: baton._own_parameter(step, parameter, place)}) -%}{%- endfor -%}
    {%- set unit = {
        'id': plan.units | length,
        'kind': step.kind,
        'name': step.name,
        'step': step.number,
        'argument': step.argument,
        'place': place,
        'is_fitted': step.is_fitted,
        'is_fit': is_fit,
        'labels': labels,
        'label': labels[0],
        'columns': names,
        'sqls': columns,
        'value': columns[0],
        'kind_of_value': kinds[0],
        'type_of_value': baton._type_of(plan, names[0]),
        'parameters': own,
        'stage': stage,
        'at': (stage + 1) * 1000 if step.is_fitted else read_at + 1,
        'taken': plan.taken,
        'parameters_from': ('parameters' ~ ('_' ~ (stage + 1) if stage else '')) if is_fit else 'parameters',
        'fitted_from': ('fitted' ~ ('_' ~ (stage + 1) if stage else '')) if is_fit else fitted | string,
        'asked': [],
        'lookups': [],
        'beside': {},
        'inputs': names | list,
        'fit_inputs': names | list,
    } -%}
    {%- if step.reads_beside -%}
        {#- what a step reads beside its columns is read from the relation as it is -#}
        {%- for key, sql in baton['_beside_' ~ step.kind](problems, plan, step, is_fit).items() -%}
            {%- set name = 'baton_' ~ key ~ '_' ~ (step.number + 1) -%}
            {%- do baton._layer_entry(plan, 0, name, sql, 'internal') -%}
            {%- do unit.beside.update({key: baton._row_value(name)}) -%}
            {%- do (unit.inputs if key == 'own_fold' else unit.fit_inputs).append(name) -%}
        {%- endfor -%}
        {%- do unit.update({'target_kind': step.get('target_kind')}) -%}
    {%- endif -%}
    {{ return(unit) }}
{%- endmacro -%}

{#- A parameter as it is for one of the step's columns. -#}
{%- macro _own_parameter(step, parameter, place) -%}
    {%- set value = step.parameters[parameter] -%}
    {{ return(value[place] if parameter == 'categories' and value != 'auto' else value) }}
{%- endmacro -%}

{#- Put the columns that a unit makes into its layer. -#}
{%- macro _add_unit_outputs(problems, plan, unit, outputs) -%}
    {%- for name in unit.columns -%}
        {%- do plan.states.update({name: {'name': name, 'at': unit.at, 'is_gone': unit.kind}}) -%}
    {%- endfor -%}
    {%- set folded = [] -%}
    {%- for output in outputs -%}
        {%- if baton.comparison_name(output.name) in folded -%}
            {%- do output.update({'name': output.name ~ '_' ~ local_md5(output.name)[:8]}) -%}
        {%- endif -%}
        {%- do output.update({'name': baton.stored_name(output.name)}) -%}
        {%- do folded.append(baton.comparison_name(output.name)) -%}
        {%- set name = output.name -%}
        {%- set state = plan.states.get(name) -%}
        {%- set meets -%}
            {{ unit.argument }}: {{ unit.kind }} makes a column '{{ name }}' of '{{ unit.label }}', but there is one of that name already
        {%- endset -%}
        {%- if state and not state.get('is_gone') -%}
            {%- do problems.append(meets) -%}
        {%- elif not state and plan.columns and baton.find_column(plan.columns, name) -%}
            {%- do plan.shadowed.update({name: meets}) -%}
        {%- endif -%}
        {%- set made = baton._layer_entry(plan, unit.at, name, output.sql, output.kind, unit.inputs, unit) -%}
        {%- do plan.states.update({name: {'name': name, 'at': unit.at, 'made': made}}) -%}
    {%- endfor -%}
{%- endmacro -%}


{#- A column of the rows that a layer reads. -#}
{%- macro _row_value(name) -%}
    {{ return('data.' ~ baton.identifier(name)) }}
{%- endmacro -%}

{%- macro _raw_kind(columns, name) -%}
    {%- set kind = baton.number_kind(columns, name) -%}
    {%- if kind != 'other' -%}{{ return(kind) }}{%- endif -%}
    {%- set type = baton.find_column(columns, name).dtype | lower -%}
    {%- if type == '"null"' -%}{{ return('unknown') }}{%- endif -%}
    {%- if type.startswith('bool') -%}{{ return('boolean') }}{%- endif -%}
    {{ return('text' if modules.re.match('varchar|string|text|character varying|nvarchar', type) else 'other') }}
{%- endmacro -%}

{#- A raw column as a double, NULL where it is missing. -#}
{%- macro _raw_number(columns, name, kind) -%}
    {%- set sql = baton._row_value(name) -%}
    {%- set double = baton.type_double() -%}
    {%- if kind == 'boolean' -%}
        {{ return('cast(cast(' ~ sql ~ ' as integer) as ' ~ double ~ ')') }}
    {%- elif kind == 'decimal' -%}
        {{ return('cast(' ~ baton.finite_decimal(sql) ~ ' as ' ~ double ~ ')') }}
    {%- elif kind == 'double' and baton.find_column(columns, name).dtype | lower in ['double', 'double precision', 'float8', 'float64'] -%}
        {{ return(baton.finite(sql)) }}
    {%- elif kind in ['double', 'unknown'] -%}
        {{ return(baton.finite('cast(' ~ sql ~ ' as ' ~ double ~ ')')) }}
    {%- endif -%}
    {{ return('cast(' ~ sql ~ ' as ' ~ double ~ ')') }}
{%- endmacro -%}

{#- A raw column as the text of a category. -#}
{%- macro _raw_category(columns, name, kind) -%}
    {{ return(baton._row_value(name) if kind == 'text' else baton.category_text(baton.identifier(name), columns, 'data')) }}
{%- endmacro -%}


{#- Let the layer that makes a column make it as what the next step reads: a number, a category, a value or a moment. -#}
{%- macro _convert_column(problems, who, plan, state, reads) -%}
    {%- set made = state.made -%}
    {%- set kind = made.kind -%}
    {%- set is_raw = made.unit is none -%}
    {%- if kind == reads or reads == 'value' and not (is_raw and kind in ['double', 'decimal']) -%}
        {{ return('') }}
    {%- elif reads in ['number', 'value'] -%}
        {%- if kind in ['text', 'other'] and execute -%}
            {%- do problems.append(who ~ " takes numbers, but '" ~ state.name ~ "' is " ~ ('text' if kind == 'text' else baton._type_of(plan, state.name) or kind)) -%}
        {%- endif -%}
        {%- set sql = baton._raw_number(plan.columns, state.name, kind) if is_raw else 'cast(' ~ made.sql ~ ' as ' ~ baton.type_double() ~ ')' -%}
        {%- do made.update({'sql': sql, 'kind': 'number'}) -%}
    {%- elif reads == 'category' -%}
        {%- if is_raw -%}
            {%- set sql = baton._raw_category(plan.columns, state.name, kind) -%}
        {%- elif kind == 'number' -%}
            {%- set sql = baton.double_text(made.sql) | trim -%}
        {%- else -%}
            {%- set sql = made.sql if kind == 'text' else 'cast(' ~ made.sql ~ ' as ' ~ dbt.type_string() ~ ')' -%}
        {%- endif -%}
        {%- do made.update({'sql': sql, 'kind': 'category', 'category_of': kind}) -%}
    {%- else -%}
        {%- if kind not in ['other', 'unknown'] -%}
            {%- do problems.append(who ~ " takes dates or timestamps, but '" ~ state.name ~ "' is " ~ (baton._type_of(plan, state.name) or kind)) -%}
        {%- endif -%}
        {%- do made.update({'sql': baton.utc(state.name, plan.columns, 'data'), 'kind': 'moment'}) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _type_of(plan, name) -%}
    {%- set column = baton.find_column(plan.columns, name) if plan.columns else none -%}
    {{ return(column.dtype | lower if column else none) }}
{%- endmacro -%}


{#- A name that is not taken yet, for a CTE or one of its columns. -#}
{%- macro _free_name(taken, name) -%}
    {%- set plain = modules.re.sub('[^a-z0-9_]+', '_', name | lower)[:48] -%}
    {%- set plain = 'c_' ~ plain if plain[0] in '0123456789' else plain -%}
    {%- for number in range(taken | length + 1) -%}
        {%- set free = plain if loop.first else plain ~ '_' ~ (number + 1) -%}
        {%- if free not in taken -%}
            {%- do taken.append(free) -%}
            {{ return(free) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
