{#
    How `target_encoder` is fitted: the encoding of a category is `all_mean + weight * (mean - all_mean)`, with a weight that
    comes nearer to 1 the more rows the category has.

    sums        how many rows of each category and fold have a target, their sum and that of their squares; of a class, a
                row's target is 1 where the row is of the class, else 0
    totals      the same of all folds together (`left_out` is NULL), and of all but the one that is `left_out`, whose rows
                can so be encoded without their own targets; `all_...` of all categories
    encoded     the formula

    Sums are of whole numbers, and so the same in whatever order the rows come. A target that is a number is counted as its
    distance from the mean, as a share of the greatest distance, times 2^61 and rounded.
-#}
{%- macro _fit_target_encoder(stage, unit) -%}
    {%- set counts, sums, totals, encoded = baton._cte_names(stage, unit, 'counts sums totals encoded'.split()) -%}
    {%- set target, fold = unit.extra_reads.target, unit.extra_reads.get('fold') -%}
    {%- set is_continuous = unit.step.resolved_target_type == 'continuous' -%}
    {%- set is_multiclass = unit.step.resolved_target_type == 'multiclass' -%}
    {%- set rescaled = ' / power(2, 61)' if is_continuous else '' -%}
    {%- if is_continuous -%}
        {%- set mean = baton._stage_statistic(stage, 'mean', target) -%}
        {%- set max_deviation = baton._stage_statistic(stage, 'max_deviation', target) -%}
        {%- set deviation -%} ({{ target }} - {{ mean }}) {%- endset -%}
    {%- endif -%}

    {%- set ctes -%}
{%- call baton.with_named_windows() -%}
{%- if is_continuous -%}
{{ sums }} as (

    select
        category,
        fold,
        {{ baton.as_text('null') }} as class,
        count(*) as n,
        coalesce({{ baton.sum_of_whole('deviation * power(2, 61)') }}, 0) as total,
        coalesce({{ baton.sum_of_whole(baton.square('deviation') ~ ' * power(2, 61)') | indent(8) }}, 0) as squares
    from (
        select
            {{ unit.value }} as category,
            {{ fold or 'cast(null as integer)' }} as fold,
            {{ baton.quotient(deviation, max_deviation) | indent(12) }} as deviation
        from {{ stage.rows }} as input
        cross join {{ stage.ctes_of.mean }}
        cross join {{ stage.ctes_of.max_deviation }}
        where {{ target }} is not null
    ) as deviations
    group by category, fold

),
{%- else -%}
{{ counts }} as (

    select
        {{ unit.value }} as category,
        {{ fold or 'cast(null as integer)' }} as fold,
        {{ target }} as class,
        count(*) as n
    from {{ stage.rows }} as input
    where {{ target }} is not null
    group by {{ unit.value }}{{ ', ' ~ fold if fold }}, {{ target }}

),

{{ sums }} as (

    select
        counts.category,
        counts.fold,
        classes.class,
        sum(counts.n) as n,
        -- the squares of 1 and 0 are 1 and 0 too
        sum(case when counts.class = classes.class then counts.n else 0 end) as total,
        sum(case when counts.class = classes.class then counts.n else 0 end) as squares
    from {{ counts }} as counts
    cross join (
        {%- if is_multiclass %}
        select distinct class from {{ counts }}
        {%- else %}
        -- the greater of two classes is the positive one; with a single class there is none
        select max(case when class_number = 2 then class end) as class
        from (
            select class, row_number() over (order by {{ baton._category_order('class', unit.step.target_kind) }}) as class_number
            from (select distinct class from {{ counts }}) as found
        ) as numbered
        {%- endif %}
    ) as classes
    group by counts.category, counts.fold, classes.class

),
{%- endif %}

{{ totals }} as (

    select
        category,
        class,
        left_out,
        {{ baton.as_double('sum(n)') }} as n,
        {{ baton.as_double('sum(total)') }}{{ rescaled }} as total,
        {{ baton.as_double('sum(squares)') }}{{ rescaled }} as squares,
        {{ baton.as_double('sum(sum(n)) over all_categories') }} as all_n,
        {{ baton.as_double('sum(sum(total)) over all_categories') }}{{ rescaled }} as all_total,
        {{ baton.as_double('sum(sum(squares)) over all_categories') }}{{ rescaled }} as all_squares
    from (
        select category, class, cast(null as integer) as left_out, n, total, squares
        from {{ sums }}
        {%- if fold %}

        union all

        select sums.category, sums.class, folds.position as left_out, sums.n, sums.total, sums.squares
        from {{ sums }} as sums
        inner join ({{ baton.positions(unit.parameters.cv) }}) as folds
            on sums.fold <> folds.position
        {%- endif %}
    ) as sums
    group by category, class, left_out
    window all_categories as (partition by class, left_out)

),

{{ encoded }} as (

    select
        shrunk.category,
        shrunk.class,
        shrunk.left_out,
        {%- if is_continuous %}
        {{ mean }} + coalesce({{ max_deviation }}, 0) * shrunk.all_mean as target_mean,
        {{ mean }} + coalesce({{ max_deviation }}, 0) * shrunk.encoding as encoding
        {%- else %}
        shrunk.all_mean as target_mean,
        shrunk.encoding
        {%- endif %}
    from (
        select
            category,
            class,
            left_out,
            all_mean,
            {%- if unit.parameters.smooth == 'auto' %}
            -- scikit-learn's smooth='auto': the more a category's rows differ, the more of them it takes (empirical Bayes)
            all_mean + coalesce(
                greatest(all_variance, 0) * n / nullif(greatest(all_variance, 0) * n + greatest(variance, 0), 0),
                0
            ) * (mean - all_mean) as encoding
            {%- else %}
            -- as if {{ unit.parameters.smooth }} more rows of the category had the mean of all
            all_mean + coalesce(n / (n + {{ baton.number_literal(unit.parameters.smooth) }}), 0) * (mean - all_mean) as encoding
            {%- endif %}
        from (
            select
                category,
                class,
                left_out,
                n,
                total / n as mean,
                squares / n - power(total / n, 2) as variance,
                all_total / all_n as all_mean,
                all_squares / all_n - power(all_total / all_n, 2) as all_variance
            from {{ totals }}
        ) as means_and_variances
    ) as shrunk
    {%- if is_continuous %}
    cross join {{ stage.ctes_of.mean }}
    cross join {{ stage.ctes_of.max_deviation }}
    {%- endif %}

)
{%- endcall -%}
    {%- endset -%}
    {%- do stage.ctes.append(ctes) -%}

    {%- set class_column = 'class' if is_multiclass else 'null' -%}
    {%- set means -%} (select distinct class, left_out, target_mean from {{ encoded }}) as target_means {%- endset -%}
    {%- do baton._write_fitted_rows(stage, unit, 'target_mean', means, position='left_out', number='target_mean', text=class_column) -%}
    {%- do baton._write_fitted_rows(
        stage, unit, 'encoding', encoded, category='category', position='left_out', number='encoding', text=class_column
    ) -%}
{%- endmacro -%}
