{#-
    The mean of the target in each category, drawn towards the mean of all as far as the category has few rows. Rows
    without a target are left out of the fit. An unknown category gets the mean of all.

    With `fold_by` there is an encoding for each fold too, fitted on the other folds; rows that meet `cross_fit` get
    theirs, so that a model is not trained on targets that it should predict. The target, `fold_by` and `cross_fit` are
    read from the relation as it is.
-#}
{%- macro _target_encoder(step) -%}
    {{ return({
        'reads': 'category',
        'is_fitted': true,
        'reads_beside': true,
        'parameters': {
            'target': {'default': none, 'takes': 'column'},
            'target_type': {'default': 'auto', 'takes': 'choice', 'choices': ['auto', 'binary', 'continuous', 'multiclass']},
            'smooth': {'default': 'auto', 'takes': 'smooth'},
            'cv': {'default': 5, 'takes': 'count', 'least': 2},
            'fold_by': {'default': none, 'takes': 'columns', 'or_none': true},
            'cross_fit': {'default': none, 'takes': 'condition', 'or_none': true, 'is_applied': true},
        },
        'wrong': [".cross_fit needs fold_by, the columns whose hash says which fold a row is in"]
            if step.get('cross_fit') is not none and step.get('fold_by') is none else [],
    }) }}
{%- endmacro -%}

{#- What is read beside the column: in the fit the target and the fold, else the fold of the rows that are cross-fitted. -#}
{%- macro _beside_target_encoder(problems, plan, step, is_fit) -%}
    {%- set parameters = step.parameters -%}
    {%- set beside = {} -%}
    {%- set wanted = ([parameters.target] if is_fit else []) + (baton.as_list(parameters.fold_by) if is_fit or parameters.cross_fit else []) -%}
    {%- for name in wanted if plan.columns and not baton.find_column(plan.columns, name) -%}
        {%- do problems.append(
            step.argument ~ " names " ~ baton._repr(name) ~ ", which is no column of the relation ("
            ~ baton.nearest_names([name], plan.columns | map(attribute='name') | list) ~ ")"
        ) -%}
    {%- endfor -%}
    {%- if is_fit -%}
        {%- set name = baton._raw_name(plan, parameters.target) -%}
        {%- set kind = baton._raw_kind(plan.columns, name) if not plan.columns or baton.find_column(plan.columns, name) else 'unknown' -%}
        {%- if parameters.target_type == 'auto' and execute and kind not in ['double', 'decimal', 'boolean'] -%}
            {%- do problems.append(
                step.argument ~ ".target_type has to be given: whether '" ~ name ~ "' is binary, continuous or multiclass does not follow from its type"
            ) -%}
        {%- endif -%}
        {%- if baton._target_type(parameters, kind) == 'continuous' -%}
            {%- do beside.update({'target': baton._raw_number(plan.columns, name, kind)}) -%}
        {%- else -%}
            {%- do beside.update({'target': baton._raw_category(plan.columns, name, kind)}) -%}
        {%- endif -%}
        {%- do step.update({'target_kind': kind}) -%}
    {%- endif -%}
    {%- if parameters.fold_by is not none and (is_fit or parameters.cross_fit) -%}
        {%- set keys = [] -%}
        {%- for name in baton.as_list(parameters.fold_by) -%}
            {%- do keys.append(baton.value_text(baton.identifier(baton._raw_name(plan, name)), plan.columns, 'data')) -%}
        {%- endfor -%}
        {%- set fold = 'cast(floor(' ~ baton.hash_fraction(baton.key_hash(keys)) ~ ' * ' ~ parameters.cv ~ ') as integer)' -%}
        {%- if is_fit -%}{%- do beside.update({'fold': fold}) -%}{%- endif -%}
        {%- if parameters.cross_fit -%}
            {%- do beside.update({'own_fold': 'case when ' ~ baton.user_sql(parameters.cross_fit) ~ ' then ' ~ fold ~ ' else -1 end'}) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(beside) }}
{%- endmacro -%}

{%- macro _raw_name(plan, name) -%}
    {%- set found = baton.find_column(plan.columns, name) if plan.columns else none -%}
    {{ return(found.name if found else baton.unquoted(name)) }}
{%- endmacro -%}

{%- macro _target_type(parameters, kind) -%}
    {%- if parameters.target_type != 'auto' -%}{{ return(parameters.target_type) }}{%- endif -%}
    {{ return('binary' if kind == 'boolean' else 'continuous') }}
{%- endmacro -%}


{%- macro _fit_target_encoder(fit, unit) -%}
    {%- set target, fold = unit.beside.target, unit.beside.get('fold') -%}
    {%- set type = baton._target_type(unit.parameters, unit.target_kind) -%}
    {%- set cells = baton._free_name(fit.taken, unit.label ~ '_cells') -%}
    {%- if type == 'continuous' -%}
        {%- set mean, reach = baton._mean_of(fit, target), baton._reach_of(fit, target) -%}
        {%- set distance = '(' ~ baton.quotient('(' ~ target ~ ' - ' ~ mean ~ ')', reach) ~ ')' -%}
    {%- else -%}
        {%- set counts = baton._free_name(fit.taken, unit.label ~ '_counts') -%}
        {%- do fit.ctes.update({counts:
            "select " ~ unit.value ~ " as category, " ~ (fold or 'cast(null as integer)') ~ " as fold, " ~ target ~ " as class, count(*) as n\n"
            ~ "from baton_rows_of_stage as data\nwhere " ~ target ~ " is not null\ngroup by " ~ unit.value ~ (', ' ~ fold if fold else '') ~ ', ' ~ target
        }) -%}
    {%- endif -%}
    {%- set cell -%}
    {%- if type == 'continuous' -%}
select
    {{ unit.value }} as category,
    {{ fold or 'cast(null as integer)' }} as fold,
    cast(null as {{ dbt.type_string() }}) as class,
    count(*) as n,
    coalesce({{ baton.sum_of_whole(distance ~ ' * 2305843009213693952e0') }}, 0) as total,
    coalesce({{ baton.sum_of_whole('(' ~ baton.square(distance) ~ ') * 2305843009213693952e0') }}, 0) as squares
from baton_rows_of_stage as data
cross join {{ fit.means_cte }}
cross join {{ fit.reaches_cte }}
where {{ target }} is not null
group by {{ unit.value }}{{ ', ' ~ fold if fold }}
    {%- else -%}
select
    counts.category,
    counts.fold,
    classes.class,
    sum(counts.n) as n,
    sum(case when counts.class = classes.class then counts.n else 0 end) as total,
    sum(case when counts.class = classes.class then counts.n else 0 end) as squares
from {{ counts }} as counts
cross join (
    {%- if type == 'multiclass' %}
    select distinct class from {{ counts }}
    {%- else %}
    -- the greater of two classes is the one that counts; where there is only one, none does
    select max(case when place = 2 then class end) as class
    from (
        select class, row_number() over (order by {{ baton._class_order(unit.target_kind) }}) as place
        from (select distinct class from {{ counts }}) as found
    ) as ranked
    {%- endif %}
) as classes
group by counts.category, counts.fold, classes.class
    {%- endif -%}
    {%- endset -%}
    {%- do fit.ctes.update({cells: cell}) -%}

    {#- the categories as the whole encoding sees them, and as each fold does: with the rows of the others -#}
    {%- set seen = baton._free_name(fit.taken, unit.label ~ '_seen') -%}
    {%- set double = baton.type_double() -%}
    {%- set unit_of_sums = ' / 2305843009213693952e0' if type == 'continuous' else '' -%}
    {%- set all_cells -%}
select
    category,
    class,
    left_out,
    n,
    total / n as mean,
    squares / n - power(total / n, 2) as variance,
    all_total / all_n as all_mean,
    all_squares / all_n - power(all_total / all_n, 2) as all_variance
from (
    select
        category,
        class,
        left_out,
        cast(sum(n) as {{ double }}) as n,
        cast(sum(total) as {{ double }}){{ unit_of_sums }} as total,
        cast(sum(squares) as {{ double }}){{ unit_of_sums }} as squares,
        -- whole numbers are summed, so that no order of the rows changes a bit
        cast(sum(sum(n)) over of_all as {{ double }}) as all_n,
        cast(sum(sum(total)) over of_all as {{ double }}){{ unit_of_sums }} as all_total,
        cast(sum(sum(squares)) over of_all as {{ double }}){{ unit_of_sums }} as all_squares
    from (
        select category, class, cast(null as integer) as left_out, n, total, squares
        from {{ cells }}
        {%- if fold %}
        union all
        select category, class, folds.position, n, total, squares
        from {{ cells }}
        inner join ({{ baton.positions(unit.parameters.cv) }}) as folds
            on {{ cells }}.fold <> folds.position
        {%- endif %}
    ) as cells
    group by category, class, left_out
    window of_all as (partition by class, left_out)
) as summed
    {%- endset -%}
    {%- do fit.ctes.update({seen: all_cells}) -%}

    {%- set smooth = unit.parameters.smooth -%}
    {%- if smooth == 'auto' -%}
        {%- set weight = 'greatest(all_variance, 0) * n / nullif(greatest(all_variance, 0) * n + greatest(variance, 0), 0)' -%}
    {%- else -%}
        {%- set weight = 'n / (n + ' ~ baton.number_literal(smooth) ~ ')' -%}
    {%- endif -%}
    {%- set encodings = baton._free_name(fit.taken, unit.label ~ '_encodings') -%}
    {%- set in_units = mean ~ ' + coalesce(' ~ reach ~ ', 0) * ' if type == 'continuous' else '' -%}
    {%- set encoded -%}
select
    category,
    class,
    left_out,
    {{ in_units }}all_mean as target_mean,
    {{ in_units }}(all_mean + coalesce({{ weight }}, 0) * (mean - all_mean)) as encoding
from {{ seen }}
    {%- if type == 'continuous' %}
cross join {{ fit.means_cte }}
cross join {{ fit.reaches_cte }}
    {%- endif -%}
    {%- endset -%}
    {%- do fit.ctes.update({encodings: encoded}) -%}
    {%- set class = 'class' if type == 'multiclass' else 'null' -%}
    {%- do baton._put_select(
        fit, unit, 'target_mean', '(select distinct class, left_out, target_mean from ' ~ encodings ~ ') as means',
        {'position': 'left_out', 'value_number': 'target_mean', 'value_text': class}
    ) -%}
    {%- do baton._put_select(
        fit, unit, 'encoding', encodings,
        {'category': 'category', 'position': 'left_out', 'value_number': 'encoding', 'value_text': class}
    ) -%}
{%- endmacro -%}

{%- macro _class_order(kind) -%}
    {%- if kind in ['double', 'decimal', 'integer'] -%}
        {{ return('cast(class as ' ~ baton.type_double() ~ ')') }}
    {%- endif -%}
    {{ return(baton.by_code_point('class')) }}
{%- endmacro -%}


{%- macro _apply_target_encoder(unit) -%}
    {#- one column, or one for each class -#}
    {%- set wanted = [{'name': unit.columns[0], 'is_class': 'value_text is null', 'column': 'encoding'}] -%}
    {%- if unit.parameters.target_type == 'multiclass' -%}
        {%- if not unit.known -%}
            {%- do unit.update({'is_unread': true}) -%}
            {{ return([]) }}
        {%- endif -%}
        {%- set wanted = [] -%}
        {%- for class in baton._classes_in_order(unit.known.target_mean) -%}
            {%- do wanted.append({
                'name': unit.columns[0] ~ '_' ~ class,
                'is_class': 'value_text = ' ~ baton.literal(class),
                'column': 'encoding_' ~ loop.index,
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for one in wanted -%}
        {%- do columns.update({one.column: 'max(case when ' ~ one.is_class ~ ' then value_number end)'}) -%}
    {%- endfor -%}

    {%- set fold = unit.beside.get('own_fold') -%}
    {%- if fold -%}
        {%- set key = {'name': 'fold', 'sql': 'coalesce(position, -1)', 'on': fold} -%}
        {%- set encodings = baton._fitted_by_category(unit, 'encoding', 'encodings', columns=columns, key=key) -%}
        {%- set means = baton._free_name(unit.taken, unit.label ~ '_means') -%}
        {%- do unit.lookups.append({
            'kind': 'fold', 'name': means, 'columns': columns, 'key': key, 'parameter': 'target_mean', 'on': [fold ~ ' = ' ~ means ~ '.fold'],
        }) -%}
    {%- else -%}
        {%- set encodings = baton._fitted_by_category(unit, 'encoding', 'encodings', columns=columns, where='position is null') -%}
    {%- endif -%}
    {%- set outputs = [] -%}
    {%- for one in wanted -%}
        {%- set otherwise = means ~ '.' ~ one.column if fold else baton._fitted_value(
            unit, 'target_mean', where='position is null and ' ~ one.is_class, label='target_mean'
        ) -%}
        {%- do outputs.append({'name': one.name, 'sql': 'coalesce(' ~ encodings ~ '.' ~ one.column ~ ', ' ~ otherwise ~ ')', 'kind': 'number'}) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}

{#- The mean of all for each fold. -#}
{%- macro _lookup_fold(unit, lookup, rows) -%}
    {{ return(baton._lookup_category(unit, lookup, rows, by_category=false)) }}
{%- endmacro -%}

{#- Numbers by value, text as it was read: by code point. -#}
{%- macro _classes_in_order(classes) -%}
    {%- set numbers = [] -%}
    {%- for class in classes if modules.re.match('^-?[0-9.]+(e[-+]?[0-9]+)?$', class) -%}{%- do numbers.append([class | float, class]) -%}{%- endfor -%}
    {{ return(numbers | sort | map('last') | list if numbers | length == classes | length else classes) }}
{%- endmacro -%}
