{#
    `compared_versions`: who is compared, and what hinders it. `cells`: the slices of each to report on. `sliced`: in each cell the
    pairs of predictions, of a champion and a challenger for the same entity and as_of, with their outcome.

    The predictions of a version count whatever their role: a role only names the version, its newest one.
#}
{%- macro _compared_pairs(call) -%}
    {%- set text = baton.type_text() -%}
    {%- set as_of = call.pair_keys[-1] -%}
    {%- set is_binary = call.task == 'binary' -%}
    {%- set other_task = 'coalesce({side}_tasks.other_task, {side}_tasks.other_classes)' if is_binary else '{side}_tasks.other_task' -%}
{%- call baton.with_concat() -%}
with {{ baton._labelled_predictions(call) }},
{%- for side in ['champion', 'challenger'] %}
{%- set named = call[side] %}

-- the version with the latest prediction, or several that share it
{{ side }}s as (
    {%- if named in call.roles %}

    select
        model_name,
        model_version
    from (
        select
            model_name,
            model_version,
            rank() over (partition by model_name order by max({{ as_of }}) desc) as newest_first
        from labelled
        where
            carried_role = {{ baton.literal(named) }}
            and {{ as_of }} is not null
        group by model_name, model_version
    ) as ranked
    where newest_first = 1
    {%- else %}

    select distinct
        model_name,
        model_version
    from labelled
    where model_version = {{ baton.literal(named) }}
    {%- endif %}

),
{%- endfor %}

compared_versions as (

    select
        row_number() over (
            order by names.model_name, champions.model_version, challengers.model_version
        ) as versions_id,
        names.model_name,
        champions.model_version as champion_version,
        challengers.model_version as challenger_version,
        case
            {%- for side in ['champion', 'challenger'] %}
            when {{ side }}s.model_version is null
                then {{ baton.literal('no prediction of %s %s' | format(
                    'a' if call[side] in call.roles else 'version', call[side]
                ) ~ (' that is not the champion' if side == 'challenger' and call[side] in call.roles else '')) }}
            {%- endfor %}
            {%- for side in ['champion', 'challenger'] %}
            when names.other_tasks > 0 and {{ other_task | replace('{side}', side) }} is not null
                then concat('the {{ side }} is ', {{ other_task | replace('{side}', side) }})
            {%- endfor %}
        end as hindrance
    from (
        -- models is read once, for where it ends the query
        select
            model_name,
            count(other_task) as other_tasks
        from models{{ baton.run_once('where') | indent(8) }}
        group by model_name
    ) as names
    left join champions
        on names.model_name = champions.model_name
    left join challengers
        on names.model_name = challengers.model_name
        and (champions.model_version is null or champions.model_version <> challengers.model_version)
    {%- for side in ['champion', 'challenger'] %}
    left join predicted_tasks as {{ side }}_tasks
        on {{ side }}s.model_name = {{ side }}_tasks.model_name
        and {{ side }}s.model_version = {{ side }}_tasks.model_version
    {%- endfor %}
    where
        champions.model_version is not null
        or challengers.model_version is not null

),

-- each prediction once, as in a log; of several that differ the smallest
scored as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by model_name, model_version, {{ call.pair_keys | join(', ') }}
                order by score, predicted_class, predicted_value
            ) as row_rank
        from labelled
    ) as ranked
    where row_rank = 1

),

pairs as (

    select
        versions.versions_id,
        {%- if not call.clusters %}
        count(*) over (
            partition by versions.versions_id, {{ baton.qualified(call.pair_keys[:-1], 'champion') | join(', ') }}
        ) as pairs_of_entity,
        {%- endif %}
        {%- for name in call.segment_columns.values() %}
        champion.{{ name }},
        {%- endfor %}
        {%- for name in call.clusters %}
        champion.{{ name }},
        {%- endfor %}
        champion.actual,
        {%- if call.task == 'binary' %}
        champion.is_positive,
        {%- endif %}
        {%- for side in ['champion', 'challenger'] %}
        {%- if call.task == 'binary' %}
        {{ side }}.is_called_positive as {{ side }}_is_called_positive,
        {%- endif %}
        {{ side }}.score as {{ side }}_score,
        {{ side }}.predicted_class as {{ side }}_class,
        {{ side }}.predicted_value as {{ side }}_value
        {{- ',' if not loop.last }}
        {%- endfor %}
    from compared_versions as versions
    inner join scored as champion
        on versions.model_name = champion.model_name
        and versions.champion_version = champion.model_version
    inner join scored as challenger
        on versions.model_name = challenger.model_name
        and versions.challenger_version = challenger.model_version
        {%- for key in call.pair_keys %}
        and champion.{{ key }} = challenger.{{ key }}
        {%- endfor %}
    where
        champion.actual is not null
        and versions.hindrance is null{{ baton.run_once('and') | indent }}

),

-- each pair once for each slice that it is in
pairs_in_slices as (

    select
        pairs.*,
        slices.slice_id,
        case slices.slice_id
            {%- for slice in call.slices %}
            when {{ loop.index0 }} then {{ slice.value | indent(12) }}
            {%- endfor %}
        end as segment_value
    from pairs
    cross join (
        {%- for slice in call.slices %}
        select {{ loop.index0 }} as slice_id
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as slices

),

cells as (

    select
        row_number() over (
            order by versions_id, segment_name, segment_value
        ) as cell_id,
        versions_id,
        slice_id,
        segment_name,
        segment_value,
        sum(n_labelled) as n_labelled,
        max(pairs_of_entity) as pairs_of_entity
    from (
        -- two versions have the slice of all rows even without a pair of predictions
        select
            versions_id,
            0 as slice_id,
            'all' as segment_name,
            'all' as segment_value,
            0 as n_labelled,
            0 as pairs_of_entity
        from compared_versions

        union all

        select
            versions_id,
            slice_id,
            case slice_id
                {%- for slice in call.slices %}
                when {{ loop.index0 }} then {{ slice.name }}
                {%- endfor %}
            end,
            segment_value,
            count(*),
            {{ '0' if call.clusters else 'max(pairs_of_entity)' }}
        from pairs_in_slices
        group by versions_id, slice_id, segment_value
    ) as counted{{ baton.run_once('where') }}
    group by versions_id, slice_id, segment_name, segment_value

),

sliced as (

    select
        cells.cell_id,
        pairs_in_slices.*
    from pairs_in_slices
    inner join cells
        on pairs_in_slices.versions_id = cells.versions_id
        and pairs_in_slices.slice_id = cells.slice_id
        and {{ baton.same_value('pairs_in_slices.segment_value', 'cells.segment_value') | indent(8) }}

)
{%- endcall -%}
{%- endmacro -%}
