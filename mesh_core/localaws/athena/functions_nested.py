"""Trino's functions of arrays, maps and rows, lambdas included.

`@floats` marks macros with a twin for elements that may be NaN."""

SCALARS = r"""
cardinality(array(T)) bigint = CAST(len({0}) AS BIGINT)
cardinality(map(K,V)) bigint = CAST(cardinality({0}) AS BIGINT)
combinations(array(T),bigint) array(array(T)) = athena_combinations({0}, {1})
contains(array(T),T) boolean = athena_contains@floats({0}, {1})
contains_sequence(array(T),array(T)) boolean = athena_contains_sequence({0}, {1})
element_at(array(T),bigint) T = athena_element_at({0}, {1})
element_at(map(K,V),K) V = map_extract_value({0}, {1})
array_distinct(array(T)) array(T) = athena_distinct({0})
array_except(array(T),array(T)) array(T) = athena_distinct(athena_minus({0}, {1}))
array_intersect(array(T),array(T)) array(T) = athena_distinct(athena_both({0}, {1}))
array_union(array(T),array(T)) array(T) = athena_distinct(athena_joined({0}, {1}))
array_join(array(T),varchar) varchar = @glue(list_filter(@texts0, lambda e: e IS NOT NULL), {1})
array_join(array(T),varchar,varchar) varchar = @glue(list_transform(@texts0, lambda e: coalesce(e, {2})), {1})
array_max(array(T)) T = athena_array_max@floats({0})
array_min(array(T)) T = athena_array_min({0})
array_position(array(T),T) bigint = athena_array_position@floats({0}, {1})
array_remove(array(T),T) array(T) = athena_array_remove@floats({0}, {1})
array_sort(array(T)) array(T) = list_sort({0}, 'ASC', 'NULLS LAST')
arrays_overlap(array(T),array(T)) boolean = athena_overlap({0}, {1})
array_first(array(T)) T = {0}[1]
array_last(array(T)) T = {0}[-1]
flatten(array(array(T))) array(T) = flatten({0})
ngrams(array(T),bigint) array(array(T)) = athena_ngrams({0}, {1})
repeat(T,bigint) array(T) = list_transform(range(0, athena_count({1})), lambda ignored: {0})
reverse(array(T)) array(T) = list_reverse({0})
sequence(bigint,bigint) array(bigint) = athena_sequence({0}, {1}, CASE WHEN {0} <= {1} THEN 1 ELSE -1 END)
sequence(bigint,bigint,bigint) array(bigint) = athena_sequence({0}, {1}, {2})
sequence(date,date) array(date) = athena_dates(CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP), CASE WHEN {0} <= {1}
    THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END)
sequence(date,date,interval day to second) array(date) = athena_dates(CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP),
    {2})
sequence(date,date,interval year to month) array(date) = athena_dates(CAST({0} AS TIMESTAMP), CAST({1} AS TIMESTAMP),
    {2})
sequence(timestamp,timestamp,interval day to second) =moments = athena_timestamps({0}, {1}, {2})
sequence(timestamp,timestamp,interval year to month) =moments = athena_timestamps({0}, {1}, {2})
shuffle(array(T)) array(T) = list_transform(list_sort(list_transform({0}, lambda e: struct_pack(r := random(), e :=
    e))), lambda s: s.e)
slice(array(T),bigint,bigint) array(T) = athena_slice({0}, {1}, {2})
trim_array(array(T),bigint) array(T) = athena_trim_array({0}, {1})
transform(array(T),fn(T,U)) array(U) = list_transform({0}, {1})
filter(array(T),fn(T,boolean)) array(T) = list_filter({0}, {1})
any_match(array(T),fn(T,boolean)) boolean = athena_any({0}, list_transform({0}, {1}))
all_match(array(T),fn(T,boolean)) boolean = athena_all({0}, list_transform({0}, {1}))
none_match(array(T),fn(T,boolean)) boolean = NOT athena_any({0}, list_transform({0}, {1}))
reduce(array(T),S,fn(S,T,S),fn(S,R)) R = @reduce
zip_with(array(T),array(U),fn(T,U,R)) array(R) = @zip_with
map() map(unknown,unknown) = MAP {{}}
map(array(K),array(V)) map(K,V) = athena_map({0}, {1})
map_keys(map(K,V)) array(K) = map_keys({0})
map_values(map(K,V)) array(V) = map_values({0})
map_entries(map(K,V)) array(row(K,V)) = list_transform(map_entries({0}), lambda e: struct_pack(_0 := e.key, _1 :=
    e.value))
map_from_entries(array(row)) =entries = @map_from_entries
multimap_from_entries(array(row)) =entries = @multimap_from_entries
map_filter(map(K,V),fn(K,V,boolean)) map(K,V) = @map_filter
transform_values(map(K,V),fn(K,V,R)) map(K,R) = @transform_values
transform_keys(map(K,V),fn(K,V,R)) map(R,V) = @transform_keys
map_zip_with(map(K,A),map(K,B),fn(K,A,B,R)) map(K,R) = @map_zip_with
"""
