{#
    Gives an alias to a version by hand: `dbt run-operation baton.promote`. One row is appended to a table made with
    `promotions`; for a seed, which git keeps, the row to add is printed.
#}
{%- macro promote(promotions, registry, model_name, model_version, alias='champion', promoted_by=none, reason=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set call = baton._promotion_by_hand(problems, promotions, registry, model_name, model_version, alias, promoted_by, reason) -%}
    {%- do baton._expect_version(problems, call, model_name, model_version) -%}
    {%- do baton.raise_problems('promote', problems) -%}

    {%- do baton._begin_promotion(call) -%}
    {%- do baton._append_promotion(call, model_version, call.reason or 'by hand') -%}

{%- endmacro -%}
