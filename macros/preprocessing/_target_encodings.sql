{#
    How `target_encoder` is fitted: sums over the target in each category (`sums`), the categories as each fold sees them
    (`seen`), and their encodings.

    The target is a number of its own, or for each class whether a row is of it. Sums are whole numbers, exact whatever the
    order of the rows: of a number's distance from the mean, as a share of the greatest, times 2^61.
#}
{%- macro _fit_target_encoder(stage, unit) -%}
    {%- set is_continuous = unit.step.target_type == 'continuous' -%}
    {%- set class = 'class' if unit.step.target_type == 'multiclass' else 'null' -%}
    {%- if is_continuous -%}
        {%- set mean = baton._statistic(stage, 'mean', unit.beside.target) -%}
        {%- set max_deviation = baton._statistic(stage, 'max_deviation', unit.beside.target) -%}
        {%- set sums = baton._add_cte(stage, unit, 'sums', baton._sums_of_numbers(stage, unit, mean, max_deviation)) -%}
    {%- else -%}
        {%- set sums = baton._add_cte(stage, unit, 'sums', baton._sums_of_classes(stage, unit)) -%}
    {%- endif -%}
    {%- set seen = baton._add_cte(stage, unit, 'seen', baton._seen_categories(unit, sums, is_continuous)) -%}
    {%- set encodings -%}
select
    encoded.category,
    encoded.class,
    encoded.left_out,
    {%- if is_continuous %}
    {{ mean }} + coalesce({{ max_deviation }}, 0) * encoded.all_mean as target_mean,
    {{ mean }} + coalesce({{ max_deviation }}, 0) * encoded.mean as encoding
    {%- else %}
    encoded.all_mean as target_mean,
    encoded.mean as encoding
    {%- endif %}
from (
    select
        category,
        class,
        left_out,
        all_mean,
        {%- if unit.parameters.smooth == 'auto' %}
        all_mean + coalesce(
            greatest(all_variance, 0) * n / nullif(greatest(all_variance, 0) * n + greatest(variance, 0), 0),
            0
        ) * (mean - all_mean) as mean
        {%- else %}
        all_mean + coalesce(n / (n + {{ baton.number_literal(unit.parameters.smooth) }}), 0) * (mean - all_mean) as mean
        {%- endif %}
    from {{ seen }}
) as encoded
    {%- if is_continuous %}
cross join means{{ stage.suffix }}
cross join max_deviations{{ stage.suffix }}
    {%- endif -%}
    {%- endset -%}
    {%- set encodings = baton._add_cte(stage, unit, 'encoded', encodings) -%}
    {%- set means -%} (select distinct class, left_out, target_mean from {{ encodings }}) as target_means {%- endset -%}
    {%- do baton._write_fitted_rows(stage, unit, 'target_mean', means, position='left_out', number='target_mean', text=class) -%}
    {%- do baton._write_fitted_rows(
        stage, unit, 'encoding', encodings, category='category', position='left_out', number='encoding', text=class
    ) -%}
{%- endmacro -%}


{%- macro _sums_of_numbers(stage, unit, mean, max_deviation) -%}
    {%- set fold = unit.beside.get('fold') -%}
    {%- set deviation -%} ({{ unit.beside.target }} - {{ mean }}) {%- endset -%}
select
    category,
    fold,
    {{ baton.as_text('null') }} as class,
    count(*) as n,
    coalesce({{ baton.sum_of_whole('distance * power(2e0, 61)') }}, 0) as total,
    coalesce({{ baton.sum_of_whole('(' ~ baton.square('distance') ~ ') * power(2e0, 61)') | indent }}, 0) as squares
from (
    select
        {{ unit.value }} as category,
        {{ fold or 'cast(null as integer)' }} as fold,
        {{ baton.quotient(deviation, max_deviation) | indent(8) }} as distance
    from {{ stage.rows }} as data
    cross join means{{ stage.suffix }}
    cross join max_deviations{{ stage.suffix }}
    where {{ unit.beside.target }} is not null
) as distances
group by category, fold
{%- endmacro -%}

{%- macro _sums_of_classes(stage, unit) -%}
    {%- set fold, target = unit.beside.get('fold'), unit.beside.target -%}
    {%- set counts -%}
select
    {{ unit.value }} as category,
    {{ fold or 'cast(null as integer)' }} as fold,
    {{ target }} as class,
    count(*) as n
from {{ stage.rows }} as data
where {{ target }} is not null
group by {{ unit.value }}{{ ', ' ~ fold if fold }}, {{ target }}
    {%- endset -%}
    {%- set counts = baton._add_cte(stage, unit, 'counts', counts) -%}
-- a row counts 1 where it is of the class and else 0, and so does its square
select
    counts.category,
    counts.fold,
    classes.class,
    sum(counts.n) as n,
    sum(case when counts.class = classes.class then counts.n else 0 end) as total,
    sum(case when counts.class = classes.class then counts.n else 0 end) as squares
from {{ counts }} as counts
cross join (
    {%- if unit.step.target_type == 'multiclass' %}
    select distinct class from {{ counts }}
    {%- else %}
    -- the greater of two classes is the one that counts; where there is only one, none does
    select max(case when class_number = 2 then class end) as class
    from (
        select class, row_number() over (order by {{ baton._category_order('class', unit.step.target_kind) }}) as class_number
        from (select distinct class from {{ counts }}) as found
    ) as numbered
    {%- endif %}
) as classes
group by counts.category, counts.fold, classes.class
{%- endmacro -%}

{#- The categories as the whole encoding sees them, and as each fold does: with the rows of the others. -#}
{%- macro _seen_categories(unit, sums, is_continuous) -%}
    {%- set one = ' / power(2e0, 61)' if is_continuous else '' -%}
select
    category,
    class,
    left_out,
    n,
    total / n as mean,
    squares / n - power(total / n, 2) as variance,
    all_total / all_n as all_mean,
    all_squares / all_n - power(all_total / all_n, 2) as all_variance
from (
    select
        category,
        class,
        left_out,
        {{ baton.as_double('sum(n)') }} as n,
        {{ baton.as_double('sum(total)') }}{{ one }} as total,
        {{ baton.as_double('sum(squares)') }}{{ one }} as squares,
        -- whole numbers are summed, so that no order of the rows changes a bit
        {{ baton.as_double('sum(sum(n)) over of_all') }} as all_n,
        {{ baton.as_double('sum(sum(total)) over of_all') }}{{ one }} as all_total,
        {{ baton.as_double('sum(sum(squares)) over of_all') }}{{ one }} as all_squares
    from (
        select category, class, cast(null as integer) as left_out, n, total, squares
        from {{ sums }}
        {%- if unit.beside.get('fold') %}
        union all
        select category, class, folds.position, n, total, squares
        from {{ sums }}
        inner join ({{ baton.positions(unit.parameters.cv) }}) as folds
            on {{ sums }}.fold <> folds.position
        {%- endif %}
    ) as sums
    group by category, class, left_out
    window of_all as (partition by class, left_out)
) as totals
{%- endmacro -%}
