{#-
    A column of 0 and 1 for each of a few buckets, into which categories fall by the md5 of their text, in which equal
    numbers are the same: nothing is fitted, and no category is unknown. What is missing is in no bucket.
-#}
{%- macro _hashing_encoder(step) -%}
reads: category
makes: integer
parameters:
  n_components: {default: 8, takes: count}
{%- endmacro -%}

{%- macro _apply_hashing_encoder(unit) -%}
    {%- set buckets = baton._free_name(unit.used_names, unit.label ~ '_buckets') -%}
    {%- set condition -%} {{ unit.value }} = {{ buckets }}.category {%- endset -%}
    {%- do unit.joins.append(dict(kind='buckets', name=buckets, condition=condition)) -%}
    {%- set outputs = [] -%}
    {%- for number in range(unit.parameters.n_components) -%}
        {%- set sql -%} case when {{ buckets }}.bucket = {{ number }} then 1 else 0 end {%- endset -%}
        {%- do outputs.append(dict(name='%s_%s' | format(unit.column, number), sql=sql)) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}

{#- Each category that occurs is hashed once. -#}
{%- macro _joined_buckets(unit, join, rows) -%}
{%- set hash, n = baton.md5('category'), unit.parameters.n_components -%}
{{ join.name }} as (

    select
        category,
        {{ baton.hash_remainder(hash, n) | indent(8) }} as bucket
    from (
        select distinct {{ unit.value }} as category
        from {{ rows }} as input
        where {{ unit.value }} is not null
    ) as categories

)
{%- endmacro -%}
