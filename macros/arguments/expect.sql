{#
    Argument checks. Each `expect_*` appends what is wrong to the caller's `problems` list and never raises, so that a
    user sees everything at once; `raise_problems` of messages.sql ends the check. A dbt `Undefined` (a misspelt variable, a missing
    key) counts as missing.
#}

{#-
    Several arguments at once, by a rule for each of the values that follow: in 'entity: names, where: sql?, by: {choice: [time, entity]}'
    the first value goes to `expect_names`, the second to `expect_sql` unless it is none, the third to `expect_choice` with these choices.
    A rule such as `{duration: {allow_zero: false}}` names what its check takes.
-#}
{%- macro expect(problems, rules) -%}
    {%- for name, rule in fromyaml('{%s}' | format(rules)).items() -%}
        {%- do baton._expect_by_rule(problems, name, varargs[loop.index0], rule) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The same for the entries that a mapping has; `argument` is none for the arguments of a call. -#}
{%- macro expect_entries(problems, argument, mapping, rules) -%}
    {%- for name, rule in fromyaml('{%s}' | format(rules)).items() if name in mapping -%}
        {%- do baton._expect_by_rule(problems, '%s.%s' | format(argument, name) if argument else name, mapping[name], rule) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Each check is called by its name, since a generic test has only macros that dbt finds so. -#}
{%- macro _expect_by_rule(problems, argument, value, rule) -%}
    {%- set check, option = (rule, {}) if rule is string else rule.items() | first -%}
    {%- if value is none and check.endswith('?') -%}
        {{ return('') }}
    {%- endif -%}
    {%- set check = check.rstrip('?') -%}
    {%- if check == 'relation' -%}
        {%- do baton.expect_relation(problems, argument, value) -%}
    {%- elif check == 'name' -%}
        {%- do baton.expect_name(problems, argument, value) -%}
    {%- elif check == 'names' -%}
        {%- do baton.expect_names(problems, argument, value, **option) -%}
    {%- elif check == 'choice' -%}
        {%- do baton.expect_choice(problems, argument, value, option) -%}
    {%- elif check == 'list' -%}
        {%- do baton.expect_list(problems, argument, value, option) -%}
    {%- elif check == 'boolean' -%}
        {%- do baton.expect_boolean(problems, argument, value) -%}
    {%- elif check == 'text' -%}
        {%- do baton.expect_text(problems, argument, value) -%}
    {%- elif check == 'duration' -%}
        {%- do baton.expect_duration(problems, argument, value, **option) -%}
    {%- elif check == 'moment' -%}
        {%- do baton.expect_moment(problems, argument, value) -%}
    {%- else -%}
        {%- do baton.expect_sql(problems, argument, value) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_relation(problems, argument, value) -%}
    {%- if not baton.is_relation(value) -%}
        {%- do problems.append("%s is %s, expected ref(...), source(...) or the name of a CTE" | format(argument, baton._repr(value))) -%}
    {%- elif value is string and baton._is_forgotten_ref(value) -%}
        {%- do problems.append("%s is %s, a text; write ref('%s'), or source(...) for a source" | format(argument, baton._repr(value), value)) -%}
    {%- elif baton.is_missing(value) -%}
        {%- do problems.append("%s is %s, which is not in the warehouse" | format(argument, value)) -%}
    {%- endif -%}
{%- endmacro -%}

{#-
    Whether a text stands where ref belongs, so that dbt would not know that the one model needs the other: in the arguments of a generic
    test, and where it names a node that the model does not depend on and no CTE that it writes.
-#}
{%- macro _is_forgotten_ref(name) -%}
    {%- if model is not defined or graph is not defined -%}
        {{ return(false) }}
    {%- elif model.resource_type == 'test' and model.get('test_metadata') -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set cte = '(?i)\\b%s\\b["`]?\\s*([(][^)]*[)]\\s*)?as\\s*((not\\s+)?materialized\\s*)?[(]' | format(modules.re.escape(name)) -%}
    {%- for node in graph.nodes.values() if node.name == name and node.resource_type in ['model', 'seed', 'snapshot'] -%}
        {{ return(
            node.unique_id not in model.depends_on.nodes + [model.unique_id] and not modules.re.search(cte, model.raw_code)
        ) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro -%}

{%- macro expect_name(problems, argument, value) -%}
    {%- if baton.names_in(value) != [value] -%}
        {%- do problems.append("%s is %s, expected the name of a column" | format(argument, baton._repr(value))) -%}
    {%- endif -%}
{%- endmacro -%}

{#- One name or a list of different names; `allow_empty` for a list that may hold none. -#}
{%- macro expect_names(problems, argument, value, allow_empty=false) -%}
    {%- set is_list = baton.is_list(value) -%}
    {%- if not is_list and baton.names_in(value) != [value] -%}
        {%- do problems.append("%s is %s, expected the name of a column or a list of names" | format(argument, baton._repr(value))) -%}
    {%- elif not value and not allow_empty -%}
        {%- do problems.append("%s is empty, expected the name of a column or a list of names" | format(argument)) -%}
    {%- elif is_list -%}
        {%- for name in value if baton.names_in(name) != [name] -%}
            {%- do problems.append("%s contains %s, expected the name of a column" | format(argument, baton._repr(name))) -%}
        {%- endfor -%}
        {%- do baton.expect_different(problems, argument, value) -%}
    {%- endif -%}
{%- endmacro -%}

{#- No two of the names are one column. -#}
{%- macro expect_different(problems, argument, names) -%}
    {%- set names = baton.names_in(names) -%}
    {%- set columns = [] -%}
    {%- for name in names -%}{%- do columns.append(baton.comparison_name(baton.unquoted(name))) -%}{%- endfor -%}
    {%- for name in names -%}
        {%- set column = columns[loop.index0] -%}
        {%- if columns.count(column) > 1 and columns.index(column) == loop.index0 -%}
            {%- do problems.append("%s names %s %s times" | format(argument, baton._repr(name), columns.count(column))) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro expect_list(problems, argument, value, of='entries') -%}
    {%- if not baton.is_list(value) -%}
        {%- do problems.append("%s is %s, expected a list of %s" | format(argument, baton._repr(value), of)) -%}
    {%- elif not value -%}
        {%- do problems.append("%s is empty, expected a list of %s" | format(argument, of)) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_choice(problems, argument, value, choices) -%}
    {%- if value not in choices -%}
        {%- do problems.append("%s is %s, expected one of %s" | format(argument, baton._repr(value), choices | join(", "))) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_boolean(problems, argument, value) -%}
    {%- if value is not boolean -%}
        {%- do problems.append("%s is %s, expected true or false" | format(argument, baton._repr(value))) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_whole_number(problems, argument, value, least=1, most=1000000) -%}
    {%- if value is not integer or value < least or value > most -%}
        {%- set range = "%s to %s" | format(least, most) if value is integer and value > most else least -%}
        {%- do problems.append("%s is %s, expected a whole number from %s" | format(argument, baton._repr(value), range)) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A text that names something, such as a split or an experiment. -#}
{%- macro expect_text(problems, argument, value) -%}
    {%- if value is not string or value | trim == '' -%}
        {%- do problems.append("%s is %s, expected a text" | format(argument, baton._repr(value))) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_duration(problems, argument, value, allow_lifetime=false, allow_zero=true) -%}
    {%- if baton.duration_seconds(value) == 0 and not allow_zero -%}
        {%- do problems.append("%s is %s, expected a duration longer than zero" | format(argument, baton._repr(value))) -%}
    {%- elif not (allow_lifetime and value is string and value == 'lifetime') and baton.duration_seconds(value) is none -%}
        {%- set expected = "a duration such as '15min', '12h', '30d' or '4w'" -%}
        {%- set expected = "%s or 'lifetime'" | format(expected) if allow_lifetime else expected -%}
        {%- do problems.append("%s is %s, expected %s" | format(argument, baton._repr(value), expected)) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A date, a timestamp, or an expression that gives one. -#}
{%- macro expect_moment(problems, argument, value) -%}
    {%- set text = value | string | trim if value is defined and value is not none else '' -%}
    {%- set faults = [] -%}
    {%- if value is number or value is mapping or baton.is_list(value) or text == '' -%}
        {%- do faults.append('') -%}
    {%- elif modules.re.match('[0-9]', text) -%}
        {%- if not baton.is_moment(text) -%}{%- do faults.append('') -%}{%- endif -%}
    {%- else -%}
        {%- do faults.extend(baton.read_sql(text).faults) -%}
    {%- endif -%}
    {%- if faults -%}
        {%- set reason = ", but %s" | format(faults | join(" and ")) if faults[0] else "" -%}
        {%- do problems.append(
            "%s is %s, expected a date or timestamp such as '2024-01-31', or an expression%s"
            | format(argument, baton._repr(value), reason)
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A condition or an expression in SQL that can be put beside others: see `user_sql`. -#}
{%- macro expect_sql(problems, argument, value, of='condition') -%}
    {%- set faults = baton.read_sql(value).faults if value is string else [] -%}
    {%- if value is not string or faults -%}
        {%- set reason = ", but %s" | format(faults | join(" and ")) if faults and value | trim else "" -%}
        {%- do problems.append("%s is %s, expected a SQL %s%s" | format(argument, baton._repr(value), of, reason)) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_keys(problems, argument, value, required=[], optional=[]) -%}
    {%- if not baton.is_mapping(value) -%}
        {%- do problems.append("%s is %s, expected a mapping with %s" | format(argument, baton._repr(value), (required + optional) | join(", "))) -%}
    {%- else -%}
        {%- for key in required if key not in value -%}
            {%- do problems.append("%s has no '%s'" | format(argument, key)) -%}
        {%- endfor -%}
        {%- for key in value if key not in required + optional -%}
            {%- do problems.append("%s has an unknown key '%s', expected one of %s" | format(argument, key, (required + optional) | join(", "))) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#-
    The relation has these columns, where that can be known: those of a CTE, or of a relation that is not built yet, cannot.
    `names` are names, lists of them and whatever else the user gave; other checks tell what is no name. So columns are checked
    together with all else, and the error names all that is wrong. Gives what `columns_of` knows, since each call of that is a query.
-#}
{%- macro expect_columns(problems, argument, relation, names) -%}
    {%- set known = baton.columns_of(relation) -%}
    {%- do baton.expect_known_columns(problems, argument, known, names) -%}
    {{ return(known) }}
{%- endmacro -%}

{#- The same for a caller that has asked for the columns already. -#}
{%- macro expect_known_columns(problems, argument, known, names) -%}
    {%- set missing = [] -%}
    {%- set found = (known or []) | map(attribute='name') | map('lower') | list -%}
    {%- for name in baton.names_in(names) if known and baton.unquoted(name) | lower not in found and name not in missing -%}
        {%- do missing.append(name) -%}
    {%- endfor -%}
    {#- a few are slips, each a problem; many are one, the wrong relation -#}
    {%- for names in ([missing] if missing | length > 3 else missing | batch(1)) if missing -%}
        {%- set quoted = [] -%}
        {%- for name in names -%}{%- do quoted.append(baton._repr(name)) -%}{%- endfor -%}
        {%- do problems.append("%s has no %s %s, it has %s" | format(
            argument, "columns" if names | length > 1 else "column", quoted | join(", "),
            baton.nearest_names(names, known | map(attribute='name') | list)
        )) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- What is known of a relation's columns has none of those that the macro adds. -#}
{%- macro expect_no_columns(problems, argument, known, names) -%}
    {%- for name in baton.names_in(names) if known and baton.find_column(known, name) -%}
        {%- do problems.append("%s already has a column '%s', which the macro adds: leave it out or rename it" | format(argument, name)) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- An option that baton plans and this version does not have. -#}
{%- macro expect_supported(problems, argument, is_supported) -%}
    {%- if not is_supported -%}
        {%- do problems.append("%s is not supported in this version of baton" | format(argument)) -%}
    {%- endif -%}
{%- endmacro -%}
