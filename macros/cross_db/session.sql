{#-
    Adds a problem where the session's time zone is not UTC and the engine reads timestamps in it: every time would be off by the
    hours between.
-#}
{%- macro expect_utc_session(problems) -%}
    {%- do adapter.dispatch('expect_utc_session', 'baton')(problems) -%}
{%- endmacro -%}

{%- macro default__expect_utc_session(problems) -%}{%- endmacro -%}

{%- macro spark__expect_utc_session(problems) -%}
    {%- set zone = run_query('select current_timezone()').columns[0].values()[0] if execute else 'UTC' -%}
    {%- do baton.expect_utc_zone(
        problems, zone, 'set spark.sql.session.timeZone to UTC, as under server_side_parameters in profiles.yml', 'Spark'
    ) -%}
{%- endmacro -%}

{%- macro databricks__expect_utc_session(problems) -%}
    {%- set zone = run_query('select current_timezone()').columns[0].values()[0] if execute else 'UTC' -%}
    {%- do baton.expect_utc_zone(
        problems, zone, 'set timezone: UTC under session_properties in profiles.yml, or the parameter TIMEZONE of the SQL warehouse'
    ) -%}
{%- endmacro -%}


{#- Adds the problem, and how to set the zone, where the session's is another one. -#}
{%- macro expect_utc_zone(problems, zone, remedy, engine=adapter.type() | title) -%}
    {%- if zone not in ['UTC', 'Etc/UTC', 'GMT', 'Z', '+00:00'] -%}
        {%- do problems.append("the time zone of the %s session is %s, expected UTC: %s" | format(engine, tojson(zone), remedy)) -%}
    {%- endif -%}
{%- endmacro -%}
