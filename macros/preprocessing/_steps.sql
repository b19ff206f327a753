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
            {%- do baton.expect_keys(
                own_problems, argument, given, required=['transformer', 'columns'], optional=['name'] + step.rules | list
            ) -%}
            {%- do baton.expect_entries(own_problems, argument, given, 'columns: names, name: name?') -%}
            {%- set parameters = {} -%}
            {%- for parameter, rule in step.rules.items() -%}
                {%- do parameters.update({parameter: given.get(parameter, rule.get('default'))}) -%}
                {%- do baton._expect_parameter(
                    own_problems, '%s.%s' | format(argument, parameter), parameters[parameter], rule, step.columns | length
                ) -%}
            {%- endfor -%}
            {%- do step.update(parameters=parameters) -%}
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

{#-
    One parameter, by what its rule `takes`; with `or_none` it may be none. A 'count' is a whole number from `least`,
    'lists' are categories, one list for each column, 'choices' one or several of `choices`.
-#}
{%- macro _expect_parameter(problems, argument, value, rule, columns) -%}
    {%- set takes = rule.takes -%}
    {%- if value is none and rule.get('or_none') or takes == 'anything' -%}
        {{ return('') }}
    {%- elif takes == 'choice' -%}
        {%- do baton.expect_choice(problems, argument, value, rule.choices) -%}
    {%- elif takes in 'boolean name names sql'.split() -%}
        {%- do baton['expect_' ~ takes](problems, argument, value) -%}
    {%- else -%}
        {%- set is_number = value is number and value is not boolean -%}
        {%- set is_whole = is_number and value is integer -%}
        {%- set is_list = baton.is_list(value) -%}
        {%- set is_pair = is_list and value | length == 2 and value | select('number') | reject('boolean') | list | length == 2 -%}
        {%- set is_pair_of_whole = is_pair and value | select('integer') | list | length == 2 -%}
        {%- set lists = value | reject('string') | reject('mapping') | select('iterable') | select | list if is_list else [] -%}
        {%- set are_lists = is_list and lists | length == value | length == columns -%}
        {%- set choices, least, most = rule.get('choices', []), rule.get('least', 1), 100000 -%}
        {%- set is_taken = dict(
            number=is_number,
            count=is_whole and least <= value <= most,
            share=is_number and 0 <= value <= 1,
            frequency=is_whole and value >= 1 or is_number and value is float and 0 < value < 1,
            smooth=value == 'auto' or is_number and value >= 0,
            range=is_pair and value[0] < value[1],
            percentages=is_pair and 0 <= value[0] <= value[1] <= 100,
            degree=is_whole and 0 <= value <= 20 or is_pair_of_whole and 0 <= value[0] <= value[1] <= 20,
            choices=baton.as_list(value) and not baton.as_list(value) | reject('in', choices) | list,
            lists=value == 'auto' or are_lists,
        )[takes] -%}
        {%- if not is_taken -%}
            {%- set expected = fromyaml('
                number: a number
                count: a whole number from {0}{1}
                share: a number from 0 to 1
                frequency: a whole number from 1 or a share between 0 and 1
                smooth: "\'auto\' or a number from 0"
                range: two numbers, the first below the second
                percentages: two numbers from 0 to 100, the first not above the second
                degree: a whole number from 0 to 20 or two of them, the least and the greatest
                choices: one of {2} or a list of them
                lists: "\'auto\' or a list of categories for each of the {3} columns"
            ')[takes] -%}
            {%- set bound = ' to %s' | format(most) if is_whole and value > most else '' -%}
            {%- set expected = expected.format(least, bound, choices | join(', '), columns) -%}
            {%- do problems.append("%s is %s, expected %s" | format(argument, baton._repr(value), expected)) -%}
        {%- endif -%}
        {%- for list in (lists if takes == 'lists' and are_lists else []) -%}
            {%- if list | map('string') | unique(case_sensitive=true) | list | length != list | length -%}
                {%- do problems.append("%s[%s] names a category twice" | format(argument, loop.index0)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
