{#
    The variance of doubles from sums, accurate however far their mean is from zero: the sums of the values and of their
    squares are exact, and so are the sums around the mean, which are what is left of them. Columns here have plain names.
#}

{#-
    Columns that stand beside a value, in layers of which each reads the ones before: [(layer, [(column, sql), ...]), ...].
-#}
{%- macro square_layers(value) -%}
    {{ return(adapter.dispatch('square_layers', 'baton')(value)) }}
{%- endmacro -%}

{#- The square as parts that sum exactly, over the value and the columns of its `square_layers`. -#}
{%- macro square_parts(value) -%}
    {{ return(adapter.dispatch('square_parts', 'baton')(value)) }}
{%- endmacro -%}

{#- Layers that lead from the summed parts of the values and of their squares to the variance, the last column. -#}
{%- macro variance_layers(name, number, sums, squares) -%}
    {{ return(adapter.dispatch('variance_layers', 'baton')(name, number, sums, squares)) }}
{%- endmacro -%}


{#- Decimals of any length: nothing is rounded before the end. -#}
{%- macro default__square_layers(value) -%}{{ return([]) }}{%- endmacro -%}

{%- macro default__square_parts(value) -%}
    {%- set number = baton.exact_parts(value, is_finite=true)[0] -%}
    {{ return([number ~ ' * ' ~ number]) }}
{%- endmacro -%}

{%- macro default__variance_layers(name, number, sums, squares) -%}
    {%- set spread = '(' ~ number ~ ' * ' ~ squares[0] ~ ' - ' ~ sums[0] ~ ' * ' ~ sums[0] ~ ')' -%}
    {{ return([('variances', [(
        'variance_' ~ name,
        'case when ' ~ number ~ ' > 1 then ' ~ baton.as_double(spread ~ ' / (' ~ number ~ ' * (' ~ number ~ ' - 1))') ~ ' end',
    )])]) }}
{%- endmacro -%}


{#-
    A double is the sum of its first 24 bits and of the rest, so its square is the sum of three products that a double holds.
    Each product is a whole number of 2^60, one of 2^-34 and one of 2^-128, which 128 bits sum over 2^33 rows up to 1e23.
-#}
{%- macro duckdb__square_layers(value) -%}
    {%- set high = value ~ '_high' -%}
    {%- set products = baton._half_products(value) -%}
    {%- set rests, coarse, middle, fine = [], [], [], [] -%}
    {%- for product in products -%}
        {%- set rest = value ~ '_rest_' ~ loop.index -%}
        {%- do rests.append((rest, product ~ ' - round(' ~ product ~ ' / pow(2, 60)) * pow(2, 60)')) -%}
        {%- do coarse.append('cast(round(' ~ product ~ ' / pow(2, 60)) as hugeint)') -%}
        {%- do middle.append('cast(round(' ~ rest ~ ' * pow(2, 34)) as hugeint)') -%}
        {%- do fine.append('cast((' ~ rest ~ ' - round(' ~ rest ~ ' * pow(2, 34)) / pow(2, 34)) * pow(2, 128) as hugeint)') -%}
    {%- endfor -%}
    {%- set parts = baton.square_parts(value) -%}
    {{ return([
        ('halves', [(high, 'cast(cast(' ~ value ~ ' as float) as double)')]),
        ('rests', rests),
        ('squares', [(parts[0], coarse | join(' + ')), (parts[1], middle | join(' + ')), (parts[2], fine | join(' + '))]),
    ]) }}
{%- endmacro -%}

{%- macro _half_products(value) -%}
    {%- set high = value ~ '_high' -%}
    {%- set low = '(' ~ value ~ ' - ' ~ high ~ ')' -%}
    {{ return([high ~ ' * ' ~ high, '2 * ' ~ high ~ ' * ' ~ low, low ~ ' * ' ~ low]) }}
{%- endmacro -%}

{%- macro duckdb__square_parts(value) -%}
    {{ return([value ~ '_square_1', value ~ '_square_2', value ~ '_square_3']) }}
{%- endmacro -%}

{#- Around the mean m: sum (x - m)^2 = (sum x^2 - n m^2) - 2 m (sum x - n m); what rounding left in m is taken off again. -#}
{%- macro duckdb__variance_layers(name, number, sums, squares) -%}
    {%- set mean = 'mean_' ~ name -%}
    {%- set around = 'around_' ~ name -%}
    {%- set spread = 'spread_' ~ name -%}
    {%- set deviations, spreads = [], [] -%}
    {%- for total, part in zip(sums, baton.exact_parts(mean, is_finite=true)) -%}
        {%- do deviations.append('(' ~ total ~ ' - ' ~ number ~ ' * ' ~ part ~ ')') -%}
    {%- endfor -%}
    {%- for total, part in zip(squares, baton.square_parts(mean)) -%}
        {%- do spreads.append('cast(' ~ total ~ ' - ' ~ number ~ ' * ' ~ part ~ ' as double)') -%}
    {%- endfor -%}
    {%- set layers = [('means', [(mean, baton.exact_total(sums) ~ ' / nullif(' ~ number ~ ', 0)')])] + baton.square_layers(mean) -%}
    {%- do layers[1][1].append((around, baton.exact_total(deviations))) -%}
    {{ return(layers + [
        ('spreads', [(spread,
            spreads[0] ~ ' * pow(2, 60) + ' ~ spreads[1] ~ ' / pow(2, 34) + ' ~ spreads[2] ~ ' / pow(2, 128)'
            ~ ' - 2 * ' ~ mean ~ ' * ' ~ around ~ ' - ' ~ around ~ ' * ' ~ around ~ ' / nullif(' ~ number ~ ', 0)'
        )]),
        ('variances', [('variance_' ~ name,
            'case when ' ~ number ~ ' > 1 then ' ~ baton._unless_rounding(spread, number, mean) ~ ' / (' ~ number ~ ' - 1) end'
        )]),
    ]) }}
{%- endmacro -%}

{#- Nothing, where a spread is within the rounding of the mean: the values are constant. -#}
{%- macro _unless_rounding(spread, number, mean) -%}
    {{ return('case when ' ~ spread ~ ' > ' ~ number ~ ' * ' ~ mean ~ ' * ' ~ mean ~ ' * 1e-31 then ' ~ spread ~ ' else 0 end') }}
{%- endmacro -%}
