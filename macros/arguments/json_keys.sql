{#-
    The keys of a path that is written with dots: 'validation.roc_auc', and 'validation."precision at 0.5"' where a key has a dot
    of its own. A list has the keys already. None of anything else.
-#}
{%- macro json_keys(path) -%}
    {%- if baton.is_list(path) -%}
        {{ return(path if path and path | select('string') | select | list | length == path | length else none) }}
    {%- endif -%}
    {%- set key = '(?:"(?:[^"]|"")+"|[^."]+)' -%}
    {%- if path is not string or not modules.re.fullmatch('%s(?:[.]%s)*' | format(key, key), path | trim, modules.re.DOTALL) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set keys = [] -%}
    {%- for key in modules.re.findall(key, path | trim) -%}{%- do keys.append(baton.unquoted(key)) -%}{%- endfor -%}
    {{ return(keys) }}
{%- endmacro -%}
