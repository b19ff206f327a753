{#
    Two versions of a model side by side: one row for each thing that at least one of them has, be it a parameter, a feature, a
    metric or a property of the training set. For a view: it shows what the registry holds when it is read.
#}
{%- macro compare_versions(registry, model_name, versions=[-2, -1]) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {#- section of the result, name of the thing, column of the registry -#}
    {%- set plain = [
        ('version', 'model_version version_number trained_at task estimator label classes threshold owner run_id git_sha'.split()),
        ('training set', 'training_relation training_rows training_set_hash split'.split()),
        ('parameter', ['random_state']),
    ] -%}
    {%- set documents = {
        'parameter': 'params',
        'configuration': 'configuration',
        'metric': 'metrics',
        'feature importance': 'feature_importances',
        'library': 'library_versions',
        'feature': 'features',
    } -%}
    {#- registries of older releases lack these -#}
    {%- set newer = 'classes threshold training_relation configuration'.split() -%}
    {%- do baton.expect_relation(problems, 'registry', registry) -%}
    {%- set known = baton.expect_columns(
        problems, 'registry', registry,
        ['model_name'] + plain | map(attribute=1) | sum(start=[]) | reject('in', newer) | list
        + documents.values() | reject('in', newer) | list
    ) -%}
    {%- do baton.expect_text(problems, 'model_name', model_name) -%}
    {%- set two = versions if baton.is_list(versions) and versions | length == 2 else [] -%}
    {%- if not two or two | select('string') | select | list | length + two | select('integer') | select | list | length != 2 -%}
        {%- do problems.append("versions is %s, expected two versions or their numbers, negative ones from the newest, such as [-2, -1]" | format(baton._repr(versions))) -%}
    {%- endif -%}
    {%- do baton.raise_problems('compare_versions', problems) -%}

    {%- set sides = [] -%}
    {%- for version in versions -%}
        {%- set condition -%}
            {%- if version is string -%} {{ baton.as_text('model_version') }} = {{ baton.literal(version) }}
            {%- elif version > 0 -%} version_number = {{ version }}
            {%- else -%} number_from_newest = {{ -version }}
            {%- endif -%}
        {%- endset -%}
        {%- do sides.append(dict(name='version_' ~ 'ab'[loop.index0], condition=condition | trim)) -%}
    {%- endfor -%}

    {#- the versions are in the registry, if the model is -#}
    {%- set query -%}
        select {{ baton.as_text('model_version') }}, version_number
        from {{ baton.aliased(registry, 'versions') }}
        where model_name = {{ baton.literal(model_name) }}
        order by version_number desc
    {%- endset -%}
    {%- set found = run_query(query).rows if known else [] -%}
    {%- set names, numbers = [], [] -%}
    {%- for row in found -%}{%- do names.append(row[0]) -%}{%- do numbers.append(row[1] | int) -%}{%- endfor -%}
    {%- for version in versions if found and version not in names + numbers and not (version is integer and version < 0) -%}
        {%- do problems.append("versions[%s] is %s, which is not in the registry: %s has %s (the newest first)" | format(
            loop.index0, baton._repr(version), model_name, baton.nearest_names([version | string], names)
        )) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('compare_versions', problems) -%}

    {%- set columns, rows, document_rows = ['version_number'], [], [] -%}
    {%- for section, names in plain -%}
        {%- for name in names if name not in newer or known and baton.find_column(known, name) -%}
            {%- if name not in columns -%}{%- do columns.append(name) -%}{%- endif -%}
            {%- do rows.append(['chosen.side', baton.literal(section), baton.literal(name), baton.as_text('chosen.' ~ name)]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for section, name in documents.items() if name not in newer or known and baton.find_column(known, name) -%}
        {%- do columns.append(name) -%}
        {%- do document_rows.append(['chosen.side', baton.literal(section), baton.json_document('chosen.' ~ name) | trim]) -%}
    {%- endfor -%}

{{ baton.with_recursive() }} numbered as (

    select
        {{ columns | join(',\n        ') }},
        row_number() over (order by version_number desc) as number_from_newest
    from {{ registry }}
    where model_name = {{ baton.literal(model_name) }}

),

chosen as (
    {%- for side in sides %}

    select
        '{{ side.name }}' as side,
        numbered.*
    from numbered
    where {{ side.condition }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

plain_values as (

    {{ baton.values_rows('side section name value'.split(), rows, source='chosen') | indent }}

),

documents as (

    {{ baton.values_rows('side section document'.split(), document_rows, source='chosen') | indent }}

),

-- the members of each document, then theirs
{{ baton.json_leaves('documents', ['side', 'section']) }},

-- a number by its value: 1 and 1.0 are no difference
member_values as (

    select
        side,
        section,
        name,
        {{ baton.json_text('document') }} as value_text,
        case
            when {{ baton.json_is('number', 'document') }}
                then {{ baton.as_double(baton.json_text('document')) }}
        end as value_number
    from members
    where
        name is not null
        and not {{ baton.json_is('object', 'document') }}

),

features as (

    select
        documents.side,
        entries.value as feature
    from documents
    {{ baton.json_elements('documents.document', 'entries') }}
    where documents.section = 'feature'

),

all_values as (

    select
        side,
        section,
        name,
        value
    from plain_values

    union all

    select
        side,
        section,
        name,
        coalesce(
            {{ baton.double_text('value_number') | indent(12) }},
            value_text
        )
    from member_values
    {%- for section, key in [('feature', 'type'), ('feature role', 'role'), ('feature categories', 'categories')] %}

    union all

    select
        side,
        '{{ section }}',
        {{ baton.json_text('feature', 'name') }},
        {{ baton.json_text('feature', key) }}
    from features
    {%- endfor %}

),

side_by_side as (

    select
        section,
        name,
        {%- for side in sides %}
        max(case when side = '{{ side.name }}' then value end) as {{ side.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from all_values
    where value is not null
    group by section, name

)

select
    cast({{ baton.literal(model_name) }} as {{ baton.type_text() }}) as model_name,
    section,
    name,
    version_a,
    version_b,
    {{ baton.is_different('version_a', 'version_b') }} as is_different
from side_by_side

{%- endmacro -%}
