{#- The rows with the scores of one version: its query over the relation's columns as the version takes them. -#}
{%- macro _scored_rows(call, version, registry) -%}
{%- set inner, hashed = call.key_columns + call.kept_columns, [] -%}
{%- for feature in version.features -%}{%- do hashed.append(baton.identifier(baton._exact_name(feature.column))) -%}{%- endfor -%}
{#- the columns of `features` that are not the version's own, each with a comma -#}
{%- set inner_names = (inner | map(attribute='name') | list + [call.feature_hash, '']) | join(', ') | trim -%}
with features as (

    select
        {%- for key in inner %}
        {{ key.sql | indent(8) }} as {{ key.name }},
        {%- endfor %}
        {{ baton.row_hash(hashed, call.known) | indent(8) }} as {{ call.feature_hash }},
        {%- for feature in version.features %}
        {#- as the query takes it: numbers and booleans as doubles without NaN, all else as text -#}
        {%- set column = hashed[loop.index0] -%}
        {%- set input -%}
            {%- if feature.get('role') == 'group_by' -%} {{ baton.value_text(column, call.known) }}
            {%- elif feature.type == 'boolean' -%} {{ baton.as_double('cast(%s as integer)' | format(column)) }}
            {%- elif feature.type in ['int', 'float'] -%} {{ baton.nan_to_null(column) }}
            {%- elif feature.type == 'text' -%} {{ baton.as_text(column) }}
            {%- else -%} {{ baton.utc(feature.column, call.known) }}
            {%- endif -%}
        {%- endset %}
        {{ input | indent(8) }} as {{ baton.identifier(baton._exact_name(feature.name)) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ call.relation }}

)
{%- if version.has_nodes -%},

-- the trees of the version
scoring_nodes as (

    select scoring_nodes as nodes
    from {{ registry }}
    where
        model_name = {{ baton.literal(call.model_name) }}
        and model_version = {{ baton.literal(version.model_version) }}
    limit 1

)
{%- endif %}

select
    {%- for name in call.names %}
    {{ call.key_columns[loop.index0].name }} as {{ name }},
    {%- endfor %}
    predicted_class,
    predicted_probability,
    predicted_value,
    class_probabilities,
    {{ call.feature_hash }}{{ ' as feature_hash' if call.feature_hash != 'feature_hash' }}
    {%- for name in call.kept %},
    {{ call.kept_columns[loop.index0].name }} as {{ name }}
    {%- endfor %}
from (

{{ version.sql | replace('/* kept columns */', inner_names) }}

) as scores
{%- endmacro -%}
