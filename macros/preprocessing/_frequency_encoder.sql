{#- The share of rows that a category had in the fit, NULL being one; 0 for those that it did not have. -#}
{%- macro _frequency_encoder(step) -%}
reads: category
is_fitted: true
{%- endmacro -%}

{%- macro _fit_frequency_encoder(stage, unit) -%}
    {%- set share -%} {{ baton.as_double('n') }} / sum(n) over () {%- endset -%}
    {%- do baton._write_fitted_rows(
        stage, unit, 'frequency', baton._ranked_categories(stage, unit), category='category', number=share
    ) -%}
{%- endmacro -%}

{%- macro _apply_frequency_encoder(unit) -%}
coalesce({{ baton._fitted_by_category(unit, 'frequency', 'shares', {'share': 'max(value_number)'}) }}.share, 0)
{%- endmacro -%}
