{#-
    Appends to `problems` what is wrong with a call of `labels`; `wanted` has each label once for each horizon. Gives what is known of the
    columns of the spine and of the events.
-#}
{%- macro _expect_labels_call(problems, given, wanted) -%}
    {%- do baton.expect_entries(problems, none, given, 'spine: relation, events: relation, entity: names') -%}
    {%- do baton.expect_matching_keys(problems, 'events_entity', given.entity, given.events_entity) -%}
    {%- do baton.expect_entries(problems, none, given, 'as_of: name, event_time: name') -%}
    {%- if given.horizon is not none -%}{%- do baton._expect_label_horizon(problems, 'horizon', given.horizon) -%}{%- endif -%}
    {%- do baton.expect_entries(problems, none, given, 'gap: duration, where: sql?') -%}
    {%- set until = given.observed_until -%}
    {%- if baton.is_mapping(until) -%}
        {%- do baton.expect_keys(problems, 'observed_until', until, required=['column']) -%}
        {%- do baton.expect_entries(problems, 'observed_until', until, 'column: name') -%}
    {%- else -%}
        {%- do baton.expect(problems, 'observed_until: moment?', until) -%}
    {%- endif -%}
    {%- do baton.expect_entries(problems, none, given, 'created_at: name?, known_at: moment?') -%}
    {%- if given.known_at is not none and given.created_at is none -%}
        {%- do problems.append("created_at is missing, which known_at needs") -%}
    {%- endif -%}

    {%- if baton.is_mapping(given.label) -%}
        {%- do baton._expect_label(problems, 'label', given.label, given.horizon) -%}
    {%- else -%}
        {%- do baton.expect_list(problems, 'label', given.label, of='mappings') -%}
        {%- for label in (given.label if baton.is_list(given.label) else []) -%}
            {%- do baton._expect_label(problems, 'label[%s]' | format(loop.index0), label, given.horizon) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set is_readable = not problems -%}
    {%- set spine_columns = baton.expect_columns(
        problems, 'spine', given.spine, [given.entity, given.as_of, until.get('column') if baton.is_mapping(until)]
    ) -%}
    {%- set event_keys = baton.matched_keys(given.entity, given.events_entity) | map(attribute='lookup') | list -%}
    {%- set event_columns = baton.expect_columns(
        problems, 'events', given.events, [event_keys, given.event_time, given.created_at, wanted | map(attribute='column') | list]
    ) -%}
    {%- if is_readable -%}
        {#- No two columns that the result adds have the same name, nor has one of the spine. -#}
        {%- set names, added = [], [] -%}
        {%- for label in wanted -%}
            {%- do names.append(baton.unquoted(label.name) | lower) -%}
            {%- do added.append(baton.unquoted(label.name)) -%}
            {%- for what in 'window_start window_end is_mature'.split() + (['is_censored'] if label.censored else []) -%}
                {%- do added.append(baton.unquoted(baton._label_column(label.name, what))) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set several = names if names | unique | list | length < names | length else added | map('lower') | list -%}
        {%- for name in several | unique if several.count(name) > 1 -%}
            {%- do problems.append("%s columns of the result would be called '%s': give one of the labels another 'name'" | format(
                several.count(name), name
            )) -%}
        {%- endfor -%}
        {%- do baton.expect_no_columns(problems, 'spine', spine_columns, added) -%}
        {%- for label in wanted if event_columns and label.function in ('sum', 'avg') and baton.number_kind(event_columns, label.column) == 'other' -%}
            {%- do problems.append("events has no numbers in %s, which %s needs: its type is %s" | format(
                baton._repr(label.column), label.function, baton.find_column(event_columns, label.column).dtype | lower
            )) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return((spine_columns, event_columns)) }}
{%- endmacro -%}


{%- macro _expect_label(problems, argument, label, horizon) -%}
    {%- do baton.expect_keys(
        problems, argument, label, required=['function'], optional='column name horizon gap where censored'.split()
    ) -%}
    {%- if baton.is_mapping(label) -%}
        {%- set function = label.get('function') -%}
        {%- do baton.expect_entries(
            problems, argument, label,
            'function: {choice: [exists, not_exists, count, sum, avg, min, max, first, time_to_event]}, column: name?'
        ) -%}
        {%- if function in 'sum avg min max first'.split() and label.get('column') is none -%}
            {%- do problems.append("%s has no 'column', which %s needs" | format(argument, function)) -%}
        {%- endif -%}
        {%- do baton.expect_entries(problems, argument, label, 'name: name') -%}
        {%- if 'horizon' in label -%}
            {%- do baton._expect_label_horizon(problems, argument ~ '.horizon', label.horizon) -%}
        {%- elif horizon is none -%}
            {%- do problems.append(
                "horizon is missing, expected a duration such as '30d' or a list of them, in the call or in %s" | format(argument)
            ) -%}
        {%- endif -%}
        {%- do baton.expect_entries(problems, argument, label, 'gap: duration, where: sql?, censored: boolean') -%}
        {%- if label.get('censored') and function != 'time_to_event' -%}
            {%- do problems.append("%s.censored is for time_to_event, not for %s" | format(argument, function)) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- A duration or a list of different durations, all longer than zero. -#}
{%- macro _expect_label_horizon(problems, argument, horizon) -%}
    {%- if horizon is not string -%}{%- do baton.expect_list(problems, argument, horizon, of='durations') -%}{%- endif -%}
    {%- set horizons = [horizon] if horizon is string else horizon if baton.is_list(horizon) else [] -%}
    {%- for each in horizons -%}
        {%- set place = argument if horizon is string else "%s[%s]" | format(argument, loop.index0) -%}
        {%- do baton.expect_duration(problems, place, each, allow_zero=false) -%}
    {%- endfor -%}
{%- endmacro -%}
