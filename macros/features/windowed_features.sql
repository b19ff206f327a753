{#
    Rolling-window aggregates of events, at every row of a spine and exact at any moment.

    No event is ever joined with the windows that hold it, so the cost does not grow with a window's width: a sum is the
    difference of two running totals, the last event is the newest time so far, a minimum slides over the events, and a
    category is counted when it comes and when it goes. Each source is looked at on its own, at the distinct moments of the
    spine, and joined to it by equality, so two sources never multiply each other.
#}
{%- macro windowed_features(spine, entity, sources, as_of='as_of', derived={}, closed='left') -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(
        problems, 'spine: relation, entity: names, as_of: name, sources: {list: mappings}, closed: {choice: [left, right]}',
        spine, entity, as_of, sources, closed
    ) -%}
    {%- if not baton.is_mapping(derived) -%}
        {%- do problems.append("derived is %s, expected a mapping from names to SQL expressions" | format(baton._repr(derived))) -%}
    {%- else -%}
        {%- for name, sql in derived.items() -%}
            {%- do baton.expect_name(problems, 'derived', name) -%}
            {%- do baton.expect_sql(problems, 'derived.' ~ name, sql, of='expression') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set spine_columns = baton.expect_columns(problems, 'spine', spine, [entity, as_of]) -%}

    {%- set entity = baton.names_in(entity) -%}
    {%- set names, columns_of_sources, functions = [], [], baton._aggregate_functions() -%}
    {%- for source in (sources if baton.is_list(sources) else []) -%}
        {%- do columns_of_sources.append(
            baton._expect_event_source(problems, 'sources[%s]' | format(loop.index0), source, entity, functions)
        ) -%}
        {%- for aggregate in baton.as_list(source.get('aggregates') if baton.is_mapping(source) else none) if baton.is_mapping(aggregate) -%}
            {%- for window in baton._aggregate_windows(aggregate) -%}
                {%- do names.append(baton._feature_name(aggregate, window)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set folded = [] -%}
    {%- for name in baton.names_in([entity, as_of, names, derived | list if baton.is_mapping(derived) else []]) -%}
        {%- do folded.append(baton.unquoted(name) | lower) -%}
    {%- endfor -%}
    {%- for name in folded | unique if folded.count(name) > 1 -%}
        {%- do problems.append(
            "the column '%s' would occur %s times in the result: give one of them another 'name'" | format(name, folded.count(name))
        ) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('windowed_features', problems) -%}

    {#- a CTE of the user may have the name that one of ours would get, 'web_events' beside 'web' -#}
    {%- set prefix = 'baton_' if ([spine] + sources | map(attribute='relation') | list) | select('string') | list else '' -%}
    {%- set planned, moments, at = [], {}, baton.identifier(as_of) -%}
    {%- for source in sources -%}
        {%- set name = baton.cte_name(prefix ~ baton.relation_name(source.relation), planned | map(attribute='name') | list) -%}
        {%- set plan = baton._event_source(source, columns_of_sources[loop.index0], name, entity, at, closed, functions) -%}
        {%- do planned.append(plan) -%}
        {%- set moments_of_keys = moments.setdefault(plan.join_keys | map(attribute='spine') | join(', '), dict(
            name='%sspine_moments%s' | format(prefix, '_%s' | format(moments | length + 1) if moments else ''), keys=plan.join_keys,
            spine_columns=plan.join_keys | map(attribute='spine') | list,
        )) -%}
        {%- do plan.update(moments=moments_of_keys.name) -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for name, sql in derived.items() -%}
        {%- set cte = baton.cte_name('%swith_%s' | format(prefix, baton.unquoted(name)), columns | map(attribute='cte') | list) -%}
        {%- do columns.append(dict(name=baton.identifier(name), sql=baton.user_sql(sql), cte=cte)) -%}
    {%- endfor -%}
    {%- set keys, spine_rows = baton.identifiers(entity), prefix ~ 'spine_rows' -%}

with {{ spine_rows }} as (

    select
        {{ keys | join(',\n        ') }},
        {{ baton.utc_column(as_of, spine_columns) }}
    from {{ spine }}

)
{%- for spine_moments in moments.values() %},

{{ spine_moments.name }} as (

    select distinct
        {%- for key in spine_moments['keys'] %}
        {{ baton.named(key.spine, key.name) }},
        {%- endfor %}
        {{ baton.named(at, 'as_of') }}
    from {{ spine_rows }}
    where
        {{ baton.none_is_null(spine_moments.spine_columns + [at]) | indent(8) }}

)
{%- endfor %}
{%- for source in planned %},

{{ baton._event_source_sql(source) }}
{%- endfor %},

features as (

    select
        {{ baton.qualified(keys + [at], 'spine') | join(',\n        ') }}
        {%- for source in planned -%}
        {%- for name, sql in source.features.items() %},
        {{ sql | indent(8) }} as {{ name }}
        {%- endfor -%}
        {%- endfor %}
    from {{ spine_rows }} as spine
    {%- for source in planned %}
    {{- baton._event_source_joins(source) }}
    {%- endfor %}

)
{%- for derived in columns %},

{{ derived.cte }} as (

    select
        *,
        {{ derived.sql }} as {{ derived.name }}
    from {{ loop.previtem.cte if not loop.first else 'features' }}

)
{%- endfor %}

select * from {{ columns[-1].cte if columns else 'features' }}

{%- endmacro -%}


{#- Gives what is known of the columns of the source. -#}
{%- macro _expect_event_source(problems, argument, source, entity, functions) -%}
    {%- do baton.expect_keys(
        problems, argument, source,
        required='relation event_time aggregates'.split(),
        optional='entity delay tie_breaker'.split()
    ) -%}
    {%- if baton.is_mapping(source) -%}
        {%- do baton.expect_entries(problems, argument, source, 'relation: relation, event_time: name, delay: duration') -%}
        {%- do baton.expect_matching_keys(problems, argument ~ '.entity', entity, source.get('entity')) -%}
        {%- set used = [source.get('event_time'), baton.matched_keys(entity, source.get('entity')) | map(attribute='lookup') | list] -%}
        {%- do baton.expect_entries(
            problems, argument, source, 'tie_breaker: {names: {allow_empty: true}}, aggregates: {list: mappings}'
        ) -%}
        {%- do used.append(source.get('tie_breaker')) -%}
        {%- for aggregate in (source.aggregates if baton.is_list(source.get('aggregates')) else []) -%}
            {%- do baton._expect_aggregate(problems, '%s.aggregates[%s]' | format(argument, loop.index0), aggregate, functions) -%}
            {%- do used.append(aggregate.get('column') if baton.is_mapping(aggregate)) -%}
        {%- endfor -%}
        {{ return(baton.expect_columns(problems, argument ~ '.relation', source.get('relation'), used)) }}
    {%- endif -%}
{%- endmacro -%}
