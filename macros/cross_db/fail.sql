{#- An expression of that type which ends the query with a message. The message must not be a constant, which engines fold too early. -#}
{%- macro fail(message, type) -%}
    {{ adapter.dispatch('fail', 'baton')(message, type) }}
{%- endmacro -%}

{#- The cast fails, since no message is a number. -#}
{%- macro default__fail(message, type) -%}
cast({{ message }} as {{ type }})
{%- endmacro -%}

{%- macro duckdb__fail(message, type) -%}
cast(error({{ message }}) as {{ type }})
{%- endmacro -%}

{%- macro spark__fail(message, type) -%}
cast(raise_error({{ message }}) as {{ type }})
{%- endmacro -%}
