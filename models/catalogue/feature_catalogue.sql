{{ baton.feature_catalogue() }}
