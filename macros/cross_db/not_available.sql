{#-
    The error where an engine lacks what a macro needs, in place of SQL that it would refuse. While dbt parses the project it is an empty text,
    since a model that is disabled on that engine must not end the parse of all others.
-#}
{%- macro not_available(what) -%}
    {%- if execute -%}
        {%- do exceptions.raise_compiler_error(
            "%s is not available on %s yet: see docs/engines.md" | format(what, adapter.type())
        ) -%}
    {%- endif -%}
    {{ return('') }}
{%- endmacro -%}
