{#- The Python code of the job. Of a Python model it is the user's own, and only the way to write the rows is baton's. -#}
{%- macro _training_code(exists) -%}
{%- if model.language == 'python' -%}
{{ model.compiled_code }}

import json

import dbt_baton.training.python_jobs as baton_job

model, materialize, run = baton_job.for_table({{ tojson(this | string) }}, {{ 'True' if exists else 'False' }}, json.loads({{ tojson(tojson(baton._owner_of(model))) }}), globals())
{%- else -%}
{%- set meta = config.get('meta') or {} -%}
{%- if meta.get('ml_model') is not mapping -%}
    {%- do exceptions.raise_compiler_error(
        "ml_model: the model's config has no meta.ml_model, expected config(materialized='ml_model', meta={'ml_model': {'estimator': ..., 'label': ..., 'entity': ...}})"
    ) -%}
{%- endif -%}
{#- the tables that the training query reads -#}
{%- set read = [] -%}
{%- for id in model.depends_on.nodes -%}
    {%- do read.append((graph.nodes.get(id) or graph.sources.get(id) or {}).get('relation_name')) -%}
{%- endfor -%}
{%- set described = dict(
    model_name=this.identifier,
    table=this | string,
    exists=exists,
    query=model.compiled_code,
    config=meta.ml_model,
    owner=baton._owner_of(model),
    training_relation=read | select | join(', ') or none,
    estimators=(var('baton', none) or {}).get('estimators', []),
) -%}
import json

from dbt_baton.training.job import DuckDBJob, TrainingJob

job = TrainingJob(**json.loads({{ tojson(tojson(described)) }}))
run = job.run
dbtObj, model, materialize = DuckDBJob(job).dbtObj, DuckDBJob(job).model, DuckDBJob(job).materialize
{%- endif -%}
{%- endmacro -%}

{#- What went wrong in a job that does not raise; none elsewhere. -#}
{%- macro _training_problem() -%}
    {{ return(adapter.dispatch('_training_problem', 'baton')()) }}
{%- endmacro -%}

{%- macro default___training_problem() -%}{{ return(none) }}{%- endmacro -%}

{%- macro duckdb___training_problem() -%}
    {{ return(run_query("select getvariable('baton_problem')").columns[0].values()[0]) }}
{%- endmacro -%}
