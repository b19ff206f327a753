{#
    Scoring by an alias finds its version: each model has exactly one current version of the alias, the registry has that version,
    and an artifact is stored with it.

    The argument is not `alias`, which dbt takes as the name of the test's own table.
#}
{% test alias_resolves(model, alias_name='champion', model_name=none, registry=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'alias_name: text', alias_name) -%}
    {%- set model_names = baton.as_list(model_name) -%}
    {%- if model_name is not none and not model_names -%}
        {%- do problems.append("model_name is %s, expected the name of a model or a list of names" | format(baton._repr(model_name))) -%}
    {%- endif -%}
    {%- for name in model_names -%}{%- do baton.expect_text(problems, 'model_name', name) -%}{%- endfor -%}
    {%- if registry is not none -%}
        {%- do baton.expect_relation(problems, 'registry', registry) -%}
        {%- do baton.expect_columns(problems, 'registry', registry, 'model_name') -%}
        {%- if model_name is not none -%}
            {%- do problems.append("model_name and registry are both given: expected one, the models to look for or the registry of all") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton._expect_tested_columns(
        problems, baton._tested_relation(model), 'model_name alias model_version is_current version_number artifact'.split()
    ) -%}
    {%- do baton.raise_problems('alias_resolves', problems) -%}

with models as (
    {%- if model_names %}
{% for name in model_names %}
    select cast({{ baton.literal(name) }} as {{ baton.type_text() }}) as model_name
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
    {%- else %}

    select distinct model_name
    from {{ registry or model }}
    {%- endif %}

),

current_versions as (

    select
        model_name,
        model_version,
        version_number,
        case when artifact is not null then 1 else 0 end as has_artifact
    from {{ model }}
    where
        is_current
        and alias = {{ baton.literal(alias_name) }}

),

judged as (

    select
        models.model_name,
        min(current_versions.model_version) as model_version,
        max(current_versions.model_version) as baton_last_version,
        count(current_versions.model_version) as baton_versions,
        count(current_versions.version_number) as baton_known_versions,
        coalesce(sum(current_versions.has_artifact), 0) as baton_artifacts
    from models
    left join current_versions
        on models.model_name = current_versions.model_name
    group by models.model_name

),

faults as (

    select
        model_name,
        model_version,
        cast({{ baton.literal(alias_name) }} as {{ baton.type_text() }}) as alias,
        case
            when baton_versions = 0
                then {{ baton.literal("no version is %s now, so nothing can be scored by this alias" | format(alias_name)) }}
            when baton_versions > 1
                then {{ baton.as_text('baton_versions') }} || {{ baton.literal(" versions are %s at once, among them " | format(alias_name)) }}
                || model_version || ' and ' || baton_last_version || ', so it is not known which one scores'
            when baton_known_versions = 0
                then {{ baton.literal("%s is version " | format(alias_name)) }} || model_version || ', which the registry does not have, so it cannot score'
            when baton_artifacts = 0
                then {{ baton.literal("%s is version " | format(alias_name)) }} || model_version || ', of which no artifact is stored, so it cannot score'
        end as baton_fault
    from judged

)

{{ baton._failing_rows(['model_name'], 'model_name alias model_version'.split()) }}
{%- if flags.EMPTY %}
-- with --empty no row is read, so no alias can be found
limit 0
{%- endif %}

{%- endtest %}
