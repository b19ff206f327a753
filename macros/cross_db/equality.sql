{#- Whether two values are the same, NULL as NULL: a condition that a hash join can use. -#}
{%- macro same_value(one, other) -%}
    {{ adapter.dispatch('same_value', 'baton')(one, other) }}
{%- endmacro -%}

{%- macro default__same_value(one, other) -%}
coalesce({{ one }}, '') = coalesce({{ other }}, '')
and ({{ one }} is null) = ({{ other }} is null)
{%- endmacro -%}

{%- macro duckdb__same_value(one, other) -%}
{{ one }} is not distinct from {{ other }}
{%- endmacro -%}

{%- macro spark__same_value(one, other) -%}
{{ one }} <=> {{ other }}
{%- endmacro -%}

{#- Whether two values of one type differ, NULL from a value but not from NULL. -#}
{%- macro is_different(one, other) -%}
    {{ adapter.dispatch('is_different', 'baton')(one, other) }}
{%- endmacro -%}

{%- macro default__is_different(one, other) -%}
({{ one }} <> {{ other }} or ({{ one }} is null) <> ({{ other }} is null))
{%- endmacro -%}

{%- macro duckdb__is_different(one, other) -%}{{ one }} is distinct from {{ other }}{%- endmacro -%}

{%- macro postgres__is_different(one, other) -%}{{ one }} is distinct from {{ other }}{%- endmacro -%}

{%- macro spark__is_different(one, other) -%}{{ one }} is distinct from {{ other }}{%- endmacro -%}

{#- Whether values of a type can be compared and grouped; those that cannot are compared by their text. -#}
{%- macro has_equality(type) -%}
    {{ return(adapter.dispatch('has_equality', 'baton')(type)) }}
{%- endmacro -%}

{%- macro default__has_equality(type) -%}{{ return(true) }}{%- endmacro -%}

{#- A box and a circle are compared by their area there, a path by the number of its points. -#}
{%- macro postgres__has_equality(type) -%}
    {{ return((type | lower).rstrip('[]') not in 'json xml point line lseg box path polygon circle'.split()) }}
{%- endmacro -%}

{%- macro spark__has_equality(type) -%}{{ return('map<' not in type | lower) }}{%- endmacro -%}
