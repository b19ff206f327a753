{#
    The columns of a pipeline: what they are, and how a step reads them.

    Kinds: 'number' (a double without NaN), 'double', 'integer', 'decimal', 'boolean', 'text', 'category' (its text), 'moment',
    'other', 'unknown', and 'internal' of those that no step can name.
-#}

{#- A column as the steps so far have left it, first read from the relation; none where there is no such column. -#}
{%- macro _pipeline_column(problems, plan, argument, name) -%}
    {%- set key = baton._column_name(plan, name) -%}
    {%- if key in plan.shadowed and plan.shadowed[key] not in problems -%}{%- do problems.append(plan.shadowed[key]) -%}{%- endif -%}
    {%- if key not in plan.states -%}
        {%- if plan.columns and not baton.find_column(plan.columns, key) -%}
            {%- do problems.append(baton._is_no_column(argument, name, plan)) -%}
            {{ return(none) }}
        {%- endif -%}
        {%- set raw = baton._add_column(plan, (0, 0), key, baton._row_value(key), baton._raw_kind(plan.columns, key)) -%}
        {%- do plan.states.update({key: raw}) -%}
    {%- endif -%}
    {%- set column = plan.states[key] -%}
    {%- if column.get('replaced_by') -%}
        {%- do problems.append(
            "%s names %s, which %s replaced by other columns" | format(argument, baton._repr(name), column.replaced_by)
        ) -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(column) }}
{%- endmacro -%}

{#- A column that a layer makes. -#}
{%- macro _add_column(plan, place, name, sql, kind, inputs=[], unit=none) -%}
    {%- set column = dict(name=name, place=place, sql=sql, kind=kind, inputs=inputs, unit=unit) -%}
    {%- do plan.layers.setdefault(place, {}).update({name: column}) -%}
    {{ return(column) }}
{%- endmacro -%}

{#- A column of the rows that a layer reads. -#}
{%- macro _row_value(name) -%}
input.{{ baton.identifier(name) }}
{%- endmacro -%}

{#- A column's name as the relation writes it, or as it was given. -#}
{%- macro _column_name(plan, name) -%}
    {%- set plain = baton.unquoted(name) -%}
    {%- set found = baton.find_column(plan.columns, name) if plan.columns and plain not in plan.states else none -%}
    {{ return(found.name if found else plain) }}
{%- endmacro -%}

{%- macro _type_of(plan, name) -%}
    {%- set column = baton.find_column(plan.columns, name) if plan.columns else none -%}
    {{ return(column.dtype | lower if column else none) }}
{%- endmacro -%}

{#-
    Columns that no step can mean, where other faults keep the steps from being followed: not of the relation, and not named
    after a column of an earlier step as those are that a step makes.
-#}
{%- macro _expect_columns_of_steps(problems, plan, transformers, keep) -%}
    {%- set earlier, wanted = [], [] -%}
    {%- for given in (transformers if baton.is_list(transformers) else []) if baton.is_mapping(given) -%}
        {%- do wanted.append(('transformers[%s].columns' | format(loop.index0), baton.names_in(given.get('columns')))) -%}
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
{{ argument }} names {{ baton._repr(name) }}, which is not a column of the relation (
    {{- baton.nearest_names([name], plan.columns | map(attribute='name') | list) -}}
) and none that an earlier step makes under a name known from the call
{%- endmacro -%}


{#- Let the layer that makes a column make it as a step reads it: as a number, a category, a value or a moment. -#}
{%- macro _convert_column(problems, plan, step, column) -%}
    {%- set kind, reads = column.kind, step.reads -%}
    {%- set is_raw = column.unit is none -%}
    {%- if kind == reads or reads == 'value' and not (is_raw and kind in ['double', 'decimal']) -%}
        {{ return('') }}
    {%- elif reads in ['number', 'value'] -%}
        {%- if kind in ['text', 'other'] -%}
            {%- do problems.append("%s: %s takes numbers, but '%s' is %s" | format(
                step.argument, step.kind, column.name, 'text' if kind == 'text' else baton._type_of(plan, column.name) or kind
            )) -%}
        {%- endif -%}
        {%- set sql = baton._raw_number(plan.columns, column.name, kind) if is_raw else baton.as_double(column.sql) -%}
        {%- do column.update(sql=sql, kind='number') -%}
    {%- elif reads == 'category' -%}
        {%- if is_raw -%}
            {%- set sql = baton._raw_category(plan.columns, column.name, kind) -%}
        {%- elif kind == 'number' -%}
            {%- set sql = baton.double_text(column.sql) | trim -%}
        {%- else -%}
            {%- set sql = column.sql if kind == 'text' else baton.as_text(column.sql) -%}
        {%- endif -%}
        {%- do column.update(sql=sql, kind='category', category_of=kind) -%}
    {%- else -%}
        {%- if kind not in ['other', 'unknown'] -%}
            {%- do problems.append("%s: %s takes dates or timestamps, but '%s' is %s" | format(
                step.argument, step.kind, column.name, baton._type_of(plan, column.name) or kind
            )) -%}
        {%- endif -%}
        {%- do column.update(sql=baton.utc(column.name, plan.columns, 'input'), kind='moment') -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _raw_kind(columns, name) -%}
    {%- set kind = baton.number_kind(columns, name) -%}
    {%- set type = baton.find_column(columns, name).dtype | lower if kind == 'other' -%}
    {%- if kind != 'other' -%}
        {{ return(kind) }}
    {%- elif type == '"null"' -%}
        {{ return('unknown') }}
    {%- endif -%}
    {%- set is_text = modules.re.match('varchar|string|text|character varying|nvarchar', type) -%}
    {{ return('boolean' if type.startswith('bool') else 'text' if is_text else 'other') }}
{%- endmacro -%}

{#- A raw column as a double, NULL where it is missing. -#}
{%- macro _raw_number(columns, name, kind) -%}
{{ baton.finite_double(baton._row_value(name), kind, baton.find_column(columns or [], name)) }}
{%- endmacro -%}

{#- A raw column as the text of a category. -#}
{%- macro _raw_category(columns, name, kind) -%}
{{ baton._row_value(name) if kind == 'text' else baton.category_text(baton.identifier(name), columns, 'input') }}
{%- endmacro -%}


{#- A name that is not taken yet, for a CTE or one of its columns. -#}
{%- macro _free_name(taken, name) -%}
    {%- set plain = modules.re.sub('[^a-z0-9_]+', '_', name | lower)[:48] -%}
    {%- set plain = 'c_' ~ plain if plain[0] in '0123456789' else plain -%}
    {{ return(baton.free_name(taken, plain)) }}
{%- endmacro -%}
