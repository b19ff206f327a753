{#
    For a model whose rows are stored: the CTEs up to `period_hashes`, a hash of all that the rows of a model version and period are made
    of, found in one scan of predictions and outcomes; the hash also changes with the arguments of the call. In an incremental run also:

    predictions_with_news   the predictions of each period whose hash, `baton_source_hash`, is not what is stored; `baton_is_whole` says that
                            the period has not lost any
    changed_periods         these periods, but for those that have lost predictions
    changed_keys            the keys of the predictions of changed_periods, where a CTE that is read often is not planned as often
-#}
{%- macro _performance_news(call) -%}

{%- set has_classes = call.task in ['binary', 'multiclass'] -%}
{%- set text = baton.type_text() -%}
{%- set period_start = baton._period_start(call.as_of_sql, call.period) -%}
{%- set values = call.key_pairs | map(attribute='predicted') | list -%}
{%- for column in ['predicted_class', 'predicted_probability', 'predicted_value', 'class_probabilities'] if baton._has_prediction(call, column) -%}
    {%- do values.append(baton._hashed_column('logged', column, call.logged)) -%}
{%- endfor -%}
{%- for column in baton.names_in([call.segments, call.group, call.carried, call.interval, call.quantiles.values() | list]) -%}
    {%- do values.append(baton._hashed_column('logged', column, call.logged)) -%}
{%- endfor -%}
{%- for column in baton.names_in([call.actual, call.value, call.outcome_time]) -%}
    {%- do values.append(baton._hashed_column('outcome', column, call.known)) -%}
{%- endfor -%}
-- one row per model, period and class, with a hash of the predictions and their outcomes
scanned as (

    select
        logged.model_name,
        logged.model_version,
        {{ period_start | indent(8) }} as period_start,
        {%- if has_classes %}
        logged.predicted_class,
        outcome.{{ baton.identifier(call.actual) }} as actual_class,
        {%- elif baton._has_prediction(call, 'predicted_class') %}
        max({{ baton.as_text('logged.predicted_class') }}) as predicted_class,
        {%- else %}
        cast(null as {{ text }}) as predicted_class,
        {%- endif %}
        {%- if baton._has_prediction(call, 'predicted_probability') %}
        {%- set score = 'case when logged.predicted_probability between 0 and 1 then logged.predicted_probability end' %}
        count({{ score }}) as scores,
        {%- if call.task == 'binary' %}
        min({{ score }}) as lowest_score,
        max({{ score }}) as highest_score,
        {%- endif %}
        {%- else %}
        0 as scores,
        {%- endif %}
        {%- if baton._has_prediction(call, 'predicted_value') %}
        count({{ baton._finite_column('predicted_value', call.logged, 'logged') | indent(8) }}) as predicted_values,
        {%- else %}
        0 as predicted_values,
        {%- endif %}
        {{ 'max(logged.class_probabilities)' if baton._has_prediction(call, 'class_probabilities') else 'cast(null as %s)' | format(text) }}
            as class_probabilities,
        {{ baton.multiset_hash(values, baton.values_hash(values)) | indent(8) }} as rows_hash
    from {{ baton.aliased(call.predictions, 'logged') }}
    left join {{ baton.aliased(call.outcomes, 'outcome') }}
        {%- for key in call.key_pairs %}
        {{ 'on' if loop.first else 'and' }} {{ key.predicted | indent(8) }} = {{ key.known | indent(8) }}
        {%- endfor %}
        {%- if call.known_at is not none %}
        and {{ call.known_at_filter | indent(8) }}
        {%- endif %}
    group by 1, 2, 3{{ ', 4, 5' if has_classes }}

),

predicted_classes as (

    select
        model_name,
        model_version,
        {%- if has_classes %}
        {%- set actual = baton.find_column(call.known, call.actual) if call.known else none %}
        {%- set known = [{'name': 'actual_class', 'dtype': actual.dtype, 'data_type': actual.data_type}] if actual else none %}
        {{ baton._class_text('predicted_class', call.logged) | indent(8) }} as predicted_class,
        {{ baton._class_text('actual_class', known) | indent(8) }} as actual,
        {%- else %}
        predicted_class,
        {%- endif %}
        scores,
        {%- if call.task == 'binary' %}
        lowest_score,
        highest_score,
        {%- endif %}
        predicted_values,
        class_probabilities
    from scanned

),

{{ baton._predicted_tasks(call) | trim }}

period_hashes as (

    select
        scanned.model_name,
        scanned.model_version,
        scanned.period_start,
        {%- set hashed = ["'%s'" | format(baton._performance_fingerprint(call))] %}
        {%- for column in ['scanned.model_name', 'scanned.model_version', 'scanned.period_start', 'scanned.rows_hash', 'tasks.other_task'] %}
        {%- do hashed.append("coalesce(%s, '-')" | format(baton.as_text(column))) %}
        {%- endfor %}
        {{ baton.md5(baton.joined_texts(hashed)) | indent(8) }} as source_hash
    from (
        select
            model_name,
            model_version,
            period_start,
            {%- set values = (['predicted_class', 'actual_class'] if has_classes else []) + ['rows_hash'] %}
            {{ baton.multiset_hash(values, baton.values_hash(values)) | indent(12) }} as rows_hash
        from scanned
        group by model_name, model_version, period_start
    ) as scanned
    inner join predicted_tasks as tasks
        on {{ baton.same_value('scanned.model_name', 'tasks.model_name') | indent(8) }}
        and {{ baton.same_value('scanned.model_version', 'tasks.model_version') | indent(8) }}

),
{%- if call.is_incremental %}

stored_periods as (

    select
        model_name,
        model_version,
        period_start,
        source_hash,
        max(n) as n
    from {{ this }}
    where segment_name = 'all'
    group by model_name, model_version, period_start, source_hash

),

periods_with_news as {{ baton.materialized() }}(

    select
        period_hashes.model_name,
        period_hashes.model_version,
        period_hashes.period_start,
        period_hashes.source_hash,
        max(stored_periods.n) as stored_n
    from period_hashes
    left join stored_periods
        on {{ baton._same_model_period('period_hashes', 'stored_periods') | indent(8) }}
    group by period_hashes.model_name, period_hashes.model_version, period_hashes.period_start, period_hashes.source_hash
    -- none is stored, or another one; a run that ended between merge and post-hook has left two
    having min(case when stored_periods.source_hash = period_hashes.source_hash then 1 else 0 end) = 0

),

-- the log is read once more, not once by each step that follows; it deletes its oldest predictions, and a period that has lost some keeps
-- the figures that it had with all of them
predictions_with_news as {{ baton.materialized() }}(

    select
        logged.*,
        news.period_start as baton_period_start,
        news.source_hash as baton_source_hash,
        count(*) over (
            partition by news.model_name, news.model_version, news.period_start
        ) >= coalesce(news.stored_n, 0) as baton_is_whole
    from {{ baton.aliased(call.predictions, 'logged') }}
    inner join periods_with_news as news
        on {{ baton.same_value('logged.model_name', 'news.model_name') | indent(8) }}
        and {{ baton.same_value('logged.model_version', 'news.model_version') | indent(8) }}
        {%- if call.period is not none %}
        and coalesce({{ period_start | indent(8) }}, timestamp '0001-01-01') = coalesce(news.period_start, timestamp '0001-01-01')
        {%- endif %}

),

changed_periods as (

    select distinct
        model_name,
        model_version,
        baton_period_start as period_start,
        baton_source_hash as source_hash
    from predictions_with_news
    where baton_is_whole

),
{%- if not baton.inlines_ctes() %}

changed_keys as (

    select
        {%- for key in call.key_pairs %}
        {{ key.predicted | indent(8) }} as {{ key.alias }}{{ ',' if not loop.last }}
        {%- endfor %}
    from predictions_with_news as logged
    where logged.baton_is_whole

),
{%- endif %}
{%- endif %}
{%- endmacro -%}

{%- macro _same_model_period(one, other) -%}
{{ baton.same_value('%s.model_name' | format(one), '%s.model_name' | format(other)) }}
and {{ baton.same_value('%s.model_version' | format(one), '%s.model_version' | format(other)) }}
and {{ baton._same_period(one, other) }}
{%- endmacro -%}

{#- A column as `multiset_hash` takes it. -#}
{%- macro _hashed_column(relation, name, columns) -%}
    {%- set column = baton.find_column(columns, name) if columns else none -%}
    {{ return(baton.hashed_value('%s.%s' | format(relation, baton.identifier(name)), column.data_type if column else none)) }}
{%- endmacro -%}

{#- Changes with what rows are made of beside predictions and outcomes: the call, and how this version of baton reads it. -#}
{%- macro _performance_fingerprint(call) -%}
    {%- set arguments = [] -%}
    {%- for name in [
        'macro', 'entity', 'task', 'period', 'segments', 'actual', 'outcome_time', 'positive_class', 'value', 'known_at', 'shape', 'as_of',
        'outcome_as_of', 'undefined', 'group', 'k', 'quantiles', 'interval',
    ] -%}
        {%- do arguments.append(baton._repr(call[name])) -%}
    {%- endfor -%}
    {{ return(local_md5('1 ' ~ arguments | join(' '))) }}
{%- endmacro -%}
