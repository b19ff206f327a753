{#
    `cells` of a ranking task: one row for each model, version, period and segment, with the means over its queries.

    Items with the same score are in no order, so a metric is its expected value over all orders of them (McSherry and Najork 2008):
    each place within such a block holds the mean of its items. That is how scikit-learn treats ties in NDCG.
#}
{%- macro _ranking_cells(call) -%}
{%- call baton.with_named_windows() -%}

{%- set cell = call.cell | join(', ') -%}
{%- set query = cell ~ ', query' -%}
{%- set double = baton.type_double() -%}
{%- set metrics = baton._query_metrics(call) -%}
items as (

    select
        *,
        case when actual is not null and query is not null then coalesce(predicted_value, score) end as rank_score,
        cast(case when actual > 0 then 1 else 0 end as {{ double }}) as is_relevant
    from labelled

),

sliced as (
    {{ baton._sliced_rows(call, ['query', 'actual', 'rank_score', 'is_relevant'], 'items') | indent }}

),

-- the places of the items: in the ranking, where equal scores come in any order, and by their relevance
placed as (

    select
        *,
        cast(row_number() over by_score as {{ double }}) as place,
        cast(row_number() over by_relevance as {{ double }}) as ideal_place,
        sum(is_relevant) over so_far as relevant_up_to_here,
        sum(is_relevant) over query as relevant_items,
        -- a gain is a share of the greatest of its query
        case when max(actual) over query > 0 then {{ baton.quotient('actual', '(max(actual) over query)') | indent(12) }} else 0 end as gain
    from sliced
    where rank_score is not null
    window
        query as (
            partition by {{ query }}
        ),
        by_score as (
            partition by {{ query }}
            order by rank_score desc
        ),
        so_far as (
            partition by {{ query }}
            order by rank_score desc
            rows between unbounded preceding and current row
        ),
        by_relevance as (
            partition by {{ query }}
            order by actual desc
        )

),

-- the block of the items that have the same score
blocks as (

    select
        *,
        min(place) over block as block_start,
        cast(count(*) over block as {{ double }}) as block_items,
        sum(is_relevant) over block as block_relevant,
        {{ baton.stable_sum_over('gain', query ~ ', rank_score') | indent(8) }} as block_gain,
        max(relevant_up_to_here) over block as relevant_so_far
    from placed
    window block as (
        partition by {{ query }}, rank_score
    )

),

expected as (

    select
        *,
        1 / ln(place + 1) as discount,
        1 / ln(ideal_place + 1) as ideal_discount,
        block_relevant / block_items as hit,
        block_gain / block_items as expected_gain,
        -- of how many relevant items this place is expected to be the last one, if it holds one
        relevant_so_far - block_relevant + 1
            + coalesce((place - block_start) * (block_relevant - 1) / nullif(block_items - 1, 0), 0) as expected_found,
        case
            when relevant_so_far = block_relevant and place - block_start <= block_items - block_relevant
                then block_relevant / (block_items - place + block_start)
        end as chance_to_be_first,
        -- that none of the places of the block up to this one holds a relevant item
        case
            when block_items - block_relevant > place - block_start
                then ln(1 - block_relevant / (block_items - place + block_start))
        end as log_miss
    from blocks

),

firsts as (

    select
        *,
        coalesce(chance_to_be_first * exp(coalesce(
            sum(log_miss) over (
                partition by {{ query }}, rank_score
                order by place
                rows between unbounded preceding and 1 preceding
            ), 0
        )), 0) as first_hit,
        expected_gain * discount as discounted_gain,
        gain * ideal_discount as ideal_gain,
        hit * expected_found / place as precision_here
    from expected

),

by_query as (

    select
        {{ call.cell | join(',\n        ') }},
        query,
        count(*) as items,
        max(relevant_items) as relevant_items,
        min(actual) as least_relevance,
        {%- for k in call.k %}
        {%- for name, term, order in [
            ('dcg', 'discounted_gain', 'place'), ('ideal_dcg', 'ideal_gain', 'ideal_place'), ('hits', 'hit', 'place'),
            ('precisions', 'precision_here', 'place'),
        ] %}
        {{ baton.stable_sum('case when %s <= %s then %s end' | format(order, k, term)) | indent(8) }}
            as {{ name }}_{{ k }},
        {%- endfor %}
        {%- endfor %}
        {{ baton.stable_sum('first_hit / place') | indent(8) }} as mrr
    from firsts
    group by {{ query }}

),

query_metrics as (

    select
        {{ call.cell | join(',\n        ') }},
        items,
        relevant_items,
        least_relevance,
        {%- for name, sql in metrics.items() %}
        {{ baton.named(sql, name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from by_query

),

centred as (

    select
        *,
        {%- for name in metrics %}
        {{ name }} - {{ baton.stable_sum_over(name, cell) | indent(8) }} / nullif(count({{ name }}) over cell, 0) as {{ name }}_off{{ ',' if not loop.last }}
        {%- endfor %}
    from query_metrics
    window cell as (
        partition by {{ cell }}
    )

),

{%- set of_queries = ['queries', 'ranked', 'relevant_queries', 'least_relevance'] %}
{%- for name in metrics %}{% do of_queries.extend([name, '%s_variance' | format(name)]) %}{% endfor %}

query_cells as (

    select
        {{ call.cell | join(',\n        ') }},
        cast(count(*) as {{ double }}) as queries,
        cast(sum(items) as {{ double }}) as ranked,
        count(case when relevant_items > 0 then 1 end) as relevant_queries,
        min(least_relevance) as least_relevance,
        {%- for name in metrics %}
        {{ baton.stable_sum(name) | indent(8) }} / nullif(count({{ name }}), 0) as {{ name }},
        {{ baton.stable_sum('power(%s_off, 2)' | format(name)) | indent(8) }}
            / nullif(power(count({{ name }}), 2) - count({{ name }}), 0) as {{ name }}_variance{{ ',' if not loop.last }}
        {%- endfor %}
    from centred
    group by {{ cell }}

),

totals as (

    select
        {{ call.cell | join(',\n        ') }},
        max(n) as n,
        max(n_labelled) as n_labelled,
        {%- for name in of_queries %}
        {{ 'coalesce(max(%s), 0)' | format(name) if loop.index <= 3 else 'max(%s)' | format(name) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {{ call.cell | join(',\n            ') }},
            count(*) as n,
            count(actual) as n_labelled,
            {{ 'null as ' ~ of_queries | join(',\n            null as ') }}
        from sliced
        group by {{ cell }}

        union all

        select
            {{ call.cell | join(',\n            ') }},
            null as n,
            null as n_labelled,
            {{ of_queries | join(',\n            ') }}
        from query_cells
    ) as both_totals
    group by {{ cell }}

),

{{ baton._cells_of_task() }}
{%- endcall -%}
{%- endmacro -%}

{#-
    The metrics of a query by the names of their columns. A query without relevant items has neither a recall nor an average precision,
    unless the call asks for what a division by zero gives.
-#}
{%- macro _query_metrics(call) -%}
    {%- set metrics = {} -%}
    {%- for k in call.k -%}
        {%- set of_relevant = {
            'recall_at_%s' | format(k): 'hits_%s / nullif(relevant_items, 0)' | format(k),
            'map_at_%s' | format(k): 'precisions_%s / nullif(least(relevant_items, %s), 0)' | format(k, k),
        } -%}
        {%- do metrics.update({
            'ndcg_at_%s' | format(k): 'coalesce(dcg_%s / nullif(ideal_dcg_%s, 0), 0)' | format(k, k),
            'precision_at_%s' | format(k): 'hits_%s / %s' | format(k, k),
        }) -%}
        {%- for name, sql in of_relevant.items() -%}
            {%- do metrics.update({name: 'coalesce(%s, 0)' | format(sql) if call.undefined == 'zero_division' else sql}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(dict(metrics, mrr='mrr')) }}
{%- endmacro -%}
