{#-
    A column of 0 and 1 for each of a few buckets, into which categories fall by the md5 of their text, in which equal
    numbers are the same: nothing is fitted, and no category is unknown. What is missing is in no bucket.
-#}
{%- macro _hashing_encoder(step) -%}
    {{ return({
        'reads': 'category',
        'is_fitted': false,
        'parameters': {'n_components': {'default': 8, 'takes': 'count'}},
    }) }}
{%- endmacro -%}

{%- macro _apply_hashing_encoder(unit) -%}
    {%- set name = baton._free_name(unit.taken, unit.label ~ '_buckets') -%}
    {%- do unit.lookups.append({'kind': 'bucket', 'name': name, 'on': [unit.value ~ ' = ' ~ name ~ '.category']}) -%}
    {%- set outputs = [] -%}
    {%- for number in range(unit.parameters.n_components) -%}
        {%- do outputs.append({
            'name': unit.columns[0] ~ '_' ~ number,
            'sql': 'case when ' ~ name ~ '.bucket = ' ~ number ~ ' then 1 else 0 end',
            'kind': 'integer',
        }) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}

{#- Each category that occurs is hashed once. -#}
{%- macro _lookup_bucket(unit, lookup, rows) -%}
{{ lookup.name }} as (

    select
        category,
        {{ baton.hash_modulo(dbt.hash('category'), unit.parameters.n_components) | indent(8) }} as bucket
    from (
        select distinct {{ unit.value }} as category
        from {{ rows }} as data
        where {{ unit.value }} is not null
    ) as categories

)
{%- endmacro -%}
