{{ config(materialized='table') }}

{#- the windows end before `as_of`: what happens at that moment or later is not known yet -#}
{{ baton.windowed_features(
    spine=ref('[[ name ]]_spine'),
    entity=[[ entity ]],
    sources=[
[% for source in sources %]
        {'relation': [[ source.events.call ]], 'event_time': [[ source.events.time | text ]], 'aggregates': [
[% for aggregate in source.aggregates %]
            [[ aggregate | text ]],
[% endfor %]
        ]},
[% endfor %]
    ]
) }}
