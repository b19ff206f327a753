{#
    Rolling-window aggregates of events, at every row of a spine and exact at any moment.

    Each source becomes running totals, one pass over its events. A window is then the difference of two totals, at its
    end and at its start. So the cost does not grow with a window's width, and two sources never multiply each other.
#}
{%- macro windowed_features(spine, entity, sources, as_of='as_of', derived={}, closed='left') -%}

    {%- set call = baton._windowed_features_call(spine, entity, sources, as_of, derived, closed) -%}

with spine_rows as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ call.at }}
    from {{ spine }}

)
{%- for source in call.sources %},

{{ baton.running_totals(source, rows='spine_rows' if loop.first else loop.previtem.joined, as_of=call.as_of, strict=(closed == 'left')) | trim }}
{%- endfor %},

features as (

    select
        {{ call.entity | join(',\n        ') }},
        {{ call.as_of }}
        {%- for source in call.sources -%}
        {%- for feature in source.features %},
        {{ feature.sql }} as {{ feature.name }}
        {%- endfor -%}
        {%- endfor %}
    from {{ call.sources[-1].joined }}

)
{%- for name, sql in call.derived %},

with_{{ loop.index }} as (

    select
        *,
        {{ sql }} as {{ name }}
    from {{ 'features' if loop.first else 'with_' ~ loop.index0 }}

)
{%- endfor %}

select * from {{ 'with_' ~ call.derived | length if call.derived else 'features' }}

{%- endmacro -%}


{#- The checked call with every name ready for SQL. -#}
{%- macro _windowed_features_call(spine, entity, sources, as_of, derived, closed) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'spine', spine) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton.expect_list(problems, 'sources', sources, of='mappings') -%}
    {%- do baton.expect_choice(problems, 'closed', closed, ['left', 'right']) -%}
    {%- if derived is not mapping -%}
        {%- do problems.append("derived is " ~ baton._shown(derived) ~ ", expected a mapping from names to SQL expressions") -%}
    {%- endif -%}
    {%- set entity = baton.as_list(entity) -%}
    {%- if not problems -%}
        {%- do baton.expect_columns(problems, 'spine', spine, entity + [as_of]) -%}
    {%- endif -%}

    {%- set names = [] -%}
    {%- for source in baton.as_list(sources) -%}
        {%- do baton._expect_event_source(problems, 'sources[' ~ loop.index0 ~ ']', source, entity) -%}
        {%- for aggregate in baton.as_list(source.get('aggregates') if source is mapping else none) if aggregate is mapping -%}
            {%- for window in baton._windows(aggregate) -%}
                {%- do names.append(baton._feature_name(aggregate, window)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set names = entity + [as_of] + names + (derived | list if derived is mapping else []) -%}
    {%- set folded = names | map('lower') | list -%}
    {%- for name in folded | unique if folded.count(name) > 1 -%}
        {%- do problems.append("the column '" ~ name ~ "' would stand " ~ folded.count(name) ~ " times in the result, give one of them another 'name'") -%}
    {%- endfor -%}
    {%- do baton.raise_problems('windowed_features', problems) -%}

    {%- set planned = [] -%}
    {%- for source in sources -%}
        {%- set name = baton.cte_name(source.relation, planned | map(attribute='name') | list) -%}
        {%- do planned.append(baton._event_source(source, name, entity, baton.identifier(as_of), closed)) -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for name, sql in derived.items() -%}
        {%- do columns.append((baton.identifier(name), sql)) -%}
    {%- endfor -%}
    {{ return({
        'entity': baton.identifiers(entity),
        'as_of': baton.identifier(as_of),
        'at': baton.utc_column(as_of, baton.columns_of(spine)),
        'sources': planned,
        'derived': columns,
    }) }}
{%- endmacro -%}


{%- macro _expect_event_source(problems, argument, source, entity) -%}
    {%- do baton.expect_keys(
        problems, argument, source,
        required=['relation', 'event_time', 'aggregates'],
        optional=['entity', 'delay']
    ) -%}
    {%- if source is mapping -%}
        {%- set before = problems | length -%}
        {%- if 'relation' in source -%}{%- do baton.expect_relation(problems, argument ~ '.relation', source.relation) -%}{%- endif -%}
        {%- if 'event_time' in source -%}{%- do baton.expect_name(problems, argument ~ '.event_time', source.event_time) -%}{%- endif -%}
        {%- if 'delay' in source -%}{%- do baton.expect_duration(problems, argument ~ '.delay', source.delay) -%}{%- endif -%}
        {%- do baton.expect_matching_keys(problems, argument ~ '.entity', entity, source.get('entity')) -%}
        {%- set used = [source.get('event_time')] -%}
        {%- do used.extend(baton.matched_keys(entity, source.get('entity')) | map(attribute='lookup')) -%}
        {%- if 'aggregates' in source -%}
            {%- do baton.expect_list(problems, argument ~ '.aggregates', source.aggregates, of='mappings') -%}
            {%- for aggregate in baton.as_list(source.aggregates) -%}
                {%- do baton._expect_aggregate(problems, argument ~ '.aggregates[' ~ loop.index0 ~ ']', aggregate) -%}
                {%- if aggregate is mapping and aggregate.get('column') -%}{%- do used.append(aggregate.column) -%}{%- endif -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if problems | length == before -%}
            {%- do baton.expect_columns(problems, argument ~ '.relation', source.get('relation'), used | unique | list) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- What each function needs: a column, and whether it is built for any window or for 'lifetime' alone. -#}
{%- macro _aggregate_functions() -%}
    {{ return({
        'count':   {'column': false, 'windows': true},
        'sum':     {'column': true,  'windows': true},
        'avg':     {'column': true,  'windows': true},
        'recency': {'column': false, 'windows': true},
        'tenure':  {'column': false, 'windows': false},
        'min':     {'column': true,  'windows': false},
        'max':     {'column': true,  'windows': false},
    }) }}
{%- endmacro -%}

{%- macro _expect_aggregate(problems, argument, aggregate) -%}
    {%- do baton.expect_keys(
        problems, argument, aggregate, required=['function'], optional=['column', 'name', 'windows', 'where', 'empty']
    ) -%}
    {%- if aggregate is mapping and 'function' in aggregate -%}
        {%- set built = baton._aggregate_functions() -%}
        {%- set later = ['count_distinct', 'stddev', 'variance', 'first', 'last', 'median', 'mode', 'entropy'] -%}
        {%- do baton.expect_choice(problems, argument ~ '.function', aggregate.function, built | list + later) -%}
        {%- do baton.expect_built(problems, argument ~ ".function '" ~ aggregate.function ~ "'", aggregate.function not in later) -%}
        {%- for window in baton._windows(aggregate) -%}
            {%- do baton.expect_duration(problems, argument ~ '.windows[' ~ loop.index0 ~ ']', window, allow_lifetime=true) -%}
            {%- if baton.duration_seconds(window) == 0 -%}
                {%- do problems.append(argument ~ ".windows[" ~ loop.index0 ~ "] is " ~ baton._shown(window) ~ ", a window of no length") -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do baton.expect_choice(problems, argument ~ '.empty', aggregate.get('empty', 'zero'), ['zero', 'null']) -%}
        {%- if aggregate.function in built -%}
            {%- set function = built[aggregate.function] -%}
            {%- if function.column and not aggregate.get('column') -%}
                {%- do problems.append(argument ~ " has no 'column', which " ~ aggregate.function ~ " needs") -%}
            {%- endif -%}
            {%- if not function.windows and baton._windows(aggregate) != ['lifetime'] -%}
                {%- do problems.append(argument ~ " asks for " ~ aggregate.function ~ " over windows other than 'lifetime', which is not built yet") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _windows(aggregate) -%}
    {{ return(baton.as_list(aggregate.get('windows')) or ['lifetime']) }}
{%- endmacro -%}

{%- macro _feature_name(aggregate, window) -%}
    {%- set default = (aggregate.column ~ '_' if aggregate.get('column') else '') ~ aggregate.function -%}
    {{ return(aggregate.get('name', default) ~ ('' if window == 'lifetime' else '_' ~ window)) }}
{%- endmacro -%}
