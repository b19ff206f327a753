{#
    The split that a row belongs to, as an expression: 'train', 'validation', 'test', or the names given.

    {'by': 'time', 'train_until': ..., 'validation_until': ..., 'purge': true, 'embargo': '0d'}
                                        boundaries are half-open: a row at train_until is no longer train
    {'by': 'entity', 'fractions': {'train': 0.8, 'test': 0.2}, 'seed': '...'}
                                        by a stable hash of the entity
    none                                everything is train

    Purge and embargo leave rows out, which an expression cannot do: training_set does.
#}
{%- macro split(split, entity, as_of) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton._expect_split(problems, 'split', split) -%}
    {%- do baton.expect(problems, 'entity: names, as_of: name', entity, as_of) -%}
    {%- do baton.raise_problems('split', problems) -%}
{{ baton._split_sql(split, entity, baton.utc(as_of)) }}
{%- endmacro -%}


{#- The expression of a checked call; `at` is its moment as SQL, `columns` the relation's columns, as far as they are known. -#}
{%- macro _split_sql(split, entity, at, columns=none) -%}
{%- if not split -%}
'train'
{%- elif split.by == 'time' -%}
case
    when {{ at }} < {{ baton.moment(split.train_until) }} then 'train'
    {%- if split.get('validation_until') is not none %}
    when {{ at }} < {{ baton.moment(split.validation_until) }} then 'validation'
    {%- endif %}
    when {{ at }} is not null then 'test'
end
{%- elif split.fractions | length == 1 -%}
{{ baton.literal(split.fractions | first) }}
{%- else -%}
{%- set keys = [baton.literal(split.get('seed', ''))] -%}
{%- for key in baton.identifiers(baton.as_list(entity)) -%}{%- do keys.append(baton.value_text(key, columns) | indent) -%}{%- endfor -%}
{%- set key_fraction = baton.hash_fraction(baton.key_hash(keys)) -%}
{%- set total = namespace(so_far=0) -%}
case
    {%- for name, fraction in split.fractions.items() %}
    {%- set total.so_far = total.so_far + fraction %}
    {%- if loop.last %}
    else {{ baton.literal(name) }}
    {%- else %}
    when {{ key_fraction | indent }} < {{ total.so_far | round(9) }} then {{ baton.literal(name) }}
    {%- endif %}
    {%- endfor %}
end
{%- endif -%}
{%- endmacro -%}


{#- Whether rows are left out whose label window crosses a boundary: the default of a split by time. -#}
{%- macro _split_purges(split) -%}
    {{ return(split is mapping and split.get('by') == 'time' and split.get('purge', true)) }}
{%- endmacro -%}


{%- macro _expect_split(problems, argument, split) -%}
    {%- if split is none -%}
        {{ return('') }}
    {%- endif -%}
    {%- if not baton.is_mapping(split) or split.get('by') not in ['time', 'entity'] -%}
        {%- do problems.append("%s is %s, expected {'by': 'time', ...} or {'by': 'entity', ...}" | format(argument, baton._repr(split))) -%}
    {%- elif split.by == 'time' -%}
        {%- do baton.expect_keys(
            problems, argument, split, required=['by', 'train_until'], optional='validation_until purge embargo'.split()
        ) -%}
        {%- do baton.expect_entries(
            problems, argument, split, 'train_until: moment?, validation_until: moment?, purge: boolean, embargo: duration'
        ) -%}
        {%- set moments = [split.get('train_until'), split.get('validation_until')] -%}
        {#- an expression is not evaluated here -#}
        {%- if moments | select('string') | list | length == 2 and '(' not in moments | join and moments[1] <= moments[0] -%}
            {%- do problems.append("%s.validation_until is %s, which is not after train_until %s" | format(
                argument, baton._repr(split.validation_until), baton._repr(split.train_until)
            )) -%}
        {%- endif -%}
    {%- else -%}
        {%- do baton.expect_keys(problems, argument, split, required=['by', 'fractions'], optional=['seed']) -%}
        {%- if 'seed' in split and split.seed is not number -%}{%- do baton.expect_text(problems, argument ~ '.seed', split.seed) -%}{%- endif -%}
        {%- set fractions = split.get('fractions') -%}
        {%- set shares = fractions.values() | list if baton.is_mapping(fractions) else [] -%}
        {%- if not shares or shares | reject('number') | list or shares | select('lt', 0) | list -%}
            {%- do problems.append("%s.fractions is %s, expected a mapping from names to shares such as {'train': 0.8, 'test': 0.2}" | format(
                argument, baton._repr(fractions)
            )) -%}
        {%- elif (shares | sum - 1) | abs > 1e-9 -%}
            {%- do problems.append("%s.fractions sum to %s, expected 1" | format(argument, shares | sum)) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
