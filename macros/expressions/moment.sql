{#-
    A moment of a call in SQL: a date or a timestamp becomes a literal, one with a zone in UTC; anything else is an expression
    whose type is not known, so it is moved to UTC where it has a zone.
-#}
{%- macro moment(value) -%}
    {%- set written = baton.written_moment(value) -%}
    {%- if not written -%}
(
    select
        {{ baton.as_utc('given.moment') | indent(8) }}
    from (select ({{ baton.user_sql(value) }}) as moment) as given
)
    {%- elif written.zone -%}
{{ baton.zoned_moment(written.time, written.zone) }}
    {%- else -%}
timestamp '{{ written.time }}'
    {%- endif -%}
{%- endmacro -%}

{#-
    The `time` and the `zone`, which may be '', of a date or a timestamp as ISO 8601 writes it; none of anything else. Digits
    after the microseconds are cut off: some engines would round them.
-#}
{%- macro written_moment(value) -%}
    {%- set found = modules.re.match(
        '^([0-9]{4}-[0-9]{2}-[0-9]{2})([ T]([0-9]{2}:[0-9]{2}(:[0-9]{2}(?:[.][0-9]{1,6})?)?)(?:(?<=[.][0-9]{6})[0-9]+)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$',
        value | string | trim
    ) -%}
    {{ return(dict(
        time=[found.group(1), found.group(3)] | select | join(' '),
        zone=(found.group(5) or '') | replace('Z', '+00'),
    ) if found else none) }}
{%- endmacro -%}

{#- The moment at which this run of dbt began, in UTC: the only clock that is read. -#}
{%- macro run_start() -%}
timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'
{%- endmacro -%}
