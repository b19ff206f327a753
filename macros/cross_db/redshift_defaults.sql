{#
    Where Redshift would inherit a form of PostgreSQL that it does not run, it has the default form.
#}

{%- macro redshift__is_different(one, other) -%}{{ return(baton.default__is_different(one, other)) }}{%- endmacro -%}
{%- macro redshift__materialized() -%}{{ return(baton.default__materialized()) }}{%- endmacro -%}
{%- macro redshift__finite_decimal(value) -%}{{ return(baton.default__finite_decimal(value)) }}{%- endmacro -%}
{%- macro redshift__deduplicated(columns, rows, keys, order) -%}{{ return(baton.default__deduplicated(columns, rows, keys, order)) }}{%- endmacro -%}
{%- macro redshift__values_rows(columns, rows, source, keep) -%}{{ return(baton.default__values_rows(columns, rows, source, keep)) }}{%- endmacro -%}
{%- macro redshift__double_text(value) -%}{{ return(baton.default__double_text(value)) }}{%- endmacro -%}
{%- macro redshift__decimal_text(value, type) -%}{{ return(baton.default__decimal_text(value, type)) }}{%- endmacro -%}
{%- macro redshift__any_value_text(value) -%}{{ return(baton.default__any_value_text(value)) }}{%- endmacro -%}
{%- macro redshift__is_missing_number(value) -%}{{ return(baton.default__is_missing_number(value)) }}{%- endmacro -%}
{%- macro redshift__is_number(value) -%}{{ return(baton.default__is_number(value)) }}{%- endmacro -%}
{%- macro redshift__number_text(value) -%}{{ return(baton.default__number_text(value)) }}{%- endmacro -%}
{%- macro redshift__powers_of_two(count) -%}{{ return(baton.default__powers_of_two(count)) }}{%- endmacro -%}
{%- macro redshift__positions(count) -%}{{ return(baton.default__positions(count)) }}{%- endmacro -%}
{%- macro redshift__seconds_between(earlier, later) -%}{{ return(baton.default__seconds_between(earlier, later)) }}{%- endmacro -%}
{%- macro redshift__days_since_1970(timestamp) -%}{{ return(baton.default__days_since_1970(timestamp)) }}{%- endmacro -%}
{%- macro redshift__end_of_time() -%}{{ return(baton.default__end_of_time()) }}{%- endmacro -%}
{%- macro redshift__zoned_moment(time, zone) -%}{{ return(baton.default__zoned_moment(time, zone)) }}{%- endmacro -%}
{%- macro redshift__by_code_point(text) -%}{{ return(baton.default__by_code_point(text)) }}{%- endmacro -%}
{%- macro redshift__stored_name(name) -%}{{ return(baton.default__stored_name(name)) }}{%- endmacro -%}
{%- macro redshift__comparison_name(name) -%}{{ return(baton.default__comparison_name(name)) }}{%- endmacro -%}
{%- macro redshift__lock_until_commit(relation) -%}{{ return(baton.default__lock_until_commit(relation)) }}{%- endmacro -%}
{%- macro redshift__has_index(relation, columns, then) -%}{{ return(baton.default__has_index(relation, columns, then)) }}{%- endmacro -%}
{%- macro redshift__exact_parts(value) -%}{{ return(baton.default__exact_parts(value)) }}{%- endmacro -%}
{%- macro redshift__exact_total(parts, exponents) -%}{{ return(baton.default__exact_total(parts, exponents)) }}{%- endmacro -%}
{%- macro redshift__stable_sum(number, places) -%}{{ return(baton.default__stable_sum(number, places)) }}{%- endmacro -%}
{%- macro redshift__ordered_sum(number, order) -%}{{ return(baton.default__ordered_sum(number, order)) }}{%- endmacro -%}
{%- macro redshift__with_squares(label, rows, values) -%}{{ return(baton.default__with_squares(label, rows, values)) }}{%- endmacro -%}
{%- macro redshift__square_parts(value) -%}{{ return(baton.default__square_parts(value)) }}{%- endmacro -%}
{%- macro redshift__with_variances(label, rows, spreads, name, keyword) -%}{{ return(baton.default__with_variances(label, rows, spreads, name, keyword)) }}{%- endmacro -%}
{%- macro redshift__json_object_of_json(members) -%}{{ return(baton.default__json_object_of_json(members)) }}{%- endmacro -%}
{%- macro redshift__json_constant(text) -%}{{ return(baton.default__json_constant(text)) }}{%- endmacro -%}
{%- macro redshift__json_array_of(value, order) -%}{{ return(baton.default__json_array_of(value, order)) }}{%- endmacro -%}
{%- macro redshift__as_json(value, kind) -%}{{ return(baton.default__as_json(value, kind)) }}{%- endmacro -%}
{%- macro redshift__max_where(value, condition) -%}{{ return(baton.default__max_where(value, condition)) }}{%- endmacro -%}
{%- macro redshift__swept_match_times(moments, keys, lookups) -%}{{ return(baton.default__swept_match_times(moments, keys, lookups)) }}{%- endmacro -%}
{%- macro redshift__add_microsecond(timestamp) -%}{{ return(baton.default__add_microsecond(timestamp)) }}{%- endmacro -%}
{%- macro redshift__just_before(timestamp) -%}{{ return(baton.default__just_before(timestamp)) }}{%- endmacro -%}

{#- The sum of a bigint is a bigint there. -#}
{%- macro redshift__sum_of_whole(number) -%}{{ return(baton.default__sum_of_whole(number)) }}{%- endmacro -%}
