{#- `cells`: the totals of each cell, with `other_task`, which says why a model is none of this task. -#}
{%- macro _cells_of_task() -%}
cells as (

    select
        totals.*,
        models.other_task
    from totals
    inner join models
        on {{ baton.same_value('totals.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('totals.model_version', 'models.model_version') | indent(8) }}

)
{%- endmacro -%}
