{#- The position of a class among all; an unknown class ends the query. NULL is a class, the last. -#}
{%- macro _label_encoder(step) -%}
reads: category
is_fitted: true
makes: integer
{%- endmacro -%}

{%- macro _fit_label_encoder(stage, unit) -%}
    {%- do baton._write_fitted_rows(
        stage, unit, 'category', baton._ranked_categories(stage, unit), category='category', position='position', number='position'
    ) -%}
{%- endmacro -%}

{%- macro _apply_label_encoder(unit) -%}
    {%- set classes = baton._fitted_by_category(unit, 'category', 'classes', {'code': 'max(position)'}) -%}
case
    when {{ classes }}.code is not null then {{ classes }}.code
    else {{ baton._unknown_category(unit, 'integer') }}
end
{%- endmacro -%}
