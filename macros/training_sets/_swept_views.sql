{#-
    On Spark one sweep in the order of time finds all views, next to each other, that have the same keys: the row of a view with the
    greatest `order_of` so far, which begins with its time and goes on with what decides between ties. So nothing is joined, each
    row moves once, and a key with most of the rows is sorted and read like any other.
-#}
{%- macro spark___joined_views(rows, views, made) -%}
    {%- set sweeps = [] -%}
    {%- for view in views -%}
        {%- set keys = view.join_keys | map(attribute='spine') | list -%}
        {%- if not sweeps or sweeps[-1]['keys'] != keys -%}
            {%- do sweeps.append(dict(keys=keys, views=[], rows=sweeps[-1].name if sweeps else rows)) -%}
        {%- endif -%}
        {%- do sweeps[-1].update(name=view.joined ~ ('_%s' | format(sweeps | length))) -%}
        {%- do sweeps[-1].views.append(view) -%}
    {%- endfor -%}
    {%- do sweeps[-1].update(name=views[-1].joined) -%}
{%- for sweep in sweeps -%}
-- each row with the newest row of every view at its time
{{ sweep.name }} as (

    {{ baton._swept_views(sweep.rows, sweep['keys'], sweep.views) | indent }}

){{ ',
\n' if not loop.last }}
{%- endfor -%}
{%- endmacro -%}


{%- macro _swept_views(rows, keys, views) -%}
    {%- set numbered, totals, columns = [], {}, ['spine.*'] -%}
    {%- for key in keys -%}{%- do numbered.append('key_%s' | format(loop.index)) -%}{%- endfor -%}
    {%- set spine = dict(side=1, spine='struct(spine.*)') -%}
    {%- set sides = [dict(rows=rows ~ ' as spine', keys=baton.qualified(keys, 'spine'), time=views[0].as_of, columns=spine)] -%}
    {%- for view in views -%}
        {%- set order, row = 'order_of_%s' | format(view.name), 'row_of_%s' | format(view.name) -%}
        {%- do spine.update({order: 'null', row: 'null'}) -%}
        {%- set history -%}
{{ baton.aliased(view.relation, 'history', view.made) }}
where
    {{ baton.none_is_null(baton.qualified(view.key_columns, 'history')) | indent }}
    and {{ view.counts_if | join('\n    and ') }}
        {%- endset -%}
        {%- do sides.append(dict(
            rows=history, keys=baton.qualified(view.key_columns, 'history'), time=view.counts_from,
            columns={'side': 2 if view.strict else 0, order: baton._view_order(view), row: baton._view_row(view)},
        )) -%}
        {%- do totals.update({'max_by(%s, %s) over so_far' | format(row, order): view.name}) -%}
        {%- for column in view.columns -%}
            {%- set found = '%s.%s' | format(view.name, column.name) -%}
            {%- if view.counts_until -%}
                {%- set found = 'case when %s <= %s.baton_valid_until then %s end' | format(view.as_of, view.name, found) -%}
            {%- endif -%}
            {%- do columns.append(baton.named(found, column.alias)) -%}
        {%- endfor -%}
    {%- endfor -%}
{{ baton.time_sweep(numbered, sides, totals, columns) }}
{%- endmacro -%}


{#- What a row of a view is compared by; NULL comes before any value. -#}
{%- macro _view_order(view) -%}
    {%- set order = [view.event_time, view.counts_from] if view.created_at else [view.event_time] -%}
    {%- for sql in view.tie_order -%}{%- do order.append(modules.re.sub(' desc( nulls last)?$', '', sql)) -%}{%- endfor -%}
struct(
        {{ order | unique | join(',\n        ') }}
    )
{%- endmacro -%}

{#- What is read from it. -#}
{%- macro _view_row(view) -%}
    {%- set columns = dict(baton_event_time=view.event_time) -%}
    {%- if view.counts_until -%}{%- do columns.update(baton_valid_until=view.counts_until) -%}{%- endif -%}
    {%- for column in view.columns -%}{%- do columns.setdefault(column.name, 'history.%s' | format(column.name)) -%}{%- endfor -%}
struct(
        {%- for name, sql in columns.items() %}
        {{ baton.named(sql, name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro -%}
