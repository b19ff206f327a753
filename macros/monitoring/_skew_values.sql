{#
    The values of features as training_serving_skew compares them. A value is a `number`, a double, or a `text`, or missing: NULL in both,
    as are NULL and NaN. A feature whose columns are known to hold no numbers, or nothing else, has one of the two.
#}

{#- Whether a column holds a 'number' or a 'text', or 'any' where it is not known. -#}
{%- macro _skew_kind(name, columns) -%}
    {%- set kind = baton.number_kind(columns, name) -%}
    {{ return('any' if kind == 'unknown' else 'number' if kind in ['double', 'integer', 'decimal'] else 'text') }}
{%- endmacro -%}

{#- A key, as text where the relations have it in types that engines do not compare. -#}
{%- macro _skew_key(name, columns, by_text) -%}
{{ baton.value_text(baton.identifier(name), columns) if by_text else baton.identifier(name) }}
{%- endmacro -%}

{#- The values of a feature's column, under the names of a side. -#}
{%- macro _skew_columns(feature, side, columns) -%}
    {%- set column = baton.identifier(feature.name) -%}
    {%- set kind = baton._skew_kind(feature.name, columns) -%}
    {%- set known = baton.find_column(columns, feature.name) if columns else none -%}
    {%- if feature[side].number -%}
        {%- if kind == 'number' -%}
{{ baton.nan_to_null(column) }} as {{ feature[side].number }}
        {%- elif kind == 'text' -%}
{{ baton.as_double('null') }} as {{ feature[side].number }}
        {%- else -%}
{{ baton.nan_to_null('case when %s then %s end' | format(baton.is_number(column), baton.as_text(column))) }} as {{ feature[side].number }}
        {%- endif -%}
    {%- endif -%}
    {{- ',\n' if feature[side].number and feature[side].text -}}
    {%- if feature[side].text -%}
        {%- if kind == 'number' -%}
{{ baton.as_text('null') }} as {{ feature[side].text }}
        {%- elif kind == 'any' -%}
case when not {{ baton.is_number(column) }} then {{ baton.any_value_text(column) }} end as {{ feature[side].text }}
        {%- elif baton.type_shape(known).kind in ['date', 'timestamp', 'zoned timestamp'] and not feature.is_logged -%}
{{ baton.as_text('cast(%s as %s)' | format(baton.utc(feature.name, columns), baton.type_timestamp())) }} as {{ feature[side].text }}
        {%- else -%}
{{ baton.value_text(column, columns) }} as {{ feature[side].text }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{#- The same of a logged one, a JSON value. An infinite number, which JSON does not have, is logged as a text. -#}
{%- macro _skew_logged(feature) -%}
    {%- set value = baton.json_item('logged_values', feature.place) -%}
    {%- set text = baton.json_text(value) -%}
    {%- set is_number = baton.json_is('number', value) -%}
    {%- if feature.truth_kind != 'text' -%}
        {%- set is_number -%}
({{ is_number }} or {{ text }} in ('Infinity', '-Infinity'))
        {%- endset -%}
    {%- endif -%}
case when {{ is_number }} then {{ baton.as_double(text) }} end as {{ feature.served.number }},
case when not {{ is_number }} then {{ text }} end as {{ feature.served.text }}
{%- endmacro -%}

{#- Whether two values are not the same, within the tolerance: a condition that is never NULL. -#}
{%- macro _values_differ(one, other, tolerance) -%}
    {%- if one.number -%}
case
    when {{ one.number }} = {{ other.number }} then false
    when abs({{ one.number }}) < 1e300 and abs({{ other.number }}) < 1e300
        then abs({{ one.number }} - {{ other.number }}) > {{ tolerance }} * greatest(1, abs({{ one.number }}), abs({{ other.number }}))
    when {{ one.number }} is not null or {{ other.number }} is not null then true
    else {{ baton.is_different(one.text, other.text) if one.text else 'false' }}
end
    {%- else -%}
{{ baton.is_different(one.text, other.text) }}
    {%- endif -%}
{%- endmacro -%}

{#- Whether there is a value. -#}
{%- macro _has_value(value) -%}
    {%- if value.number and value.text -%}
({{ value.number }} is not null or {{ value.text }} is not null)
    {%- else -%}
{{ value.number or value.text }} is not null
    {%- endif -%}
{%- endmacro -%}

{#- A value in a sentence. -#}
{%- macro _shown_value(value) -%}
coalesce({{ baton.double_text(value.number) ~ ', ' if value.number }}{{ value.text ~ ', ' if value.text }}'NULL')
{%- endmacro -%}
