{#
    `score_cells`: what the metrics of class probabilities need, for each cell. Each probability is that of one class against the rest.

    A row counts if each of its probabilities is from 0 to 1. They are taken as they are where they sum to 1 within 1e-5, and else
    divided by their sum. An actual class that has no probability has the probability 0.
#}
{%- macro _class_score_cells(call) -%}
{%- call baton.with_named_windows() -%}

{%- set cell = call.cell | join(', ') -%}
{%- set double = baton.type_double() -%}
{%- set epsilon = '2.220446049250313e-16' -%}
numbered as (

    select
        *,
        {{ baton.json_document('class_probabilities') }} as document,
        row_number() over (order by model_name) as row_id
    from labelled
    where actual is not null and class_probabilities is not null

),

members as (

    select
        numbered.*,
        member.key as class_name,
        case
            when {{ baton.json_is('number', 'member.value') }}
                then cast({{ baton.json_text('member.value') }} as {{ double }})
        end as number
    from numbered
    {{ baton.json_members('numbered.document', 'member') }}

),

class_scores as {{ baton.materialized() }}(

    select
        *,
        {{ baton._class_text('class_name', [api.Column('class_name', 'text')]) | indent(8) }} as class,
        case when number between 0 and 1 then number end as given
    from members

),

row_totals as (

    select
        *,
        count(*) over of_row as classes,
        count(given) over of_row as probabilities,
        {{ baton.stable_sum_over('given', 'row_id', places=110) | indent(8) }} as total,
        max(case when class = actual then given end) over of_row as given_of_actual
    from class_scores
    window of_row as (
        partition by row_id
    )

),

usable_scores as (

    select
        *,
        cast(case when class = actual then 1 else 0 end as {{ double }}) as is_actual,
        -- scikit-learn's tolerance for the sum of probabilities
        case when abs(1 - total) <= 1e-8 + 1e-5 * total then given else given / total end as probability,
        case when abs(1 - total) <= 1e-8 + 1e-5 * total then given_of_actual else given_of_actual / total end as probability_of_actual
    from row_totals
    where probabilities = classes and total > 0

),

sliced_scores as (
    {{ baton._sliced_rows(call, ['row_id', 'class', 'classes', 'is_actual', 'probability', 'probability_of_actual'], 'usable_scores') | indent }}

),

-- each class against the rest
ranked_scores as (

    select
        *,
        sum(is_actual) over class as positives,
        sum(1 - is_actual) over class as negatives,
        sum(is_actual) over up_to as positives_up_to,
        sum(1 - is_actual) over up_to as negatives_up_to,
        sum(is_actual) over down_to as positives_down_to,
        sum(1 - is_actual) over down_to as negatives_down_to
    from sliced_scores
    window
        class as (
            partition by {{ cell }}, class
        ),
        up_to as (
            partition by {{ cell }}, class
            order by probability
        ),
        down_to as (
            partition by {{ cell }}, class
            order by probability desc
        )

),

-- DeLong's placement: the share of the other side that a row is ranked rightly against, a tie as a half; its mean is the AUC
placed_scores as (

    select
        *,
        case
            when is_actual = 1 then (negatives_up_to + negatives - negatives_down_to) / nullif(2 * negatives, 0)
            else (positives_down_to + positives - positives_up_to) / nullif(2 * positives, 0)
        end as placement,
        case when is_actual = 1 then positives else negatives end as side,
        sum(case when is_actual = 1 then negatives_up_to + negatives - negatives_down_to else 0 end) over (
            partition by {{ cell }}, class
        ) / nullif(2 * positives * negatives, 0) as auc
    from ranked_scores

),

by_row as (

    select
        {{ call.cell | join(',\n        ') }},
        row_id,
        max(classes) as classes,
        max(probability_of_actual) as probability_of_actual,
        cast(count(case when probability > probability_of_actual then 1 end) as {{ double }}) as better_classes,
        cast(count(case when probability = probability_of_actual then 1 end) as {{ double }}) as equal_classes,
        max(is_actual * positives) as rows_of_class,
        min(least(positives, negatives)) as rarest_class,
        min(positives + negatives) as fewest_rows,
        {{ baton.stable_sum('auc') | indent(8) }} / count(*) as roc_auc,
        {{ baton.stable_sum('(placement - auc) / side') | indent(8) }} / count(*) as roc_auc_influence
    from placed_scores
    group by {{ cell }}, row_id

),

losses as (

    select
        *,
        -- clipped as in scikit-learn's log_loss
        -ln(least(greatest(coalesce(probability_of_actual, 0), {{ epsilon }}), 1 - {{ epsilon }})) as log_loss,
        -- of classes with equal probabilities each is as likely as the others to be among the first two
        case
            when probability_of_actual is null or better_classes >= 2 then 0
            when better_classes + equal_classes <= 2 then 1
            else (2 - better_classes) / equal_classes
        end as top_2,
        rows_of_class / nullif(rows_of_class - 1, 0) * power(roc_auc_influence, 2) as roc_auc_spread
    from by_row

),

centred_losses as (

    select
        *,
        log_loss - {{ baton.stable_sum_over('log_loss', cell) | indent(8) }} / count(*) over cell as log_loss_off,
        top_2 - {{ baton.stable_sum_over('top_2', cell) | indent(8) }} / count(*) over cell as top_2_off
    from losses
    window cell as (
        partition by {{ cell }}
    )

),

score_cells as (

    select
        {{ call.cell | join(',\n        ') }},
        cast(count(*) as {{ double }}) as scored,
        {{ baton.stable_sum('log_loss') | indent(8) }} / count(*) as log_loss,
        {{ baton.stable_sum('power(log_loss_off, 2)') | indent(8) }} / nullif(power(count(*), 2) - count(*), 0)
            as log_loss_variance,
        {{ baton.stable_sum('top_2') | indent(8) }} / count(*) as top_2,
        {{ baton.stable_sum('power(top_2_off, 2)') | indent(8) }} / power(count(*), 2) as top_2_variance,
        max(roc_auc) as roc_auc,
        case when min(rows_of_class) > 1 then {{ baton.stable_sum('roc_auc_spread') }} end as roc_auc_variance,
        max(classes) as most_classes,
        min(rarest_class) as rarest_class,
        count(case when rows_of_class = 0 then 1 end) as unknown_classes,
        case when min(classes) < max(classes) or min(fewest_rows) < count(*) then 1 else 0 end as partial_classes
    from centred_losses
    group by {{ cell }}

)
{%- endcall -%}
{%- endmacro -%}
