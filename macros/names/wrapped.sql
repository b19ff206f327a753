{#- A list to stand between parentheses: on one line where that is short, else an item a line. -#}
{%- macro wrapped(items) -%}
{%- if items | join(', ') | length <= 60 -%}
{{ items | join(', ') }}
{%- else %}
    {{ items | join(',\n    ') }}
{% endif -%}
{%- endmacro -%}
