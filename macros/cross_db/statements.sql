{#
    Statements that come before another one in a hook: each ends with a semicolon where a hook may have several, and is run at once
    where it may not.
#}
{%- macro statements(before) -%}
    {{ adapter.dispatch('statements', 'baton')(before) }}
{%- endmacro -%}

{%- macro default__statements(before) -%}
{%- for statement in before -%}
{{ statement }};

{% endfor -%}
{%- endmacro -%}

{%- macro spark__statements(before) -%}
{%- for statement in before -%}{%- do run_query(statement) -%}{%- endfor -%}
{%- endmacro -%}
