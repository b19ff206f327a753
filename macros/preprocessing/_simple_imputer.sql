{#-
    A value in place of what is missing. A column of which all is missing is filled with 0, as with scikit-learn's
    keep_empty_features; the indicator is made whether or not anything was missing in the fit, as columns are known before.
-#}
{%- macro _simple_imputer(step) -%}
    {%- set strategy = step.get('strategy', 'mean') -%}
    {{ return({
        'reads': 'number' if strategy in ['mean', 'median'] else 'value',
        'is_fitted': strategy != 'constant',
        'parameters': {
            'strategy': {'default': 'mean', 'takes': 'choice', 'choices': ['mean', 'median', 'most_frequent', 'constant']},
            'fill_value': {'default': none, 'takes': 'anything'},
            'add_indicator': {'default': false, 'takes': 'boolean', 'is_applied': true},
        },
    }) }}
{%- endmacro -%}

{#- Whether the column is filled with a number; text and the rest go through their text. -#}
{%- macro _is_filled_with_number(unit) -%}
    {%- set fill = unit.parameters.fill_value -%}
    {{ return(
        unit.kind_of_value in ['number', 'integer', 'double', 'decimal'] or unit.parameters.strategy in ['mean', 'median']
        or unit.kind_of_value == 'unknown' and fill is number and fill is not boolean
    ) }}
{%- endmacro -%}

{#- The column as it is filled: where its type is not known, as text, unless it is filled with a number. -#}
{%- macro _value_to_fill(unit) -%}
    {%- set is_known = unit.kind_of_value != 'unknown' or baton._is_filled_with_number(unit) -%}
    {{ return(unit.value if is_known else baton.category_text(unit.value)) }}
{%- endmacro -%}

{%- macro _fill_value(unit) -%}
    {%- set fill = unit.parameters.fill_value -%}
    {%- if fill is none -%}
        {%- set fill = 0 if baton._is_filled_with_number(unit) else 'false' if unit.kind_of_value == 'boolean' else 'missing_value' -%}
    {%- endif -%}
    {{ return((fill | string | lower) if fill is boolean else fill) }}
{%- endmacro -%}

{%- macro _fit_simple_imputer(fit, unit) -%}
    {%- set filled = baton._value_to_fill(unit) -%}
    {%- set strategy = unit.parameters.strategy -%}
    {%- set is_number = baton._is_filled_with_number(unit) -%}
    {%- if strategy == 'constant' -%}
        {%- set fill = baton._fill_value(unit) -%}
        {%- do baton._put_literal(fit, unit, 'statistic', number=fill if is_number else none, text=none if is_number else fill) -%}
    {%- elif strategy == 'most_frequent' -%}
        {%- set name = baton._free_name(fit.taken, unit.label ~ '_most_frequent') -%}
        {%- set order = filled if is_number else baton.by_code_point('cast(' ~ filled ~ ' as ' ~ dbt.type_string() ~ ')') -%}
        {%- do fit.ctes.update({name:
            "select " ~ filled ~ " as value\nfrom baton_rows_of_stage as data\nwhere " ~ filled ~ " is not null\ngroup by " ~ filled
            ~ "\norder by count(*) desc, " ~ order ~ "\nlimit 1"
        }) -%}
        {%- set statistic = "coalesce(max(cast(value as " ~ (baton.type_double() if is_number else dbt.type_string()) ~ ")), "
            ~ ("0" if is_number else "'false'" if unit.kind_of_value == 'boolean' else "'0'" if unit.kind_of_value in ['text', 'unknown'] else "null") ~ ")" -%}
        {%- do baton._put_select(fit, unit, 'statistic', name, {'value_number' if is_number else 'value_text': statistic}) -%}
    {%- else -%}
        {%- set statistic = baton._mean_of(fit, unit.value) if strategy == 'mean' else baton._quantiles_of(fit, unit.value, [0.5])[0] -%}
        {%- do baton._put_values(fit, unit, {'statistic': 'coalesce(' ~ statistic ~ ', 0)'}) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_simple_imputer(unit) -%}
    {%- set filled = baton._value_to_fill(unit) -%}
    {%- set strategy = unit.parameters.strategy -%}
    {%- set kind = unit.kind_of_value -%}
    {%- set fill = baton._fill_value(unit) -%}
    {%- if baton._is_filled_with_number(unit) -%}
        {%- set stays_whole = kind == 'integer' and (strategy == 'most_frequent' or strategy == 'constant' and fill == fill | int) -%}
        {%- set value = baton._fitted_value(unit, 'statistic') if strategy != 'constant' else fill | int if stays_whole else baton.number_literal(fill) -%}
        {%- set value = 'cast(' ~ value ~ ' as ' ~ dbt.type_bigint() ~ ')' if stays_whole and strategy != 'constant' else value -%}
        {%- set made = 'integer' if stays_whole else 'number' -%}
    {%- else -%}
        {%- set value = baton._fitted_value(unit, 'statistic', value='value_text') if strategy != 'constant' else baton.literal(fill) -%}
        {%- set value = value if kind in ['text', 'unknown', 'category'] else 'cast(' ~ value ~ ' as ' ~ (unit.type_of_value or 'boolean') ~ ')' -%}
        {%- set made = 'text' if kind in ['unknown', 'category'] else kind -%}
    {%- endif -%}
    {%- set outputs = [{'name': unit.columns[0], 'sql': 'coalesce(' ~ filled ~ ', ' ~ value ~ ')', 'kind': made}] -%}
    {%- if unit.parameters.add_indicator -%}
        {%- do outputs.append({
            'name': 'missingindicator_' ~ unit.columns[0],
            'sql': 'case when ' ~ filled ~ ' is null then 1 else 0 end',
            'kind': 'integer',
            'is_late': true,
        }) -%}
    {%- endif -%}
    {{ return(outputs) }}
{%- endmacro -%}
