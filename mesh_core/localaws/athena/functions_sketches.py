"""Trino's sketches: HyperLogLog, quantile and set digests.

The local engine keeps what a sketch stands for, exactly: the hashes of the distinct values, or all values in order. An
answer is therefore the one that Trino's sketch estimates. The bytes of a sketch cannot be had: they are Trino's own.
"""

TYPES = ("hyperloglog", "p4hyperloglog", "tdigest", "qdigest", "setdigest")

SCALARS = """
cardinality(hyperloglog) bigint = CAST(len({0}) AS BIGINT)
cardinality(p4hyperloglog) bigint = CAST(len({0}) AS BIGINT)
cardinality(setdigest) bigint = CAST(len({0}) AS BIGINT)
empty_approx_set() hyperloglog = CAST([] AS UBIGINT[])
intersection_cardinality(setdigest,setdigest) bigint = CAST(len(list_intersect({0}, {1})) AS BIGINT)
jaccard_index(setdigest,setdigest) double = (CAST(len(list_intersect({0}, {1})) AS DOUBLE) /
    len(list_distinct(list_concat({0}, {1}))))
value_at_quantile(tdigest,double) double = athena_quantile({0}, {1})
value_at_quantile(qdigest(T),double) T = athena_quantile({0}, {1})
values_at_quantiles(tdigest,array(double)) array(double) = athena_quantiles({0}, {1})
values_at_quantiles(qdigest(T),array(double)) array(T) = athena_quantiles({0}, {1})
quantile_at_value(qdigest(T),T) double = athena_rank_of({0}, {1})
scale_tdigest(tdigest,double) tdigest = list_transform({0}, lambda e: e * {1})
"""

AGGREGATES = """
approx_set(T) hyperloglog = athena_sketch(list<DISTINCT CASE WHEN {0} IS NOT NULL THEN hash({0}) END>)
merge(hyperloglog) hyperloglog = athena_union(list<{0}>)
merge(p4hyperloglog) p4hyperloglog = athena_union(list<{0}>)
merge(tdigest) tdigest = athena_sorted(flatten(list<{0}>))
merge(qdigest(T)) qdigest(T) = athena_sorted(flatten(list<{0}>))
make_set_digest(T) setdigest = athena_sketch(list<DISTINCT CASE WHEN {0} IS NOT NULL THEN hash({0}) END>)
merge_set_digest(setdigest) setdigest = athena_union(list<{0}>)
tdigest_agg(double) tdigest = athena_sorted(list<{0}>)
qdigest_agg(bigint) qdigest(bigint) = athena_sorted(list<{0}>)
qdigest_agg(real) qdigest(real) = athena_sorted(list<{0}>)
qdigest_agg(double) qdigest(double) = athena_sorted(list<{0}>)
approx_most_frequent(bigint,bigint,bigint) map(bigint,bigint) = athena_frequent(any_value<{0}>, histogram<{1}>,
    list<{1}>)
approx_most_frequent(bigint,varchar,bigint) map(varchar,bigint) = athena_frequent(any_value<{0}>, histogram<{1}>,
    list<{1}>)
"""
