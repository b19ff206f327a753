{#-
    The arguments of training_serving_skew ready for SQL, or one error that names all that is wrong; `features` is none where the columns
    that it would name cannot be known yet.

    sides      served, recomputed and each history: `relation`, `known` (its columns), `keys` (SQL), and for each feature `number` and
               `text`, of which a value is one: SQL over the relation
    keys       the names of the keys in the CTEs
    features   `name`, `literal`, `served` and `recomputed`: the names of `number` and `text` in the CTEs, none where there are no such values
-#}
{%- macro _skew_call(served, recomputed, entity, as_of, features, period, tolerance, history, segments, since) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'served: relation, recomputed: relation, entity: names, as_of: name, features: names?, since: moment?',
        served, recomputed, entity, as_of, features, since
    ) -%}
    {%- do baton._expect_slices(problems, period, segments) -%}
    {%- if tolerance is not number or tolerance is boolean or not 0 <= tolerance < 1 -%}
        {%- do problems.append("tolerance is %s, expected a number from 0 to less than 1" | format(baton._repr(tolerance))) -%}
    {%- endif -%}

    {%- set known, truth = baton.columns_of(served), baton.columns_of(recomputed) -%}
    {%- set is_log = known is not none and baton.find_column(known, 'features') is not none -%}
    {%- set wanted = baton.names_in(features) -%}
    {%- if features is none and known and truth -%}
        {%- set wanted = baton._common_features(problems, known, truth, [entity, as_of], is_log) -%}
    {%- elif features is none and not problems and (baton.should_be_built(served) and not known or baton.should_be_built(recomputed) and not truth) -%}
        {%- do problems.append("features is missing, and the columns of served and recomputed cannot be read: name them") -%}
    {%- endif -%}
    {%- set in_columns, in_json = [], [] -%}
    {%- for name in wanted -%}
        {%- do (in_json if is_log and not baton.find_column(known, name) else in_columns).append(name) -%}
    {%- endfor -%}
    {%- do baton.expect_known_columns(problems, 'served', known, [entity, as_of, segments, in_columns]) -%}
    {%- do baton.expect_known_columns(problems, 'recomputed', truth, [entity, as_of, wanted]) -%}
    {%- set histories = baton._skew_histories(problems, history, baton.names_in(entity), wanted) -%}
    {%- do baton.raise_problems('training_serving_skew', problems) -%}

    {%- set keys, titles, served_keys, recomputed_keys = [], [], [], [] -%}
    {%- for name in baton.as_list(entity) -%}
        {%- set here = baton.find_column(known, name) if known else none -%}
        {%- set others = [baton.find_column(truth, name) if truth else none] -%}
        {%- for one in histories if name in one.entity -%}
            {%- do others.append(baton.find_column(one.known, one.entity[name]) if one.known else none) -%}
        {%- endfor -%}
        {%- set alike = [] -%}
        {%- for other in others if baton.are_compared_alike(here, other) -%}{%- do alike.append(other) -%}{%- endfor -%}
        {%- set by_text = alike | length < others | length -%}
        {%- do keys.append(baton.cte_name('key_%s' | format(baton.unquoted(name)), keys)) -%}
        {%- do titles.append(baton.unquoted(name)) -%}
        {%- do served_keys.append(baton._skew_key(name, known, by_text)) -%}
        {%- do recomputed_keys.append(baton._skew_key(name, truth, by_text)) -%}
        {%- for one in histories if name in one.entity -%}
            {%- do one['keys'].update({keys[-1]: baton._skew_key(one.entity[name], one.known, by_text)}) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set compared, taken = [], [] -%}
    {%- for name in wanted -%}
        {%- set kinds = [baton._skew_kind(name, known), baton._skew_kind(name, truth)] -%}
        {%- for one in histories if name in one.features -%}{%- do kinds.append(baton._skew_kind(name, one.known)) -%}{%- endfor -%}
        {%- set has_number = kinds | reject('equalto', 'text') | list != [] or name in in_json -%}
        {%- set has_text = kinds | reject('equalto', 'number') | list != [] or name in in_json -%}
        {%- set feature = {
            'name': name,
            'literal': baton.literal(baton.unquoted(name)),
            'is_logged': name in in_json,
            'place': in_json.index(name) + 1 if name in in_json else none,
            'truth_kind': kinds[1],
            'has_history': kinds | length > 2,
        } -%}
        {%- for side in ['served', 'recomputed', 'version'] -%}
            {%- set names = {'number': none, 'text': none} -%}
            {%- for part, has_part in [('number', has_number), ('text', has_text)] if has_part -%}
                {%- set plain = '%s_%s%s' | format(side, baton.unquoted(name), '_text' if part == 'text' and has_number else '') -%}
                {%- do names.update({part: baton.cte_name(plain, taken)}) -%}
                {%- do taken.append(names[part]) -%}
            {%- endfor -%}
            {%- do feature.update({side: names}) -%}
        {%- endfor -%}
        {%- for part, plain in [('differs', 'differs_%s'), ('version_at', 'version_at_of_%s'), ('is_there', 'has_%s'), ('numbers', 'numbers_of_%s')] -%}
            {%- do feature.update({part: baton.cte_name(plain | format(baton.unquoted(name)), taken)}) -%}
            {%- do taken.append(feature[part]) -%}
        {%- endfor -%}
        {%- do compared.append(feature) -%}
    {%- endfor -%}
    {%- for one in histories -%}
        {%- set own = [] -%}
        {%- for feature in compared if feature.name in one.features -%}{%- do own.append(feature) -%}{%- endfor -%}
        {%- do one.update({'features': own}) -%}
    {%- endfor -%}

    {%- set has_models = known and baton.find_column(known, 'model_name') and baton.find_column(known, 'model_version') -%}
    {{ return({
        'served': {'relation': served, 'known': known, 'keys': served_keys, 'as_of': baton.utc(as_of, known)},
        'recomputed': {'relation': recomputed, 'known': truth, 'keys': recomputed_keys, 'as_of': baton.utc(as_of, truth)},
        'keys': keys,
        'titles': titles + [baton.unquoted(as_of)],
        'features': compared or none,
        'in_json': in_json,
        'histories': histories | selectattr('features') | list,
        'has_models': has_models,
        'segment_columns': baton._segment_columns(segments),
        'slices': baton._slices(segments),
        'period': period,
        'since': since,
        'tolerance': baton.number_literal(tolerance),
    }) }}
{%- endmacro -%}


{#- The columns of both relations, or all of the recomputed ones where a log has the served ones as JSON; none that keeps a record. -#}
{%- macro _common_features(problems, known, truth, keys, is_log) -%}
    {%- set records = 'prediction_id model_name model_version alias predicted_class predicted_probability predicted_value class_probabilities
        feature_hash predicted_at role experiment variant run_id features split fold label'.split() -%}
    {%- set keys = baton.names_in(keys) -%}
    {%- set names = [] -%}
    {%- for column in truth -%}
        {%- set name = column.name | lower -%}
        {%- set is_record = name in records or modules.re.search('_(feature_time|window_start|window_end|is_mature|is_censored)$', name) -%}
        {%- set is_key = keys | select('string') | map('lower') | select('in', [name, '"%s"' | format(name)]) | list != [] -%}
        {%- if not is_record and not is_key and (is_log or baton.find_column(known, column.name)) -%}
            {%- do names.append(column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not names -%}
        {%- do problems.append("features is missing, and served and recomputed have no common columns that could be features: name them") -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro -%}


{#- Each history with every default filled in: `entity` ({a key: its column}), `keys` (to be filled), `features` (those of the call that it has). -#}
{%- macro _skew_histories(problems, history, entity, wanted) -%}
    {%- set histories, found = [], [] -%}
    {%- if history is not none and not history and not baton.is_relation(history) or history is undefined -%}
        {%- do problems.append("history is %s, expected a relation, a mapping or a list of them" | format(baton._repr(history) if history else 'empty')) -%}
    {%- endif -%}
    {%- for one in baton.as_list(history) -%}
        {%- set argument = 'history[%s]' | format(loop.index0) if baton.is_list(history) else 'history' -%}
        {%- set one = one if baton.is_mapping(one) else {'relation': one} -%}
        {%- set before = problems | length -%}
        {%- do baton.expect_keys(problems, argument, one, ['relation'], 'valid_from valid_to entity features'.split()) -%}
        {%- do baton.expect_entries(problems, argument, one, 'relation: relation, valid_from: name, valid_to: name?, features: names') -%}
        {%- do baton.expect_matching_keys(problems, '%s.entity' | format(argument), entity, one.get('entity')) -%}
        {%- set known = baton.columns_of(one.get('relation')) -%}
        {%- set valid_from = one.get('valid_from', 'valid_from') -%}
        {#- without an end a version holds until the next one -#}
        {%- set valid_to = one.get('valid_to', 'valid_to' if not known or baton.find_column(known, 'valid_to') else none) -%}
        {%- set keys = {} -%}
        {%- for key in baton.matched_keys(entity, one.get('entity')) -%}{%- do keys.update({key.spine: key.lookup}) -%}{%- endfor -%}
        {#- before its columns are known, or the relation is built, what it has cannot be said -#}
        {%- set is_certain = 'features' in one or known or baton.is_relation(one.get('relation')) and baton.should_be_built(one.get('relation')) -%}
        {%- set features = [] -%}
        {%- for name in (baton.names_in(one.features) if 'features' in one else wanted) if 'features' in one or not known or baton.find_column(known, name) -%}
            {%- if name not in wanted and wanted -%}
                {%- do problems.append("%s.features names '%s', which is not compared; compared are %s" | format(argument, name, wanted | join(', '))) -%}
            {%- elif name in found and is_certain -%}
                {%- do problems.append("%s has '%s', as has another history: say by 'features' which one it is served from" | format(argument, name)) -%}
            {%- endif -%}
            {%- do features.append(name) -%}
            {%- if is_certain -%}{%- do found.append(name) -%}{%- endif -%}
        {%- endfor -%}
        {%- do baton.expect_known_columns(problems, argument ~ '.relation', known, [keys.values() | list, valid_from, valid_to, one.get('features')]) -%}
        {%- if problems | length == before and known and wanted and not features -%}
            {%- do problems.append("%s has none of the compared features %s" | format(argument, wanted | join(', '))) -%}
        {%- endif -%}
        {%- do histories.append({
            'relation': baton.of_all_times(one.get('relation')) if problems | length == before else none,
            'known': known,
            'entity': keys,
            'keys': {},
            'features': features,
            'valid_from': valid_from,
            'valid_to': valid_to,
        }) -%}
    {%- endfor -%}
    {{ return(histories) }}
{%- endmacro -%}
