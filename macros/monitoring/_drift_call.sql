{#- The metrics in the order of the report, and what they need. -#}
{%- macro _drift_call(histogram, baseline, metrics, compare) -%}
    {%- set known = ['psi', 'js_distance', 'hellinger', 'total_variation', 'l_infinity', 'ks', 'wasserstein', 'chi_square'] -%}
    {%- set problems = [] -%}
    {%- if metrics is not string -%}{%- do baton.expect_list(problems, 'metrics', metrics, of='metrics') -%}{%- endif -%}
    {%- set metrics = [metrics] if metrics is string else metrics if baton.is_list(metrics) else [] -%}
    {%- for metric in metrics -%}
        {%- do baton.expect_choice(problems, 'metrics[%s]' | format(loop.index0), metric, known) -%}
    {%- endfor -%}
    {%- do baton.expect_different(problems, 'metrics', metrics) -%}
    {%- set wanted = known | select('in', metrics) | list -%}
    {%- set call = baton._drift_sides(problems, histogram, baseline, compare, metrics=wanted, columns=['kind']) -%}
    {%- do baton.raise_problems('drift', problems) -%}
    {%- set names, tails, sums, facts = [], [], [], baton._drift_facts() -%}
    {%- for metric in wanted -%}
        {%- do names.append(["'%s'" | format(metric)]) -%}
        {%- if metric in ['ks', 'l_infinity'] -%}{%- do tails.append("'%s'" | format(metric)) -%}{%- endif -%}
        {%- do sums.extend(facts.sums[metric]) -%}
    {%- endfor -%}
    {{ return(dict(
        call, metrics=wanted, names_sql=names, tails=tails, sums=sums | unique | list,
        of_numbers_sql="'%s'" | format(call.of_numbers | join("', '")),
        has_own_chances=wanted | select('in', ['total_variation', 'l_infinity', 'ks', 'wasserstein']) | list | length > 0
    )) }}
{%- endmacro -%}
