{#
    One text for all rows of a group: the same for the same rows as often, in whatever order they come.

    It is only compared with one that the same engine made before, so it may be the engine's own hash; after an upgrade
    that changes the hash every group is taken for changed once.
#}
{%- macro rows_fingerprint(columns) -%}
    {{ return(adapter.dispatch('rows_fingerprint', 'baton')(columns)) }}
{%- endmacro -%}

{%- macro default__rows_fingerprint(columns) -%}
    {%- set row = baton.row_hash(columns) -%}
    {{ return(dbt.hash(dbt.listagg(row, "''", "order by " ~ row))) }}
{%- endmacro -%}

{%- macro duckdb__rows_fingerprint(columns) -%}
    {{ return("cast(sum(hash(" ~ columns | join(", ") ~ ")) as varchar)") }}
{%- endmacro -%}

{%- macro postgres__rows_fingerprint(columns) -%}
    {{ return("cast(sum(hashtextextended(cast(row(" ~ columns | join(", ") ~ ") as text), 0)) as text)") }}
{%- endmacro -%}
