{#
    The bins of a number: lower <= value < upper, the last one with its upper end. A value's position counts from 0, which is below the
    first bin, to one more than there are bins, which is above the last.
#}

{#-
    The position of a number among cuts that rise: [{'sql': an expression, 'is_upper': whether the cut itself lies before it}, ...].
    The position of NULL is NULL.
-#}
{%- macro _position(number, cuts) -%}
case
    {%- for cut in cuts %}
    when {{ number }} {{ '<=' if cut.is_upper else '<' }} {{ cut.sql }} then {{ loop.index0 }}
    {%- endfor %}
    when {{ number }} {{ '>' if cuts[-1].is_upper else '>=' }} {{ cuts[-1].sql }} then {{ cuts | length }}
end
{%- endmacro -%}

{#- The edges of a feature's bins as an array: the lower ends, then the upper end of the last. -#}
{%- macro _bin_edges(feature) -%}
    {%- if feature.edges == 'quantile' -%}
        {%- set fractions = [] -%}
        {%- for share in range(feature.bins) -%}{%- do fractions.append('%.12f' | format(share / feature.bins + 1e-12)) -%}{%- endfor -%}
{{ baton.discrete_quantiles(feature.name, fractions + [1]) }}
    {%- elif feature.edges == 'uniform' -%}
        {%- set steps = [] -%}
        {%- set width -%} ({{ feature.name }}_highest / {{ feature.bins }} - {{ feature.name }}_lowest / {{ feature.bins }}) {%- endset -%}
        {%- for step in range(1, feature.bins) -%}{%- do steps.append('%s_lowest + %s * %s' | format(feature.name, step, width)) -%}{%- endfor -%}
        {%- set edges = ['%s_lowest' | format(feature.name)] + steps + ['%s_highest' | format(feature.name)] -%}
(
    select {{ baton.array_of('\n        %s\n    ' | format(edges | join(',\n        '))) }}
    from spans
)
    {%- else -%}
        {%- set edges = [] -%}
        {%- for edge in feature.edges -%}{%- do edges.append(baton.number_literal(edge)) -%}{%- endfor -%}
{{ baton.array_of(edges | join(', ')) }}
    {%- endif -%}
{%- endmacro -%}

{#- The cuts that the edges of the bins are, which stand in its column of the one row of `edges`. -#}
{%- macro _edge_cuts(feature) -%}
    {%- set cuts = [] -%}
    {%- for number in range(1, feature.bins + 2) -%}
        {%- do cuts.append({'sql': baton.item('edges.%s' | format(feature.name), number), 'is_upper': number > feature.bins}) -%}
    {%- endfor -%}
    {{ return(cuts) }}
{%- endmacro -%}

{#-
    The cuts that the bins of several baselines are, as literals in rising order, from rows of (lower, upper) texts: all their lower ends
    and the upper end of the last of each baseline. A lower end cuts before itself, an upper end behind.
-#}
{%- macro _number_cuts(ends) -%}
    {%- set sorted = [] -%}
    {%- for end in ends | unique -%}{%- do sorted.append([end[0] | float, end[1]]) -%}{%- endfor -%}
    {%- set cuts = [] -%}
    {%- for number, is_upper in sorted | sort -%}
        {%- set is_infinite = 'inf' in number | string -%}
        {%- do cuts.append({
            'sql': baton.as_double("'%sinity'" | format(number)) if is_infinite else baton.number_literal(number),
            'is_upper': is_upper,
        }) -%}
    {%- endfor -%}
    {{ return(cuts) }}
{%- endmacro -%}
