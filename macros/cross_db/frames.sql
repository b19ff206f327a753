{#
    Window frames that are as wide as some time.
#}

{#- What a frame by range orders times by, and the width of such a frame. -#}
{%- macro frame_order(timestamp) -%}
    {{ return(adapter.dispatch('frame_order', 'baton')(timestamp)) }}
{%- endmacro -%}

{%- macro default__frame_order(timestamp) -%}{{ return(timestamp) }}{%- endmacro -%}

{%- macro frame_width(seconds) -%}
    {{ return(adapter.dispatch('frame_width', 'baton')(seconds)) }}
{%- endmacro -%}

{%- macro default__frame_width(seconds) -%}interval '{{ baton._largest_unit(seconds) }}'{%- endmacro -%}

{#- A microsecond less than some seconds, as the width of a frame. -#}
{%- macro just_under(seconds) -%}
    {{ adapter.dispatch('just_under', 'baton')(seconds) }}
{%- endmacro -%}

{%- macro default__just_under(seconds) -%}
interval '{{ baton._largest_unit(seconds) }}' - interval '1 microsecond'
{%- endmacro -%}

{#- Only a literal can. -#}
{%- macro spark__just_under(seconds) -%}
interval '{{ seconds - 1 }}.999999' second
{%- endmacro -%}
