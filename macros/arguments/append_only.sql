{#-
    For the body of a model whose rows cannot be made again, such as 'a log': no run and no --full-refresh may change or delete them.
-#}
{%- macro expect_append_only(problems, what) -%}
    {%- if model.resource_type != 'model' -%}
        {{ return('') }}
    {%- endif -%}
    {%- if config.get('materialized') != 'incremental' or config.get('full_refresh') is not sameas false -%}
        {%- do problems.append(
            "the model's config has materialized %s and full_refresh %s, expected materialized='incremental' and full_refresh=false, because %s must keep its rows"
            | format(baton._repr(config.get('materialized')), baton._repr(config.get('full_refresh')), what)
        ) -%}
    {%- endif -%}
    {%- if config.get('unique_key') or config.get('incremental_strategy') not in [none, 'append'] -%}
        {%- do problems.append(
            "the model's config has incremental_strategy %s and unique_key %s, expected incremental_strategy='append' and no unique_key, because rows of %s are never rewritten"
            | format(baton._repr(config.get('incremental_strategy')), baton._repr(config.get('unique_key')), what)
        ) -%}
    {%- endif -%}
{%- endmacro -%}
