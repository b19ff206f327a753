{#
    JSON on Spark, which has no type for it: a JSON value is a text, the members of an object are read as a map of texts. So a text of
    digits and a number are the same there.
#}

{%- macro spark_json_map(json) -%}
from_json({{ json }}, 'map<string, string>')
{%- endmacro -%}

{#- The text at a path, or the document itself. -#}
{%- macro spark_json_member(json, path) -%}
    {%- set found = namespace(sql=json) -%}
    {%- for key in path -%}
        {%- set found.sql = '%s[%s]' | format(baton.spark_json_map(found.sql), baton.literal(key)) -%}
    {%- endfor -%}
    {{ return(found.sql) }}
{%- endmacro -%}

{#- A text where it is a number of JSON, else NULL: a cast would take '1d' too. -#}
{%- macro spark_number_text(text) -%}
case when {{ text }} rlike '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$' then {{ text }} end
{%- endmacro -%}
