{#
    The spine's key columns beside those of a source or view that may name its keys differently.

    `own` is none (same names), a list of the same length, or a mapping from the spine's column to the source's own,
    which may cover only some of the spine's keys (weather at the origin, for a spine of flights).

    Returns [{'spine': column, 'lookup': column}, ...].
#}
{%- macro matched_keys(spine_keys, own=none) -%}
    {%- set spine_keys = baton.names_in(spine_keys) -%}
    {%- set keys = [] -%}
    {%- if baton.is_mapping(own) -%}
        {%- for spine_key in spine_keys if spine_key in own -%}
            {%- do keys.append(dict(spine=spine_key, lookup=own[spine_key])) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for spine_key, lookup_key in zip(spine_keys, baton.names_in(own) or spine_keys) -%}
            {%- do keys.append(dict(spine=spine_key, lookup=lookup_key)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(keys) }}
{%- endmacro -%}

{%- macro expect_matching_keys(problems, argument, spine_keys, own) -%}
    {%- set spine_keys = baton.names_in(spine_keys) -%}
    {%- if own is none -%}
        {{ return('') }}
    {%- elif baton.is_mapping(own) -%}
        {%- do baton.expect_names(problems, argument, own.values() | list, allow_empty=true) -%}
        {%- for spine_key in own if spine_key not in spine_keys -%}
            {%- do problems.append("%s maps '%s', which is not a key of the spine; the keys are %s" | format(argument, spine_key, spine_keys | join(", "))) -%}
        {%- endfor -%}
        {%- if not own -%}
            {%- do problems.append("%s is empty, expected a mapping from the spine's key columns to its own" | format(argument)) -%}
        {%- endif -%}
    {%- else -%}
        {%- do baton.expect_names(problems, argument, own) -%}
        {%- if own and baton.as_list(own) | length != spine_keys | length -%}
            {%- do problems.append(
                "%s names %s columns, expected %s (one for each of %s) or a mapping from the spine's key columns to its own"
                | format(argument, baton.as_list(own) | length, spine_keys | length, spine_keys | join(", "))
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
