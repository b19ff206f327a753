{#
    All versions of all models in one relation, numbered: `version_number` counts a model's versions from 1 in the
    order in which they were trained. A version with several rows counts once, as it was first trained.
#}
{%- macro model_registry(models) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems, columns = [], [] -%}
    {%- do baton.expect_list(problems, 'models', models, of='relations of version rows') -%}
    {%- for relation in (models if baton.is_list(models) else []) -%}
        {%- set argument = 'models[%s]' | format(loop.index0) -%}
        {%- do baton.expect_relation(problems, argument, relation) -%}
        {%- do columns.append(baton.expect_columns(problems, argument, relation, baton._first_version_columns())) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('model_registry', problems) -%}

with rows_of_versions as (
    {%- for relation in baton.as_list(models) %}
    {%- set known = columns[loop.index0] %}

    select
        {% for column in baton._version_columns() -%}
        {#- NULL where an older release made the table and no version was trained since #}
        {%- if not known or baton.find_column(known, column) or column in baton._first_version_columns() -%}
        {{ column }},
        {%- else -%}
        cast(null as {{ dict(threshold=baton.type_double(), scoring_sql_differing_classes='bigint').get(column, baton.type_text()) }}) as {{ column }},
        {%- endif %}
        {% endfor -%}
        {{ loop.index }} as relation_position
    from {{ relation }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

versions as (

    select
        *,
        row_number() over (
            partition by model_name, model_version
            order by trained_at, relation_position, run_id
        ) as row_rank
    from rows_of_versions

)

select
    {{ baton._version_columns() | join(',\n    ') }},
    row_number() over (
        partition by model_name
        order by trained_at, model_version
    ) as version_number
from versions
where row_rank = 1

{%- endmacro -%}


{#- The columns of a version row, in the order in which a training writes them. -#}
{%- macro _version_columns() -%}
    {{ return(baton._first_version_columns() + '
        classes threshold training_relation configuration groups scoring_nodes scoring_sql_differing_classes
    '.split()) }}
{%- endmacro -%}

{#- The columns that version rows of every release have. -#}
{%- macro _first_version_columns() -%}
    {{ return('
        model_name model_version trained_at task estimator params features label split
        training_rows training_set_hash random_state metrics feature_importances artifact
        artifact_sha256 artifact_format library_versions scoring_sql scoring_sql_max_abs_error
        run_id git_sha owner
    '.split()) }}
{%- endmacro -%}
