{#
    The arguments of a performance macro, checked once and ready for SQL, in the mapping that its helpers take.

    given      the macro's arguments by name; what is left out has the default of model_performance. `is_stored` says that the rows are
               those of an incremental model, which have a hash of what they were made from; `logged` and `known` are the columns of
               predictions and outcomes where the macro knows them
    problems   what the macro has found wrong itself

    Beside the arguments the mapping has `macro`, the name of the macro, `key_pairs` ([{'predicted': SQL, 'known': SQL, 'alias': name}]),
    `as_of_sql`, `segment_columns`, `slices`, `cell` (the columns of a cell) and `positive` (the positive class as a literal).
-#}
{%- macro _performance_call(macro_name, given, problems=[]) -%}
    {%- set call = {
        'macro': macro_name, 'outcomes': none, 'period': 'day', 'segments': [], 'actual': 'actual', 'outcome_time': none,
        'positive_class': '1', 'value': none, 'known_at': none, 'shape': 'long', 'as_of': 'as_of', 'outcome_as_of': none,
        'undefined': 'null', 'group': none, 'k': [10], 'quantiles': {}, 'interval': none, 'carried': [],
        'may_lack_outcomes': false, 'is_stored': false, 'logged': none, 'known': none,
    } -%}
    {%- do call.update(given) -%}
    {%- set tasks = {
        'binary': ['predicted_class', 'predicted_probability'], 'multiclass': ['predicted_class', 'class_probabilities'],
        'regression': ['predicted_value'], 'ranking': [],
    } -%}
    {%- set needs_outcomes = call.outcomes is defined and call.outcomes is not none or not call.may_lack_outcomes -%}

    {%- set logged = call.logged or baton.columns_of(call.predictions) -%}
    {%- do baton.expect_relation(problems, 'predictions', call.predictions) -%}
    {%- do baton.expect_names(problems, 'entity', call.entity) -%}
    {%- do baton.expect_choice(problems, 'task', call.task, tasks | list) -%}
    {%- do baton._expect_slices(problems, call.period, call.segments) -%}
    {%- do baton.expect_name(problems, 'as_of', call.as_of) -%}
    {%- if needs_outcomes -%}
        {%- do baton.expect_relation(problems, 'outcomes', call.outcomes) -%}
        {%- do baton.expect_name(problems, 'actual', call.actual) -%}
    {%- endif -%}
    {%- for argument in ['outcome_time', 'value', 'outcome_as_of', 'group'] if call[argument] is not none -%}
        {%- do baton.expect_name(problems, argument, call[argument]) -%}
    {%- endfor -%}
    {%- if call.task == 'ranking' -%}
        {%- if call.group is none -%}
            {%- do problems.append("task 'ranking' needs group, the column of predictions that says which query an item belongs to") -%}
        {%- endif -%}
        {%- if logged and not baton.find_column(logged, 'predicted_value') and not baton.find_column(logged, 'predicted_probability') -%}
            {%- do problems.append("predictions has neither predicted_value nor predicted_probability, by which items are ranked") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.expect_list(problems, 'k', baton.as_list(call.k), of='cut-offs') -%}
    {%- for cut in baton.as_list(call.k) -%}{%- do baton.expect_whole_number(problems, 'k', cut) -%}{%- endfor -%}
    {%- if not baton.is_mapping(call.quantiles) -%}
        {%- do problems.append("quantiles is %s, expected a mapping such as {0.9: 'predicted_p90'}" | format(baton._repr(call.quantiles))) -%}
    {%- else -%}
        {%- for quantile, column in call.quantiles.items() -%}
            {%- if quantile is not number or quantile is boolean or quantile <= 0 or quantile >= 1 or baton.names_in(column) != [column] -%}
                {%- do problems.append("quantiles has %s: %s, expected a number between 0 and 1 and the name of a column" | format(
                    baton._repr(quantile), baton._repr(column)
                )) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if call.interval is not none -%}
        {%- do baton.expect_names(problems, 'interval', call.interval) -%}
        {%- if not baton.is_list(call.interval) or call.interval | length != 2 -%}
            {%- do problems.append("interval is %s, expected two columns, such as ['predicted_low', 'predicted_high']" | format(baton._repr(call.interval))) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set positive = call.positive_class -%}
    {%- if positive is not number and not (positive is string and positive | trim) or positive | string in ['nan', 'NaN', 'inf', '-inf'] -%}
        {%- do problems.append("positive_class is %s, expected the positive class, whose probability is predicted" | format(baton._repr(positive))) -%}
    {%- endif -%}
    {%- if call.known_at is not none -%}
        {%- do baton.expect_moment(problems, 'known_at', call.known_at) -%}
        {%- if call.outcome_time is none -%}
            {%- do problems.append("known_at needs outcome_time, the column that says from when on an outcome is known") -%}
        {%- endif -%}
    {%- endif -%}
    {%- do baton.expect_choice(problems, 'shape', call.shape, ['long', 'wide']) -%}
    {%- do baton.expect_choice(problems, 'undefined', call.undefined, ['null', 'zero_division']) -%}
    {%- do baton.expect_known_columns(
        problems, 'predictions', logged,
        [call.entity, call.as_of, 'model_name', 'model_version', tasks[call.task] if call.task is string and call.task in tasks else [],
         call.segments, call.group, call.carried, call.interval, call.quantiles.values() | list if baton.is_mapping(call.quantiles) else []]
    ) -%}
    {%- set known = (call.known or baton.columns_of(call.outcomes)) if needs_outcomes else none -%}
    {%- if needs_outcomes -%}
        {%- do baton.expect_known_columns(
            problems, 'outcomes', known, [call.entity, call.actual, call.outcome_time, call.value, call.outcome_as_of]
        ) -%}
    {%- endif -%}
    {%- do baton.raise_problems(macro_name, problems) -%}

    {%- set as_of_sql = baton.utc(call.as_of, logged, 'logged') -%}
    {%- set keys = [] -%}
    {%- for name in baton.as_list(call.entity) if needs_outcomes -%}
        {%- set has_one_kind = baton.are_compared_alike(
            baton.find_column(logged, name) if logged else none, baton.find_column(known, name) if known else none
        ) -%}
        {%- set column = baton.identifier(name) -%}
        {%- do keys.append({
            'predicted': 'logged.%s' | format(column) if has_one_kind else baton.value_text(column, logged, 'logged'),
            'known': 'outcome.%s' | format(column) if has_one_kind else baton.value_text(column, known, 'outcome'),
            'alias': baton.cte_name('key_%s' | format(baton.unquoted(name)), keys | map(attribute='alias') | list),
        }) -%}
    {%- endfor -%}
    {%- if call.outcome_as_of is not none -%}
        {%- do keys.append({'predicted': as_of_sql, 'known': baton.utc(call.outcome_as_of, known, 'outcome'), 'alias': 'as_of'}) -%}
    {%- endif -%}
    {%- if call.known_at is not none -%}
        {%- set known_at_filter -%}
{{ baton.utc(call.outcome_time, known, 'outcome', up=true) }} <= {{ baton.moment(call.known_at) }}
        {%- endset -%}
        {%- do call.update({'known_at_filter': known_at_filter}) -%}
    {%- endif -%}
    {%- do call.update({
        'is_incremental': call.is_stored and is_incremental(),
        'logged': logged,
        'known': known,
        'k': baton.as_list(call.k) | unique | list,
        'predicted': tasks[call.task] or ['predicted_value', 'predicted_probability'],
        'carried': (call.carried + baton.as_list(call.interval) + call.quantiles.values() | list) | unique | list,
        'key_pairs': keys,
        'as_of_sql': as_of_sql,
        'segment_columns': baton._segment_columns(call.segments),
        'slices': baton._slices(call.segments),
        'cell': ['model_name', 'model_version', 'period_start', 'segment_name', 'segment_value'],
        'positive': baton.literal(baton._class_name(positive)),
    }) -%}
    {{ return(call) }}
{%- endmacro -%}
