{#-
    The views with every default filled in. Appends to `problems` what is wrong with the call, and adds to `made` the helper columns
    that the spine needs. `spine_columns` is what is known of its columns.
-#}
{%- macro _feature_views(problems, spine, spine_columns, entity, feature_views, as_of, known_at, made) -%}
    {%- do baton.expect(
        problems, 'spine: relation, entity: names, as_of: name, feature_views: {list: mappings}, known_at: moment?',
        spine, entity, as_of, feature_views, known_at
    ) -%}
    {%- do baton.expect_known_columns(problems, 'spine', spine_columns, [entity, as_of]) -%}

    {%- set entity = baton.names_in(entity) -%}
    {%- set added = ((spine_columns | map(attribute='name') | list) if spine_columns else baton.names_in([entity, as_of])) | map('lower') | list -%}
    {%- set views = [] -%}
    {%- set given = feature_views if baton.is_list(feature_views) else [] -%}
    {%- set has_strict = given | select('mapping') | selectattr('allow_exact_matches', 'sameas', false) | list -%}
    {%- for view in given -%}
        {%- set argument = 'feature_views[' ~ loop.index0 ~ ']' -%}
        {%- set known = baton._expect_feature_view(problems, argument, view, entity, known_at) -%}
        {%- if not problems -%}
            {%- set moment = baton.utc_beside(made, as_of, spine_columns, 'spine', up=not has_strict) -%}
            {%- set planned = baton._feature_view(view, known, entity, moment, known_at, views | map(attribute='name') | list) -%}
            {%- for name in planned.added -%}
                {%- if name | lower in added -%}
                    {%- do problems.append("%s would add the column '%s' a second time, give the view a 'prefix'" | format(argument, name)) -%}
                {%- endif -%}
                {%- do added.append(name | lower) -%}
            {%- endfor -%}
            {%- do views.append(planned) -%}
        {%- endif -%}
    {%- endfor -%}

    {{ return(views) }}
{%- endmacro -%}


{#- Gives what is known of the columns of the view's relation. -#}
{%- macro _expect_feature_view(problems, argument, view, entity, known_at) -%}
    {%- do baton.expect_keys(
        problems, argument, view,
        required='relation event_time features'.split(),
        optional='entity ttl valid_to created_at tie_breaker prefix allow_exact_matches'.split()
    ) -%}
    {%- if baton.is_mapping(view) -%}
        {%- do baton.expect_entries(
            problems, argument, view, 'relation: relation, event_time: name, features: names, valid_to: name?, created_at: name?'
        ) -%}
        {%- for name in baton.names_in(view.get('features')) if name.startswith('baton_') -%}
            {%- do problems.append("%s.features names '%s'; names that begin with baton_ are baton's own" | format(argument, name)) -%}
        {%- endfor -%}
        {%- do baton.expect_entries(
            problems, argument, view, 'tie_breaker: {names: {allow_empty: true}}, allow_exact_matches: boolean, ttl: duration?'
        ) -%}
        {%- do baton.expect_matching_keys(problems, argument ~ '.entity', entity, view.get('entity')) -%}
        {%- if known_at is not none and view.get('created_at') is none -%}
            {%- do problems.append("%s has no 'created_at', which known_at needs" | format(argument)) -%}
        {%- endif -%}
        {%- if view.get('prefix') is not none and (view.prefix is not string or baton.has_line_break(view.prefix)) -%}
            {%- do problems.append("%s.prefix is %s, expected a text" | format(argument, baton._repr(view.prefix))) -%}
        {%- endif -%}
        {{ return(baton.expect_columns(problems, argument ~ '.relation', view.get('relation'), [
            baton.matched_keys(entity, view.get('entity')) | map(attribute='lookup') | list, view.get('event_time'), view.get('features'),
            view.get('valid_to'), view.get('created_at'), view.get('tie_breaker')
        ])) }}
    {%- endif -%}
{%- endmacro -%}


{#- One view with finished values for the template, which reads them as `view.name` and so on; `known` is what is known of its columns. -#}
{%- macro _feature_view(view, known, entity, as_of, known_at, taken) -%}
    {%- set prefix = view.get('prefix') or '' -%}
    {%- set name = prefix.strip('_') or baton.relation_name(view.relation) -%}
    {%- set cte = baton.cte_name('view_' ~ name, taken) -%}
    {%- set made = {} -%}
    {%- set strict = not view.get('allow_exact_matches', true) -%}
    {%- set event_time = baton.utc_made(made, view.event_time, known, 'history') -%}
    {%- set from_time = baton.utc_made(made, view.event_time, known, 'history', up=not strict) -%}
    {%- set created_at = baton.utc_made(made, view.created_at, known, 'history', up=true) if view.get('created_at') else none -%}
    {%- set valid_to = baton.utc_made(made, view.valid_to, known, 'history', up=not strict) if view.get('valid_to') is not none else none -%}
    {%- set own_time = 'history.' ~ baton.identifier(view.event_time) -%}
    {%- set features = baton.identifiers(baton.as_list(view.features)) -%}

    {%- set join_keys, lookup_names = [], [] -%}
    {%- for key in baton.matched_keys(entity, view.get('entity')) -%}
        {%- do join_keys.append(dict(spine=baton.identifier(key.spine), lookup=baton.identifier(key.lookup))) -%}
        {%- do lookup_names.append(baton.unquoted(key.lookup)) -%}
    {%- endfor -%}
    {%- set key_columns = join_keys | map(attribute='lookup') | list -%}

    {%- set columns, added = [], [] -%}
    {%- for feature in baton.as_list(view.features) -%}
        {%- do added.append(baton.stored_name(prefix ~ baton.unquoted(feature))) -%}
        {%- do columns.append(dict(name=baton.identifier(feature), alias=baton.identifier(added[-1]))) -%}
    {%- endfor -%}
    {%- do added.append(baton.stored_name(name ~ '_feature_time')) -%}
    {%- do columns.append(dict(name='baton_event_time', alias=baton.identifier(added[-1]))) -%}

    {#- when a row counts -#}
    {%- set counts_from -%}
        {%- if not created_at -%} {{ from_time }}
        {%- else -%} greatest({{ baton.add_microsecond(from_time) if strict else from_time }}, {{ created_at }})
        {%- endif -%}
    {%- endset -%}
    {%- set ends = [] -%}
    {%- if view.get('ttl') is not none -%}
        {%- do ends.append(baton.add_seconds(event_time, baton.duration_seconds(view.ttl))) -%}
    {%- endif -%}
    {%- if valid_to -%}
        {%- set last_moment = valid_to if strict else baton.just_before(valid_to) -%}
        {%- set end -%} coalesce({{ last_moment }}, {{ baton.end_of_time() }}) {%- endset -%}
        {%- do ends.append(end) -%}
    {%- endif -%}
    {%- set times = baton.identifiers([view.event_time] + baton.as_list(view.get('created_at'))) -%}
    {%- set counts_if = baton._not_null(baton.qualified(times, 'history')) -%}
    {%- if known_at is not none -%}{%- do counts_if.append('%s <= %s' | format(created_at, baton.moment(known_at))) -%}{%- endif -%}

    {#- of rows at one time the newest one comes first, then the last received one -#}
    {%- set tie_order = [event_time ~ ' desc'] if created_at else [] -%}
    {%- if baton.is_finer(view.event_time, known) -%}{%- do tie_order.append(own_time ~ ' desc') -%}{%- endif -%}
    {%- if view.get('created_at') -%}{%- do tie_order.append('history.%s desc' | format(baton.identifier(view.created_at))) -%}{%- endif -%}
    {%- for column in baton.qualified(baton.identifiers(baton.as_list(view.get('tie_breaker'))), 'history') -%}
        {%- do tie_order.append(column ~ ' desc nulls last') -%}
    {%- endfor -%}
    {%- set told_apart = features + ([baton.identifier(view.valid_to)] if valid_to else []) -%}
    {%- do tie_order.extend(baton.greatest_first(told_apart | unique | list, known)) -%}

    {#- an index does not help to find a time that is cast first -#}
    {%- set may_be_indexed = not created_at and event_time == own_time -%}
    {{ return(dict(
        name=cte,
        times='times_of_' ~ cte[5:],
        feature_time='baton_feature_time_of_' ~ cte[5:],
        joined='with_features',
        relation=baton.of_all_times(view.relation),
        made=made,
        as_of=as_of,
        event_time=event_time,
        from_time=from_time,
        created_at=created_at,
        counts_from=counts_from,
        counts_if=counts_if,
        counts_until='least(' ~ ends | join(', ') ~ ')' if ends | length > 1 else ends | join,
        ends_before_valid_to=valid_to is not none and not strict,
        probed='baton_known_from' if created_at or from_time != event_time else 'baton_event_time',
        strict=strict and not created_at,
        is_indexed=may_be_indexed and baton.has_index(view.relation, lookup_names, baton.unquoted(view.event_time)),
        join_keys=join_keys,
        key_columns=key_columns,
        payload=features | reject('in', key_columns) | list,
        tie_order=tie_order,
        columns=columns,
        added=added,
    )) }}
{%- endmacro -%}
