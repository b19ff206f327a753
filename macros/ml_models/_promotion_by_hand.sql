{#
    What `promote` and `rollback` share. They run in `dbt run-operation`, where models are known by their names.
#}

{#- The arguments with the relations that they name; what is wrong with them is added to `problems`. -#}
{%- macro _promotion_by_hand(problems, promotions, registry, model_name, model_version, alias, promoted_by, reason) -%}
    {%- for name, text in dict(model_name=model_name, alias=alias).items() -%}
        {%- do baton.expect_text(problems, name, text) -%}
    {%- endfor -%}
    {%- for name, text in dict(model_version=model_version, promoted_by=promoted_by, reason=reason).items() if text is not none -%}
        {%- if name == 'model_version' and text is number -%}
            {%- do problems.append("model_version is %s, a number: write it in quotes, because twelve hex digits may look like one" | format(text)) -%}
        {%- else -%}
            {%- do baton.expect_text(problems, name, text) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- set node = baton._node_of_name(problems, 'promotions', promotions, ['model', 'seed']) -%}
    {%- if node and node.resource_type == 'model' and node.config.get('materialized') != 'incremental' -%}
        {%- do problems.append("promotions is %s, a model with materialized %s, expected an incremental model made with baton.promotions, or a seed" | format(
            baton._repr(promotions), baton._repr(node.config.get('materialized'))
        )) -%}
    {%- endif -%}
    {%- set is_seed = node and node.resource_type == 'seed' -%}
    {%- set versions = baton._node_of_name(problems, 'registry', registry, ['model', 'seed']) -%}
    {%- set table = baton._relation_of_node(problems, 'promotions', node, baton._promotion_columns()) -%}
    {{ return(dict(
        is_seed=is_seed,
        seed_path=node.original_file_path if is_seed else none,
        table=table,
        registry=baton._relation_of_node(problems, 'registry', versions, 'model_name model_version version_number'.split()),
        model_name=model_name,
        alias=alias,
        promoted_by=promoted_by or target.get('user') or env_var('USER', env_var('USERNAME', 'unknown')),
        reason=reason,
    )) }}
{%- endmacro -%}

{%- macro _promotion_columns() -%}
    {{ return('model_name alias model_version promoted_at promoted_by reason'.split()) }}
{%- endmacro -%}


{#- The node of the dbt graph with that name. -#}
{%- macro _node_of_name(problems, argument, name, types) -%}
    {%- set nodes = graph.nodes.values() | selectattr('resource_type', 'in', types) | list -%}
    {%- set found = nodes | selectattr('name', 'equalto', name) | list -%}
    {%- if found -%}
        {{ return(found[0]) }}
    {%- elif name is not string or not name | trim -%}
        {%- do problems.append("%s is %s, expected the name of a model" | format(argument, baton._repr(name))) -%}
    {%- else -%}
        {%- do problems.append("%s is %s, but there is no such model: there is %s" | format(
            argument, baton._repr(name), baton.nearest_names([name], nodes | map(attribute='name') | sort)
        )) -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro -%}

{#- Its relation, if that is in the warehouse and has these columns. -#}
{%- macro _relation_of_node(problems, argument, node, columns) -%}
    {%- if not node -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set relation = load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -%}
    {%- if relation is none -%}
        {%- do problems.append("%s is %s, which is not built yet: run dbt build --select %s" | format(argument, baton._repr(node.name), node.name)) -%}
    {%- else -%}
        {%- do baton.expect_columns(problems, argument, relation, columns) -%}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro -%}


{#- The version is in the registry. -#}
{%- macro _expect_version(problems, call, model_name, model_version) -%}
    {%- if problems -%}
        {{ return('') }}
    {%- endif -%}
    {%- set query -%}
        select
            {{ baton.as_text('model_name') }},
            {{ baton.as_text('model_version') }}
        from {{ call.registry }}
        order by model_name, version_number desc
    {%- endset -%}
    {%- set versions, names = [], [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do names.append(row[0]) -%}
        {%- if row[0] == model_name -%}{%- do versions.append(row[1]) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not versions -%}
        {%- do problems.append("model_name is %s, which is not in the registry: there is %s" | format(
            baton._repr(model_name), baton.nearest_names([model_name], names | unique | list) if names else 'no version at all'
        )) -%}
    {%- elif model_version is none -%}
        {%- do problems.append("model_version is missing, expected one of %s" | format(baton.nearest_names([], versions))) -%}
    {%- elif model_version not in versions -%}
        {%- do problems.append("model_version is %s, which is not in the registry: %s has %s (the newest first)" | format(
            baton._repr(model_version), model_name, baton.nearest_names([model_version], versions)
        )) -%}
    {%- endif -%}
{%- endmacro -%}


{#- Nothing else is promoted between what is read and what is written. -#}
{%- macro _begin_promotion(call) -%}
    {%- if not call.is_seed -%}
        {%- call statement('begin_promotion', auto_begin=True) -%}
            {{ baton.lock_until_commit(call.table) or 'select 1 as one' }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro -%}

{#- One more row, or for a seed the line to add. -#}
{%- macro _append_promotion(call, model_version, reason) -%}
    {%- set at = run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    {%- set row = dict(
        model_name=call.model_name,
        alias=call.alias,
        model_version=model_version,
        promoted_at=at,
        promoted_by=call.promoted_by,
        reason=reason,
    ) -%}
    {%- if call.is_seed -%}
        {%- set cells = [] -%}
        {%- for column in adapter.get_columns_in_relation(call.table) -%}
            {%- set text = row.get(column.name | lower, '') -%}
            {%- do cells.append('"%s"' | format(text | replace('"', '""')) if modules.re.search('[",\\s]', text) else text) -%}
        {%- endfor -%}
        {%- do print("Add this line to %s:\n%s" | format(call.seed_path, cells | join(','))) -%}
    {%- else -%}
        {%- call statement('append_promotion', auto_begin=True) -%}
            insert into {{ call.table }} ({{ baton._promotion_columns() | join(', ') }})
            values (
                {{ baton.literal(call.model_name) }},
                {{ baton.literal(call.alias) }},
                {{ baton.literal(model_version) }},
                timestamp '{{ at }}',
                {{ baton.literal(call.promoted_by) }},
                {{ baton.literal(reason) }}
            )
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- do log("%s of %s is %s now: %s" | format(call.alias, call.model_name, model_version, reason), info=true) -%}
    {%- endif -%}
{%- endmacro -%}
