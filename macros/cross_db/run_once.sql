{#-
    For the end of a CTE that several others read, a condition that holds for every row: Spark runs a CTE once only where it is not
    deterministic, and else writes it out wherever it is read, which multiplies from one CTE to the next.

    keyword   what joins it to the query, 'where' or 'and'
-#}
{%- macro run_once(keyword) -%}
    {{ return(adapter.dispatch('run_once', 'baton')(keyword)) }}
{%- endmacro -%}

{%- macro default__run_once(keyword) -%}{{ return('') }}{%- endmacro -%}

{%- macro spark__run_once(keyword) -%}{{ return('\n    %s rand() >= 0' | format(keyword)) }}{%- endmacro -%}


{#-
    Around the whole of a query in which CTEs are to run once. Inside of CREATE TABLE AS, Spark before 4.0 writes out every CTE but
    those of a subquery with LATERAL.
-#}
{%- macro ctes_run_once() -%}
    {{ return(adapter.dispatch('ctes_run_once', 'baton')(caller())) }}
{%- endmacro -%}

{%- macro default__ctes_run_once(sql) -%}{{ return(sql) }}{%- endmacro -%}

{%- macro spark__ctes_run_once(sql) -%}
-- a subquery with lateral, since Spark 3.5 would repeat each CTE wherever a table reads it
select result.*
from (select 1) as one_row
cross join lateral (

{{ sql }}

) as result
{%- endmacro -%}
