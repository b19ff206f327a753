{#-
    A value in place of what is missing. A column of which all is missing is filled with 0, as with scikit-learn's
    keep_empty_features; the indicator is made whether or not anything was missing in the fit, as columns are known before.
-#}
{%- macro _simple_imputer(step) -%}
reads: {{ 'number' if step.get('strategy', 'mean') in ['mean', 'median'] else 'value' }}
is_fitted: {{ step.get('strategy') != 'constant' }}
parameters:
  strategy: {default: mean, takes: choice, choices: [mean, median, most_frequent, constant]}
  fill_value: {takes: anything}
  add_indicator: {default: false, takes: boolean, is_applied: true}
{%- endmacro -%}

{#-
    How a column is filled: with a number or with text (`is_number`), the column as it is filled (`value`; text where its type
    is not known, unless it is filled with a number), and the constant (`constant`).
-#}
{%- macro _imputer_filling(unit) -%}
    {%- set constant = unit.parameters.fill_value -%}
    {%- set is_number = unit.kind in 'number integer double decimal'.split() or unit.parameters.strategy in ['mean', 'median']
        or unit.kind == 'unknown' and constant is number and constant is not boolean -%}
    {%- if constant is none -%}
        {%- set constant = 0 if is_number else 'false' if unit.kind == 'boolean' else 'missing_value' -%}
    {%- elif constant is boolean -%}
        {%- set constant = constant | string | lower -%}
    {%- endif -%}
    {{ return(dict(
        is_number=is_number,
        value=unit.value if is_number or unit.kind != 'unknown' else baton.category_text(unit.value),
        constant=constant,
    )) }}
{%- endmacro -%}

{%- macro _fit_simple_imputer(stage, unit) -%}
    {%- set strategy, filling = unit.parameters.strategy, baton._imputer_filling(unit) -%}
    {%- if strategy == 'constant' and filling.is_number -%}
        {%- do baton._write_known_row(unit, 'statistic', number=filling.constant) -%}
    {%- elif strategy == 'constant' -%}
        {%- do baton._write_known_row(unit, 'statistic', text=filling.constant) -%}
    {%- elif strategy == 'mean' -%}
        {%- set mean -%} coalesce({{ baton._stage_statistic(stage, 'mean', unit.value) }}, 0) {%- endset -%}
        {%- do baton._write_fitted_values(stage, unit, statistic=mean) -%}
    {%- elif strategy == 'median' -%}
        {%- set name = baton._free_name(stage.aggregates | list, unit.label ~ '_median') -%}
        {%- set median -%} coalesce({{ baton._stage_aggregate(stage, name, baton.median(unit.value), order=unit.value) }}, 0) {%- endset -%}
        {%- do baton._write_fitted_values(stage, unit, statistic=median) -%}
    {%- else -%}
        {%- set most_frequent_sql -%}
select {{ filling.value }} as value
from {{ stage.rows }} as input
where {{ filling.value }} is not null
group by {{ filling.value }}
order by count(*) desc, {{ filling.value if filling.is_number else baton.by_code_point(baton.as_text(filling.value)) }}
limit 1
        {%- endset -%}
        {%- set most_frequent = baton._add_cte(stage, unit, 'most_frequent', most_frequent_sql) -%}
        {%- if filling.is_number -%}
            {%- set number -%} coalesce(max({{ baton.as_double('value') }}), 0) {%- endset -%}
            {%- do baton._write_fitted_rows(stage, unit, 'statistic', most_frequent, number=number) -%}
        {%- else -%}
            {%- set empty = dict(boolean="'false'", text="'0'", unknown="'0'").get(unit.kind, 'null') -%}
            {%- set text -%} coalesce(max({{ baton.as_text('value') }}), {{ empty }}) {%- endset -%}
            {%- do baton._write_fitted_rows(stage, unit, 'statistic', most_frequent, text=text) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_simple_imputer(unit) -%}
    {%- set filling = baton._imputer_filling(unit) -%}
    {%- set is_constant = unit.parameters.strategy == 'constant' -%}
    {%- set stays_whole = filling.is_number and unit.kind == 'integer' and (
        unit.parameters.strategy == 'most_frequent' or is_constant and filling.constant == filling.constant | int
    ) -%}
    {%- set statistic -%}
        {%- if is_constant and stays_whole -%}
{{ filling.constant | int }}
        {%- elif is_constant -%}
{{ baton.number_literal(filling.constant) if filling.is_number else baton.literal(filling.constant) }}
        {%- else -%}
{{ baton._fitted_value(unit, 'statistic', column='value_number' if filling.is_number else 'value_text') }}
        {%- endif -%}
    {%- endset -%}
    {%- set sql -%}
        {%- if stays_whole and not is_constant -%}
coalesce({{ filling.value }}, cast({{ statistic }} as {{ dbt.type_bigint() }}))
        {%- elif filling.is_number or unit.kind in 'text unknown category'.split() -%}
coalesce({{ filling.value }}, {{ statistic }})
        {%- else -%}
coalesce({{ filling.value }}, cast({{ statistic }} as {{ unit.type or 'boolean' }}))
        {%- endif -%}
    {%- endset -%}
    {%- set indicator -%} case when {{ filling.value }} is null then 1 else 0 end {%- endset -%}
    {%- set number_kind = 'integer' if stays_whole else 'number' -%}
    {%- set other_kind = 'text' if unit.kind in ['unknown', 'category'] else unit.kind -%}
    {%- set outputs = [dict(name=unit.column, sql=sql, kind=number_kind if filling.is_number else other_kind)] -%}
    {%- if unit.parameters.add_indicator -%}
        {%- do outputs.append(dict(name='missingindicator_' ~ unit.column, sql=indicator, kind='integer', is_late=true)) -%}
    {%- endif -%}
    {{ return(outputs) }}
{%- endmacro -%}
