{#-
    The mean of the target in each category, drawn towards the mean of all as far as the category has few rows. Rows
    without a target are left out of the fit. An unknown category gets the mean of all.

    With `fold_by` there is an encoding for each fold too, fitted on the other folds; rows that meet `cross_fit` get
    theirs, so that a model is not trained on targets that it should predict. The target, `fold_by` and `cross_fit` are
    read from the relation as it is.
-#}
{%- macro _target_encoder(step) -%}
reads: category
is_fitted: true
has_extra_reads: true
parameters:
  target: {takes: name}
  target_type: {default: auto, takes: choice, choices: [auto, binary, continuous, multiclass]}
  smooth: {default: auto, takes: smooth}
  cv: {default: 5, takes: count, least: 2}
  fold_by: {takes: names, or_none: true}
  cross_fit: {takes: sql, or_none: true, is_applied: true}
    {%- if step.get('cross_fit') is not none and step.get('fold_by') is none %}
wrong:
  - ".cross_fit needs fold_by, the columns whose hash says which fold a row is in"
    {%- endif %}
{%- endmacro -%}

{#-
    What is read apart from the column: to fit, the `target` and the row's `fold`; `own_fold` is the fold of a row that gets
    the encoding of its fold, and -1 of others.
-#}
{%- macro _extra_reads_target_encoder(problems, plan, step) -%}
    {%- set is_fit = plan.fitted is none -%}
    {%- set fold_by = step.parameters.fold_by if is_fit or step.parameters.cross_fit else none -%}
    {%- do baton._expect_target_encoder(problems, plan, step, ([step.parameters.target] if is_fit else []) + baton.as_list(fold_by)) -%}
    {%- set reads = {} -%}
    {%- if is_fit -%}
        {%- set name = baton._column_name(plan, step.parameters.target) -%}
        {%- if step.resolved_target_type == 'continuous' -%}
            {%- do reads.update(target=baton._raw_number(plan.columns, name, step.target_kind)) -%}
        {%- else -%}
            {%- do reads.update(target=baton._raw_category(plan.columns, name, step.target_kind)) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if fold_by is not none -%}
        {%- set keys = [] -%}
        {%- for name in baton.as_list(fold_by) -%}
            {%- do keys.append(baton.value_text(baton.identifier(baton._column_name(plan, name)), plan.columns, 'input')) -%}
        {%- endfor -%}
        {%- set fold -%}
cast(floor(
    {{ baton.hash_fraction(baton.key_hash(keys)) }} * {{ step.parameters.cv }}
) as integer)
        {%- endset -%}
        {%- if is_fit -%}{%- do reads.update(fold=fold) -%}{%- endif -%}
        {%- if step.parameters.cross_fit -%}
            {%- set own_fold -%}
case
    when {{ baton.user_sql(step.parameters.cross_fit) }} then {{ fold | indent }}
    else -1
end
            {%- endset -%}
            {%- do reads.update(own_fold=own_fold) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(reads) }}
{%- endmacro -%}

{#-
    The columns `names` are there, and for a fit what the target is follows from the call or its type. That is written to the
    step as `target_kind` and `resolved_target_type`; the call's own 'auto' stays, as it is what the fitted table records.
-#}
{%- macro _expect_target_encoder(problems, plan, step, names) -%}
    {%- for name in names if plan.columns and not baton.find_column(plan.columns, name) -%}
        {%- do problems.append("%s names %s, which is not a column of the relation (%s)" | format(
            step.argument, baton._repr(name), baton.nearest_names([name], plan.columns | map(attribute='name') | list)
        )) -%}
    {%- endfor -%}
    {%- if plan.fitted is not none -%}{{ return('') }}{%- endif -%}
    {%- set name = baton._column_name(plan, step.parameters.target) -%}
    {%- set is_there = not plan.columns or baton.find_column(plan.columns, name) -%}
    {%- set kind = baton._raw_kind(plan.columns, name) if is_there else 'unknown' -%}
    {%- set target_type = step.parameters.target_type -%}
    {%- if target_type == 'auto' and kind not in 'double decimal boolean'.split() -%}
        {%- do problems.append(
            "%s.target_type is missing: the type of '%s' does not show whether it is binary, continuous or multiclass"
            | format(step.argument, name)
        ) -%}
    {%- endif -%}
    {%- if target_type == 'auto' -%}{%- set target_type = 'binary' if kind == 'boolean' else 'continuous' -%}{%- endif -%}
    {%- do step.update(target_kind=kind, resolved_target_type=target_type) -%}
{%- endmacro -%}


{#- One column, or one for each class. -#}
{%- macro _apply_target_encoder(unit) -%}
    {%- set outputs, columns = [], {} -%}
    {%- if unit.parameters.target_type == 'multiclass' -%}
        {#- numbers by value, text as it was read: by code point -#}
        {%- set classes, numbers = unit.known.target_mean, [] -%}
        {%- for class in classes if modules.re.match('^-?[0-9.]+(e[-+]?[0-9]+)?$', class) -%}
            {%- do numbers.append([class | float, class]) -%}
        {%- endfor -%}
        {%- for class in (numbers | sort | map('last') if numbers | length == classes | length else classes) -%}
            {%- set is_class -%} value_text = {{ baton.literal(class) }} {%- endset -%}
            {%- do outputs.append(dict(
                name='%s_%s' | format(unit.column, class), is_class=is_class, encoding='encoding_%s' | format(loop.index),
            )) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do outputs.append(dict(name=unit.column, is_class='value_text is null', encoding='encoding')) -%}
    {%- endif -%}
    {%- for output in outputs -%}
        {%- set encoding -%} max(case when {{ output.is_class }} then value_number end) {%- endset -%}
        {%- do columns.update({output.encoding: encoding}) -%}
    {%- endfor -%}

    {%- set fold = unit.extra_reads.get('own_fold') -%}
    {%- set encodings = baton._fitted_by_category(
        unit, 'encoding', 'encodings', columns, where='position is null' if not fold, fold=fold
    ) -%}
    {%- if fold -%}
        {%- set means = baton._fitted_by_category(unit, 'target_mean', 'means', columns, fold=fold, by_category=false) -%}
    {%- endif -%}
    {%- for output in outputs -%}
        {%- set sql -%}
            {%- if fold -%}
coalesce({{ encodings }}.{{ output.encoding }}, {{ means }}.{{ output.encoding }})
            {%- else -%}
                {%- set of_all -%} position is null and {{ output.is_class }} {%- endset -%}
coalesce({{ encodings }}.{{ output.encoding }}, {{ baton._fitted_value(unit, 'target_mean', where=of_all) }})
            {%- endif -%}
        {%- endset -%}
        {%- do output.update(sql=sql) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
