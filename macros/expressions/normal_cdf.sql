{#
    The probability that a standard normal variable is at most `z`, to 1e-7: Abramowitz and Stegun, Handbook of
    Mathematical Functions, 26.2.17, as not every engine has erf. For the upper tail ask at minus z: a small probability
    is then never the difference of two large ones, and never 0.

    z   the name of a column

    Beyond 37 standard deviations it stays what it is there, about 1e-300, as some engines raise an error on underflow.
#}
{%- macro normal_cdf(z) -%}
{%- set t -%} (1 / (1 + 0.2316419 * least(abs({{ z }}), 37))) {%- endset -%}
abs(
    -- Abramowitz and Stegun 26.2.17: 1 - tail above 0, 0 - tail below; 37 is where exp would underflow
    case when {{ z }} > 0 then 1 else 0 end
    - exp(-power(least(abs({{ z }}), 37), 2) / 2) / sqrt(2 * pi()) * (
        0.319381530 * {{ t }}
        - 0.356563782 * power({{ t }}, 2)
        + 1.781477937 * power({{ t }}, 3)
        - 1.821255978 * power({{ t }}, 4)
        + 1.330274429 * power({{ t }}, 5)
    )
)
{%- endmacro -%}
