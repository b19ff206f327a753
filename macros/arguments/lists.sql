{#- One value or a list of them, as a list; nothing is the empty list. -#}
{%- macro as_list(value) -%}
    {%- if value is undefined or value is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(value | list if value is not string and value is not mapping and value is iterable else [value]) }}
{%- endmacro -%}

{#- Whether a value is a list, or something like one: no text, no mapping and no relation, which dbt makes a mapping. -#}
{%- macro is_list(value) -%}
    {{ return(value is defined and value is not string and value is not mapping and value is iterable) }}
{%- endmacro -%}

{#- Whether a value is a mapping that a user wrote: dbt's relations are mappings too. -#}
{%- macro is_mapping(value) -%}
    {{ return(value is mapping and not baton.is_relation(value)) }}
{%- endmacro -%}

{#-
    Every name of a column in a value, whatever it is: a name, a list of names or of such lists. What is no name is left out:
    nothing, blank, a number, a mapping, a text of several lines. The tests stand here and not in calls, since a model has hundreds of names.
-#}
{%- macro names_in(value) -%}
    {%- set names = [] -%}
    {%- for one in baton.as_list(value) -%}
        {%- if one is string -%}
            {%- set plain = baton.unquoted(one) if one | first in ['"', '`'] else one -%}
            {%- if plain | trim and one.splitlines() == [one] -%}{%- do names.append(one) -%}{%- endif -%}
        {%- elif baton.is_list(one) -%}
            {%- do names.extend(baton.names_in(one)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}
