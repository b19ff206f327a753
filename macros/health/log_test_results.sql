{#
    Keeps what each data test found, as evidence for model_health: an on-run-end hook, which appends one row per test and tested node
    to the table `baton_test_results` of the target's schema.
#}
{%- macro log_test_results(results) -%}
    {%- set rows = [] -%}
    {%- for result in results if execute and result.node.resource_type == 'test' and result.status | string != 'skipped' -%}
        {%- for node in ([result.node.attached_node] if result.node.attached_node else result.node.depends_on.nodes) -%}
            {%- do rows.append(dict(
                node=node, test_name=result.node.name, status=result.status | string, 
                failures=none if result.failures is none else result.failures | string,
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if rows -%}
        {%- set table = baton._test_results_table() -%}
        {%- set create_schema -%}
create schema if not exists {{ table.include(database=false, identifier=false) }}
        {%- endset -%}
        {%- set create_table -%}
create table if not exists {{ table }} (
    node {{ baton.type_text() }},
    test_name {{ baton.type_text() }},
    status {{ baton.type_text() }},
    failures {{ dbt.type_bigint() }},
    ran_at timestamp,
    invocation_id {{ baton.type_text() }}
)
        {%- endset -%}
{{ baton.statements([create_schema, create_table]) -}}
insert into {{ table }} (node, test_name, status, failures, ran_at, invocation_id)
select
    node,
    test_name,
    status,
    cast(failures as {{ dbt.type_bigint() }}),
    {{ baton.run_start() }},
    {{ baton.literal(invocation_id) }}
from (
{{ baton.text_rows('node test_name status failures'.split(), rows) }}
) as tested
    {%- endif -%}
{%- endmacro -%}


{#- The table in which a project logs its test results. -#}
{%- macro _test_results_table() -%}
    {{ return(api.Relation.create(database=target.database or none, schema=target.schema, identifier='baton_test_results', type='table')) }}
{%- endmacro -%}
