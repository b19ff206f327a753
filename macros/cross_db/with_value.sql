{#-
    SQL that reads a long expression several times: {% call(value) baton.with_value(long, 'value') %} ... {{ value }} ... {% endcall %}.
    Spark copies the expression to each place, and the plan with every CTE that reads it, so there it is bound to the name of a lambda.

    value   the expression, ready for SQL
    name    what the SQL calls it, where it has a name
-#}
{%- macro with_value(value, name) -%}
    {%- set form = adapter.dispatch('with_value', 'baton')(value, name) -%}
{{ form.before }}{{ caller(form.value) }}{{ form.after }}
{%- endmacro -%}

{%- macro default__with_value(value, name) -%}
    {{ return({'before': '', 'value': '(%s)' | format(value), 'after': ''}) }}
{%- endmacro -%}

{%- macro spark__with_value(value, name) -%}
    {{ return({'before': 'transform(array(%s), %s -> ' | format(value, name), 'value': name, 'after': ')[0]'}) }}
{%- endmacro -%}
