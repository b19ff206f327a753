{#
    The list of transformers with every parameter filled in.

    Each transformer is a file of its own with three helpers:
    `_<name>(step)`               what it is, in yaml: reads, is_fitted, makes, parameters; `by_row` where it takes all its
                                  columns at once, `has_extra_reads` where it reads others too, `wrong` what is wrong beyond
                                  single parameters
    `_apply_<name>(unit)`         the expression that takes the column's place, or the columns that it makes
    `_fit_<name>(stage, unit)`    what it adds to the fitted table; not there where that is nothing

    reads        'number' (a double, NULL where missing), 'category' (text), 'value' (the column as it is, NaN as NULL) or
                 'moment' (a timestamp): what the helpers find in `unit.sqls` (`unit.value` is the first)
    makes        the kind of the expression, 'number' unless said otherwise
    parameters   name to {default: ..., takes: a check of `_expect_parameter`}, in scikit-learn's names; `is_applied` where
                 only `transform` goes by it, so that it may be another one than in the fit
#}
{%- macro _transformer_names() -%}
    {%- set names %}
        standard_scaler min_max_scaler max_abs_scaler robust_scaler normalizer k_bins_discretizer quantile_transformer
        one_hot_encoder ordinal_encoder label_encoder target_encoder frequency_encoder simple_imputer clip log1p cyclical
        polynomial_features hashing_encoder
    {% endset -%}
    {{ return(names.split()) }}
{%- endmacro -%}

{#- The steps; what is wrong with them goes to `problems`. -#}
{%- macro _pipeline_steps(problems, transformers) -%}
    {%- do baton.expect_list(problems, 'transformers', transformers, of='mappings') -%}
    {%- set steps, seen = [], [] -%}
    {%- for given in (transformers if baton.is_list(transformers) else []) -%}
        {%- set argument = 'transformers[%s]' | format(loop.index0) -%}
        {%- set kind = given.get('transformer') if given is mapping else none -%}
        {%- set own_problems = [] -%}
        {%- if given is not mapping or 'transformer' not in given -%}
            {%- do baton.expect_keys(own_problems, argument, given, required=['transformer', 'columns']) -%}
        {%- elif kind not in baton._transformer_names() -%}
            {%- do baton.expect_choice(own_problems, argument ~ '.transformer', kind, baton._transformer_names()) -%}
        {%- else -%}
            {%- set step = dict(
                makes='number', is_fitted=false, by_row=false, has_extra_reads=false, parameters={}, wrong=none,
                number=loop.index0, argument=argument, kind=kind, name=given.get('name') or kind, columns=baton.as_list(given.get('columns')),
            ) -%}
            {%- do step.update(fromyaml(baton['_' ~ kind](given))) -%}
            {%- do step.update(rules=step.parameters) -%}
            {%- do step.update(parameters=baton._step_parameters(own_problems, argument, given, step.rules)) -%}
            {%- if not own_problems -%}
                {%- for text in step.wrong or [] -%}{%- do own_problems.append(argument ~ text) -%}{%- endfor -%}
            {%- endif -%}
            {%- if not own_problems -%}
                {%- for column in step.columns -%}
                    {%- set column = baton.unquoted(column) -%}
                    {%- if [step.name, column] in seen -%}
                        {%- do own_problems.append(
                            "%s: '%s' is applied to column '%s' a second time: give this step another name"
                            | format(argument, step.name, column)
                        ) -%}
                    {%- endif -%}
                    {%- do seen.append([step.name, column]) -%}
                {%- endfor -%}
                {%- do steps.append(step) -%}
            {%- endif -%}
        {%- endif -%}
        {%- do problems.extend(own_problems) -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro -%}

{#- The parameters of a step, given or default, after all its keys are checked. -#}
{%- macro _step_parameters(problems, argument, given, rules) -%}
    {%- do baton.expect_keys(problems, argument, given, required=['transformer', 'columns'], optional=['name'] + rules | list) -%}
    {%- if 'columns' in given -%}{%- do baton.expect_names(problems, argument ~ '.columns', given.columns) -%}{%- endif -%}
    {%- if given.get('name') is not none -%}{%- do baton.expect_name(problems, argument ~ '.name', given.name) -%}{%- endif -%}
    {%- set parameters = {} -%}
    {%- for parameter, rule in rules.items() -%}
        {%- set value = given[parameter] if parameter in given else rule.get('default') -%}
        {%- set columns = baton.as_list(given.get('columns')) | length -%}
        {%- do baton._expect_parameter(problems, '%s.%s' | format(argument, parameter), value, rule, columns) -%}
        {%- do parameters.update({parameter: value}) -%}
    {%- endfor -%}
    {{ return(parameters) }}
{%- endmacro -%}

{#-
    One parameter, by what its rule `takes`; with `or_none` it may be none. A 'count' is a whole number from `least`,
    'lists' are categories, one list for each column, 'choices' one or several of `choices`.
-#}
{%- macro _expect_parameter(problems, argument, value, rule, columns) -%}
    {%- set takes = rule.takes -%}
    {%- if value is none and rule.get('or_none') or takes == 'anything' -%}
        {{ return('') }}
    {%- elif takes == 'boolean' -%}
        {%- do baton.expect_boolean(problems, argument, value) -%}
    {%- elif takes == 'choice' -%}
        {%- do baton.expect_choice(problems, argument, value, rule.choices) -%}
    {%- elif takes == 'columns' -%}
        {%- do baton.expect_names(problems, argument, value) -%}
    {%- elif takes == 'column' -%}
        {%- do baton.expect_name(problems, argument, value) -%}
    {%- elif takes == 'condition' -%}
        {%- do baton.expect_sql(problems, argument, value) -%}
    {%- else -%}
        {%- set is_number = value is number and value is not boolean -%}
        {%- set is_whole = is_number and value is integer -%}
        {%- set is_list = baton.is_list(value) -%}
        {%- set is_pair = is_list and value | length == 2 and value | select('number') | reject('boolean') | list | length == 2 -%}
        {%- set is_pair_of_whole = is_pair and value | select('integer') | list | length == 2 -%}
        {%- set lists = value | reject('string') | reject('mapping') | select('iterable') | select | list if is_list else [] -%}
        {%- set are_lists = is_list and lists | length == value | length == columns -%}
        {%- set choices, least, most = rule.get('choices', []), rule.get('least', 1), 100000 -%}
        {%- set is_taken, expected = dict(
            number=(is_number, 'a number'),
            count=(
                is_whole and least <= value <= most,
                'a whole number from %s%s' | format(least, ' to %s' | format(most) if is_whole and value > most else ''),
            ),
            share=(is_number and 0 <= value <= 1, 'a number from 0 to 1'),
            frequency=(
                is_whole and value >= 1 or is_number and value is float and 0 < value < 1,
                'a whole number from 1 or a share between 0 and 1',
            ),
            smooth=(value == 'auto' or is_number and value >= 0, "'auto' or a number from 0"),
            range=(is_pair and value[0] < value[1], 'two numbers, the first below the second'),
            percentages=(
                is_pair and 0 <= value[0] <= value[1] <= 100, 'two numbers from 0 to 100, the first not above the second',
            ),
            degree=(
                is_whole and 0 <= value <= 20 or is_pair_of_whole and 0 <= value[0] <= value[1] <= 20,
                'a whole number from 0 to 20 or two of them, the least and the greatest',
            ),
            choices=(
                baton.as_list(value) and baton.as_list(value) | reject('in', choices) | list | length == 0,
                'one of %s or a list of them' | format(choices | join(', ')),
            ),
            lists=(value == 'auto' or are_lists, "'auto' or a list of categories for each of the %s columns" | format(columns)),
        )[takes] -%}
        {%- if not is_taken -%}
            {%- do problems.append("%s is %s, expected %s" | format(argument, baton._repr(value), expected)) -%}
        {%- endif -%}
        {%- for list in (lists if takes == 'lists' and are_lists else []) -%}
            {%- if list | map('string') | unique(case_sensitive=true) | list | length != list | length -%}
                {%- do problems.append("%s[%s] names a category twice" | format(argument, loop.index0)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
