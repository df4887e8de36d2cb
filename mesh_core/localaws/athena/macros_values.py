"""Macros of arrays and maps. As in macros.py.

`list_transform([x], lambda s: ...)[1]` calculates x once where a macro needs it many times.
"""

VALUES: tuple[str, ...] = (
    "athena_not_nan(x) AS CASE WHEN NOT isnan(x) THEN x END",
    "athena_list_max(a) AS coalesce(list_max(list_filter(a, lambda e: NOT isnan(e))), list_max(a))",
    # DuckDB takes a NaN from a Python function for NULL
    "athena_unpacked(b, x, nan) AS CASE WHEN b IS NOT NULL THEN coalesce(x, nan) END",
    "athena_single(x) AS CASE WHEN x IS NOT NULL THEN [x] END",
    "athena_joined(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END",
    "athena_has_null(a) AS len(list_filter(a, lambda e: e IS NULL)) > 0",
    """athena_contains(a, x) AS CASE
        WHEN a IS NULL OR x IS NULL THEN NULL
        WHEN list_contains(a, x) THEN true
        WHEN athena_has_null(a) THEN NULL
        ELSE false END""",
    """athena_contains_floats(a, x) AS CASE WHEN isnan(x) THEN CASE WHEN a IS NULL OR athena_has_null(a) THEN NULL
        ELSE false END ELSE athena_contains(a, x) END""",
    """athena_contains_sequence(a, s) AS CASE WHEN a IS NULL OR s IS NULL THEN NULL WHEN len(s) = 0 THEN true
        ELSE len(list_filter(range(1, len(a) - len(s) + 2), lambda i: a[i:i + len(s) - 1] = s)) > 0 END""",
    # array_to_string takes a constant only
    """athena_glue(texts, mark) AS CASE WHEN texts IS NULL OR mark IS NULL THEN NULL WHEN len(texts) = 0 THEN ''
        ELSE list_reduce(texts, lambda a, b: a || mark || b) END""",
    "athena_array_max(a) AS CASE WHEN athena_has_null(a) THEN NULL ELSE list_max(a) END",
    "athena_array_max_floats(a) AS CASE WHEN athena_has_null(a) THEN NULL ELSE athena_list_max(a) END",
    "athena_array_min(a) AS CASE WHEN athena_has_null(a) THEN NULL ELSE list_min(a) END",
    """athena_array_position(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL
        ELSE CAST(coalesce(list_position(a, x), 0) AS BIGINT) END""",
    """athena_array_position_floats(a, x) AS CASE WHEN a IS NOT NULL AND isnan(x) THEN CAST(0 AS BIGINT)
        ELSE athena_array_position(a, x) END""",
    """athena_array_remove(a, x) AS CASE WHEN x IS NULL THEN NULL
        ELSE list_filter(a, lambda e: e IS NULL OR e <> x) END""",
    "athena_array_remove_floats(a, x) AS CASE WHEN isnan(x) THEN a ELSE athena_array_remove(a, x) END",
    """athena_element_at(a, i) AS CASE
        WHEN i = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1')
        WHEN abs(i) > len(a) THEN NULL ELSE a[i] END""",
    # what comes first of all that is equal, in the order of the array
    """athena_distinct(a) AS CASE
        WHEN len(list_distinct(a)) = len(a) THEN a
        ELSE list_transform(list_sort(athena_firsts(list_sort(list_transform(a,
            lambda e, i: struct_pack(k := e, i := i))))), lambda f: f.k) END""",
    """athena_firsts(sorted) AS list_transform([sorted], lambda s: list_transform(
        list_filter(s, lambda e, j: j = 1 OR s[j - 1].k IS DISTINCT FROM e.k),
        lambda e: struct_pack(i := e.i, k := e.k)))[1]""",
    """athena_has(a, e) AS CASE WHEN e IS NULL THEN athena_has_null(a) ELSE list_contains(a, e) END""",
    "athena_minus(a, b) AS CASE WHEN b IS NULL THEN NULL ELSE list_filter(a, lambda e: NOT athena_has(b, e)) END",
    # in the order of the longer one
    """athena_both(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN len(a) >= len(b) THEN list_filter(a, lambda e: athena_has(b, e))
        ELSE list_filter(b, lambda e: athena_has(a, e)) END""",
    """athena_overlap(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN len(list_filter(a, lambda e: e IS NOT NULL AND list_contains(b, e))) > 0 THEN true
        WHEN len(a) > 0 AND len(b) > 0 AND athena_has_null(list_concat(a, b)) THEN NULL
        ELSE false END""",
    """athena_ngrams(a, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'N must be positive')
        WHEN len(a) <= n THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END""",
    """athena_count(n) AS CASE
        WHEN n < 0 THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT',
            'count argument of repeat function must be greater than or equal to 0') AS BIGINT)
        WHEN n > 10000 THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT',
            'count argument of repeat function must be less than or equal to 10000') AS BIGINT)
        ELSE n END""",
    """athena_direction(a, b, up, none) AS CASE
        WHEN none THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'step must not be zero') AS BOOLEAN)
        WHEN (up AND a > b) OR (NOT up AND a < b) THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT',
            'sequence stop value should be greater than or equal to start value if step is greater than zero '
            || 'otherwise stop should be less than or equal to start') AS BOOLEAN)
        ELSE true END""",
    "athena_too_long() AS "
    "athena_fail('INVALID_FUNCTION_ARGUMENT', 'result of sequence function must not have more than 10000 entries')",
    """athena_sequence(a, b, step) AS CASE WHEN NOT athena_direction(a, b, step > 0, step = 0) THEN NULL
        WHEN (CAST(b AS HUGEINT) - a) // nullif(step, 0) >= 10000 THEN athena_too_long()
        ELSE generate_series(a, b, step) END""",
    """athena_timestamps(a, b, step) AS CASE
        WHEN NOT athena_direction(a, b, a + step > a, a + step = a) THEN NULL
        WHEN abs(epoch_us(b) - epoch_us(a)) // nullif(abs(epoch_us(a + step) - epoch_us(a)), 0) > 12000
            THEN athena_too_long()
        WHEN len(generate_series(a, b, step)) > 10000 THEN athena_too_long()
        ELSE generate_series(a, b, step) END""",
    "athena_dates(a, b, step) AS list_transform(athena_timestamps(a, b, step), lambda e: CAST(e AS DATE))",
    """athena_slice(a, s, n) AS CASE
        WHEN n < 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'length must be greater than or equal to 0')
        WHEN s = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1')
        WHEN abs(s) > len(a) THEN a[1:0]
        WHEN s > 0 THEN a[s:s + n - 1] ELSE a[len(a) + s + 1:least(len(a), len(a) + s + n)] END""",
    """athena_trim_array(a, n) AS CASE
        WHEN n < 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'size must not be negative: ' || n)
        WHEN n > len(a) THEN athena_fail('INVALID_FUNCTION_ARGUMENT',
            'size must not exceed array cardinality ' || len(a) || ': ' || n)
        ELSE a[1:len(a) - n] END""",
    """athena_any(a, results) AS CASE
        WHEN list_contains(results, true) THEN true
        WHEN athena_has_null(results) THEN NULL
        WHEN a IS NULL THEN NULL ELSE false END""",
    """athena_all(a, results) AS CASE
        WHEN list_contains(results, false) THEN false
        WHEN athena_has_null(results) THEN NULL
        WHEN a IS NULL THEN NULL ELSE true END""",
    """athena_map(k, v) AS CASE WHEN k IS NULL OR v IS NULL THEN NULL
        WHEN len(k) <> len(v) THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'Key and value arrays must be the same length')
        ELSE map(k, v) END""",
    # the first value of each key, in the order of their coming; NULL is no key
    """athena_map_agg(entries) AS CASE WHEN entries IS NULL THEN NULL
        ELSE map_from_entries(athena_first_entries(list_filter(entries, lambda e: e.key IS NOT NULL))) END""",
    """athena_first_entries(entries) AS CASE
        WHEN len(list_distinct(list_transform(entries, lambda e: e.key))) = len(entries) THEN entries
        ELSE list_transform(list_sort(athena_first_rows(athena_by_key(entries))),
            lambda f: struct_pack(key := f.k, value := f.v)) END""",
    """athena_by_key(entries) AS list_sort(list_transform(entries,
        lambda e, i: struct_pack(k := e.key, i := i, v := e.value)))""",
    """athena_first_rows(sorted) AS list_transform([sorted], lambda s: list_transform(
        list_filter(s, lambda e, j: j = 1 OR s[j - 1].k <> e.k),
        lambda e: struct_pack(i := e.i, k := e.k, v := e.v)))[1]""",
    """athena_multimap(entries) AS CASE WHEN entries IS NULL THEN NULL ELSE map_from_entries(list_transform(
        list_sort(athena_runs(athena_by_key(list_filter(entries, lambda e: e.key IS NOT NULL)))),
        lambda r: struct_pack(key := r.k, value := r.v))) END""",
    """athena_runs(sorted) AS list_transform([sorted], lambda s: list_transform(
        [list_filter(range(1, len(s) + 1), lambda j: j = 1 OR s[j - 1].k <> s[j].k)],
        lambda b: list_transform(b, lambda start, t: struct_pack(i := s[start].i, k := s[start].k,
            v := list_transform(s[start:coalesce(b[t + 1] - 1, len(s))], lambda x: x.v))))[1])[1]""",
    "athena_map_union(lists) AS athena_map_agg(flatten(lists))",
)
