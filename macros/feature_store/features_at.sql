{#- The store as of one moment: one row per entity that had features then, with the moment as `as_of`. -#}
{%- macro features_at(store, entity, as_of, valid_from='valid_from', valid_to='valid_to') -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._versions_call('features_at', store, entity, valid_from, valid_to, as_of) -%}
    {{- baton._one_version_each(call) if call else baton.not_built_yet(store) }}

{%- endmacro -%}
