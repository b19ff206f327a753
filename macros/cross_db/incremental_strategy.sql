{#- The strategy that the model names, or dbt's where it names none. -#}
{%- macro incremental_strategy() -%}
    {{ return(model.config.incremental_strategy or baton.default_incremental_strategy()) }}
{%- endmacro -%}

{#- What dbt does in an incremental model that has a unique_key and names no strategy. -#}
{%- macro default_incremental_strategy() -%}
    {{ return(adapter.dispatch('default_incremental_strategy', 'baton')()) }}
{%- endmacro -%}

{%- macro default__default_incremental_strategy() -%}
    {%- set known = dict(duckdb='delete+insert', postgres='delete+insert', redshift='delete+insert', spark='append', trino='append') -%}
    {{ return(known.get(adapter.type(), 'merge')) }}
{%- endmacro -%}


{#-
    With which strategies a run replaces rows by their key: those that a model may name, and how a message names them. `merge_key` is the
    unique_key with which it merges.
-#}
{%- macro replacing_strategies(merge_key) -%}
    {{ return(adapter.dispatch('replacing_strategies', 'baton')(merge_key)) }}
{%- endmacro -%}

{%- macro default__replacing_strategies(merge_key) -%}
    {{ return({
        'names': ['delete+insert', 'merge'],
        'shown': "delete+insert or merge; where there is neither, materialized='table' gives the same rows",
    }) }}
{%- endmacro -%}

{#- As a table dbt would drop there what the run has to read. -#}
{%- macro spark__replacing_strategies(merge_key) -%}
    {{ return({
        'names': ['merge'],
        'shown': "merge, in the file_format iceberg or delta, with unique_key='%s'" | format(merge_key),
    }) }}
{%- endmacro -%}


{#- The run of a store reads what the store has on record, so dbt must not drop the table first. -#}
{%- macro expect_kept_table(problems) -%}
    {{ adapter.dispatch('expect_kept_table', 'baton')(problems) }}
{%- endmacro -%}

{%- macro default__expect_kept_table(problems) -%}{%- endmacro -%}

{%- macro spark__expect_kept_table(problems) -%}
    {%- if adapter.type() == 'spark' and model.config.materialized == 'table' -%}
        {%- do problems.append("the model is materialized as table, which dbt-spark drops before the run reads it: expected incremental") -%}
    {%- endif -%}
{%- endmacro -%}
