{#- The numbers 0, 1, ... below `count`, as a select of `position`. -#}
{%- macro positions(count) -%}
    {{ adapter.dispatch('positions', 'baton')(count) }}
{%- endmacro -%}

{%- macro default__positions(count) -%}
select generated_number - 1 as position
from (
    {{ dbt.generate_series(count) | trim | indent(8) }}
) as numbered
{%- endmacro -%}

{%- macro duckdb__positions(count) -%}
select cast(unnest(range({{ count }})) as integer) as position
{%- endmacro -%}

{%- macro postgres__positions(count) -%}
select generate_series(0, {{ count - 1 }}) as position
{%- endmacro -%}

{%- macro spark__positions(count) -%}
select explode(sequence(0, {{ count - 1 }})) as position
{%- endmacro -%}
