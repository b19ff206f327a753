{#
    The one error of a call, and how it shows names and values.
#}

{%- macro raise_problems(macro_name, problems) -%}
    {%- do baton.expect_utc_session(problems) -%}
    {%- if problems -%}
        {%- set numbered = [] -%}
        {%- for problem in problems -%}{%- do numbered.append("(%s) %s" | format(loop.index, problem)) -%}{%- endfor -%}
        {%- set place -%}
            {%- if model is defined and model.name and model.resource_type != 'macro' %} in {{ 'test' if model.resource_type == 'test' else 'model' }} '{{ model.name }}'{% endif -%}
        {%- endset -%}
        {%- do exceptions.raise_compiler_error("baton.%s: %s %s%s: %s" | format(
            macro_name, problems | length, 'problems' if problems | length > 1 else 'problem', place, numbered | join('; ')
        )) -%}
    {%- endif -%}
{%- endmacro -%}


{#-
    Up to twelve names, as a message lists them: those first that share pairs of letters with the names that were looked for,
    the others in their order.
-#}
{%- macro nearest_names(wanted, names) -%}
    {%- set ranked = [] -%}
    {%- for name in names -%}
        {%- set best = namespace(share=0) -%}
        {%- for other in wanted -%}
            {%- set one, two = '^%s$' | format(name) | lower, '^%s$' | format(baton.unquoted(other)) | lower -%}
            {%- set shared = namespace(pairs=0) -%}
            {%- for place in range(one | length - 1) if one[place:place + 2] in two -%}{%- set shared.pairs = shared.pairs + 1 -%}{%- endfor -%}
            {%- set best.share = [best.share, 2 * shared.pairs / (one | length + two | length - 2)] | max -%}
        {%- endfor -%}
        {%- do ranked.append(dict(name=name, share=best.share if best.share >= 0.4 else 0)) -%}
    {%- endfor -%}
    {%- set sorted = ranked | sort(attribute='share', reverse=true) | map(attribute='name') | list -%}
{{ sorted[:12] | join(', ') }}
    {%- if sorted | length > 12 %} and {{ sorted | length - 12 }} more{% endif -%}
{%- endmacro -%}

{#-
    A value as an error message shows it. A relation stands for itself once its name is known: while dbt parses, every ref() is
    the model that calls.
-#}
{%- macro _repr(value) -%}
    {%- if value is undefined or value is none -%}
        {{ return('missing') }}
    {%- elif baton.is_relation(value) and value is not string -%}
        {{ return(value | string if execute else 'a relation') }}
    {%- elif value is string or value is number or value is boolean -%}
        {{ return(value | tojson | replace('\\u0027', "'") | replace('\\u0026', '&') | replace('\\u003c', '<') | replace('\\u003e', '>')) }}
    {%- elif value is mapping -%}
        {%- set parts = [] -%}
        {%- for key, one in value.items() -%}{%- do parts.append('%s: %s' | format(baton._repr_inside(key), baton._repr_inside(one))) -%}{%- endfor -%}
        {{ return('{%s}' | format(parts | join(', '))) }}
    {%- elif baton.is_list(value) -%}
        {%- set parts = [] -%}
        {%- for one in value -%}{%- do parts.append(baton._repr_inside(one)) -%}{%- endfor -%}
        {{ return('[%s]' | format(parts | join(', '))) }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro -%}

{#- The same in a list or mapping. -#}
{%- macro _repr_inside(value) -%}
    {%- set shown = baton._repr(value) -%}
    {{ return("'%s'" | format(shown[1:-1]) if value is string else shown) }}
{%- endmacro -%}
