{#
    What an aggregate of windowed_features may say, how its features are named, and what each function is made from.

    column   whether the function needs one
    reads    what it takes from the column, see `finite_value`, or a 'double'
    by       how it is found: 'sum' from running totals at a window's two ends, 'spread' from those of values and squares,
             'time' from the nearest event in time, 'slide' by a frame that moves over the events, 'category' from how often a
             value stands in the window, 'mode' from the stretches in which it stands there equally often
#}
{%- macro _aggregate_functions() -%}
    {{ return(fromyaml("
        count: {column: false, reads: value, by: sum}
        sum: {column: true, reads: number, by: sum}
        avg: {column: true, reads: number, by: sum}
        variance: {column: true, reads: double, by: spread}
        stddev: {column: true, reads: double, by: spread}
        recency: {column: false, reads: value, by: time}
        tenure: {column: false, reads: value, by: time}
        first: {column: true, reads: value, by: time}
        last: {column: true, reads: value, by: time}
        min: {column: true, reads: order, by: slide}
        max: {column: true, reads: order, by: slide}
        median: {column: true, reads: double, by: slide}
        count_distinct: {column: true, reads: value, by: category}
        entropy: {column: true, reads: value, by: category}
        mode: {column: true, reads: value, by: mode}
    ")) }}
{%- endmacro -%}


{%- macro _expect_aggregate(problems, argument, aggregate, functions) -%}
    {%- do baton.expect_keys(
        problems, argument, aggregate, required=['function'], optional='column name windows where empty'.split()
    ) -%}
    {%- if baton.is_mapping(aggregate) -%}
        {%- if 'function' in aggregate -%}
            {%- do baton.expect_choice(problems, argument ~ '.function', aggregate.function, functions | list) -%}
        {%- endif -%}
        {%- do baton.expect_entries(problems, argument, aggregate, 'where: sql, column: name, name: name') -%}
        {%- if 'windows' in aggregate and aggregate.windows is not string -%}
            {%- do baton.expect_list(problems, argument ~ '.windows', aggregate.windows, of='durations') -%}
        {%- endif -%}
        {%- for window in baton._aggregate_windows(aggregate) -%}
            {%- set place = '%s.windows[%s]' | format(argument, loop.index0) -%}
            {%- do baton.expect_duration(problems, place, window, allow_lifetime=true, allow_zero=false) -%}
        {%- endfor -%}
        {%- do baton.expect_entries(problems, argument, aggregate, "empty: {choice: [zero, 'null']}") -%}
        {%- if aggregate.get('function') is string and functions.get(aggregate.function, {}).get('column') and not aggregate.get('column') -%}
            {%- do problems.append("%s has no 'column', which %s needs" | format(argument, aggregate.function)) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{%- macro _aggregate_windows(aggregate) -%}
    {%- set windows = aggregate.get('windows', 'lifetime') -%}
    {{ return((windows if baton.is_list(windows) else [windows]) or ['lifetime']) }}
{%- endmacro -%}

{%- macro _feature_name(aggregate, window) -%}
    {%- set default -%}
        {%- if aggregate.get('column') -%} {{ baton.unquoted(aggregate.column | string) }}_ {%- endif -%}
        {{ aggregate.get('function') }}
    {%- endset -%}
    {{- baton.unquoted(aggregate.get('name', default) | string) -}}
    {%- if window != 'lifetime' -%} _{{ window }} {%- endif -%}
{%- endmacro -%}
