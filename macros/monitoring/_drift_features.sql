{#
    The features that drift is watched on, and their values in SQL: a double, or the text of a category.
#}

{#-
    The features, each with `column`, `kind`, `bins` (a number) and `edges` ('quantile', 'uniform' or numbers). `columns` is what is known of
    those of the relation.
-#}
{%- macro _drift_features(problems, relation, columns, features, bins=10) -%}
    {%- set known = [] -%}
    {%- if features is not string -%}{%- do baton.expect_list(problems, 'features', features, of='columns') -%}{%- endif -%}
    {%- for feature in (features if baton.is_list(features) else [features] if features is string else []) -%}
        {%- set argument = 'features[%s]' | format(loop.index0) -%}
        {%- set given = feature if baton.is_mapping(feature) else {'column': feature} -%}
        {%- do baton.expect_keys(problems, argument, given, required=['column'], optional=['kind', 'bins', 'edges']) -%}
        {%- set name = given.get('column') -%}
        {%- do baton.expect_name(problems, argument, name) -%}
        {%- if 'kind' in given -%}
            {%- do baton.expect_choice(problems, argument ~ '.kind', given.kind, baton._feature_kinds()) -%}
            {%- set kind = 'categorical' if given.kind == 'boolean' else given.kind -%}
        {%- elif baton.names_in(name) == [name] -%}
            {%- set kind = baton._kind_of_column(problems, argument, relation, columns, name) -%}
        {%- endif -%}
        {%- do baton._expect_bins(problems, argument, given, kind) -%}
        {%- do known.append({
            'column': name,
            'kind': kind,
            'bins': given.edges | length - 1 if baton.is_list(given.get('edges')) else given.bins if given.get('bins') is integer else bins,
            'edges': given.edges if 'edges' in given else 'uniform' if given.get('bins') == 'uniform' else 'quantile',
        }) -%}
    {%- endfor -%}
    {%- set names = known | map(attribute='column') | list -%}
    {%- do baton.expect_different(problems, 'features', names) -%}
    {%- do baton.expect_known_columns(problems, 'relation', columns, names) -%}
    {{ return(known) }}
{%- endmacro -%}

{%- macro _feature_kinds() -%}
    {{ return(['numeric', 'categorical', 'boolean', 'date', 'text_length']) }}
{%- endmacro -%}

{#- How the values of a feature are cut into bins: into as many of equal share, or equal width, or at the edges of the call. -#}
{%- macro _expect_bins(problems, argument, given, kind) -%}
    {%- if 'bins' in given and given.bins != 'uniform' -%}
        {%- if given.bins is string -%}
            {%- do problems.append("%s.bins is %s, expected a whole number, or 'uniform' for bins of equal width" | format(argument, baton._repr(given.bins))) -%}
        {%- else -%}
            {%- do baton.expect_whole_number(problems, argument ~ '.bins', given.bins, most=1000) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if 'edges' in given -%}
        {%- set edges = given.edges if baton.is_list(given.edges) else [] -%}
        {%- if edges | length < 2 or edges | length > 1001 or edges | reject('number') | list or edges | select('boolean') | list or edges | sort | unique | list != edges | list -%}
            {%- do problems.append("%s.edges is %s, expected a list of two or more rising numbers" | format(argument, baton._repr(given.edges))) -%}
        {%- endif -%}
        {%- if 'bins' in given -%}{%- do problems.append("%s has bins and edges, expected one of them" | format(argument)) -%}{%- endif -%}
    {%- endif -%}
    {%- if kind == 'categorical' and ('bins' in given or 'edges' in given) -%}
        {%- do problems.append("%s is categorical, which has no bins or edges but a bin for each category, see max_categories" | format(argument)) -%}
    {%- endif -%}
{%- endmacro -%}

{#-
    The kind of a feature by its column's type. For a relation that is not built yet any answer serves, as the SQL cannot run:
    numeric. A CTE's types are never known.
-#}
{%- macro _kind_of_column(problems, argument, relation, columns, name) -%}
    {%- set column = baton.find_column(columns, name) if columns else none -%}
    {%- set type = column.dtype | lower if column else '' -%}
    {%- if baton.number_kind(columns, name) in ['double', 'integer', 'decimal'] -%}
        {{ return('numeric') }}
    {%- elif modules.re.match('bool|char|bpchar|varchar|string|text|nvarchar|enum|uuid', type) -%}
        {{ return('categorical') }}
    {%- elif modules.re.match('date|timestamp', type) and not type.endswith(']') -%}
        {{ return('date') }}
    {%- elif type or baton.is_relation(relation) and (relation is string or relation.is_cte) -%}
        {%- set of_type = 'type %s' | format(type) if type else 'an unknown type' -%}
        {%- do problems.append(
            "%s is %s of %s, expected {'column': %s, 'kind': one of %s}"
            | format(argument, baton._repr(name), of_type, baton._repr(name), baton._feature_kinds() | join(', '))
        ) -%}
    {%- endif -%}
    {{ return('numeric') }}
{%- endmacro -%}

{#- Gives each feature its `literal` in SQL, and the `name` under which it is a column of a CTE: feature_distance for distance. -#}
{%- macro _name_features(features) -%}
    {%- set names = [] -%}
    {%- for feature in features -%}
        {%- set plain = baton.unquoted(feature.column) -%}
        {%- do names.append(baton.cte_name('feature_%s' | format(plain), names)) -%}
        {%- do feature.update(name=names[-1], literal=baton.literal(plain)) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The features as columns of these names: NaN is NULL, a date the days since 1970, a category its text. -#}
{%- macro _feature_values(features, columns) -%}
    {%- for feature in features -%}
        {%- set column = baton.identifier(feature.column) -%}
        {%- if feature.kind == 'date' -%}
{{ baton.days_since_1970(baton.utc(feature.column, columns)) }}
        {%- elif feature.kind == 'text_length' -%}
{{ baton.as_double('length(%s)' | format(baton.value_text(column, columns))) }}
        {%- elif feature.kind == 'categorical' -%}
{{ baton.category_text(column, columns) }}
        {%- else -%}
{{ baton.nan_to_null(column) }}
        {%- endif %} as {{ feature.name }}
        {%- if not loop.last %},
{% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The mean of the numbers of a group, the same in whatever order rows come; NULL if one is infinite or as large as nearly so. -#}
{%- macro _mean(number) -%}
    {%- set sums = [] -%}
    {%- for part in baton.exact_parts('case when abs(%s) < 1e30 then %s end' | format(number, number), is_finite=true) -%}
        {%- do sums.append('sum(%s)' | format(part)) -%}
    {%- endfor -%}
case
    when max(abs({{ number }})) < 1e30
        then {{ baton.exact_total(sums) | indent(8) }} / count({{ number }})
end
{%- endmacro -%}
