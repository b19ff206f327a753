{#
    One number or text for all rows of a group: the same for the same rows as often, in whatever order they come.

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

{#- Of a sum of 64 bit hashes 63 bits, which join faster than all of them or a text. -#}
{%- macro duckdb__rows_fingerprint(columns) -%}
    {{ return("cast(sum(hash(" ~ columns | join(", ") ~ ")) & 9223372036854775807 as bigint)") }}
{%- endmacro -%}

{%- macro postgres__rows_fingerprint(columns) -%}
    {{ return("cast(mod(sum(hashtextextended(cast(row(" ~ columns | join(", ") ~ ") as text), 0)), 9223372036854775807) as bigint)") }}
{%- endmacro -%}
