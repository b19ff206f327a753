{#
    What dbt's graph knows of where features come from. dbt has no lineage of columns: a node is behind a feature if it has a column of
    that name, or if it is upstream of the node in which the column first appears.
#}

{#-
    The nodes behind the features of these names, found from the relations `features`, or else from what the model reads. Rows of text: `nodes`
    with node_id, unique_id, node (its name), resource_type, path and owner, and `links` with feature, node_id, distance (the steps from where
    the walk began) and is_origin.
-#}
{%- macro _upstream_nodes(names, features) -%}
    {%- set nodes, links, node_ids = [], [], {} -%}
    {%- set distances = baton._ancestors(baton._nodes_of(features) if features is not none else model.depends_on.nodes) if names else {} -%}
    {%- set holders = baton._nodes_with_columns(distances, names) if names else {} -%}
    {%- for name in names -%}
        {%- set behind, origins = [], [] -%}
        {%- for unique_id in distances if unique_id in holders[name] -%}
            {%- do behind.append(unique_id) -%}
            {%- set parents = baton._parents_of(unique_id) -%}
            {%- if parents | select('in', holders[name]) | list == [] -%}
                {%- do origins.append(unique_id) -%}
                {%- do behind.extend(baton._ancestors(parents)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for unique_id in behind | unique if unique_id in distances -%}
            {%- if unique_id not in node_ids -%}
                {%- do node_ids.update({unique_id: node_ids | length + 1}) -%}
                {%- do nodes.append(baton._node_in_words(unique_id, node_ids[unique_id])) -%}
            {%- endif -%}
            {%- do links.append(dict(
                feature=name, node_id=node_ids[unique_id], distance=distances[unique_id], is_origin='1' if unique_id in origins else '0',
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(dict(
        nodes=baton.text_rows('node_id unique_id node resource_type path owner'.split(), nodes) | trim,
        links=baton.text_rows('feature node_id distance is_origin'.split(), links) | trim,
    )) }}
{%- endmacro -%}


{%- macro _node_in_words(unique_id, node_id) -%}
    {%- set is_source = unique_id in graph.sources -%}
    {%- set node = graph.sources[unique_id] if is_source else graph.nodes[unique_id] -%}
    {{ return(dict(
        node_id=node_id,
        unique_id=unique_id,
        node='%s.%s' | format(node.source_name, node.name) if is_source else node.name,
        resource_type=node.resource_type,
        path=node.original_file_path,
        owner=baton._owner_of(node) or baton._owner((node.get('source_meta') or {}).get('owner')),
    )) }}
{%- endmacro -%}

{#- The features that drift or skew is measured of. -#}
{%- macro _features_in(relations) -%}
    {%- set names = [] -%}
    {%- for relation in relations -%}
        {%- for row in run_query('select distinct feature from %s order by feature' | format(relation)).rows -%}
            {%- do names.append(row[0]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names | select | unique(case_sensitive=true) | list) }}
{%- endmacro -%}

{#- The nodes that made these relations. -#}
{%- macro _nodes_of(relations) -%}
    {%- set names = [] -%}
    {%- for relation in baton.as_list(relations) -%}{%- do names.append(relation | string) -%}{%- endfor -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() | list + graph.sources.values() | list if node.get('relation_name') in names -%}
        {%- do found.append(node.unique_id) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}

{#- The nodes and all behind them, the nearest first, with their distances. What a model was trained on is not behind its scores. -#}
{%- macro _ancestors(nodes) -%}
    {%- set distances = {} -%}
    {%- for unique_id in nodes -%}{%- do distances.update({unique_id: 1}) -%}{%- endfor -%}
    {%- set ahead = distances | list -%}
    {#- the list grows while it is walked -#}
    {%- for unique_id in ahead -%}
        {%- for parent in baton._parents_of(unique_id) if parent not in distances -%}
            {%- do distances.update({parent: distances[unique_id] + 1}) -%}
            {%- do ahead.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(distances) }}
{%- endmacro -%}

{%- macro _parents_of(unique_id) -%}
    {%- set node = graph.nodes.get(unique_id) -%}
    {%- set is_trained = node and node.config.materialized == 'ml_model' -%}
    {%- set parents = [] -%}
    {%- for parent in (node.depends_on.nodes if node and not is_trained else []) if parent in graph.nodes or parent in graph.sources -%}
        {%- do parents.append(parent) -%}
    {%- endfor -%}
    {{ return(parents) }}
{%- endmacro -%}

{#- By column, the nodes that have it: those of the warehouse, and an ephemeral one by its yml. -#}
{%- macro _nodes_with_columns(nodes, names) -%}
    {%- set holders, tables = {}, {} -%}
    {%- for name in names -%}{%- do holders.update({name: []}) -%}{%- endfor -%}
    {%- for unique_id in nodes -%}
        {%- set node = graph.nodes.get(unique_id) or graph.sources[unique_id] -%}
        {%- do tables.update({unique_id: api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.get('alias') or node.get('identifier') or node.name
        )}) -%}
    {%- endfor -%}
    {%- set built = baton.tables_with_columns(names, tables.values()) -%}
    {%- for unique_id, table in tables.items() -%}
        {%- set node = graph.nodes.get(unique_id) or graph.sources[unique_id] -%}
        {%- set columns = built.get('%s.%s' | format(table.schema, table.identifier) | lower, []) + node.columns | map('lower') | list -%}
        {%- for name in names if name | lower in columns -%}{%- do holders[name].append(unique_id) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(holders) }}
{%- endmacro -%}


{#- Whose each model is: what its version row says, or else dbt of the node of that name. -#}
{%- macro _health_owners(registry) -%}
    {%- if registry is not none -%}
select
        model_name,
        model_version,
        max(owner) as owner
    from {{ registry }}
    group by model_name, model_version
    {%- else -%}
        {%- set rows = [] -%}
        {%- for unique_id in (baton._ancestors(model.depends_on.nodes) if model is defined else []) -%}
            {%- set node = graph.nodes.get(unique_id) -%}
            {%- set owner = baton._owner_of(node) if node else none -%}
            {%- if owner -%}{%- do rows.append(dict(model_name=node.name, model_version=none, owner=owner)) -%}{%- endif -%}
        {%- endfor -%}
{{ baton.text_rows(['model_name', 'model_version', 'owner'], rows) | trim }}
    {%- endif -%}
{%- endmacro -%}
