{#
    What a fitted table says of a call, read when the model is compiled.

    The table has to be made by the call's own list, or by one that begins with it: else values would be transformed by what
    was fitted on others, or by nothing at all. Returns what the columns of the result depend on, {step name: {column:
    {parameter: categories, or classes of `target_mean`, in their order}}}. Nothing is read from a CTE, and where
    the table is not built yet; with --empty it may hold nothing.
-#}
{%- macro _read_fitted_table(problems, fitted, fitted_columns, steps) -%}
    {%- set by_value = [] -%}
    {%- for step in steps if baton._makes_columns_by_value(step) -%}{%- do by_value.append(step) -%}{%- endfor -%}
    {%- if fitted is string or fitted.is_cte -%}
        {%- for step in by_value -%}
            {%- do problems.append("%s: the columns that %s makes are read from the fitted table, so fitted cannot be a CTE%s" | format(
                step.argument, step.kind, ": give its categories" if 'categories' in step.parameters else ""
            )) -%}
        {%- endfor -%}
        {{ return({}) }}
    {%- endif -%}
    {%- if fitted_columns is none -%}{{ return({}) }}{%- endif -%}
    {#- how each column was fitted, and the categories, bins or classes that columns are named after -#}
    {%- set columns, names = [], [] -%}
    {%- for step in steps -%}
        {%- for column in step.columns -%}{%- do columns.append(baton.literal(baton.unquoted(column))) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for step in by_value -%}{%- do names.append(baton.literal(step.name)) -%}{%- endfor -%}
    {%- set query -%}
        select transformer, column_name, parameter, category, position, value_number, value_text
        from {{ baton.without_limit(fitted) }}
        where
            column_name in ({{ columns | unique(case_sensitive=true) | join(', ') }})
            and (
                category is null and position is null
                {%- if names %}
                or transformer in ({{ names | unique(case_sensitive=true) | join(', ') }})
                and parameter in ('category', 'infrequent', 'drop', 'bin_edge')
                {%- endif %}
            )
        order by position, {{ baton.by_code_point('value_text') }}, {{ baton.by_code_point('category') }}
    {%- endset -%}
    {%- set rows = run_query(query).rows -%}
    {%- if not rows and fitted.limit is number -%}{{ return({}) }}{%- endif -%}

    {%- set known, calls = {}, {} -%}
    {%- for row in rows -%}
        {%- set name, column, parameter, category, position, number, text = row -%}
        {%- if category is none and position is none -%}
            {%- set call = calls.setdefault(column, {}).setdefault(name, {}) -%}
            {%- if parameter == 'step' -%}{%- do call.update(step=number) -%}{%- endif -%}
            {%- if text is not none -%}{%- do call.update({parameter: text}) -%}{%- endif -%}
        {%- endif -%}
        {%- set none_yet = dict(category=[], infrequent=[], drop=[], bin_edge=[], target_mean=[]) -%}
        {%- set of = known.setdefault(name, {}).setdefault(column, none_yet) -%}
        {%- if parameter == 'target_mean' -%}
            {%- do of.target_mean.append(text) -%}
        {%- elif parameter in of and text is none -%}
            {%- do of[parameter].append(category) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do baton._expect_fitted_by_call(problems, fitted, steps, calls) -%}
    {{ return(known) }}
{%- endmacro -%}

{#- Whether the names of the columns that a step makes depend on what was fitted. -#}
{%- macro _makes_columns_by_value(step) -%}
    {{ return(
        step.kind == 'one_hot_encoder' and step.is_fitted
        or step.kind == 'k_bins_discretizer' and step.parameters.encode == 'onehot'
        or step.kind == 'target_encoder' and step.parameters.target_type == 'multiclass'
    ) }}
{%- endmacro -%}


{#- The fitted table was made by the steps of the call; `calls` is what it says of them, {column: {step name: ...}}. -#}
{%- macro _expect_fitted_by_call(problems, fitted, steps, calls) -%}
    {%- set own_problems = [] -%}
    {%- for step in steps -%}
        {%- set lacking, others = [], [] -%}
        {%- for column in step.columns -%}
            {%- set call = calls.get(baton.unquoted(column), {}).get(step.name) -%}
            {%- if not call -%}
                {%- do lacking.append(baton._repr(column)) -%}
            {%- elif call.get('transformer', step.kind) != step.kind -%}
                {%- do others.append("a %s for column %s" | format(call.transformer, baton._repr(column))) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if lacking -%}
            {%- do own_problems.append(
                "%s: %s has no rows of '%s' for column %s: build it again"
                | format(step.argument, fitted, step.name, lacking | join(", "))
            ) -%}
        {%- endif -%}
        {%- if others -%}
            {%- do own_problems.append(
                "%s: in %s '%s' is %s: build it again" | format(step.argument, fitted, step.name, others | join(", "))
            ) -%}
        {%- endif -%}
        {%- for parameter, rule in step.rules.items() if not lacking and not others and not rule.get('is_applied') -%}
            {%- set stale = [] -%}
            {%- for column in step.columns -%}
                {%- set text = calls[baton.unquoted(column)][step.name].get(parameter) -%}
                {%- set own = baton._own_parameter(step, parameter, loop.index0) -%}
                {%- if text is not none and fromjson(text, text) != fromjson(tojson(own)) -%}
                    {%- do stale.append("%s for column %s" | format(text, baton._repr(column))) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if stale -%}
                {%- do own_problems.append("%s.%s is %s, but %s was fitted with %s: build it again" | format(
                    step.argument, parameter, tojson(step.parameters[parameter]), fitted, stale | join(", ")
                )) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if not own_problems -%}{%- do baton._expect_fitted_in_order(own_problems, fitted, steps, calls) -%}{%- endif -%}
    {%- do problems.extend(own_problems) -%}
{%- endmacro -%}

{#- What was fitted on a column was fitted on what the same steps make of it as in the call. -#}
{%- macro _expect_fitted_in_order(problems, fitted, steps, calls) -%}
    {%- set applied = {} -%}
    {%- for step in steps -%}
        {%- for column in step.columns -%}
            {%- set earlier = applied.setdefault(baton.unquoted(column), []) -%}
            {%- set fitted_earlier = [] -%}
            {%- set of_column = calls[baton.unquoted(column)] -%}
            {%- for name, call in of_column.items() if call.get('step', 0) < of_column[step.name].get('step', 0) -%}
                {%- do fitted_earlier.append(name) -%}
            {%- endfor -%}
            {%- if earlier | sort(case_sensitive=true) != fitted_earlier | sort(case_sensitive=true) -%}
                {%- do problems.append("%s: before '%s' the call applies %s to column %s, but %s applied %s: build it again" | format(
                    step.argument, step.name, earlier | join(", ") or "nothing", baton._repr(column),
                    fitted, fitted_earlier | join(", ") or "nothing"
                )) -%}
            {%- endif -%}
            {%- do earlier.append(step.name) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}
