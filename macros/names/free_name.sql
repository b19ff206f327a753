{#- The name, numbered where it is taken, and taken from now on. -#}
{%- macro free_name(taken, name) -%}
    {%- for number in range(taken | length + 1) -%}
        {%- set free = '%s_%s' | format(name, number + 1) if number else name -%}
        {%- if free not in taken -%}
            {%- do taken.append(free) -%}
            {{ return(free) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
