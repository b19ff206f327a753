{#
    How `fit` comes to its rows.

    A stage fits all units that read the same rows. Its CTEs, each one row wide: `ranges` (counts, least and greatest
    values, quantiles), `means` and `variances`, as far as they are asked for. A helper that asks gets an expression back.
    `fit.values` are the fitted values over those rows, `fit.selects` whole selects, `fit.literals` what needs no rows.
#}
{%- macro _fit_stage(plan, unit) -%}
    {%- if not unit.is_fitted -%}
        {{ return({'literals': plan.literals}) }}
    {%- endif -%}
    {%- if unit.stage not in plan.stages -%}
        {%- set suffix = '_' ~ (unit.stage + 1) if unit.stage else '' -%}
        {%- do plan.stages.update({unit.stage: {
            'number': unit.stage,
            'fitted': 'fitted' ~ suffix,
            'ranges_cte': 'ranges' ~ suffix,
            'sums_cte': 'sums' ~ suffix,
            'means_cte': 'means' ~ suffix,
            'reaches_cte': 'reaches' ~ suffix,
            'distances_cte': 'distances' ~ suffix,
            'variances_cte': 'variances' ~ suffix,
            'taken': plan.taken,
            'literals': plan.literals,
            'read': [],
            'names': {},
            'ranges': {},
            'means': {},
            'reaches': {},
            'variances': {},
            'ctes': {},
            'values': [],
            'selects': [],
        }}) -%}
        {%- do plan.taken.extend(['fitted' ~ suffix, 'ranges' ~ suffix, 'sums' ~ suffix, 'means' ~ suffix, 'reaches' ~ suffix, 'distances' ~ suffix, 'variances' ~ suffix]) -%}
    {%- endif -%}
    {%- do plan.stages[unit.stage].read.extend(unit.fit_inputs) -%}
    {{ return(plan.stages[unit.stage]) }}
{%- endmacro -%}


{#- What a column is called in the wide rows: its name, made plain. -#}
{%- macro _wide_name(fit, value) -%}
    {%- if value not in fit.names -%}
        {%- set plain = modules.re.sub('[^a-z0-9_]+', '_', value | replace('data.', '') | lower | trim('"'))[:40] -%}
        {%- set plain = 'c' ~ plain if plain[:1] in '0123456789' else plain -%}
        {%- set taken = fit.names.values() | list -%}
        {%- do fit.names.update({value: plain if plain not in taken else plain ~ '_' ~ (taken | length + 1)}) -%}
    {%- endif -%}
    {{ return(fit.names[value]) }}
{%- endmacro -%}

{#- An aggregate over the stage's rows. -#}
{%- macro _fitted_aggregate(fit, name, sql) -%}
    {%- do fit.ranges.update({name: sql}) -%}
    {{ return(fit.ranges_cte ~ '.' ~ name) }}
{%- endmacro -%}

{%- macro _count_of_rows(fit) -%}{{ return(baton._fitted_aggregate(fit, 'baton_rows', 'count(*)')) }}{%- endmacro -%}

{%- macro _count_of(fit, value) -%}
    {{ return(baton._fitted_aggregate(fit, baton._wide_name(fit, value) ~ '_count', 'count(' ~ value ~ ')')) }}
{%- endmacro -%}

{%- macro _least_of(fit, value) -%}
    {{ return(baton._fitted_aggregate(fit, baton._wide_name(fit, value) ~ '_least', 'min(' ~ value ~ ')')) }}
{%- endmacro -%}

{%- macro _greatest_of(fit, value) -%}
    {{ return(baton._fitted_aggregate(fit, baton._wide_name(fit, value) ~ '_greatest', 'max(' ~ value ~ ')')) }}
{%- endmacro -%}

{#- Quantiles at these fractions, a list of expressions. -#}
{%- macro _quantiles_of(fit, value, fractions) -%}
    {%- set literals = [] -%}
    {%- for fraction in fractions -%}{%- do literals.append(baton.number_literal(fraction)) -%}{%- endfor -%}
    {%- set sql = baton.quantiles(value, literals) -%}
    {%- set same = [] -%}
    {%- for name, existing in fit.ranges.items() if existing == sql -%}{%- do same.append(name) -%}{%- endfor -%}
    {%- set taken = fit.ranges | list -%}
    {%- set array = baton._fitted_aggregate(fit, same[0] if same else baton._free_name(taken, baton._wide_name(fit, value) ~ '_quantiles'), sql) -%}
    {%- set found = [] -%}
    {%- for fraction in fractions -%}{%- do found.append(array ~ '[' ~ loop.index ~ ']') -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}

{%- macro _mean_of(fit, value) -%}
    {%- set name = baton._wide_name(fit, value) -%}
    {%- do baton._count_of(fit, value) -%}
    {%- do baton._fitted_aggregate(
        fit, name ~ '_bits',
        baton.fill_bits('greatest(abs(min(' ~ value ~ ')), abs(max(' ~ value ~ ')))')
    ) -%}
    {%- do fit.means.update({name: value}) -%}
    {{ return(fit.means_cte ~ '.' ~ name ~ '_mean') }}
{%- endmacro -%}

{%- macro _reach_of(fit, value) -%}
    {%- do baton._mean_of(fit, value) -%}
    {%- do baton._least_of(fit, value) -%}
    {%- do baton._greatest_of(fit, value) -%}
    {%- do fit.reaches.update({baton._wide_name(fit, value): value}) -%}
    {{ return(fit.reaches_cte ~ '.' ~ baton._wide_name(fit, value) ~ '_reach') }}
{%- endmacro -%}

{#- The population variance. -#}
{%- macro _variance_of(fit, value) -%}
    {%- do baton._reach_of(fit, value) -%}
    {%- do fit.variances.update({baton._wide_name(fit, value): value}) -%}
    {{ return(fit.variances_cte ~ '.' ~ baton._wide_name(fit, value) ~ '_variance') }}
{%- endmacro -%}


{#- Write fitted values down: names to expressions. -#}
{%- macro _put_values(fit, unit, values, text=false, position=none) -%}
    {%- for parameter, sql in values.items() -%}
        {%- do fit['values'].append(baton._fitted_row(unit, parameter, position=position, number='null' if text else sql, text=sql if text else 'null')) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Write a fitted value down that is known from the call. -#}
{%- macro _put_literal(fit, unit, parameter, category=none, position=none, number=none, text=none) -%}
    {%- do fit.literals.append(baton._fitted_row(
        unit, parameter, baton.literal(category), 'null' if position is none else position,
        baton.number_literal(number), baton.literal(text)
    )) -%}
{%- endmacro -%}

{#- Write down the rows of a select: `columns` names what is not NULL of category, position, value_number and value_text. -#}
{%- macro _put_select(fit, unit, parameter, source, columns, where=none) -%}
    {%- do fit.selects.append({
        'row': baton._fitted_row(
            unit, parameter, columns.get('category', 'null'), columns.get('position', 'null'),
            columns.get('value_number', 'null'), columns.get('value_text', 'null')
        ),
        'source': source,
        'where': where,
    }) -%}
{%- endmacro -%}

{%- macro _fitted_row(unit, parameter, category='null', position=none, number='null', text='null') -%}
    {{ return([
        baton.literal(unit.name), baton.literal(unit.label), baton.literal(parameter), category,
        'null' if position is none else position, number, text,
    ]) }}
{%- endmacro -%}

{%- macro _fitted_columns() -%}
    {{ return(['transformer', 'column_name', 'parameter', 'category', 'position', 'value_number', 'value_text']) }}
{%- endmacro -%}

{#- The columns of the fitted table with their types, from expressions. -#}
{%- macro _typed_fitted_row(row) -%}
    {%- set types = [dbt.type_string(), dbt.type_string(), dbt.type_string(), dbt.type_string(), 'integer', baton.type_double(), dbt.type_string()] -%}
    {%- set typed = [] -%}
    {%- for column in baton._fitted_columns() -%}
        {%- do typed.append('cast(' ~ row[loop.index0] ~ ' as ' ~ types[loop.index0] ~ ') as ' ~ column) -%}
    {%- endfor -%}
    {{ return(typed) }}
{%- endmacro -%}


{#- One row for each parameter of each call, and those that are known from it. -#}
{%- macro _configuration_rows(plan) -%}
    {%- set rows = [] -%}
    {%- for unit in plan.units -%}
        {%- for label in unit.labels -%}
            {%- set of = {'name': unit.name, 'label': label} -%}
            {%- do rows.append(baton._fitted_row(of, 'step', number=unit.step)) -%}
            {%- do rows.append(baton._fitted_row(of, 'column', number=unit.place + loop.index0)) -%}
            {%- do rows.append(baton._fitted_row(of, 'transformer', text=baton.literal(unit.kind))) -%}
            {%- for parameter, value in unit.parameters.items() -%}
                {%- set number = (1 if value else 0) if value is boolean else value if value is number else none -%}
                {%- do rows.append(baton._fitted_row(of, parameter, number=baton.number_literal(number), text=baton.literal(tojson(value)))) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
select
    {{ baton._typed_fitted_row(baton._fitted_columns()) | join(',\n    ') }}
from (
    {{ baton.values_rows(baton._fitted_columns(), rows + plan.literals) | trim | indent }}
) as written
{%- endmacro -%}


{#- The CTEs of a stage, of which the last is its part of the fitted table. -#}
{%- macro _stage_ctes(stage, rows) -%}
{%- if stage.ranges -%}
{{ stage.ranges_cte }} as (

    select
        {%- for name, sql in stage.ranges.items() %}
        {{ sql }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as data

),

{% endif -%}
{%- if stage.means -%}
-- exact sums, so that no order of the rows changes a bit
{{ stage.sums_cte }} as (

    select
        {%- for name, value in stage.means.items() %}
        {{ baton.sum_of_whole(baton.product(value, stage.ranges_cte ~ '.' ~ name ~ '_bits')) }} as {{ name }}_sum{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as data
    cross join {{ stage.ranges_cte }}

),

{{ stage.means_cte }} as (

    select
        {%- for name in stage.means %}
        cast({{ stage.sums_cte }}.{{ name }}_sum as {{ baton.type_double() }}) / nullif({{ stage.ranges_cte }}.{{ name }}_count * {{ stage.ranges_cte }}.{{ name }}_bits, 0) as {{ name }}_mean{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ stage.sums_cte }}
    cross join {{ stage.ranges_cte }}

),

{% endif -%}
{%- if stage.reaches -%}
-- the greatest distance from the mean; NULL where all values are the same
{{ stage.reaches_cte }} as (

    select
        {%- for name in stage.reaches %}
        nullif(greatest({{ stage.ranges_cte }}.{{ name }}_greatest - {{ stage.means_cte }}.{{ name }}_mean, {{ stage.means_cte }}.{{ name }}_mean - {{ stage.ranges_cte }}.{{ name }}_least), 0) as {{ name }}_reach{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ stage.means_cte }}
    cross join {{ stage.ranges_cte }}

),

{% endif -%}
{%- if stage.variances -%}
-- distances from the mean in units of the greatest, so that they and their squares sum exactly too
{{ stage.distances_cte }} as (

    select
        {%- for name, value in stage.variances.items() %}
        {{ baton.quotient('(' ~ value ~ ' - ' ~ stage.means_cte ~ '.' ~ name ~ '_mean)', stage.reaches_cte ~ '.' ~ name ~ '_reach') }} as {{ name }}_distance{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }} as data
    cross join {{ stage.means_cte }}
    cross join {{ stage.reaches_cte }}

),

{{ stage.variances_cte }} as (

    select
        {%- for name in stage.variances %}
        {%- set count = stage.ranges_cte ~ '.' ~ name ~ '_count' %}
        case
            when {{ count }} > 0
            then coalesce({{ baton.product('(' ~ baton.square(stage.reaches_cte ~ '.' ~ name ~ '_reach') ~ ')', '(' ~ name ~ '_squares / ' ~ count ~ ' - power(' ~ name ~ '_distances / ' ~ count ~ ', 2))') }}, 0)
        end as {{ name }}_variance{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {%- for name in stage.variances %}
            {{ baton._sum_of_fractions(name ~ '_distance') }} as {{ name }}_distances,
            {{ baton._sum_of_fractions('(' ~ baton.square(name ~ '_distance') ~ ')') }} as {{ name }}_squares{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ stage.distances_cte }}
    ) as summed
    cross join {{ stage.reaches_cte }}
    cross join {{ stage.ranges_cte }}

),

{% endif -%}
{%- for name, sql in stage.ctes.items() -%}
{{ name }} as (

    {{ sql | replace('baton_rows_of_stage', rows) | trim | indent }}

),

{% endfor -%}
{{ stage.fitted }} as (
    {%- if stage['values'] %}

    select
        {{ baton._typed_fitted_row(baton._fitted_columns()) | join(',\n        ') }}
    from (
        {{ baton.values_rows(
            baton._fitted_columns(), stage['values'],
            source=baton._wide_rows(stage)
        ) | trim | indent(8) }}
    ) as written
    {%- endif %}
    {%- for select in stage.selects %}
    {%- if stage['values'] or not loop.first %}

    union all
    {%- endif %}

    select
        {{ baton._typed_fitted_row(select.row) | join(',\n        ') }}
    from {{ select.source }}
    {%- if select.where %}
    where {{ select.where }}
    {%- endif %}
    {%- endfor %}

)
{%- endmacro -%}

{#- An exact sum of numbers from -1 to 1, as a double. -#}
{%- macro _sum_of_fractions(number) -%}
    {{ return('cast(' ~ baton.sum_of_whole(number ~ ' * 2305843009213693952e0') ~ ' as ' ~ baton.type_double() ~ ') / 2305843009213693952e0') }}
{%- endmacro -%}

{%- macro _wide_rows(stage) -%}
    {%- set ctes = [] -%}
    {%- if stage.ranges -%}{%- do ctes.append(stage.ranges_cte) -%}{%- endif -%}
    {%- if stage.means -%}{%- do ctes.append(stage.means_cte) -%}{%- endif -%}
    {%- if stage.variances -%}{%- do ctes.append(stage.variances_cte) -%}{%- endif -%}
    {{ return(ctes | join(' cross join ')) }}
{%- endmacro -%}
