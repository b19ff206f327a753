{#
    Who a model belongs to: the owner of its dbt group by name, else by email, else the owner in its meta. The group comes
    first because dbt itself checks that it has an owner.
#}
{%- macro _owner_of(node) -%}
    {%- set meta = baton._meta_of(node) -%}
    {%- set group = baton._group_of(node) -%}
    {%- set of_group = group.owner if group else {} -%}
    {{ return([
        of_group.get('name'),
        baton._listed(of_group.get('email')),
        baton._owner(meta.get('owner')),
        baton._owner((meta.get('baton') or {}).get('owner')),
    ] | select | first | default(none)) }}
{%- endmacro -%}


{#- A node's meta, from its config or from its yml. -#}
{%- macro _meta_of(node) -%}
    {%- set meta = {} -%}
    {%- do meta.update(node.get('meta') or {}) -%}
    {%- do meta.update((node.get('config') or {}).get('meta') or {}) -%}
    {{ return(meta) }}
{%- endmacro -%}

{%- macro _group_of(node) -%}
    {%- set name = node.get('group') or node.config.get('group') -%}
    {{ return(graph.get('groups', {}).get('group.%s.%s' | format(node.package_name, name)) if name else none) }}
{%- endmacro -%}

{#- An owner as people write it in a meta: a name, a list of them, or a mapping with a name or an email. -#}
{%- macro _owner(value) -%}
    {{ return((value.get('name') or value.get('email')) if value is mapping else baton._listed(value)) }}
{%- endmacro -%}

{#- Each value once, sorted, as a text; none where there is nothing. -#}
{%- macro _listed(values) -%}
    {{ return(baton.as_list(values) | map('string') | unique(case_sensitive=true) | sort(case_sensitive=true) | join(', ') or none) }}
{%- endmacro -%}
