{#
    Every feature of the project, one row each: what dbt knows of it, and the type that the warehouse gives it.

    What dbt knows stands in the query as rows. The columns that a relation really has are read from the warehouse
    whenever the query runs, so as a view the catalogue need not be built after the features: no order has to be kept that
    dbt could not know of.
#}
{%- macro feature_catalogue() -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set models = baton._feature_models() -%}
    {%- set name_of_type = baton.type_text() -%}

with models as (
{{ baton.text_rows(baton._model_columns(), models) }}

),

-- the columns that are described in a yml
documented as (
{{ baton.text_rows('model_unique_id feature data_type description tags is_feature'.split(), models | map(attribute='documented') | sum(start=[])) }}

),

-- keys and times, by which features are found
key_columns as (
{{ baton.text_rows(['model_unique_id', 'feature'], models | map(attribute='key_columns') | sum(start=[])) }}

),

built as (

    select
        models.model_unique_id,
        cast(warehouse.column_name as {{ name_of_type }}) as feature,
        cast(warehouse.data_type as {{ name_of_type }}) as data_type
    from models
    join information_schema.columns as warehouse
        on lower(models.database_name) = lower(cast(warehouse.table_catalog as {{ name_of_type }}))
        and lower(models.schema_name) = lower(cast(warehouse.table_schema as {{ name_of_type }}))
        and lower(models.relation_name) = lower(cast(warehouse.table_name as {{ name_of_type }}))

),

features as (

    select
        coalesce(built.model_unique_id, documented.model_unique_id) as model_unique_id,
        coalesce(built.feature, documented.feature) as feature,
        coalesce(documented.data_type, built.data_type) as data_type,
        documented.description,
        documented.tags,
        documented.is_feature,
        built.feature is not null as is_built
    from built
    full join documented
        on built.model_unique_id = documented.model_unique_id
        and lower(built.feature) = lower(documented.feature)

)

select
    features.feature,
    features.data_type,
    features.description,
    models.entity,
    models.owner,
    models.owner_email,
    models.group_name,
    coalesce(features.tags, models.tags) as tags,
    models.model,
    models.model_version,
    models.model_unique_id,
    models.model_description,
    models.package,
    models.path,
    models.materialized,
    models.database_name,
    models.schema_name,
    models.relation_name,
    features.is_built,
    models.upstream_sources,
    models.consumed_by,
    models.exposures
from features
join models
    on features.model_unique_id = models.model_unique_id
left join key_columns
    on features.model_unique_id = key_columns.model_unique_id
    and lower(features.feature) = lower(key_columns.feature)
where
    key_columns.feature is null
    and case
        when features.is_feature is not null then features.is_feature = 'true'
        else
            lower(features.feature) not in (
                'as_of', 'valid_from', 'valid_to', 'is_current', 'is_deleted', 'recorded_at', 'feature_hash', 'surrogate_key',
                'version_id', 'source_hash'
            )
            and lower(features.feature) not like '%!_feature!_time' escape '!'
    end

{%- endmacro -%}


{%- macro _model_columns() -%}
    {{ return([
        'model', 'model_version', 'model_unique_id', 'model_description', 'entity', 'owner', 'owner_email', 'group_name', 'tags', 'package',
        'path', 'materialized', 'database_name', 'schema_name', 'relation_name', 'upstream_sources', 'consumed_by', 'exposures',
    ]) }}
{%- endmacro -%}
