{#-
    `measured`: one row for each cell and metric, with all that the report says of it. One select for all metrics, since the planning of
    one for each would cost more than a day's news; metrics of classes are of another CTE.
-#}
{%- macro _measured_cells(metrics, cell, undefined) -%}

{%- set null = baton.as_double('null') -%}
measured as (
    {%- for source in metrics | map(attribute='of', default='cells') | unique %}
    {%- set own, ranges = [], [] %}
    {%- for metric in metrics if metric.get('of', 'cells') == source -%}
        {%- do own.append(metric) -%}
        {%- do ranges.append(["'%s'" | format(metric.name), metric.lowest, metric.highest]) -%}
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
        {{ baton.as_double('lowest') }} as lowest,
        {{ baton.as_double('highest') }} as highest,
        {{ baton._by_metric(own, 'trials') }} as trials,
        {{ baton._by_metric(own, 'lower') }} as own_lower,
        {{ baton._by_metric(own, 'upper') }} as own_upper,
        {{ baton._undefined_reason(own) | indent(8) }} as undefined_reason
    from {{ source }}
    cross join (
        {{ baton.values_rows(['metric', 'lowest', 'highest'], ranges) | indent(8) }}
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

{#- Why a metric is undefined, as SQL: its first reason that holds. The metrics of one reason share a branch. -#}
{%- macro _undefined_reason(metrics) -%}
{%- set branches = {} -%}
{%- for metric in metrics -%}
    {%- for undefined in metric.reasons -%}
        {%- do branches.setdefault((loop.index0, undefined.condition, undefined.reason), []).append("'%s'" | format(metric.name)) -%}
    {%- endfor -%}
{%- endfor -%}
case
    {%- for branch, names in branches.items() | sort(attribute='0.0') %}
    when {{ branch[1] | indent(4) }} and metric in (
        {{ names | join(',\n        ') }}
    ) then '{{ branch[2] }}'
    {%- endfor %}
end
{%- endmacro -%}

{#- A metric's SQL, with scikit-learn's number where it is undefined and the call asks for that. -#}
{%- macro _metric_value(metric, undefined) -%}
    {%- if undefined == 'zero_division' and metric.get('zero_division') -%}
coalesce({{ metric.value }}, {{ metric.zero_division }})
    {%- else -%}
{{ metric.value }}
    {%- endif -%}
{%- endmacro -%}
