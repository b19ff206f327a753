{#-
    `measured`: one row for each cell and metric, with all that the report says of it. One select for all metrics, since the planning of
    one for each would cost more than a day's news; metrics of classes are of another CTE.
-#}
{%- macro _measured_cells(metrics, cell, undefined) -%}

{%- set null = baton.as_double('null') -%}
measured as (
    {%- for source in metrics | map(attribute='of', default='cells') | unique %}
    {%- set own, names = [], [] %}
    {%- for metric in metrics if metric.get('of', 'cells') == source -%}
        {%- do own.append(metric) -%}
        {%- do names.append(["'%s'" | format(metric.name)]) -%}
    {%- endfor %}

    select
        {{ cell | join(',\n        ') }},
        n,
        n_labelled,
        other_task,
        {{ 'class' if source == 'classes' else 'cast(null as %s) as class' | format(baton.type_text()) }},
        metric,
        case metric
            {%- for metric in own %}
            when '{{ metric.name }}' then {{ baton._metric_value(metric, undefined) | indent(12) }}
            {%- endfor %}
        end as value,
        sqrt({{ baton._by_metric(own, 'variance') }}) as std_error,
        {{ baton._by_metric(own, 'lowest') }} as lowest,
        {{ baton._by_metric(own, 'highest') }} as highest,
        {{ baton._by_metric(own, 'trials') }} as trials,
        {{ baton._by_metric(own, 'lower') }} as own_lower,
        {{ baton._by_metric(own, 'upper') }} as own_upper,
        case metric
            {%- for metric in own if metric.reasons %}
            when '{{ metric.name }}' then case
                {%- for undefined in metric.reasons %}
                when {{ undefined.condition | indent(16) }} then '{{ undefined.reason }}'
                {%- endfor %}
            end
            {%- endfor %}
        end as undefined_reason
    from {{ source }}
    cross join (
        {{ baton.values_rows(['metric'], names) | indent(8) }}
    ) as metrics
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)
{%- endmacro -%}

{#- What the metrics say of one of their facts, as SQL; NULL for those that say nothing. -#}
{%- macro _by_metric(metrics, fact) -%}
{%- set said = metrics | selectattr(fact) | rejectattr(fact, 'equalto', 'null') | list -%}
{%- if not said -%}
{{ baton.as_double('null') }}
{%- else -%}
case metric
    {%- for metric in said %}
    when '{{ metric.name }}' then {{ metric[fact] | indent(4) }}
    {%- endfor %}
end
{%- endif -%}
{%- endmacro -%}

{#- A metric's SQL, with scikit-learn's number where it is undefined and the call asks for that. -#}
{%- macro _metric_value(metric, undefined) -%}
    {%- if undefined == 'zero_division' and metric.get('zero_division') -%}
coalesce({{ metric.value }}, {{ metric.zero_division }})
    {%- else -%}
{{ metric.value }}
    {%- endif -%}
{%- endmacro -%}
