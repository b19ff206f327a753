-- two weeks in a row, since a storm or a holiday makes one
{{ baton.drift_alerts(
    drift=ref('flight_drift'),
    persistence=2,
    ignore=[{'from': '2013-12-30', 'to': '2014-01-06', 'reason': 'the data ends on a Tuesday'}]
) }}
