{#- The metrics of a ranking task over `cells`. -#}
{%- macro _ranking_metrics(call) -%}
    {%- set metrics = [
        {'name': 'predictions', 'value': 'n', 'reasons': [], 'variance': none, 'lowest': 'null', 'highest': 'null'},
        baton._count_metric('queries', 'queries', 'n_labelled'),
    ] -%}
    {%- for name in baton._query_metrics(call) -%}
        {%- set undefined = {'queries = 0': 'no ranked queries'} -%}
        {%- if name.startswith('ndcg') -%}
            {%- do undefined.update({'least_relevance < 0': 'negative relevance'}) -%}
        {%- elif name.startswith('recall') or name.startswith('map') -%}
            {%- do undefined.update({'relevant_queries = 0': 'no relevant items'}) -%}
        {%- endif -%}
        {%- do metrics.append(baton._task_metric(
            call, name, name, 'n_labelled', undefined, '%s_variance' | format(name), trials='queries', fills=not name.startswith('ndcg')
        )) -%}
    {%- endfor -%}
    {%- do metrics.append(baton._count_metric('missing_scores', 'n_labelled - ranked', 'n_labelled')) -%}
    {{ return(metrics) }}
{%- endmacro -%}
