{#- The call with what the SQL needs, or one error that names all that is wrong. -#}
{%- macro _model_health_call(given) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems,
        'performance: relation, drift_alerts: relation?, estimated_performance: relation?, skew: relation?, registry: relation?,
        test_results: relation?, metric: text, greater_is_better: boolean?',
        given.performance, given.drift_alerts, given.estimated_performance, given.skew, given.registry, given.test_results,
        given.metric, given.greater_is_better
    ) -%}
    {#- nodes are found by their relations, so a CTE leads nowhere -#}
    {%- for relation in (given.features if baton.is_list(given.features) else [] if given.features is none else [given.features]) -%}
        {%- if relation is string or not baton.is_relation(relation) -%}
            {%- do problems.append("features is %s, expected ref(...), source(...) or a list of them" | format(baton._repr(relation))) -%}
        {%- else -%}
            {%- do baton.expect_relation(problems, 'features', relation) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if baton.is_list(given.features) and not given.features -%}
        {%- do problems.append('features is empty, expected a relation or a list of relations') -%}
    {%- endif -%}
    {%- do baton.expect_whole_number(problems, 'minimum_rows', given.minimum_rows, most=1000000000) -%}
    {%- for name, most in {'alpha': 1, 'min_mismatch': 1, 'min_nulls': 1, 'min_drop': 1e300}.items() -%}
        {%- set value = given[name] -%}
        {%- if not (value is none and name == 'min_drop') and (value is not number or value is boolean or not 0 < value <= most) -%}
            {%- set range = ' to 1' if most == 1 else '' -%}
            {%- do problems.append('%s is %s, expected a number above 0%s' | format(name, baton._repr(value), range)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set cell = 'model_name model_version period_start segment_name segment_value'.split() -%}
    {%- set measured = cell + 'metric value std_error n n_labelled undefined_reason'.split() -%}
    {%- set columns = baton.expect_columns(problems, 'performance', given.performance, measured) -%}
    {%- set of_drift = baton.expect_columns(
        problems, 'drift_alerts', given.drift_alerts,
        cell + 'feature metric value n n_reference null_share null_share_reference unseen_share is_alert alert_since'.split()
    ) if given.drift_alerts is not none else none -%}
    {%- do baton.expect_columns(
        problems, 'estimated_performance', given.estimated_performance, cell + 'metric value lower upper'.split()
    ) if given.estimated_performance is not none -%}
    {%- set of_skew = baton.expect_columns(
        problems, 'skew', given.skew, cell + 'feature n mismatch_share n_missing_served stale_share median_staleness_days'.split()
    ) if given.skew is not none else none -%}
    {%- do baton.expect_columns(
        problems, 'registry', given.registry, 'model_name model_version owner metrics'.split()
    ) if given.registry is not none -%}

    {%- do baton.expect_columns(
        problems, 'test_results', given.test_results, 'node test_name status ran_at'.split()
    ) if given.test_results is not none -%}

    {#- which direction is worse -#}
    {%- set gains = 'accuracy balanced_accuracy precision recall specificity f1 mcc kappa roc_auc average_precision lift_at_10 gain_at_10 roc_auc_ovr
        top_2_accuracy precision_micro recall_micro f1_micro precision_macro recall_macro f1_macro precision_weighted recall_weighted f1_weighted
        r2 mrr'.split() -%}
    {%- set losses = 'log_loss brier expected_calibration_error mae rmse mape smape rmsle median_absolute_error max_error'.split() -%}
    {%- set is_gain = given.greater_is_better -%}
    {%- set metric = given.metric if given.metric is string else '' -%}
    {%- if is_gain is none -%}
        {%- if metric in gains or modules.re.match('(ndcg|precision|recall|map)_at_[0-9]+$', metric) -%}
            {%- set is_gain = true -%}
        {%- elif metric in losses or modules.re.match('pinball_', metric) -%}
            {%- set is_gain = false -%}
        {%- elif metric | trim -%}
            {%- do problems.append("metric is %s, of which baton does not know whether more is better: set greater_is_better" | format(baton._repr(metric))) -%}
        {%- endif -%}
    {%- endif -%}

    {%- set reference = {'value': given.reference} if given.reference is number and given.reference is not boolean else given.reference -%}
    {%- set window, expectations = none, none -%}
    {%- if not baton.is_mapping(reference) or reference.keys() | list | sort not in [['first'], ['from', 'to'], ['split'], ['value']] -%}
        {%- do problems.append(
            "reference is %s, expected {'first': 4} (periods of a version), {'from': '2025-01-01', 'to': '2025-03-01'}, {'split': 'validation'} (the metric of the version row) or a number"
            | format(baton._repr(given.reference))
        ) -%}
    {%- elif 'first' in reference -%}
        {%- do baton.expect_whole_number(problems, 'reference.first', reference.first) -%}
        {%- set window = {'first': reference.first, 'where': ''} -%}
    {%- elif 'from' in reference -%}
        {%- do baton.expect(problems, '"reference.from": moment, "reference.to": moment', reference['from'], reference.to) -%}
        {%- if not problems -%}
            {%- set window = {'first': none, 'where': ' and period_start >= %s and period_start < %s' | format(baton.moment(reference['from']), baton.moment(reference.to))} -%}
        {%- endif -%}
    {%- elif 'value' in reference -%}
        {%- if reference.value is not number -%}
            {%- do problems.append('reference.value is %s, expected a number' | format(baton._repr(reference.value))) -%}
        {%- endif -%}
        {%- set expectations = baton._expected_number(baton.as_double(reference.value)) -%}
    {%- else -%}
        {%- do baton.expect_text(problems, 'reference.split', reference.split) -%}
        {%- if given.registry is none -%}{%- do problems.append("registry is missing, which reference {'split': ...} reads") -%}{%- endif -%}
        {%- set expectations -%}
select distinct
    cast(model_name as {{ baton.type_text() }}) as model_name,
    cast(model_version as {{ baton.type_text() }}) as model_version,
    {{ baton.json_number('metrics', [reference.split | string, metric]) | indent }} as expected_value,
    {{ baton.as_double('null') }} as labelled_share,
    {{ baton.as_double('null') }} as variance
from {{ given.registry }}
        {%- endset -%}
    {%- endif -%}
    {%- do baton.raise_problems('model_health', problems) -%}

    {%- set drift_columns = [] -%}
    {%- for name in ['baseline', 'kind'] + baton._drift_states() | list -%}
        {%- if of_drift is none or baton.find_column(of_drift, name) -%}{%- do drift_columns.append(name) -%}{%- endif -%}
    {%- endfor -%}
    {#- where the project logs its test results, they are evidence -#}
    {%- set logged = load_relation(baton._test_results_table()) if given.test_results is none else none -%}
    {%- set features = baton._features_in(([given.drift_alerts] if of_drift else []) + ([given.skew] if of_skew else [])) -%}
    {{ return(dict(given,
        metric=baton.literal(given.metric),
        is_gain=is_gain,
        window=window,
        expectations=expectations,
        test_results=logged or given.test_results,
        drift_columns=drift_columns,
        has_class=columns is none or baton.find_column(columns, 'class') is not none,
        upstream=baton._upstream_nodes(features, given.features),
        owners=baton._health_owners(given.registry),
    )) }}
{%- endmacro -%}


{#- One expectation for every model version. -#}
{%- macro _expected_number(number) -%}
select distinct
    model_name,
    model_version,
    {{ number }} as expected_value,
    {{ baton.as_double('null') }} as labelled_share,
    {{ baton.as_double('null') }} as variance
from periods
{%- endmacro -%}
