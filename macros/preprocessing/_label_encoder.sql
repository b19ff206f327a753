{#- The position of a class among all; an unknown class ends the query. NULL is a class, the last. -#}
{%- macro _label_encoder(step) -%}
    {{ return({'reads': 'category', 'is_fitted': true, 'parameters': {}}) }}
{%- endmacro -%}

{%- macro _fit_label_encoder(fit, unit) -%}
    {%- do baton._put_select(
        fit, unit, 'category', baton._ranked_categories(fit, unit), {'category': 'category', 'position': 'position', 'value_number': 'position'}
    ) -%}
{%- endmacro -%}

{%- macro _apply_label_encoder(unit) -%}
    {%- set classes = baton._fitted_by_category(unit, 'category', 'classes', columns={'code': 'max(position)'}) -%}
    {{ return([{
        'name': unit.columns[0],
        'sql': 'case when ' ~ classes ~ '.code is not null then ' ~ classes ~ '.code else ' ~ baton._unknown_category(unit, 'integer') ~ ' end',
        'kind': 'integer',
    }]) }}
{%- endmacro -%}
