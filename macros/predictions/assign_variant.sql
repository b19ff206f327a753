{#
    The variant of an experiment that an entity belongs to, as an expression: the same for the same key on every engine and in every
    run, whatever the key's type, and independent between experiments. An entity with a NULL key has none.
#}
{%- macro assign_variant(entity, experiment, weights={'champion': 0.9, 'challenger': 0.1}) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_text(problems, 'experiment', experiment) -%}
    {%- do baton._expect_variant_weights(problems, 'weights', weights) -%}
    {%- do baton.raise_problems('assign_variant', problems) -%}

    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {%- set missing = [] -%}
    {%- set texts = [baton.literal(experiment)] -%}
    {%- for key in keys -%}
        {%- do missing.append('%s is null' | format(key)) -%}
        {%- do texts.append(baton.value_text(key) | trim | indent) -%}
    {%- endfor -%}
    {#- the place of the key in [0, 1), by a hash of experiment and key -#}
    {%- set place = baton.hash_fraction(baton.key_hash(texts)) -%}
    {%- set total = weights.values() | sum -%}
    {%- set so_far = namespace(weight=0) -%}
case
    when {{ missing | join(' or ') }} then null
    {%- for variant, weight in weights.items() %}
    {%- set so_far.weight = so_far.weight + weight %}
    {%- if loop.last %}
    else {{ baton.literal(variant) }}
    {%- else %}
    when {{ place | indent }} < {{ '%.9f' | format(so_far.weight / total) }} then {{ baton.literal(variant) }}
    {%- endif %}
    {%- endfor %}
end
{%- endmacro -%}


{#- A positive number for each variant. -#}
{%- macro _expect_variant_weights(problems, argument, weights) -%}
    {%- if not baton.is_mapping(weights) or not weights -%}
        {%- do problems.append("%s is %s, expected a mapping from variants to weights such as {'champion': 0.9, 'challenger': 0.1}" | format(
            argument, baton._repr(weights)
        )) -%}
    {%- else -%}
        {%- for variant, weight in weights.items() -%}
            {%- do baton.expect_text(problems, 'a variant in %s' | format(argument), variant) -%}
            {%- if weight is not number or weight is boolean or not 0 < weight < 1e300 -%}
                {%- do problems.append("%s.%s is %s, expected a positive number" | format(argument, variant, baton._repr(weight))) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
