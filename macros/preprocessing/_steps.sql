{#
    The list of transformers with every parameter filled in.

    Each transformer is a file of its own with three helpers:
    `_<name>(step)`              what it is: {'reads', 'is_fitted', 'parameters'}; 'by_row' where it takes all its columns at
                                 once, 'reads_beside' where it reads others too, 'wrong' what is wrong beyond single parameters
    `_apply_<name>(unit)`        the columns that it makes, [{'name', 'sql', 'kind'}, ...]
    `_fit_<name>(fit, unit)`     what it adds to the fitted table; not there where that is nothing

    reads        'number' (a double, NULL where missing), 'category' (text), 'value' (the column as it is, NaN as NULL) or
                 'moment' (a timestamp): what the helpers find in `unit.sqls` (`unit.value` is the first)
    parameters   name to {'default': ..., 'takes': a check of `_expect_parameter`}, in scikit-learn's names; 'is_applied' where
                 only `transform` goes by it, so that it may be another one than in the fit
#}
{%- macro _transformer_names() -%}
    {{ return([
        'standard_scaler', 'min_max_scaler', 'max_abs_scaler', 'robust_scaler', 'normalizer', 'k_bins_discretizer',
        'quantile_transformer', 'one_hot_encoder', 'ordinal_encoder', 'label_encoder', 'target_encoder',
        'frequency_encoder', 'simple_imputer', 'clip', 'log1p', 'cyclical', 'polynomial_features', 'hashing_encoder',
    ]) }}
{%- endmacro -%}

{#- The steps; what is wrong with them goes to `problems`. -#}
{%- macro _pipeline_steps(problems, transformers) -%}
    {%- do baton.expect_list(problems, 'transformers', transformers, of='mappings') -%}
    {%- set steps = [] -%}
    {%- set met = [] -%}
    {%- for given in (transformers if baton.is_list(transformers) else []) -%}
        {%- set argument = 'transformers[' ~ loop.index0 ~ ']' -%}
        {%- set before = problems | length -%}
        {%- set kind = given.get('transformer') if given is mapping else none -%}
        {%- if given is not mapping or 'transformer' not in given -%}
            {%- do baton.expect_keys(problems, argument, given, required=['transformer', 'columns']) -%}
        {%- elif kind not in baton._transformer_names() -%}
            {%- do baton.expect_choice(problems, argument ~ '.transformer', kind, baton._transformer_names()) -%}
        {%- else -%}
            {%- set what = baton['_' ~ kind](given) -%}
            {%- set parameters = what.parameters -%}
            {%- do baton.expect_keys(
                problems, argument, given, required=['transformer', 'columns'], optional=['name'] + parameters | list
            ) -%}
            {%- if 'columns' in given -%}{%- do baton.expect_names(problems, argument ~ '.columns', given.columns) -%}{%- endif -%}
            {%- if given.get('name') is not none -%}{%- do baton.expect_name(problems, argument ~ '.name', given.name) -%}{%- endif -%}
            {%- set values = {} -%}
            {%- for parameter, rule in parameters.items() -%}
                {%- set value = given[parameter] if parameter in given else rule.default -%}
                {%- do baton._expect_parameter(problems, argument ~ '.' ~ parameter, value, rule, baton.as_list(given.get('columns')) | length) -%}
                {%- do values.update({parameter: value}) -%}
            {%- endfor -%}
            {%- if problems | length == before -%}
                {%- for text in what.get('wrong', []) -%}{%- do problems.append(argument ~ text) -%}{%- endfor -%}
            {%- endif -%}
            {%- if problems | length == before -%}
                {%- set name = given.get('name') or kind -%}
                {%- for column in baton.as_list(given.columns) -%}
                    {%- if [name, baton.unquoted(column)] in met -%}
                        {%- do problems.append(
                            argument ~ ": '" ~ name ~ "' meets column '" ~ baton.unquoted(column) ~ "' a second time, give this one a name of its own"
                        ) -%}
                    {%- endif -%}
                    {%- do met.append([name, baton.unquoted(column)]) -%}
                {%- endfor -%}
                {%- do steps.append({
                    'number': loop.index0,
                    'argument': argument,
                    'kind': kind,
                    'name': name,
                    'columns': baton.as_list(given.columns),
                    'parameters': values,
                    'rules': parameters,
                    'reads': what.reads,
                    'is_fitted': what.is_fitted,
                    'by_row': what.get('by_row', false),
                    'reads_beside': what.get('reads_beside', false),
                }) -%}
            {%- endif -%}
        {%- endif -%}
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
        {%- set is_pair = baton.is_list(value) and value | length == 2
            and value | select('number') | reject('boolean') | list | length == 2 -%}
        {%- set least, most = rule.get('least', 1), 100000 -%}
        {%- if takes == 'number' and not is_number -%}
            {%- set expected = 'a number' -%}
        {%- elif takes == 'count' and not (is_number and value is integer and least <= value <= most) -%}
            {%- set expected = 'a whole number from ' ~ least ~ (' to ' ~ most if value is integer and value > most) -%}
        {%- elif takes == 'share' and not (is_number and 0 <= value <= 1) -%}
            {%- set expected = 'a number from 0 to 1' -%}
        {%- elif takes == 'frequency' and not (is_number and (value is integer and value >= 1 or value is float and 0 < value < 1)) -%}
            {%- set expected = 'a whole number from 1 or a share between 0 and 1' -%}
        {%- elif takes == 'smooth' and value != 'auto' and not (is_number and value >= 0) -%}
            {%- set expected = "'auto' or a number from 0" -%}
        {%- elif takes == 'range' and not (is_pair and value[0] < value[1]) -%}
            {%- set expected = 'two numbers, the first below the second' -%}
        {%- elif takes == 'percentages' and not (is_pair and 0 <= value[0] <= value[1] <= 100) -%}
            {%- set expected = 'two numbers from 0 to 100, the first not above the second' -%}
        {%- elif takes == 'degree' and not (
            is_number and value is integer and 0 <= value <= 20 or is_pair and value | select('integer') | list | length == 2 and 0 <= value[0] <= value[1] <= 20
        ) -%}
            {%- set expected = 'a whole number from 0 to 20 or two of them, the least and the greatest' -%}
        {%- elif takes == 'choices' and not (baton.as_list(value) and baton.as_list(value) | reject('in', rule.choices) | list | length == 0) -%}
            {%- set expected = 'one of ' ~ rule.choices | join(', ') ~ ' or a list of them' -%}
        {%- elif takes == 'lists' and value != 'auto' -%}
            {%- set is_list = baton.is_list(value) -%}
            {%- set lists = value | reject('string') | reject('mapping') | select('iterable') | select | list if is_list else [] -%}
            {%- if not is_list or lists | length != value | length or value | length != columns -%}
                {%- set expected = "'auto' or a list of categories for each of the " ~ columns ~ " columns" -%}
            {%- else -%}
                {%- for list in lists if list | map('string') | unique(case_sensitive=true) | list | length != list | length -%}
                    {%- do problems.append(argument ~ "[" ~ loop.index0 ~ "] names a category twice") -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
        {%- if expected -%}
            {%- do problems.append(argument ~ " is " ~ baton._repr(value) ~ ", expected " ~ expected) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
