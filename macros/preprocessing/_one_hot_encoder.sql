{#-
    A column of 0 and 1 for each category. Which categories there are is in the call or else read from the fitted table
    when the model is compiled.
-#}
{%- macro _one_hot_encoder(step) -%}
reads: category
makes: integer
is_fitted: {{ step.get('categories', 'auto') == 'auto' }}
parameters:
  categories: {default: auto, takes: lists}
  min_frequency: {takes: frequency, or_none: true}
  max_categories: {takes: count, or_none: true}
  handle_unknown: {default: error, takes: choice, choices: [error, ignore, infrequent_if_exist], is_applied: true}
  drop: {takes: choice, choices: [first, if_binary], or_none: true}
    {%- if step.get('categories', 'auto') != 'auto' and (step.get('min_frequency') is not none or step.get('max_categories') is not none) %}
wrong:
  - ": min_frequency and max_categories count rows, so categories has to be 'auto'"
    {%- endif %}
{%- endmacro -%}

{%- macro _fit_one_hot_encoder(stage, unit) -%}
    {%- if not unit.step.is_fitted -%}
        {%- for category in baton._given_categories(unit) -%}
            {%- do baton._write_known_row(unit, 'category', category=category, position=loop.index0) -%}
        {%- endfor -%}
        {%- for category in baton._dropped_of_given(unit) -%}
            {%- do baton._write_known_row(unit, 'drop', category=category) -%}
        {%- endfor -%}
        {{ return('') }}
    {%- endif -%}

    {%- set categories = baton._ranked_categories(stage, unit) -%}
    {%- set least, most = unit.parameters.min_frequency, unit.parameters.max_categories -%}
    {%- set groups = least is not none or most is not none -%}
    {%- if groups -%}
        {#- of those that occur equally often the later ones count as the more frequent, as in scikit-learn -#}
        {%- set grouped -%}
select
    category,
    n,
    position,
    is_rare
    {%- if most is not none %}
    or row_rank > {{ most - 1 }} and count(case when not is_rare then 1 end) over () + 1 > {{ most }}
    {%- endif %} as is_infrequent
from (
    select
        *,
        {%- if least is none %}
        false as is_rare,
        {%- elif least is integer %}
        n < {{ least }} as is_rare,
        {%- else %}
        n < {{ baton.number_literal(least) }} * sum(n) over () as is_rare,
        {%- endif %}
        row_number() over (order by n desc, position desc) as row_rank
    from {{ categories }}
) as counted
        {%- endset -%}
        {%- set categories = baton._add_cte(stage, unit, 'grouped', grouped) -%}
    {%- endif -%}
    {%- do baton._write_fitted_rows(stage, unit, 'category', categories, category='category', position='position', number='n') -%}
    {%- if groups -%}
        {%- do baton._write_fitted_rows(stage, unit, 'infrequent', categories, category='category', where='is_infrequent') -%}
    {%- endif -%}
    {%- if unit.parameters.drop -%}
        {%- set is_infrequent = 'is_infrequent' if groups else 'false' -%}
        {%- set dropped_sql -%}
-- the infrequent ones stand last and count as one
select
    category,
    row_number() over (order by {{ is_infrequent }}, position) as row_rank,
    count(case when not {{ is_infrequent }} then 1 end) over ()
    + max(case when {{ is_infrequent }} then 1 else 0 end) over () as n_columns
from {{ categories }}
        {%- endset -%}
        {%- do baton._write_fitted_rows(
            stage, unit, 'drop', baton._add_cte(stage, unit, 'dropped', dropped_sql), category='category',
            where='row_rank = 1 and n_columns = 2' if unit.parameters.drop == 'if_binary' else 'row_rank = 1'
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _dropped_of_given(unit) -%}
    {%- set categories, drop = baton._given_categories(unit), unit.parameters.drop -%}
    {{ return(categories[:1] if drop == 'first' or drop == 'if_binary' and categories | length == 2 else []) }}
{%- endmacro -%}

{%- macro _apply_one_hot_encoder(unit) -%}
    {%- if unit.step.is_fitted -%}
        {%- set categories, infrequent, dropped = unit.known.category, unit.known.infrequent, unit.known.drop -%}
    {%- else -%}
        {%- set categories, infrequent, dropped = baton._given_categories(unit), [], baton._dropped_of_given(unit) -%}
    {%- endif -%}
    {%- set frequent = categories | reject('in', infrequent) | list -%}
    {%- set unknown = unit.parameters.handle_unknown -%}
    {%- set outputs = [] -%}
    {%- for category in frequent if category not in dropped -%}
        {%- do outputs.append(dict(
            name='%s_%s' | format(unit.column, category),
            is_met=baton._is_one_of(unit.value, [category]),
            categories=[category],
        )) -%}
    {%- endfor -%}
    {%- if infrequent and not (dropped and dropped[0] in infrequent) -%}
        {%- set is_met -%}
            {%- if unknown == 'infrequent_if_exist' -%}
coalesce(not ({{ baton._is_one_of(unit.value, frequent) }}), true)
            {%- else -%}
{{ baton._is_one_of(unit.value, infrequent) }}
            {%- endif -%}
        {%- endset -%}
        {%- do outputs.append(dict(name=unit.column ~ '_infrequent_sklearn', is_met=is_met, categories=infrequent)) -%}
    {%- endif -%}
    {%- for output in outputs -%}
        {%- set sql -%}
            {%- if loop.first and unknown == 'error' -%}
-- unknown categories are checked here once, not in every column
case
    when {{ output.is_met }} then 1
    when {{ baton._is_one_of(unit.value, categories | reject('in', output.categories) | list) }} then 0
    else {{ baton._unknown_category(unit, 'integer') }}
end
            {%- else -%}
case when {{ output.is_met }} then 1 else 0 end
            {%- endif -%}
        {%- endset -%}
        {%- do output.update(sql=sql) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
