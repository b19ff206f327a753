{#-
    The arguments ready for SQL, or one error that names all that is wrong with them.

    versions    one mapping for each alias: alias, model_version, cte, sql (its scoring query), has_nodes, features (of its
                signature: name, type, role, column); empty where no version is read
    names       entity and as_of as the result has them
    key_columns sql and the alias inside of the query, for each of them
    kept, kept_columns  the same for the columns to keep
    known       what is known of the columns of the relation
-#}
{%- macro _score_call(registry, model_name, features, entity, alias, as_of, keep) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'registry', registry) -%}
    {%- if not problems and registry is string -%}
        {%- do problems.append("registry is '%s', expected ref(...) or source(...): versions are read before the model runs, when there is no CTE" | format(registry)) -%}
    {%- endif -%}
    {%- set registry_columns = baton.expect_columns(
        problems, 'registry', registry,
        'model_name model_version features scoring_sql scoring_nodes scoring_sql_max_abs_error'.split()
    ) -%}
    {%- do baton.expect(
        problems, 'model_name: text, features: relation, entity: names, alias: names, as_of: name, keep: names?',
        model_name, features, entity, alias, as_of, keep if keep != [] else none
    ) -%}

    {%- set known = baton.expect_columns(problems, 'features', features, [entity, as_of, keep]) -%}
    {%- set versions = baton._versions_to_score(problems, registry, registry_columns, model_name, baton.as_list(alias)) -%}
    {%- set taken = [] -%}
    {%- for version in versions -%}
        {%- do baton._expect_signature(problems, version, known) -%}
        {%- do taken.extend(version.features | map(attribute='name') | map('lower')) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('score', problems) -%}

    {#- inside of a query a key has a name of its own, since a feature may have that of a key -#}
    {%- set keys, names = [], [] -%}
    {%- for name in baton.as_list(entity) -%}
        {%- set found = baton.name_in_relation(known, name) -%}
        {%- do names.append(baton.identifier(found)) -%}
        {%- do keys.append(dict(sql=baton.identifier(found), name=baton.free_name(taken, 'key_' ~ loop.index))) -%}
    {%- endfor -%}
    {%- set moment = baton.name_in_relation(known, as_of) -%}
    {%- do names.append(baton.identifier(moment)) -%}
    {%- do keys.append(dict(sql=baton.utc(moment, known), name=baton.free_name(taken, 'key_as_of'))) -%}
    {%- set kept, kept_keys = [], [] -%}
    {%- for name in baton.as_list(keep) -%}
        {%- set found = baton.name_in_relation(known, name) -%}
        {%- do kept.append(baton.identifier(found)) -%}
        {%- do kept_keys.append(dict(sql=baton.identifier(found), name=baton.free_name(taken, 'kept_' ~ loop.index))) -%}
    {%- endfor -%}

    {{ return(dict(
        model_name=model_name,
        relation=features,
        known=known,
        versions=versions,
        names=names,
        key_columns=keys,
        kept=kept,
        kept_columns=kept_keys,
        feature_hash=baton.free_name(taken, 'feature_hash'),
    )) }}
{%- endmacro -%}


{#- What the registry says of the aliases' versions. Nothing is read where it is not built yet, or while dbt builds without rows. -#}
{%- macro _versions_to_score(problems, registry, columns, model_name, aliases) -%}
    {%- if problems or flags.EMPTY or not columns and (baton.is_missing(registry) or not baton.should_be_built(registry)) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set has_aliases = columns is none or baton.find_column(columns, 'alias') is not none -%}
    {%- if not has_aliases and aliases != ['latest'] -%}
        {%- do problems.append(
            "registry has no alias column: pass the output of baton.model_aliases, or alias='latest' for the newest version"
        ) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select
            {{ 'alias' if has_aliases else "'latest' as alias" }},
            model_version,
            features,
            scoring_sql,
            scoring_nodes is not null as has_nodes,
            scoring_sql_max_abs_error
        from {{ registry }}
        where
            model_name = {{ baton.literal(model_name) }}
            {{ 'and is_current' if has_aliases else 'order by version_number desc limit 1' }}
    {%- endset -%}
    {%- set found = run_query(query) -%}
    {#- after a build without rows the registry is empty, and only a run needs a version -#}
    {%- if not found.rows and flags.WHICH not in ['run', 'build']
        and not run_query('select model_name from %s limit 1' | format(registry)).rows -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set versions = [] -%}
    {%- for alias in aliases -%}
        {%- set rows = found.rows | selectattr('alias', 'equalto', alias) | list -%}
        {%- if not rows -%}
            {%- do problems.append("there is no '%s' of model '%s'; there is %s" | format(
                alias, model_name, found.rows | map(attribute='alias') | map('tojson') | join(', ') or 'no version at all'
            )) -%}
        {%- elif rows[0].features is none -%}
            {%- do problems.append("alias '%s' points to version '%s', which the registry does not have" | format(alias, rows[0].model_version)) -%}
        {%- elif rows[0].scoring_sql is none -%}
            {%- do problems.append(
                "version '%s' (alias '%s') has no scoring SQL%s: score it with dbt_baton.predict in a Python model" | format(
                    rows[0].model_version, alias,
                    '' if rows[0].scoring_sql_max_abs_error is none
                    else ', since its SQL differs from scikit-learn by up to %s' | format(rows[0].scoring_sql_max_abs_error)
                )
            ) -%}
        {%- else -%}
            {%- do versions.append(dict(
                alias=alias,
                cte='scored_%s' | format(loop.index),
                model_version=rows[0].model_version,
                sql=rows[0].scoring_sql,
                has_nodes=rows[0].has_nodes,
                features=fromjson(rows[0].features),
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(versions) }}
{%- endmacro -%}

{#- Every feature that the relation lacks or has with another kind of type; each gets its column. -#}
{%- macro _expect_signature(problems, version, known) -%}
    {%- set kinds = dict(int='number', float='number') -%}
    {%- for feature in version.features -%}
        {%- set found = baton.find_column(known, feature.name) if known else none -%}
        {%- do feature.update(column=found.name if found else feature.name) -%}
        {%- if known and not found -%}
            {%- do problems.append("feature '%s' (%s) of version '%s' is missing" | format(feature.name, feature.type, version.model_version)) -%}
        {%- elif found -%}
            {%- set kind = baton.number_kind(known, found.name) -%}
            {%- set kind = 'number' if kind in 'integer decimal double'.split() else kind -%}
            {%- set wanted = kinds.get(feature.type, feature.type) -%}
            {%- if kind != 'unknown' and (kind == wanted) != (wanted in ['number', 'boolean']) and (kind in ['number', 'boolean'] or wanted in ['number', 'boolean']) -%}
                {%- do problems.append("feature '%s' is %s, version '%s' was trained on %s" | format(
                    feature.name, found.dtype, version.model_version, feature.type
                )) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
