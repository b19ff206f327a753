{#-
    Adds a problem where the session's time zone is not UTC and the engine reads timestamps in it: every time would be off by the
    hours between.
-#}
{%- macro expect_utc_session(problems) -%}
    {#- an expression such as `assign_variant` is checked while dbt parses, too, when nothing can be asked -#}
    {%- if execute -%}{%- do adapter.dispatch('expect_utc_session', 'baton')(problems) -%}{%- endif -%}
{%- endmacro -%}

{%- macro default__expect_utc_session(problems) -%}{%- endmacro -%}

{%- macro spark__expect_utc_session(problems) -%}
    {%- do baton.expect_utc_zone(
        problems, 'select current_timezone()', 'set spark.sql.session.timeZone to UTC, as under server_side_parameters in profiles.yml'
    ) -%}
{%- endmacro -%}

{%- macro databricks__expect_utc_session(problems) -%}
    {%- do baton.expect_utc_zone(
        problems, 'select current_timezone()', 'set timezone: UTC under session_properties in profiles.yml, or the parameter TIMEZONE of the SQL warehouse'
    ) -%}
{%- endmacro -%}


{#- Adds the problem, and how to set the zone, where a query answers in that column of its row that the zone is another one. -#}
{%- macro expect_utc_zone(problems, query, remedy, column=0) -%}
    {%- set zone = run_query(query).rows[0][column] -%}
    {%- if zone not in ['UTC', 'Etc/UTC', 'GMT', 'Z', '+00:00'] -%}
        {%- do problems.append("the time zone of the %s session is %s, expected UTC: %s" | format(adapter.type() | title, tojson(zone), remedy)) -%}
    {%- endif -%}
{%- endmacro -%}
