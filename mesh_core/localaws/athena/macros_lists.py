"""More macros, as in macros.py: sketches, and lists that take some work."""

LISTS: tuple[str, ...] = (
    # the non-NULL items of an aggregate's list; NULL when there is none
    "athena_sketch(l) AS CASE WHEN len(list_filter(l, lambda e: e IS NOT NULL)) > 0 "
    "THEN list_filter(l, lambda e: e IS NOT NULL) END",
    "athena_union(l) AS CASE WHEN len(list_filter(l, lambda e: e IS NOT NULL)) > 0 THEN list_distinct(flatten(l)) END",
    "athena_sorted(l) AS CASE WHEN len(list_filter(l, lambda e: e IS NOT NULL)) > 0 "
    "THEN list_sort(list_filter(l, lambda e: e IS NOT NULL)) END",
    """athena_quantile(l, q) AS CASE WHEN q BETWEEN 0 AND 1
        THEN l[least(len(l), CAST(floor(q * len(l)) AS BIGINT) + 1)]
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Quantile should be within bounds [0, 1], was: ' || q) END""",
    """athena_quantiles(l, qs) AS CASE
        WHEN list_sort(qs) IS DISTINCT FROM qs
            THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'percentiles must be sorted in increasing order')
        WHEN l IS NULL THEN NULL
        ELSE list_transform(qs, lambda q: l[least(len(l), CAST(floor(q * len(l)) AS BIGINT) + 1)]) END""",
    "athena_rank_of(l, x) AS CAST(len(list_filter(l, lambda e: e <= x)) AS DOUBLE) / len(l)",
    """athena_order(c) AS CASE WHEN c IN (-1, 0, 1) THEN c
        ELSE athena_stop('Lambda comparator must return either -1, 0, or 1' ||
            coalesce(left(CAST(c AS VARCHAR), 0), '')) END""",
    """athena_percentile(l, q) AS athena_sorted(l)[greatest(1, CAST(ceil(q * len(athena_sorted(l))) AS BIGINT))]""",
    # the first value at which the weights up to it reach a share of them all
    """athena_weighted(l, q) AS list_reduce(list_transform(list_sort(list_filter(l, lambda e: e.v IS NOT NULL)),
        lambda e: struct_pack(v := e.v, w := CAST(e.w AS DOUBLE), done := false)), lambda s, e: CASE
            WHEN s.done OR s.w >= q * list_sum(list_transform(l, lambda o: o.w)) THEN
                struct_pack(v := s.v, w := s.w, done := true)
            ELSE struct_pack(v := e.v, w := s.w + e.w, done := false) END).v""",
    """athena_frame_offset(x, zero) AS [x][CASE WHEN x IS NULL OR x < zero
        THEN CAST('[athena INVALID_WINDOW_FRAME] Window frame offset value must not be negative or null' ||
            coalesce(left(CAST(x AS VARCHAR), 0), '') || '[' AS BIGINT) ELSE 1 END]""",
    # the n values with the highest counts; of equal counts, the one that came first
    """athena_frequent(n, counts, items) AS map_from_entries(list_transform(list_sort(list_transform(
        map_entries(counts), lambda e: struct_pack(a := -CAST(e.value AS BIGINT), b := list_position(items, e.key),
            c := e.key)))[1:n], lambda e: struct_pack(key := e.c, value := -e.a)))""",
    """athena_combinations(a, n) AS CASE
        WHEN a IS NULL OR n IS NULL THEN NULL
        WHEN n < 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'combination size must not be negative: ' || n)
        WHEN n > 5 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'combination size must not exceed 5: ' || n)
        WHEN n > len(a) THEN list_filter([a], lambda e: false)
        WHEN athena_choose(len(a), n) > 100000
            THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'combinations exceed max size')
        ELSE list_transform(athena_index_sets(len(a), n), lambda s: list_transform(s, lambda i: a[i])) END""",
    "athena_choose(n, k) AS CAST(round(gamma(n + 1) / (gamma(k + 1) * gamma(n - k + 1))) AS DOUBLE)",
    # the sets of k indexes below n, each as a list that descends, in the order of those lists; then turned around
    """athena_index_sets(n, k) AS list_transform(list_sort(list_reduce(
        list_transform(range(0, k), lambda ignored: [CAST([] AS BIGINT[])]),
        lambda sets, ignored: flatten(list_transform(sets, lambda s: list_transform(
            range(1, CASE WHEN len(s) = 0 THEN n ELSE s[len(s)] - 1 END + 1), lambda i: list_append(s, i)))),
        [CAST([] AS BIGINT[])])), lambda s: list_reverse(s))""",
    # of entries with the same key the first one stays, and all stay in their order
)
