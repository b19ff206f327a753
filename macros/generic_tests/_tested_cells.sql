{#
    What the tests of monitoring's long relations share: drift, performance, skew.
#}

{#-
    The CTE `cells`: the rows that are tested. `conditions` are on the relation; with `periods` the newest ones are taken of what
    meets them, and of these what meets `enough`, since a number of few rows says little.
-#}
{%- macro _tested_cells(tested, columns, conditions, periods, enough) -%}
{%- set enough = (['baton_newest_first <= %s' | format(periods)] if periods else conditions) + enough -%}
cells as (

    select
        {{ columns | join(',\n        ') }}
    {%- if periods %}
    from (
        select
            {{ columns | join(',\n            ') }},
            dense_rank() over (order by period_start desc nulls last) as baton_newest_first
        from {{ tested }}
        {%- if conditions %}
        {{ baton._where(conditions) | indent(8) }}
        {%- endif %}
    ) as in_question
    {%- else %}
    from {{ tested }}
    {%- endif %}
    {%- if enough %}
    {{ baton._where(enough) | indent(4) }}
    {%- endif %}

)
{%- endmacro -%}

{#-
    Failing rows, to be added to those of a CTE `faults`, where nothing was tested: of each of these features, or at all. With --empty
    there is nothing to test.
-#}
{%- macro _untested(columns, fault, features=[]) -%}
    {%- for feature in features or [none] if not flags.EMPTY %}

union all

select
        {%- for column in columns %}
    cast({{ baton.literal(baton.unquoted(feature)) if feature and column == 'feature' else 'null' }} as {{ baton._type_of_tested(column) }}) as {{ column }},
        {%- endfor %}
    {{ baton.literal(fault) }} as baton_fault
from (
    select count(*) as n
    from cells
        {%- if feature %}
    where feature = {{ baton.literal(baton.unquoted(feature)) }}
        {%- endif %}
) as counted
where n = 0
    {%- endfor %}
{%- endmacro -%}

{%- macro _type_of_tested(column) -%}
    {%- if column == 'period_start' -%}timestamp
    {%- elif column in ['n', 'n_labelled', 'n_mismatched'] -%}{{ dbt.type_bigint() }}
    {%- elif column in 'value lower upper p_value p_value_adjusted mismatch_share'.split() -%}{{ baton.type_double() }}
    {%- else -%}{{ baton.type_text() }}
    {%- endif -%}
{%- endmacro -%}

{#- The checks of the arguments that these tests share. -#}
{%- macro _expect_tested_cells(problems, segments, periods, not_enough_data) -%}
    {%- do baton.expect(problems, 'segments: boolean, not_enough_data: {choice: [fail, pass]}', segments, not_enough_data) -%}
    {%- if periods is not none -%}{%- do baton.expect_whole_number(problems, 'periods', periods) -%}{%- endif -%}
{%- endmacro -%}

{%- macro _expect_number(problems, argument, value, least=none) -%}
    {%- if value is not number or value is boolean or value | abs > 1e300 or least is not none and value < least -%}
        {%- do problems.append("%s is %s, expected a number%s" | format(argument, baton._repr(value), ' from %s' | format(least) if least is not none else '')) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A condition that a column is one of these texts. -#}
{%- macro _is_among(column, names) -%}
    {%- set texts = [] -%}
    {%- for name in names -%}{%- do texts.append(baton.literal(baton.unquoted(name))) -%}{%- endfor -%}
{{ column }} in ({{ texts | join(', ') }})
{%- endmacro -%}
