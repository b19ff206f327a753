{#
    A value together with its time, for engines on which the newest or oldest of such pairs costs no more than a newest or oldest time:
    it is greater where its `event_time` is later, then in the order of `ties`, then by its `value`; NULL comes before any value.
    Nothing for engines that rather look the value up by its time.

    time    an expression over `source`
    ties    names of columns of `source`
    value   an expression over `source`
#}
{%- macro carried_value(time, ties, value) -%}
    {{ return(adapter.dispatch('carried_value', 'baton')(time, ties, value)) }}
{%- endmacro -%}

{%- macro default__carried_value(time, ties, value) -%}{{ return(none) }}{%- endmacro -%}

{%- macro spark__carried_value(time, ties, value) -%}
    {%- set tied = baton.qualified(baton.identifiers(ties), 'source') -%}
struct({{ time }} as event_time, {{ 'struct(%s) as ties, ' | format(tied | join(', ')) if tied }}{{ value }} as value)
{%- endmacro -%}
