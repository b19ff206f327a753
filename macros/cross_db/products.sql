{#
    Products and quotients of doubles that are 0 where nothing is left of them, as IEEE 754 has it. PostgreSQL ends the query
    there ("value out of range: underflow"): what is smaller than 1e-307 is 0 on it, and a product that is too great is NULL.

    The arguments are expressions that may stand beside any operator; the second stands in the SQL several times.
#}

{%- macro product(one, other) -%}
    {{ adapter.dispatch('product', 'baton')(one, other) }}
{%- endmacro -%}

{%- macro default__product(one, other) -%}
{{ one }} * {{ other }}
{%- endmacro -%}

{%- macro postgres__product(one, other) -%}
case
    when abs({{ other | indent }}) < 1
        and abs({{ one | indent }}) < 1e-307 / nullif(abs({{ other | indent }}), 0) then 0
    when abs({{ other | indent }}) > 1
        and abs({{ one | indent }}) > 1e308 / abs({{ other | indent }}) then null
    else {{ one | indent }}
        * {{ other | indent }}
end
{%- endmacro -%}


{#- By a divisor that is not negative. -#}
{%- macro quotient(dividend, divisor) -%}
    {{ adapter.dispatch('quotient', 'baton')(dividend, divisor) }}
{%- endmacro -%}

{%- macro default__quotient(dividend, divisor) -%}
{{ dividend }} / {{ divisor }}
{%- endmacro -%}

{%- macro postgres__quotient(dividend, divisor) -%}
case
    when {{ divisor | indent }} > 1
        and abs({{ dividend | indent }}) < {{ divisor | indent }} * 1e-307 then 0
    else {{ dividend | indent }}
        / {{ divisor | indent }}
end
{%- endmacro -%}


{#- Infinity where it is too great. -#}
{%- macro square(number) -%}
    {{ adapter.dispatch('square', 'baton')(number) }}
{%- endmacro -%}

{%- macro default__square(number) -%}
{% if modules.re.match('^["\\w. ]+$', number) %}{{ number }} * {{ number }}{% else %}power({{ number }}, 2){% endif %}
{%- endmacro -%}

{%- macro postgres__square(number) -%}
case
    when abs({{ number | indent }}) < 1.6e-162 then 0
    when abs({{ number | indent }}) > 1.3e154 then cast('Infinity' as double precision)
    else power({{ number | indent }}, 2)
end
{%- endmacro -%}
