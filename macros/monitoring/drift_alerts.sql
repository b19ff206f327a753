{#
    When somebody should look at a drift: it is more than chance, it is large enough to matter, and it lasts.

    A period counts if its distance has a p-value and no window of `ignore` holds it; all others are passed over, as if time had stood
    still: they do not alert, do not end a run of drifting periods, and are not among the tests that p-values are adjusted for.
#}
{%- macro drift_alerts(drift, min_effect={'psi': 0.1}, alpha=0.05, persistence=1, cool_down=0, ignore=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
{%- call baton.with_named_windows() -%}

    {%- set call = baton._drift_alerts_call(drift, min_effect, alpha, persistence, cool_down, ignore) -%}
    {%- set baseline = 'baseline, ' if 'baseline' in call.columns else '' -%}
    {%- set series = baseline ~ 'model_name, model_version, segment_name, segment_value, feature, metric' -%}
    {%- set family = baseline ~ 'model_name, model_version, period_start, metric' -%}

{{ baton.with_recursive() if cool_down > 0 else 'with' }} drift_rows as (

    select
        {{ call.columns | join(',\n        ') }},
        case metric
            {%- for metric, effect in call.effects.items() %}
            when '{{ metric }}' then {{ baton.number_literal(effect) }}
            {%- endfor %}
            else {{ baton.fail("'baton.drift_alerts: min_effect has no entry for the metric ' || metric || ', whose values have no common scale'", baton.type_double()) }}
        end as min_effect,
        case
            when value is null or p_value is null then 0
            {%- for window in call.windows %}
            {%- for line in window.reason %}
            -- {{ line }}
            {%- endfor %}
            when {{ window.condition | indent(12) }} then 0
            {%- endfor %}
            else 1
        end as counts
    from {{ drift }}

),

ordered as (

    select
        *,
        row_number() over (partition by {{ family }}, counts order by p_value) as p_rank,
        count(*) over (partition by {{ family }}, counts) as n_tests
        {%- if cool_down > 0 %},
        dense_rank() over (order by {{ series }}) as series_id
        {%- endif %}
    from drift_rows

),

-- Benjamini and Hochberg over the features and segments of a period
adjusted as (

    select
        *,
        case
            when counts = 1 then least(1, min(p_value * n_tests / p_rank) over (partition by {{ family }}, counts order by p_value desc))
        end as p_value_adjusted
    from ordered

),

judged as (

    select
        *,
        p_value_adjusted <= {{ call.alpha }} as is_significant,
        case when p_value_adjusted <= {{ call.alpha }} and value >= min_effect then 1 else 0 end as drifts
    from adjusted

),

numbered as (

    select
        *,
        row_number() over (partition by {{ series }}, counts order by period_start) as position,
        row_number() over (partition by {{ series }}, counts, drifts order by period_start) as position_of_kind
    from judged

),

-- periods that drift one after the other are a run
runs as (

    select
        *,
        row_number() over run as periods_in_run,
        min(period_start) over run as run_start
    from numbered
    window run as (
        partition by {{ series }}, counts, drifts, position - position_of_kind
        order by period_start
    )

)
{%- if cool_down > 0 %},

-- runs that are long enough, from where they are
long_runs as (

    select
        series_id,
        min(position) as first_position,
        max(position) as last_position,
        row_number() over (partition by series_id order by min(position)) as run_number,
        lag(max(position)) over (partition by series_id order by min(position)) as last_position_before
    from runs
    where drifts = 1 and periods_in_run >= {{ persistence }}
    group by series_id, position - position_of_kind

),

-- the first run of a series, and each first one that lasts longer than the silence after the episode before it
{{ baton.walk(
    dict(
        name='episodes', start='long_runs', where='run_number = 1', rows='long_runs', keys=['series_id'], order='run_number',
        reads=['first_position', 'last_position', 'last_position_before']
    ),
    {
        'first_position': ['first_position', 'greatest(long_runs.first_position, episodes.last_position + %s + 1)' | format(cool_down)],
        'last_position': ['last_position', 'long_runs.last_position'],
    },
    follows='episodes.last_position + %s < long_runs.last_position\nand episodes.last_position + %s >= long_runs.last_position_before'
        | format(cool_down, cool_down)
) }}
{%- endif %}

select
    {{ (baton.qualified(call.columns, 'runs') if cool_down > 0 else call.columns) | join(',\n    ') }},
    p_value_adjusted,
    is_significant,
    {%- if cool_down > 0 %}
    episodes.series_id is not null as is_alert,
    case when episodes.series_id is not null then run_start end as alert_since
    {%- else %}
    {{ call.alerts }} as is_alert,
    case when {{ call.alerts }} then run_start end as alert_since
    {%- endif %}
from runs
{%- if cool_down > 0 %}
left join episodes
    on runs.series_id = episodes.series_id
    and runs.drifts = 1
    and runs.periods_in_run >= {{ persistence }}
    and runs.position between episodes.first_position and episodes.last_position
{%- endif %}
{%- endcall -%}
{%- endmacro -%}


{#- The call with every default: the effects of all metrics that have one, the windows as conditions. -#}
{%- macro _drift_alerts_call(drift, min_effect, alpha, persistence, cool_down, ignore) -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'drift: relation', drift) -%}
    {%- set required = 'model_name model_version period_start segment_name segment_value feature metric value p_value'.split() -%}
    {%- set known = baton.expect_columns(problems, 'drift', drift, required) -%}
    {#- what else drift has comes along, and a table made by hand may lack it -#}
    {%- set columns = [] -%}
    {%- for name in (
        'baseline model_name model_version period_start segment_name segment_value feature kind metric value p_value n_reference n '
        ~ 'null_share_reference null_share unseen_share vanished_share largest_share placeholder_share undefined_reason'
    ).split() if name in required or known is none or baton.find_column(known, name) -%}
        {%- do columns.append(name) -%}
    {%- endfor -%}
    {%- set effects = {'psi': 0.1, 'js_distance': 0.1, 'hellinger': 0.1, 'total_variation': 0.1, 'l_infinity': 0.1, 'ks': 0.1} -%}
    {%- if not baton.is_mapping(min_effect) -%}
        {%- do problems.append("min_effect is %s, expected a mapping such as {'psi': 0.1}" | format(baton._repr(min_effect))) -%}
    {%- else -%}
        {%- for metric, effect in min_effect.items() -%}
            {%- do baton.expect_choice(problems, 'min_effect', metric, effects | list + ['wasserstein', 'chi_square']) -%}
            {%- if effect is not number or effect is boolean or not effect >= 0 -%}
                {%- do problems.append("min_effect.%s is %s, expected a number from 0" | format(metric, baton._repr(effect))) -%}
            {%- endif -%}
            {%- do effects.update({metric: effect}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if alpha is not number or alpha is boolean or not 0 < alpha < 1 -%}
        {%- do problems.append("alpha is %s, expected a number between 0 and 1" | format(baton._repr(alpha))) -%}
    {%- endif -%}
    {%- do baton.expect_whole_number(problems, 'persistence', persistence) -%}
    {%- do baton.expect_whole_number(problems, 'cool_down', cool_down, least=0) -%}
    {%- if ignore is not none and not baton.is_list(ignore) -%}
        {%- do problems.append("ignore is %s, expected a list of windows" | format(baton._repr(ignore))) -%}
    {%- endif -%}
    {%- set windows = [] -%}
    {%- for window in (ignore if baton.is_list(ignore) else []) -%}
        {%- set argument = 'ignore[%s]' | format(loop.index0) -%}
        {%- do baton.expect_keys(problems, argument, window, required=['from', 'to'], optional=['reason', 'feature']) -%}
        {%- if baton.is_mapping(window) -%}
            {%- do baton.expect_entries(problems, argument, window, 'from: moment, to: moment, reason: text, feature: text') -%}
            {%- set start, end = baton.written_moment(window.get('from')), baton.written_moment(window.get('to')) -%}
            {%- if start and end and start.zone == end.zone and start.time >= end.time -%}
                {%- do problems.append("%s ends at %s, before it begins" | format(argument, baton._repr(window.get('to')))) -%}
            {%- endif -%}
            {%- do windows.append(window) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do baton.raise_problems('drift_alerts', problems) -%}
    {%- set conditions = [] -%}
    {%- for window in windows -%}
        {%- set condition -%}
period_start >= {{ baton.moment(window.get('from')) }} and period_start < {{ baton.moment(window.get('to')) }}
            {%- if window.feature %} and feature = {{ baton.literal(window.feature) }}{% endif -%}
        {%- endset -%}
        {%- do conditions.append({'condition': condition, 'reason': (window.reason or '').splitlines()}) -%}
    {%- endfor -%}
    {{ return({
        'columns': columns, 'effects': effects, 'alpha': baton.number_literal(alpha), 'windows': conditions,
        'alerts': 'drifts = 1%s' | format(' and periods_in_run >= %s' | format(persistence) if persistence > 1 else ''),
    }) }}
{%- endmacro -%}
