{#
    Which bins make a distance: it is a sum over bins, and here are its parts.
#}
{%- macro drift_contributions(histogram, baseline, compare='baseline', metric='psi') -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._drift_contributions_call(histogram, baseline, compare, metric) -%}

{{ baton._drift_bins(call) }},

{{ baton._drift_shares(call, [metric]) }},

labels as (

    select
        baseline,
        bins_hash,
        feature,
        bin,
        max(kind) as kind,
        min(lower) as lower,
        max(upper) as upper,
        max(category) as category,
        max(max(lower)) over (partition by baseline, bins_hash, feature) as last_lower,
        min(min(lower)) over (partition by baseline, bins_hash, feature) as bottom,
        max(max(upper)) over (partition by baseline, bins_hash, feature) as top
    from {{ baseline }}
    group by baseline, bins_hash, feature, bin

),

in_words as (

    select
        *,
        {%- for edge in ['lower', 'upper', 'bottom', 'top'] %}
        case
            when kind = 'date' and abs({{ edge }}) < 1000000 then {{ baton._day_text(edge) | indent(12) }}
            else {{ baton.double_text(edge) | indent(12) }}
        end as {{ edge }}_text{{ ',' if not loop.last }}
        {%- endfor %}
    from labels

)

select
    {{ baton.qualified(call.columns, 'shared') | join(',\n    ') }},
    shared.bin,
    case
        when shared.bin in ('below', 'above') then coalesce(shared.bin || ' ' || case shared.bin when 'below' then bottom_text else top_text end, shared.bin)
        when shared.bin in ('NULL', 'OTHER', 'UNSEEN') then shared.bin
        when lower is null then category
        else '[' || lower_text || ', ' || upper_text || case when lower = last_lower then ']' else ')' end
    end as label,
    reference_share as share_reference,
    share,
    case when all_reference > 0 and all_rows > 0 then {{ baton._drift_terms()[metric] | indent(4) }} end as contribution
from shared
left join in_words
    on shared.baseline = in_words.baseline
    and shared.bins_hash = in_words.bins_hash
    and shared.feature = in_words.feature
    and shared.bin = in_words.bin

{%- endmacro -%}


{%- macro _drift_contributions_call(histogram, baseline, compare, metric) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_choice(problems, 'metric', metric, baton._drift_terms() | list) -%}
    {%- set call = baton._drift_sides(problems, histogram, baseline, compare, columns='kind lower upper category'.split()) -%}
    {%- do baton.raise_problems('drift_contributions', problems) -%}
    {{ return(call) }}
{%- endmacro -%}

{#- Days since 1970 as a date, with a time where there is a part of a day. -#}
{%- macro _day_text(days) -%}
replace(
    {{ baton.as_text(baton.add_whole_seconds("timestamp '1970-01-01'", 'cast(round(%s * 86400) as bigint)' | format(days))) }},
    ' 00:00:00', ''
)
{%- endmacro -%}
