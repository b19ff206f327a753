{#-
    A metric in the form of `_binary_metrics`, of a task whose cells are made for it.

    value       its SQL, NULL without rows
    fills       whether the value is what scikit-learn gives where the metric is undefined, which call.undefined may ask for
    basis       the count of the rows that it needs, see `_reasons_without_rows`
    undefined   why it is undefined, as {condition: reason}
    of          the CTE that has it: `cells`, or `classes` for a metric of one class
-#}
{%- macro _task_metric(call, name, value, basis, undefined={}, variance=none, range=['0', '1'], trials=none, of='cells', fills=false) -%}
    {%- set reasons = baton._reasons_without_rows(basis) if of == 'cells' else [] -%}
    {%- for condition, reason in undefined.items() -%}{%- do reasons.append({'condition': condition, 'reason': reason}) -%}{%- endfor -%}
    {%- set is_undefined = undefined | join(' or ') -%}
    {%- set defined_value -%}
case when not ({{ is_undefined }}) then {{ value }} end
    {%- endset -%}
    {%- set defined_variance -%}
case when not ({{ is_undefined }}) then {{ variance }} end
    {%- endset -%}
    {{ return({
        'name': name,
        'value': defined_value if undefined and not (fills and call.undefined == 'zero_division') else value,
        'reasons': reasons,
        'variance': defined_variance if undefined and variance else variance,
        'lowest': range[0],
        'highest': range[1],
        'trials': trials,
        'of': of,
    }) }}
{%- endmacro -%}
