{#
    The metrics that compare_models knows. Each is the ratio of two sums over pairs, of a model's `part` and of its `weight`, 1 by
    default; `{model}` stands for champion or challenger.

    task       whose predictions have it; `accuracy` is of binary and of multiclass models
    needs      what both models must have for a pair to count: score, class or value
    is_loss    less is better
-#}
{%- macro _compared_metrics() -%}
    {%- set loss -%}
-ln(least(greatest(
    case when is_positive then {model}_score else 1 - {model}_score end,
    2.220446049250313e-16
), 1 - 2.220446049250313e-16))
    {%- endset -%}
    {%- set brier -%}
power(case
    when (case when is_positive then 1 - {model}_score else {model}_score end) < 1e-70 then 0
    when is_positive then 1 - {model}_score
    else {model}_score
end, 2)
    {%- endset -%}
    {%- set is_positive = 'case when is_positive then 1 else 0 end' -%}
    {%- set is_called = 'case when {model}_is_called_positive then 1 else 0 end' -%}
    {%- set is_found = 'case when is_positive and {model}_is_called_positive then 1 else 0 end' -%}
    {%- set is_right = 'case when {model}_class = actual then 1 else 0 end' -%}
    {%- set error = 'abs({model}_value - actual)' -%}
    {%- set squared_error -%}
power(case
    when {{ error }} < 1e-70 then 0
    else {model}_value - actual
end, 2)
    {%- endset -%}
    {{ return({
        'roc_auc': {'task': 'binary', 'needs': 'score'},
        'log_loss': {'task': 'binary', 'needs': 'score', 'is_loss': true, 'part': loss},
        'brier': {'task': 'binary', 'needs': 'score', 'is_loss': true, 'part': brier},
        'precision': {'task': 'binary', 'needs': 'class', 'part': is_found, 'weight': is_called},
        'recall': {'task': 'binary', 'needs': 'class', 'part': is_found, 'weight': is_positive},
        'f1': {'task': 'binary', 'needs': 'class', 'part': '2 * %s' | format(is_found), 'weight': '%s + %s' | format(is_positive, is_called)},
        'accuracy': {'task': 'multiclass', 'needs': 'class', 'part': is_right},
        'mae': {'task': 'regression', 'needs': 'value', 'is_loss': true, 'part': error},
        'mse': {'task': 'regression', 'needs': 'value', 'is_loss': true, 'part': squared_error},
        'rmse': {'task': 'regression', 'needs': 'value', 'is_loss': true, 'part': squared_error},
    }) }}
{%- endmacro -%}


{#- What `_performance_call` gives, with all that is wrong in one error, and in addition the metrics and what names the columns of a pair. -#}
{%- macro _compare_models_call(given) -%}
    {%- set problems = [] -%}
    {%- set known = baton._compared_metrics() -%}
    {%- set names = baton.as_list(given.metric) -%}
    {%- if given.metric is not string -%}{%- do baton.expect_list(problems, 'metric', given.metric, of='metrics') -%}{%- endif -%}
    {%- set metrics = {} -%}
    {%- for name in names -%}
        {%- do baton.expect_choice(problems, 'metric' if given.metric is string else 'metric[%s]' | format(loop.index0), name, known | list) -%}
        {%- if name is string and name in known -%}{%- do metrics.update({name: known[name]}) -%}{%- endif -%}
    {%- endfor -%}
    {%- set tasks = metrics.values() | map(attribute='task') | unique | list -%}
    {%- if 'regression' in tasks and tasks | length > 1 -%}
        {%- do problems.append("metric has metrics of classes and of numbers (%s), expected those of one task" | format(names | join(', '))) -%}
    {%- endif -%}
    {%- set roles = ['champion', 'challenger', 'shadow'] -%}
    {%- for side in ['champion', 'challenger'] if given[side] is not string or not given[side] | trim -%}
        {%- do problems.append("%s is %s, expected a role (%s) or a version" | format(side, baton._repr(given[side]), roles | join(', '))) -%}
    {%- endfor -%}
    {%- if given.champion == given.challenger -%}
        {%- do problems.append("champion and challenger are both %s, expected two roles or versions" | format(baton._repr(given.champion))) -%}
    {%- endif -%}
    {%- do baton.expect_whole_number(problems, 'minimum_pairs', given.minimum_pairs, most=1000000000) -%}
    {%- if given.alpha is not number or given.alpha is boolean or not 0 < given.alpha <= 0.5 -%}
        {%- do problems.append("alpha is %s, expected a number above 0, at most 0.5" | format(baton._repr(given.alpha))) -%}
    {%- endif -%}
    {%- do baton.expect(problems, 'cluster: names?', given.cluster) -%}

    {%- set keys = baton.names_in([given.entity, given.as_of]) -%}
    {%- set clusters = baton.names_in(given.cluster) -%}
    {%- set named_roles = roles if given.champion in roles or given.challenger in roles else [] -%}
    {%- do given.update({
        'task': 'binary' if 'binary' in tasks else tasks[0] | default('binary'),
        'period': none,
        'carried': (keys + clusters + (['role'] if named_roles else [])) | unique | list,
    }) -%}
    {%- set call = baton._performance_call('compare_models', given, problems) -%}

    {%- do call.update({
        'metrics': metrics,
        'losses': [],
        'roles': named_roles,
        'pair_keys': [],
        'clusters': [],
        'compared_cell': ['model_name', 'segment_name', 'segment_value', 'champion_version', 'challenger_version'],
        'alpha_sql': baton.number_literal(given.alpha),
    }) -%}
    {%- for name in keys -%}{%- do call.pair_keys.append(baton.cte_name('carried_%s' | format(baton.unquoted(name)))) -%}{%- endfor -%}
    {%- for name in clusters -%}{%- do call.clusters.append(baton.cte_name('carried_%s' | format(baton.unquoted(name)))) -%}{%- endfor -%}
    {%- for name in metrics if metrics[name].is_loss -%}{%- do call.losses.append(baton.literal(name)) -%}{%- endfor -%}
    {{ return(call) }}
{%- endmacro -%}
