{#- From version to version: each one that beats the holder is the holder for the next. -#}
{%- macro _promoted_one_after_another(call, has_holders) -%}
{%- set beats -%}
judged.metric_value {{ call.better }} {% if has_holders -%} {{ call.best_of_two }}(walk.to_beat, judged.to_beat) {%- else -%} walk.to_beat {%- endif -%} {{ call.margin_sql }}
{%- endset -%}
-- each version in turn: the holder after it, and what the next one has to beat
walk as (

    select
        model_name,
        position,
        holder_version,
        to_beat,
        promoted_at
    from starts

    union all

    select
        judged.model_name,
        judged.position,
        case when {{ beats }} then judged.model_version else walk.holder_version end,
        case when {{ beats }} then judged.metric_value else walk.to_beat end,
        walk.promoted_at
    from walk
    inner join judged
        on walk.model_name = judged.model_name
        and judged.position = walk.position + 1

),

steps as (

    select
        model_name,
        position,
        holder_version,
        promoted_at,
        lag(holder_version) over (
            partition by model_name
            order by position
        ) as previous_version
    from walk

),

promoted as (

    select
        judged.model_name,
        judged.model_version,
        judged.trained_at,
        judged.metric_value,
        steps.previous_version as holder_version,
        steps.promoted_at
    from steps
    inner join judged
        on steps.model_name = judged.model_name
        and steps.position = judged.position
        and steps.holder_version = judged.model_version

)
{%- endmacro -%}


{#- The holder stays, and each version that beats it is a candidate. -#}
{%- macro _suggested_for_review(call, has_holders) -%}
-- the holder stays: a person decides on the candidates
promoted as (

    select
        judged.model_name,
        judged.model_version,
        judged.trained_at,
        judged.metric_value,
        case when judged.position <> starts.position then starts.holder_version end as holder_version,
        starts.promoted_at
    from judged
    inner join starts
        on judged.model_name = starts.model_name
    where
        judged.position = starts.position
        or judged.metric_value {{ call.better }} {% if has_holders -%} {{ call.best_of_two }}(starts.to_beat, judged.to_beat) {%- else -%} starts.to_beat {%- endif -%} {{ call.margin_sql }}

)
{%- endmacro -%}
