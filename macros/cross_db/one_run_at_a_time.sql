{#
    Where several runs of dbt may write a table at the same time, the second waits until the first has committed, and then
    reads what that one wrote. For the body of a model that reads its own table before it is written.

    The lock is taken once while the model is compiled, since what is read of the table's columns must hold too, and again
    by a hook inside the transaction, since a hook outside of it commits what was begun before.
#}
{%- macro one_run_at_a_time() -%}
    {%- do config(pre_hook=["{{ baton.lock_until_commit(this) }}"]) -%}
    {%- if execute and flags.WHICH in ['run', 'build'] and model.resource_type == 'model' -%}
        {%- set lock = baton.lock_until_commit(this) | trim -%}
        {%- if lock -%}{%- do run_query(lock) -%}{%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- A statement that waits for all other transactions that hold the lock of this relation's name; nothing where one process writes at a time. -#}
{%- macro lock_until_commit(relation) -%}
    {{ adapter.dispatch('lock_until_commit', 'baton')(relation) }}
{%- endmacro -%}

{%- macro default__lock_until_commit(relation) -%}{%- endmacro -%}

{#-
    A lock of the name and not of the table, which may not be there yet, or be another one after a full refresh.

    A hook outside of the transaction sends COMMIT, and dbt no BEGIN after it where the model was compiled with a query: each
    statement would then be a transaction of its own, and the lock end with its statement.
-#}
{%- macro postgres__lock_until_commit(relation) -%}
{{ 'begin; ' if pre_hooks | rejectattr('transaction') | list -}}
select pg_advisory_xact_lock(hashtextextended({{ baton.literal('baton ' ~ relation) }}, 0))
{%- endmacro -%}
