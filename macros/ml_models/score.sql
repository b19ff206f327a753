{#
    Scores in pure SQL: every row of `features` with the version that each alias points to, by the query that its version
    row holds. A version has that query only if it gave what scikit-learn gives when it was trained.
#}
{%- macro score(registry, model_name, features, entity, alias='champion', as_of='as_of', keep=[]) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._score_call(registry, model_name, features, entity, alias, as_of, keep) -%}
    {%- if not call.versions -%}

-- no version is read while dbt builds without rows, or before there is a registry
select
    {%- set text = 'cast(null as %s)' | format(baton.type_text()) %}
    {%- for key in call.key_columns %}
    {{ baton.named(key.sql, call.names[loop.index0]) }},
    {%- endfor %}
    {{ text }} as model_name,
    {{ text }} as model_version,
    {{ text }} as alias,
    {{ text }} as predicted_class,
    cast(null as {{ baton.type_double() }}) as predicted_probability,
    cast(null as {{ baton.type_double() }}) as predicted_value,
    {{ text }} as class_probabilities,
    {{ text }} as feature_hash
    {%- for name in call.kept %},
    {{ name }}
    {%- endfor %}
from {{ features }}
where false

    {%- else -%}

with {% for version in call.versions -%}
{{ version.cte }} as (

{#- not indented: a text in the version's query may hold a line break #}
{{ baton._scored_rows(call, version, registry) }}

){{ ',\n\n' if not loop.last }}
{%- endfor %}
{%- for version in call.versions %}

select
    {%- for name in call.names %}
    {{ name }},
    {%- endfor %}
    {{ baton.literal(model_name) }} as model_name,
    {{ baton.literal(version.model_version) }} as model_version,
    {{ baton.literal(version.alias) }} as alias,
    predicted_class,
    predicted_probability,
    predicted_value,
    class_probabilities,
    feature_hash
    {%- for name in call.kept %},
    {{ name }}
    {%- endfor %}
from {{ version.cte }}
    {%- if not loop.last %}

union all
    {%- endif %}
{%- endfor %}

    {%- endif -%}

{%- endmacro -%}
