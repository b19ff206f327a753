{#-
    The arguments ready for SQL, or one error that names all that is wrong.

    relation, features, conditions   what is read; no features where nothing is to be computed
    columns                          what is known of those of the relation
    rows                             the features as rows of literals: feature, kind, bins
    name, model_name, model_version  what the baseline is called; the last two are none without a registry
    is_frozen                        the incremental model has this baseline already
-#}
{%- macro _drift_baseline_call(relation, features, name, bins, max_categories, where, registry, model_name, alias) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'relation: relation?, name: text?, where: sql?, registry: relation?, model_name: text?, alias: text',
        relation, name, where, registry, model_name, alias
    ) -%}
    {%- do baton.expect_whole_number(problems, 'bins', bins, most=1000) -%}
    {%- do baton.expect_whole_number(problems, 'max_categories', max_categories) -%}
    {%- if (registry is none) != (model_name is none) -%}
        {%- do problems.append(
            "%s is given without %s, expected both, or neither and a relation with features"
            | format(*(['model_name', 'registry'] if registry is none else ['registry', 'model_name']))
        ) -%}
    {%- endif -%}
    {%- set is_of_version = registry is not none and model_name is not none -%}
    {%- set version = baton._baseline_version(problems, registry, model_name, alias, relation) if is_of_version else {} -%}
    {%- set relation = version.get('relation') or relation -%}
    {%- set is_open = is_of_version and not version and not problems -%}
    {%- if not is_of_version -%}
        {%- if relation is none -%}{%- do problems.append("relation is missing, expected ref(...), source(...) or the name of a CTE, or a registry with a model_name") -%}{%- endif -%}
        {%- if features is none -%}{%- do problems.append("features is missing, expected a list of columns, or a registry with a model_name") -%}{%- endif -%}
    {%- endif -%}
    {%- set features = version.get('features') if features is none else features -%}
    {%- set known, columns = [], baton.columns_of(relation) -%}
    {%- if not is_open and (features is not none or is_of_version and version) -%}
        {%- set known = baton._drift_features(problems, relation, columns, features, bins) -%}
    {%- endif -%}
    {%- set call = {
        'relation': relation,
        'columns': columns,
        'features': known,
        'conditions': [],
        'rows': [],
        'has_numbers': known | rejectattr('kind', 'equalto', 'categorical') | list | length > 0,
        'name': name or version.get('model_version') or (model_name if is_of_version else 'baseline'),
        'model_name': model_name,
        'model_version': version.get('model_version'),
        'is_frozen': false,
    } -%}
    {%- if version.get('split') -%}{%- do call.conditions.append("%s = 'train'" | format(baton.identifier(version.split))) -%}{%- endif -%}
    {%- if where is not none and not problems -%}{%- do call.conditions.append(baton.user_sql(where)) -%}{%- endif -%}
    {%- if not problems -%}
        {%- do baton._name_features(known) -%}
        {%- for feature in known -%}{%- do call.rows.append([feature.literal, baton.literal(feature.kind), feature.bins]) -%}{%- endfor -%}
    {%- endif -%}
    {%- if not problems and not is_open -%}{%- do baton._expect_frozen(problems, call) -%}{%- endif -%}
    {%- do baton.raise_problems('drift_baseline', problems) -%}
    {%- if call.is_frozen -%}{%- do call.update(features=[]) -%}{%- endif -%}
    {{ return(call) }}
{%- endmacro -%}


{#-
    What the registry says of the version that the alias points to: model_version, relation, features (names) and split. Nothing is
    read where it is not built yet, or while dbt builds without rows.
-#}
{%- macro _baseline_version(problems, registry, model_name, alias, relation) -%}
    {%- set wanted = 'model_name model_version features split training_relation'.split() -%}
    {%- set columns = baton.expect_columns(problems, 'registry', registry, wanted) -%}
    {%- if problems or flags.EMPTY or not columns and (baton.is_missing(registry) or not baton.should_be_built(registry)) -%}
        {{ return({}) }}
    {%- endif -%}
    {%- if registry is string -%}
        {%- do problems.append("registry is '%s', expected ref(...) or source(...): the version is read before the model runs, when there is no CTE" | format(registry)) -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set has_aliases = baton.find_column(columns or [], 'alias') is not none -%}
    {%- if not has_aliases and alias != 'latest' -%}
        {%- do problems.append("registry has no alias column: pass the output of baton.model_aliases, or alias='latest' for the newest version") -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set query -%}
        select {{ wanted | join(', ') }}
        from {{ registry }}
        where
            model_name = {{ baton.literal(model_name) }}
            {{ 'and is_current and alias = %s' | format(baton.literal(alias)) if has_aliases else 'order by version_number desc limit 1' }}
    {%- endset -%}
    {%- set rows = run_query(query).rows -%}
    {%- if not rows -%}
        {%- if flags.WHICH in ['run', 'build'] -%}
            {%- do problems.append("there is no '%s' of model '%s' in the registry" | format(alias, model_name)) -%}
        {%- endif -%}
        {{ return({}) }}
    {%- endif -%}
    {%- set row = rows[0] -%}
    {%- if row.features is none -%}
        {%- do problems.append("alias '%s' points to version '%s', which the registry does not have" | format(alias, row.model_version)) -%}
        {{ return({}) }}
    {%- endif -%}
    {{ return({
        'model_version': row.model_version,
        'relation': baton._training_relation(problems, row, relation),
        'features': fromjson(row.features) | map(attribute='name') | list,
        'split': row.split,
    }) }}
{%- endmacro -%}

{#- The relation that a version was trained on; a relation of the call, by which dbt knows that it comes first, has to be it. -#}
{%- macro _training_relation(problems, version, relation) -%}
    {%- set name = '(?:"(?:[^"]|"")+"|`[^`]+`|[^\\s,."`]+)' -%}
    {%- set trained_on = modules.re.findall('%s(?:[.]%s){0,2}' | format(name, name), version.training_relation or '') -%}
    {%- if relation is not none -%}
        {%- set given = relation if relation is string else baton.without_limit(relation).render() -%}
        {%- if given not in trained_on -%}
            {%- do problems.append("relation is %s, but version '%s' was trained on %s" | format(
                given, version.model_version, version.training_relation or 'an unknown relation'
            )) -%}
        {%- endif -%}
        {{ return(relation) }}
    {%- elif trained_on | length != 1 -%}
        {%- do problems.append("relation is missing, and cannot be read from the registry: version '%s' was trained on %s" | format(
            version.model_version, version.training_relation or 'an unknown relation'
        )) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.findall(name, trained_on[0]) -%}{%- do parts.append(baton.unquoted(part) | replace('`', '')) -%}{%- endfor -%}
    {{ return(api.Relation.create(*([none, none] + parts)[-3:])) }}
{%- endmacro -%}

{#- In an incremental model a baseline that is in the table stays as it is. -#}
{%- macro _expect_frozen(problems, call) -%}
    {%- if model.resource_type != 'model' or config.get('materialized') != 'incremental' -%}
        {{ return('') }}
    {%- endif -%}
    {%- if config.get('unique_key') or config.get('incremental_strategy') not in [none, 'append'] -%}
        {%- do problems.append(
            "the model's config has incremental_strategy %s and unique_key %s, expected incremental_strategy='append' and no unique_key, because a baseline stays as it is"
            | format(baton._repr(config.get('incremental_strategy')), baton._repr(config.get('unique_key')))
        ) -%}
    {%- endif -%}
    {%- if is_incremental() -%}
        {%- set query -%}
            select distinct model_name, model_version from {{ this }} where baseline = {{ baton.literal(call.name) }}
        {%- endset -%}
        {%- set rows = run_query(query).rows -%}
        {%- do call.update(is_frozen=rows | length > 0) -%}
        {%- for row in rows if row[0] != call.model_name or row[1] != call.model_version -%}
            {%- do problems.append(
                "name is '%s', under which the table has the baseline of version %s, and not of %s: leave name out, so that each version has its own"
                | format(call.name, baton._repr(row[1]), baton._repr(call.model_version))
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}


{#- What the baseline is called, and of which model's version it is. -#}
{%- macro _baseline_names(call) -%}
cast({{ baton.literal(call.name) }} as {{ baton.type_text() }}) as baseline,
cast({{ baton.literal(call.model_name) }} as {{ baton.type_text() }}) as model_name,
cast({{ baton.literal(call.model_version) }} as {{ baton.type_text() }}) as model_version
{%- endmacro -%}

{#- No rows: the baseline is in the table already, or there is nothing yet that it could be of. -#}
{%- macro _empty_baseline(call) -%}
-- {{ 'this baseline is in the table already' if call.is_frozen else 'there is no version yet that it could be of' }}
select
    {{ baton._baseline_names(call) | indent }},
    {%- for column in 'feature kind bin lower upper category n share mean n_placeholders bins_hash'.split() %}
    cast(null as {{ {'lower': baton.type_double(), 'upper': baton.type_double(), 'n': dbt.type_bigint(), 'n_placeholders': dbt.type_bigint(), 'share': baton.type_double(), 'mean': baton.type_double()}.get(column, baton.type_text()) }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from (select 1) as nothing
where 1 = 0
{%- endmacro -%}
