{#- The arguments ready for SQL, or one error that names all that is wrong with them. -#}
{%- macro _promotions_call(registry, metric, margin, alias, policy, greater_is_better) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'registry', registry) -%}
    {%- set columns = baton.expect_columns(problems, 'registry', registry, 'model_name model_version version_number trained_at metrics'.split()) -%}
    {%- set path = baton.json_keys(metric) -%}
    {%- if path is none -%}
        {%- do problems.append("metric is %s, expected a path in metrics such as 'validation.roc_auc'" | format(baton._repr(metric))) -%}
    {%- endif -%}
    {%- if margin is not number or margin is boolean or not 0 <= margin < 1e300 -%}
        {%- do problems.append("margin is %s, expected a number from 0" | format(baton._repr(margin))) -%}
    {%- endif -%}
    {%- do baton.expect(problems, 'alias: text, policy: {choice: [best, review]}', alias, policy) -%}
    {%- if policy == 'review' and alias == 'candidate' -%}
        {%- do problems.append("alias is \"candidate\", which policy 'review' gives to the versions that it suggests: name the alias of the version in use") -%}
    {%- endif -%}
    {%- do baton.expect(problems, 'greater_is_better: boolean?', greater_is_better) -%}
    {%- set is_greater_better = baton._greater_is_better(path[-1]) if path and greater_is_better is none else greater_is_better -%}
    {%- if path and is_greater_better is none -%}
        {%- do problems.append("greater_is_better is missing, and baton does not know the metric %s: expected true or false" | format(baton._repr(path[-1]))) -%}
    {%- endif -%}
    {%- do baton.expect_append_only(problems, 'a table of promotions') -%}
    {%- if columns and not problems -%}
        {%- do baton._expect_metric_of_versions(problems, registry, path) -%}
    {%- endif -%}
    {%- do baton.raise_problems('promotions', problems) -%}

    {%- set margin_sql -%} {{ ' %s %s' | format('+' if is_greater_better else '-', baton.number_literal(margin)) if margin }} {%- endset -%}
    {{ return(dict(
        registry_columns=columns,
        path=path,
        metric=path | join('.'),
        margin=margin,
        margin_sql=margin_sql,
        alias=baton.literal(alias),
        alias_name=alias,
        own_aliases=[baton.literal(alias)] + ([] if policy == 'best' else ["'candidate'"]),
        is_best=policy == 'best',
        better='>' if is_greater_better else '<',
        best_of='max' if is_greater_better else 'min',
        best_of_two='greatest' if is_greater_better else 'least',
        worst="cast('%sInfinity' as %s)" | format('-' if is_greater_better else '', baton.type_double()),
    )) }}
{%- endmacro -%}


{#- Whether more is better, by the name that a metric has in scikit-learn or in `model_performance`; none of an unknown name. -#}
{%- macro _greater_is_better(name) -%}
    {%- set plain = modules.re.sub('_(micro|macro|weighted|samples|ovr|ovo)|_at_[0-9]+|_score$|^top_[0-9]+_', '', name | lower) -%}
    {%- if plain.startswith('neg_') or plain in '
        roc_auc auc average_precision pr_auc accuracy balanced_accuracy precision recall specificity
        sensitivity f1 jaccard mcc matthews_corrcoef kappa cohen_kappa lift gain gini
        r2 explained_variance d2_absolute_error d2_pinball d2_tweedie ndcg map mrr recovered_value
    '.split() -%}
        {{ return(true) }}
    {%- elif plain == 'mean_error' -%}
        {#- it has a sign -#}
        {{ return(none) }}
    {%- elif plain.startswith('pinball') or modules.re.search('_(loss|error|deviance)(_[0-9.]+)?$', plain) or plain in '
        log_loss logloss brier brier_loss mae mse rmse mape smape wape rmsle msle mdae loss error ece
    '.split() -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro -%}


{#-
    The path is in the metrics of some version, as soon as there is one: by a misspelt metric nothing would ever be promoted. The
    models of which no version has it are a warning, since a registry may hold models of several kinds.
-#}
{%- macro _expect_metric_of_versions(problems, registry, path) -%}
    {%- set query -%}
        select
            model_name,
            sum(case when {{ baton.json_has('metrics', path) }} then 1 else 0 end) as versions_with_it,
            max(metrics) as an_example
        from {{ baton.aliased(registry, 'versions') }}
        group by model_name
        order by model_name
    {%- endset -%}
    {%- set rows = run_query(query).rows -%}
    {%- set without = [] -%}
    {%- for row in rows if not row[1] -%}{%- do without.append(row) -%}{%- endfor -%}
    {%- set metric = baton._repr(path | join('.')) -%}
    {%- if rows and without | length == rows | length -%}
        {%- set found = [] -%}
        {%- for row in rows -%}{%- do found.extend(baton._paths_in(fromjson(row[2] or '{}', {}))) -%}{%- endfor -%}
        {%- do problems.append("metric is %s, which no version has: there is %s" | format(
            metric, baton.nearest_names([path | join('.')], found | unique | list) if found else 'no metric at all'
        )) -%}
    {%- elif without -%}
        {%- do exceptions.warn("baton.promotions: no version of %s has the metric %s, so only its first version is promoted" | format(
            without | map(attribute=0) | join(', '), metric
        )) -%}
    {%- endif -%}
{%- endmacro -%}

{#- The dotted paths of the values in a mapping, at any depth. -#}
{%- macro _paths_in(value, above='') -%}
    {%- set paths = [] -%}
    {%- for key, one in (value.items() if value is mapping else []) -%}
        {%- set path = above ~ ('"%s"' | format(key | replace('"', '""')) if '.' in key or '"' in key else key) -%}
        {%- if one is mapping -%}
            {%- do paths.extend(baton._paths_in(one, path ~ '.')) -%}
        {%- else -%}
            {%- do paths.append(path) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(paths) }}
{%- endmacro -%}
