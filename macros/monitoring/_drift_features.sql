{#
    The features that drift is watched on: {'column': name, 'kind': 'numeric' or 'categorical'}.
#}

{#- The features with their kinds, by what the call says and else by the type of the column. -#}
{%- macro _drift_features(problems, relation, features) -%}
    {%- set columns = baton.columns_of(relation) -%}
    {%- set known = [] -%}
    {%- if features is not string -%}{%- do baton.expect_list(problems, 'features', features, of='columns') -%}{%- endif -%}
    {%- for feature in (features if baton.is_list(features) else [features] if features is string else []) -%}
        {%- set argument = 'features[%s]' | format(loop.index0) -%}
        {%- if baton.is_mapping(feature) -%}
            {%- do baton.expect_keys(problems, argument, feature, required=['column'], optional=['kind']) -%}
        {%- endif -%}
        {%- set name = feature.get('column') if baton.is_mapping(feature) else feature -%}
        {%- do baton.expect_name(problems, argument, name) -%}
        {%- if baton.is_mapping(feature) and 'kind' in feature -%}
            {%- do baton.expect_choice(problems, argument ~ '.kind', feature.kind, ['numeric', 'categorical']) -%}
            {%- do known.append({'column': name, 'kind': feature.kind}) -%}
        {%- elif baton.names_in(name) == [name] -%}
            {%- do known.append({'column': name, 'kind': baton._kind_of_column(problems, argument, relation, columns, name)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set names = known | map(attribute='column') | list -%}
    {%- do baton.expect_different(problems, 'features', names) -%}
    {%- do baton.expect_columns(problems, 'relation', relation, names) -%}
    {{ return(known) }}
{%- endmacro -%}

{#-
    Numeric or categorical, by the column's type. While dbt parses, and for a relation that is not built yet, any answer
    serves, as the SQL cannot run: numeric. A CTE's types are never known.
-#}
{%- macro _kind_of_column(problems, argument, relation, columns, name) -%}
    {%- set column = baton.find_column(columns, name) if columns else none -%}
    {%- set type = column.dtype | lower if column else '' -%}
    {%- if baton.number_kind(columns, name) in ['double', 'integer', 'decimal'] -%}
        {{ return('numeric') }}
    {%- elif modules.re.match('bool|char|bpchar|varchar|string|text|nvarchar|enum|uuid', type) -%}
        {{ return('categorical') }}
    {%- elif type or (execute and baton.is_relation(relation) and (relation is string or relation.is_cte)) -%}
        {%- set of_type = 'type %s' | format(type) if type else 'an unknown type' -%}
        {%- do problems.append(
            "%s is %s of %s, expected {'column': %s, 'kind': 'numeric' or 'categorical'}"
            | format(argument, baton._repr(name), of_type, baton._repr(name))
        ) -%}
    {%- endif -%}
    {{ return('numeric') }}
{%- endmacro -%}

{#- The features of a baseline with their kinds; none for a CTE, for a baseline that is not built yet, and while dbt parses. -#}
{%- macro _baseline_features(baseline) -%}
    {%- if baton.columns_of(baseline) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set features = [] -%}
    {%- for row in run_query('select distinct feature, kind from %s order by feature' | format(baseline)).rows -%}
        {%- do features.append({'column': row[0], 'kind': row[1]}) -%}
    {%- endfor -%}
    {{ return(features) }}
{%- endmacro -%}

{#- The names under which the features are columns of a CTE: feature_distance for distance. -#}
{%- macro _feature_columns(features) -%}
    {%- set names = [] -%}
    {%- for feature in features -%}
        {%- do names.append(baton.cte_name('feature_%s' | format(baton.unquoted(feature.column)), names)) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}

{#- The features as these columns: a number as a double, NaN as NULL, a category as its text. -#}
{%- macro _feature_values(features, columns) -%}
    {%- for name in baton._feature_columns(features) -%}
        {%- set feature = features[loop.index0] -%}
        {%- set column = baton.identifier(feature.column) -%}
{{ baton.nan_to_null(column) if feature.kind == 'numeric' else baton.category_text(column, columns) }}
    as {{ name }}
        {%- if not loop.last %},
{% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- One row for each feature and row of a CTE that holds `_feature_values`; the columns `carried` come along. -#}
{%- macro _one_row_per_feature(features, cte, carried=[]) -%}
    {%- for name in baton._feature_columns(features) -%}
    {%- set feature = features[loop.index0] -%}
    select
        {%- for column in carried %}
        {{ column }},
        {%- endfor %}
        cast({{ baton.literal(baton.unquoted(feature.column)) }} as {{ baton.type_text() }}) as feature,
        {{ name if feature.kind == 'numeric' else baton.as_double('null') }} as number,
        {{ baton.as_text('null') if feature.kind == 'numeric' else name }} as category
    from {{ cte }}
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor -%}
{%- endmacro -%}
