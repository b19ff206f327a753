{#
    The models whose meta.baton names an entity, as rows of text by the names in `_model_columns`, with two lists of rows:
    `documented`, the columns in the yml, and `key_columns`, the entity and the event time.
#}
{%- macro _feature_models() -%}
    {%- set problems = [] -%}
    {%- set models = {} -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type == 'model' -%}
        {%- set meta = baton._meta_of(node).get('baton', {}) -%}
        {%- if meta is not mapping -%}
            {%- do problems.append("%s: meta.baton is %s, expected a mapping such as {'entity': 'customer_id'}" | format(node.name, baton._repr(meta))) -%}
        {%- elif 'entity' in meta -%}
            {%- do baton._expect_feature_model(problems, node, meta) -%}
            {%- do models.update({node.unique_id: node}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do baton.raise_problems('feature_catalogue', problems) -%}

    {%- set consumers = baton._consumers(models) -%}
    {%- set rows = [] -%}
    {%- for node in models.values() -%}
        {%- do rows.append(baton._feature_model(node, consumers[node.unique_id])) -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro -%}


{%- macro _feature_model(node, consumers) -%}
    {%- set meta = baton._meta_of(node) -%}
    {%- set group = baton._group_of(node) -%}
    {#- a group's owner comes first: dbt checks that it is there, and shows it in its docs, while nobody checks a meta -#}
    {%- set owner = group.owner if group else {} -%}
    {%- set entity = baton.as_list(meta.baton.entity) -%}
    {%- set tags = baton.as_list(node.tags) -%}

    {%- set documented = [] -%}
    {%- for column in node.columns.values() -%}
        {%- do documented.append(dict(
            model_unique_id=node.unique_id,
            feature=column.name,
            data_type=column.data_type,
            description=column.description,
            tags=baton._listed(tags + baton.as_list(column.tags) + baton.as_list((column.config or {}).get('tags'))),
            is_feature=baton._meta_of(column).get('baton', {}).get('feature', '') | string | lower,
        )) -%}
    {%- endfor -%}

    {%- set key_columns = [] -%}
    {%- for name in (entity + baton.as_list(node.config.get('event_time'))) | map('lower') | unique -%}
        {%- do key_columns.append(dict(model_unique_id=node.unique_id, feature=baton.unquoted(name))) -%}
    {%- endfor -%}

    {%- set has_relation = node.config.materialized != 'ephemeral' -%}
    {{ return(dict(
        model=node.name,
        model_version=node.version,
        model_unique_id=node.unique_id,
        model_description=node.description,
        entity=entity | join(', '),
        owner=baton._owner_of(node),
        owner_email=baton._listed(owner.get('email')),
        group_name=group.name if group else none,
        tags=baton._listed(tags),
        package=node.package_name,
        path=node.original_file_path,
        materialized=node.config.materialized,
        database_name=node.database if has_relation else none,
        schema_name=node.schema if has_relation else none,
        relation_name=node.alias if has_relation else none,
        upstream_sources=baton._listed(baton._upstream_sources(node)),
        consumed_by=baton._listed(consumers.models),
        exposures=baton._listed(consumers.exposures),
        documented=documented,
        key_columns=key_columns,
    )) }}
{%- endmacro -%}


{#- Checks the model's meta. The entity's columns are in the yml or in the relation, which is not known before it is built. -#}
{%- macro _expect_feature_model(problems, node, meta) -%}
    {%- set own_problems = [] -%}
    {%- do baton.expect_names(own_problems, "%s: meta.baton.entity" | format(node.name), meta.entity) -%}
    {%- do problems.extend(own_problems) -%}
    {%- if not own_problems -%}
        {%- set known = node.columns.values() | map(attribute='name') | map('lower') | list -%}
        {%- set missing = [] -%}
        {%- for name in baton.as_list(meta.entity) if baton.unquoted(name) | lower not in known -%}{%- do missing.append(name) -%}{%- endfor -%}
        {%- if missing and node.config.materialized != 'ephemeral' -%}
            {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- do baton.expect_columns(
                problems, "%s: meta.baton.entity is %s, but the model" | format(node.name, baton._repr(meta.entity)), relation, missing
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- for column in node.columns.values() -%}
        {%- set column_meta = baton._meta_of(column).get('baton', {}) -%}
        {%- set argument = "%s.%s: meta.baton" | format(node.name, column.name) -%}
        {%- if column_meta is not mapping -%}
            {%- do problems.append("%s is %s, expected a mapping such as {'feature': false}" | format(argument, baton._repr(column_meta))) -%}
        {%- elif 'feature' in column_meta -%}
            {%- do baton.expect_boolean(problems, "%s.feature" | format(argument), column_meta.feature) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#- By feature model, the names of the models and exposures that read it. -#}
{%- macro _consumers(models) -%}
    {%- set consumers = {} -%}
    {%- for unique_id in models -%}
        {%- do consumers.update({unique_id: dict(models=[], exposures=[])}) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- for parent in node.depends_on.nodes if parent in consumers -%}
            {%- do consumers[parent].models.append(node.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for exposure in graph.exposures.values() -%}
        {%- for parent in exposure.depends_on.nodes if parent in consumers -%}
            {%- do consumers[parent].exposures.append(exposure.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(consumers) }}
{%- endmacro -%}


{#- 'source.table' of every source that the node reads, through however many models. -#}
{%- macro _upstream_sources(node) -%}
    {%- set seen = {} -%}
    {%- set sources = [] -%}
    {%- set ahead = node.depends_on.nodes | list -%}
    {#- the list grows while it is walked -#}
    {%- for unique_id in ahead -%}
        {%- if unique_id not in seen -%}
            {%- do seen.update({unique_id: true}) -%}
            {%- if unique_id in graph.sources -%}
                {%- set source = graph.sources[unique_id] -%}
                {%- do sources.append('%s.%s' | format(source.source_name, source.name)) -%}
            {%- elif unique_id in graph.nodes -%}
                {%- do ahead.extend(graph.nodes[unique_id].depends_on.get('nodes', [])) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(sources) }}
{%- endmacro -%}
