{#
    Categories: those of a call, those in a fitted table, and how often each occurs.
#}

{#-
    The categories, as far as the columns of the result depend on them, read from the fitted table: {step name: {column:
    {parameter: categories, or classes of `target_mean`, in their order}}}. Nothing while dbt parses, and where the table is
    not built yet.
-#}
{%- macro _read_categories(problems, fitted, steps) -%}
    {%- set unknown = [] -%}
    {%- for step in steps if baton._makes_columns_by_value(step) -%}{%- do unknown.append(step) -%}{%- endfor -%}
    {%- if not unknown or not execute -%}{{ return({}) }}{%- endif -%}
    {%- if fitted is string or fitted.is_cte -%}
        {%- for step in unknown -%}
            {%- do problems.append(
                step.argument ~ ": the columns that " ~ step.kind ~ " makes are read from the fitted table, which a CTE is not"
                ~ (": give its categories" if 'categories' in step.parameters else "")
            ) -%}
        {%- endfor -%}
        {{ return({}) }}
    {%- endif -%}
    {%- if baton.columns_of(fitted) is none -%}{{ return({}) }}{%- endif -%}
    {%- set names = [] -%}
    {%- for step in unknown if baton.literal(step.name) not in names -%}{%- do names.append(baton.literal(step.name)) -%}{%- endfor -%}
    {%- set query -%}
        select transformer, column_name, parameter, category, position, value_text
        from {{ baton.without_limit(fitted) }}
        where
            transformer in ({{ names | join(', ') }})
            and (
                parameter in ('step', 'category', 'infrequent', 'bin_edge')
                or parameter = 'drop' and value_text is null
                or parameter = 'target_mean' and position is null
            )
        order by position, {{ baton.by_code_point('value_text') }}, {{ baton.by_code_point('category') }}
    {%- endset -%}
    {%- set known = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- set of = known.setdefault(row[0], {}).setdefault(row[1], {'step': [], 'category': [], 'infrequent': [], 'drop': [], 'bin_edge': [], 'target_mean': []}) -%}
        {%- do of[row[2]].append(row[5] if row[2] == 'target_mean' else row[3]) -%}
    {%- endfor -%}
    {%- for step in unknown -%}
        {%- for column in step.columns if baton.unquoted(column) not in known.get(step.name, {}) -%}
            {%- do problems.append(step.argument ~ ": " ~ fitted ~ " holds nothing of '" ~ step.name ~ "' for column " ~ baton._shown(column) ~ ", build it again") -%}
        {%- endfor -%}
    {%- endfor -%}
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

{#- The parameters of an encoder that may be told its categories. -#}
{%- macro _category_parameters() -%}
    {{ return({
        'categories': {'default': 'auto', 'takes': 'lists'},
        'min_frequency': {'default': none, 'takes': 'frequency', 'or_none': true},
        'max_categories': {'default': none, 'takes': 'count', 'or_none': true},
    }) }}
{%- endmacro -%}

{#- The categories of a call as the text that the column's values have. -#}
{%- macro _given_categories(unit) -%}
    {%- set texts = [] -%}
    {%- for value in unit.parameters.categories -%}
        {%- if value is none or value is string -%}
            {%- do texts.append(value) -%}
        {%- elif value is boolean -%}
            {%- do texts.append(value | string | lower) -%}
        {%- elif unit.kind_of_value in ['integer', 'unknown', 'text'] and value == value | int -%}
            {%- do texts.append(value | int | string) -%}
        {%- else -%}
            {%- do texts.append(baton.double_as_text(value)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro -%}


{#- The CTE of a column's categories with how often each occurs and its position: numbers by value, text by code point, NULL last. -#}
{%- macro _ranked_categories(fit, unit) -%}
    {%- set name = baton._wide_name(fit, unit.value) ~ '_categories' ~ ('_' ~ (unit.stage + 1) if unit.stage) -%}
    {%- if name not in fit.ctes -%}
        {%- do fit.ctes.update({name:
            "select\n    category,\n    n,\n    row_number() over (order by category is null, " ~ baton._category_order(unit) ~ ") - 1 as position\n"
            ~ "from (\n    select " ~ unit.value ~ " as category, count(*) as n\n    from baton_rows_of_stage as data\n    group by "
            ~ unit.value ~ "\n) as counted"
        }) -%}
    {%- endif -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _category_order(unit) -%}
    {%- if unit.kind_of_value == 'integer' -%}
        {{ return('cast(category as decimal(38, 0))') }}
    {%- elif unit.kind_of_value in ['double', 'decimal', 'number'] -%}
        {{ return('cast(category as ' ~ baton.type_double() ~ ')') }}
    {%- endif -%}
    {{ return(baton.by_code_point('category')) }}
{%- endmacro -%}
