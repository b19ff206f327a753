{#
    A model that is trained: the body of the file is the training query, its meta says what to train, and the table holds
    one row for each version. Rows are only ever appended, by every run, with --full-refresh too.
#}
{%- materialization ml_model, default, supported_languages=['sql', 'python'] -%}

    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if existing is not none and not existing.is_table -%}
        {%- do exceptions.raise_compiler_error(
            "ml_model: %s is a %s, expected a table of version rows; drop it, or give the model another name" | format(this, existing.type)
        ) -%}
    {%- endif -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set lock = baton.lock_until_commit(this) | trim -%}
    {%- if lock -%}
        {%- call statement('lock') -%}{{ lock }}{%- endcall -%}
    {%- endif -%}

    {%- set code = baton._training_code(existing is not none) -%}
    {%- call statement('main', language='python') -%}
{{ code }}
    {%- endcall -%}
    {%- set problem = baton._training_problem() -%}
    {%- if problem -%}{%- do exceptions.raise_compiler_error(problem) -%}{%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do apply_grants(target_relation, config.get('grants'), should_revoke(existing, full_refresh_mode=false)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}

{%- endmaterialization -%}
