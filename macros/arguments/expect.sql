{#
    Argument checks. Each `expect_*` appends what is wrong to the caller's `problems` list and never raises, so that a
    user sees everything at once; `raise_problems` ends the check. A dbt `Undefined` (a misspelt variable, a missing
    key) counts as missing.
#}

{%- macro expect_relation(problems, argument, value) -%}
    {%- if value is undefined or value is none or not (value is string or value.identifier) or value | string | trim == '' -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected ref(...), source(...) or the name of a CTE") -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_name(problems, argument, value) -%}
    {%- if value is not string or value | trim == '' -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected the name of a column") -%}
    {%- endif -%}
{%- endmacro -%}

{#- One name or a list of different names; `allow_empty` for a list that may hold none. -#}
{%- macro expect_names(problems, argument, value, allow_empty=false) -%}
    {%- set names = baton.as_list(value) -%}
    {%- if value is undefined or value is none or value is mapping or value is number -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected the name of a column or a list of names") -%}
    {%- elif not names and not allow_empty -%}
        {%- do problems.append(argument ~ " is empty, expected the name of a column or a list of names") -%}
    {%- else -%}
        {%- for name in names if name is not string or name | trim == '' -%}
            {%- do problems.append(argument ~ " holds " ~ baton._shown(name) ~ ", expected the name of a column") -%}
        {%- endfor -%}
        {%- for name in names | unique if names.count(name) > 1 -%}
            {%- do problems.append(argument ~ " names " ~ baton._shown(name) ~ " " ~ names.count(name) ~ " times") -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_list(problems, argument, value, of='entries') -%}
    {%- if value is undefined or value is none or value is string or value is mapping or value is not iterable -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected a list of " ~ of) -%}
    {%- elif not value -%}
        {%- do problems.append(argument ~ " is empty, expected a list of " ~ of) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_choice(problems, argument, value, choices) -%}
    {%- if value not in choices -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected one of " ~ choices | join(", ")) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_boolean(problems, argument, value) -%}
    {%- if value is not boolean -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected true or false") -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_duration(problems, argument, value, allow_lifetime=false) -%}
    {%- if not (allow_lifetime and value == 'lifetime') and baton.duration_seconds(value) is none -%}
        {%- do problems.append(
            argument ~ " is " ~ baton._shown(value) ~ ", expected a duration such as '15min', '12h', '30d' or '4w'"
            ~ (" or 'lifetime'" if allow_lifetime else "")
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A date, a timestamp, or an expression that gives one. -#}
{%- macro expect_moment(problems, argument, value) -%}
    {%- if value is undefined or value is none or value is number or value is mapping or value | string | trim == ''
        or (modules.re.match('^[0-9]', value | string | trim) and not baton.written_moment(value)) -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected a moment such as '2024-01-31' or an expression that gives one") -%}
    {%- endif -%}
{%- endmacro -%}

{#- A condition or an expression in SQL that can be put beside others: see `user_sql`. -#}
{%- macro expect_sql(problems, argument, value, of='condition') -%}
    {%- set faults = baton.read_sql(value).faults if value is string else [] -%}
    {%- if value is not string or faults -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected a SQL " ~ of ~ (", but " ~ faults | join(" and ") if faults and value | trim)) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro expect_keys(problems, argument, value, required=[], optional=[]) -%}
    {%- if value is not mapping -%}
        {%- do problems.append(argument ~ " is " ~ baton._shown(value) ~ ", expected a mapping with " ~ (required + optional) | join(", ")) -%}
    {%- else -%}
        {%- for key in required if key not in value -%}
            {%- do problems.append(argument ~ " has no '" ~ key ~ "'") -%}
        {%- endfor -%}
        {%- for key in value if key not in required + optional -%}
            {%- do problems.append(argument ~ " has an unknown key '" ~ key ~ "', expected one of " ~ (required + optional) | join(", ")) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- The named columns stand in the relation, where that can be known: a CTE's columns, or those of a relation that is not built yet, can not. -#}
{%- macro expect_columns(problems, argument, relation, names) -%}
    {%- set known = baton.columns_of(relation) -%}
    {%- if known -%}
        {%- for name in names if name is string and not baton.find_column(known, name) -%}
            {%- do problems.append(
                argument ~ " has no column " ~ baton._shown(name) ~ ", it has " ~ known | map(attribute='name') | join(", ")
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{#- The relation has none of the columns that the macro adds, where that can be known. -#}
{%- macro expect_no_columns(problems, argument, relation, names) -%}
    {%- set known = baton.columns_of(relation) or [] -%}
    {%- for name in names if baton.find_column(known, name) -%}
        {%- do problems.append(argument ~ " has a column '" ~ name ~ "' already, which the result adds: leave it out or rename it") -%}
    {%- endfor -%}
{%- endmacro -%}

{#- An option of the contract that this version does not have. -#}
{%- macro expect_built(problems, argument, built) -%}
    {%- if not built -%}
        {%- do problems.append(argument ~ " is not built yet") -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro raise_problems(macro_name, problems) -%}
    {%- if problems -%}
        {%- set numbered = [] -%}
        {%- for problem in problems -%}{%- do numbered.append("(" ~ loop.index ~ ") " ~ problem) -%}{%- endfor -%}
        {%- do exceptions.raise_compiler_error(
            "baton." ~ macro_name ~ ": " ~ problems | length ~ (" problems" if problems | length > 1 else " problem")
            ~ (" in " ~ ("test" if model.resource_type == 'test' else "model") ~ " '" ~ model.name ~ "'" if model is defined and model.name else "") ~ ": " ~ numbered | join("; ")
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{#- A value as an error message shows it. -#}
{%- macro _shown(value) -%}
    {%- if value is undefined or value is none -%}
        {{ return('missing') }}
    {%- elif value is string or value is number or value is boolean -%}
        {{ return(value | tojson) }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro -%}
