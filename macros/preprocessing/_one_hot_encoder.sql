{#-
    A column of 0 and 1 for each category. Which categories there are is in the call or else read from the fitted table
    when the model is compiled.
-#}
{%- macro _one_hot_encoder(step) -%}
    {%- set parameters = baton._category_parameters() -%}
    {%- do parameters.update({
        'handle_unknown': {'default': 'error', 'takes': 'choice', 'choices': ['error', 'ignore', 'infrequent_if_exist'], 'is_applied': true},
        'drop': {'default': none, 'takes': 'choice', 'choices': ['first', 'if_binary'], 'or_none': true},
    }) -%}
    {%- set is_told = step.get('categories', 'auto') != 'auto' -%}
    {%- set groups = step.get('min_frequency') is not none or step.get('max_categories') is not none -%}
    {{ return({
        'reads': 'category',
        'is_fitted': not is_told,
        'parameters': parameters,
        'wrong': [": min_frequency and max_categories count rows, so categories has to be 'auto'"] if is_told and groups else [],
    }) }}
{%- endmacro -%}

{%- macro _fit_one_hot_encoder(fit, unit) -%}
    {%- set drop = unit.parameters.drop -%}
    {%- if not unit.is_fitted -%}
        {%- set categories = baton._given_categories(unit) -%}
        {%- for category in categories -%}
            {%- do baton._put_literal(fit, unit, 'category', category=category, position=loop.index0) -%}
        {%- endfor -%}
        {%- if drop == 'first' or drop == 'if_binary' and categories | length == 2 -%}
            {%- do baton._put_literal(fit, unit, 'drop', category=categories[0]) -%}
        {%- endif -%}
        {{ return('') }}
    {%- endif -%}

    {%- set categories = baton._grouped_categories(fit, unit) -%}
    {%- do baton._put_select(fit, unit, 'category', categories, {'category': 'category', 'position': 'position', 'value_number': 'n'}) -%}
    {%- if baton._groups_categories(unit) -%}
        {%- do baton._put_select(fit, unit, 'infrequent', categories, {'category': 'category'}, where='is_infrequent') -%}
    {%- endif -%}
    {%- if drop -%}
        {#- the infrequent ones stand last and count as one -#}
        {%- set is_infrequent = 'is_infrequent' if baton._groups_categories(unit) else 'false' -%}
        {%- set name = baton._free_name(fit.taken, unit.label ~ '_dropped') -%}
        {%- do fit.ctes.update({name:
            "select\n    category,\n    row_number() over (order by " ~ is_infrequent ~ ", position) as place,\n"
            ~ "    count(case when not " ~ is_infrequent ~ " then 1 end) over () + max(case when " ~ is_infrequent ~ " then 1 else 0 end) over () as n_columns\n"
            ~ "from " ~ categories
        }) -%}
        {%- do baton._put_select(
            fit, unit, 'drop', name, {'category': 'category'}, where='place = 1' ~ (' and n_columns = 2' if drop == 'if_binary' else '')
        ) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _groups_categories(unit) -%}
    {{ return(unit.parameters.min_frequency is not none or unit.parameters.max_categories is not none) }}
{%- endmacro -%}

{#-
    The categories with `is_infrequent`. Of those that occur equally often the later ones count as the more frequent, as
    in scikit-learn.
-#}
{%- macro _grouped_categories(fit, unit) -%}
    {%- set ranked = baton._ranked_categories(fit, unit) -%}
    {%- set least, most = unit.parameters.min_frequency, unit.parameters.max_categories -%}
    {%- if not baton._groups_categories(unit) -%}{{ return(ranked) }}{%- endif -%}
    {%- if least is none -%}
        {%- set is_rare = 'false' -%}
    {%- elif least is integer -%}
        {%- set is_rare = 'n < ' ~ least -%}
    {%- else -%}
        {%- set is_rare = 'n < ' ~ baton.number_literal(least) ~ ' * sum(n) over ()' -%}
    {%- endif -%}
    {%- set name = baton._free_name(fit.taken, unit.label ~ '_grouped') -%}
    {%- do fit.ctes.update({name:
        "select\n    category,\n    n,\n    position,\n    is_rare"
        ~ ("\n    or place > " ~ (most - 1) ~ " and count(case when not is_rare then 1 end) over () + 1 > " ~ most if most is not none else "")
        ~ " as is_infrequent\nfrom (\n    select\n        *,\n        " ~ is_rare ~ " as is_rare,\n"
        ~ "        row_number() over (order by n desc, position desc) as place\n    from " ~ ranked ~ "\n) as counted"
    }) -%}
    {{ return(name) }}
{%- endmacro -%}

{%- macro _apply_one_hot_encoder(unit) -%}
    {%- if not unit.is_fitted -%}
        {%- set categories = baton._given_categories(unit) -%}
        {%- set infrequent = [] -%}
        {%- set drop = unit.parameters.drop -%}
        {%- set dropped = categories[:1] if drop == 'first' or drop == 'if_binary' and categories | length == 2 else [] -%}
    {%- elif unit.known -%}
        {%- set categories, infrequent, dropped = unit.known.category, unit.known.infrequent, unit.known.drop -%}
    {%- else -%}
        {%- do unit.update({'is_unread': true}) -%}
        {{ return([]) }}
    {%- endif -%}

    {%- set unknown = unit.parameters.handle_unknown -%}
    {%- set outputs = [] -%}
    {%- for category in categories if category not in infrequent and category not in dropped -%}
        {%- do outputs.append({'name': unit.columns[0] ~ '_' ~ category, 'is': baton._is_one_of(unit, [category]), 'own': [category]}) -%}
    {%- endfor -%}
    {%- if infrequent and not (dropped and dropped[0] in infrequent) -%}
        {%- set is_infrequent = baton._is_one_of(unit, infrequent) -%}
        {%- if unknown == 'infrequent_if_exist' -%}
            {%- set is_infrequent = 'coalesce(not (' ~ baton._is_one_of(unit, categories | reject('in', infrequent) | list) ~ '), true)' -%}
        {%- endif -%}
        {%- do outputs.append({'name': unit.columns[0] ~ '_infrequent_sklearn', 'is': is_infrequent, 'own': infrequent}) -%}
    {%- endif -%}
    {%- for output in outputs -%}
        {%- if loop.first and unknown == 'error' -%}
            {#- one column looks for unknown categories, on behalf of all -#}
            {%- do output.update({'sql':
                "case\n            when " ~ output['is'] ~ " then 1\n            when "
                ~ baton._is_one_of(unit, categories | reject('in', output.own) | list) ~ " then 0\n            else "
                ~ baton._unknown_category(unit, 'integer') ~ "\n        end"
            }) -%}
        {%- else -%}
            {%- do output.update({'sql': 'case when ' ~ output['is'] ~ ' then 1 else 0 end'}) -%}
        {%- endif -%}
        {%- do output.update({'kind': 'integer'}) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
