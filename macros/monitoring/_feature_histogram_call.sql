{#-
    The arguments ready for SQL, or one error that names all that is wrong.

    features         with their kinds and, where the bins are known, the `cuts` of numbers; none of a baseline that is not built yet
    known            what is known of the columns of the relation
    segment_columns  see `_segment_columns`
    created_at       in SQL, or none
    conditions       on the rows that are read
    is_increment     whether all of these are new since some run: few, so that reading them once takes less than planning to read them often
    hashes           literals of the bins that the cuts belong to
    news             cuts of created_at: the moments up to which some baselines were counted, where they were not counted alike
    news_of          {literal of a hash: the least position among `news` of the rows that are new for it}
-#}
{%- macro _feature_histogram_call(relation, baseline, features, period, time, segments, created_at, means) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'relation: relation, baseline: relation, time: name, created_at: name?, means: boolean', relation, baseline, time, created_at,
        means
    ) -%}
    {%- do baton._expect_slices(problems, period, segments) -%}
    {%- set known = baton.expect_columns(problems, 'relation', relation, [time, segments, created_at]) -%}
    {%- set before = problems | length -%}
    {%- set baseline_columns = baton.expect_columns(
        problems, 'baseline', baseline, 'baseline model_name model_version feature kind bin lower upper category bins_hash'.split()
    ) -%}

    {%- set frozen = baton._frozen_features(baseline) if baseline_columns and problems | length == before else none -%}
    {%- if features is none and baton.is_relation(baseline) and (baseline is string or baseline.is_cte) -%}
        {%- do problems.append("features is missing, and cannot be read from a baseline that is a CTE: name them") -%}
    {%- endif -%}
    {%- if features is none -%}
        {%- set wanted = frozen or [] -%}
        {%- do baton.expect_known_columns(problems, 'relation', known, wanted | map(attribute='column') | list) -%}
    {%- elif frozen is none or not features or not (features is string or baton.is_list(features)) -%}
        {%- set wanted = baton._drift_features(problems, relation, known, features) -%}
    {%- else -%}
        {%- set wanted = baton._with_frozen_kinds(problems, relation, known, features, frozen) -%}
    {%- endif -%}
    {%- set call = {
        'features': wanted,
        'known': known,
        'segment_columns': {} if problems else baton._segment_columns(segments),
        'created_at': baton.utc(created_at, known) if created_at is not none and not problems else none,
        'conditions': [],
        'is_increment': false,
        'hashes': [],
        'news': [],
        'news_of': {},
    } -%}
    {%- for hash in wanted | map(attribute='hashes', default=[]) | sum(start=[]) | unique | sort -%}{%- do call.hashes.append(baton.literal(hash)) -%}{%- endfor -%}
    {%- do baton._expect_appended_counts(problems, call, created_at) -%}
    {%- do baton.raise_problems('feature_histogram', problems) -%}
    {%- do baton._name_features(wanted) -%}
    {{ return(call) }}
{%- endmacro -%}


{#- The features of a baseline: `column`, `kind`, the `hashes` of the bins that it has and the `cuts` between them. -#}
{%- macro _frozen_features(baseline) -%}
    {%- set query -%}
        select distinct feature, kind, bins_hash, lower, upper
        from {{ baseline }}
        order by feature, kind, bins_hash, lower
    {%- endset -%}
    {%- set features = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- set feature = features.setdefault((row[0], row[1]), {'column': row[0], 'kind': row[1], 'hashes': [], 'ends': {}}) -%}
        {%- if row[2] not in feature.hashes -%}{%- do feature.hashes.append(row[2]) -%}{%- endif -%}
        {%- if row[3] is not none -%}{%- do feature.ends.setdefault(row[2], []).append([row[3], row[4]]) -%}{%- endif -%}
    {%- endfor -%}
    {%- for feature in features.values() -%}
        {%- set ends = [] -%}
        {%- for bins in feature.ends.values() -%}
            {%- for bin in bins -%}{%- do ends.append((bin[0], false)) -%}{%- endfor -%}
            {%- do ends.append((bins[-1][1], true)) -%}
        {%- endfor -%}
        {#- more cases than that take longer than to join every number to its bin -#}
        {%- do feature.update(cuts=baton._number_cuts(ends) if ends | length <= 200 else []) -%}
    {%- endfor -%}
    {{ return(features.values() | list) }}
{%- endmacro -%}

{#- The features of the call as the baseline froze them; one that it lacks is a problem. -#}
{%- macro _with_frozen_kinds(problems, relation, known, features, frozen) -%}
    {%- set wanted, others = [], [] -%}
    {%- for feature in baton.as_list(features) -%}
        {%- set name = feature.get('column') if baton.is_mapping(feature) else feature -%}
        {%- set found = frozen | selectattr('column', 'equalto', baton.unquoted(name)) | list if name is string else [] -%}
        {%- for one in found -%}{%- do wanted.append(dict(one, column=name)) -%}{%- endfor -%}
        {%- if not found and baton.names_in(name) == [name] -%}
            {%- do problems.append(
                "features[%s] is %s, which the baseline does not have, it has %s"
                | format(loop.index0, baton._repr(name), frozen | map(attribute='column') | unique | join(', '))
            ) -%}
        {%- endif -%}
        {%- do others.append(dict(feature, kind='numeric') if baton.is_mapping(feature) else {'column': feature, 'kind': 'numeric'}) -%}
    {%- endfor -%}
    {%- do baton._drift_features(problems, relation, known, others) -%}
    {{ return(wanted) }}
{%- endmacro -%}


{#- An incremental model appends the counts of rows that are new for their baseline; the call gets the conditions on them. -#}
{%- macro _expect_appended_counts(problems, call, created_at) -%}
    {%- set is_stored = model.resource_type == 'model' and config.get('materialized') == 'incremental' -%}
    {%- if is_stored and created_at is none -%}
        {%- do problems.append(
            "created_at is missing, but the model is incremental: name the column that says when a row came to the warehouse, by which a run finds the rows that are not counted yet"
        ) -%}
    {%- endif -%}
    {%- if is_stored and (config.get('unique_key') or config.get('incremental_strategy') not in [none, 'append']) -%}
        {%- do problems.append(
            "the model's config has incremental_strategy %s and unique_key %s, expected incremental_strategy='append' and no unique_key, because counts are added to those of earlier runs"
            | format(baton._repr(config.get('incremental_strategy')), baton._repr(config.get('unique_key')))
        ) -%}
    {%- endif -%}
    {%- set stored = baton.columns_of(this) if is_stored and is_incremental() else none -%}
    {%- if stored and not baton.find_column(stored, 'counted_until') -%}
        {%- do problems.append("the table has no column counted_until, so it was not written by this call: run once with --full-refresh") -%}
    {%- elif not problems and call.created_at -%}
        {%- set until = baton._counted_until(call.hashes) if stored and call.hashes else {} -%}
        {%- set moments = until.values() | unique | sort -%}
        {%- set is_counted = until | length == call.hashes | length and until | length > 0 -%}
        {%- do call.update(is_increment=is_counted) -%}
        {%- do call.conditions.append(
            "%s > timestamp '%s'" | format(call.created_at, moments[0]) if is_counted else "%s is not null" | format(call.created_at)
        ) -%}
        {%- set moments = moments[1:] if is_counted else moments -%}
        {%- for moment in moments -%}{%- do call.news.append({'sql': "timestamp '%s'" | format(moment), 'is_upper': true}) -%}{%- endfor -%}
        {%- for hash in call.hashes -%}
            {%- do call.news_of.update({hash: moments.index(until[hash]) + 1 if until.get(hash) in moments else 0}) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- Until when the rows were counted against the bins: {literal of a hash: text of a timestamp}. -#}
{%- macro _counted_until(hashes) -%}
    {%- set query -%}
        select bins_hash, max(counted_until)
        from {{ this }}
        where bins_hash in ({{ hashes | join(', ') }}) and counted_until is not null
        group by bins_hash
    {%- endset -%}
    {%- set until = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do until.update({baton.literal(row[0]): row[1].strftime('%Y-%m-%d %H:%M:%S.%f')}) -%}
    {%- endfor -%}
    {{ return(until) }}
{%- endmacro -%}
