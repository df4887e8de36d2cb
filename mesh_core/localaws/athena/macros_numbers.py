"""Macros of numbers. As in macros.py."""

NUMBERS: tuple[str, ...] = (
    r"""athena_abs(x, limit_, name) AS CASE WHEN x = -limit_
        THEN athena_fail('NUMERIC_VALUE_OUT_OF_RANGE', 'Value ' || x || ' is out of range for abs(' || name || ')')
        ELSE abs(x) END""",
    # half up on the number times a power of ten, as a double has it
    r"""athena_round(x, n) AS CASE WHEN NOT isfinite(x) THEN CAST(x AS DOUBLE)
        ELSE (CASE WHEN x < 0 THEN -1 ELSE 1 END)
            * (athena_half_away(abs(CAST(x AS DOUBLE)) * pow(10.0, n)) / pow(10.0, n)) END""",
    "athena_half_away(r) AS floor(r) + CASE WHEN r - floor(r) >= 0.5 THEN 1 ELSE 0 END",
    "athena_power_of_ten(n) AS CAST('1' || repeat('0', CAST(n AS INTEGER)) AS HUGEINT)",
    r"""athena_round_whole(x, n) AS CASE WHEN n >= 0 THEN x WHEN n < -18 THEN 0
        ELSE athena_nearest(CAST(x AS HUGEINT), athena_power_of_ten(-n)) END""",
    # to the nearest multiple, half away from zero
    r"""athena_nearest(u, step) AS (CASE WHEN u < 0 THEN -1 ELSE 1 END) * ((abs(u) + step // 2) // step) * step""",
    r"""athena_round_unscaled(u, p, s, n) AS CASE WHEN n >= s THEN u WHEN p - s + n < 0 THEN 0
        ELSE athena_nearest(u, athena_power_of_ten(s - n)) END""",
    r"""athena_truncate_unscaled(u, p, s, n) AS CASE WHEN p - s + n <= 0 THEN 0 WHEN n >= s THEN u
        ELSE u - u % athena_power_of_ten(s - n) END""",
    r"""athena_power(x, y) AS CASE WHEN abs(x) = 1 AND NOT isfinite(y) THEN CAST('NaN' AS DOUBLE)
        WHEN x = 1 AND isnan(y) THEN y ELSE pow(x, y) END""",
    "athena_sqrt(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt(x) END",
    r"""athena_ln(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE)
        WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ln(x) END""",
    r"""athena_log10(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE)
        WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE log10(x) END""",
    r"""athena_bound(n) AS CASE WHEN n <= 0 THEN
        CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'bound must be positive') AS BIGINT) ELSE n END""",
    r"""athena_range(a, b) AS CASE WHEN a >= b THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT',
        'start value must be less than stop value') AS BIGINT) ELSE b - a END""",
    r"""athena_width_bucket(x, one, other, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'bucketCount must be greater than 0')
        WHEN isnan(x) THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'operand must not be NaN')
        WHEN NOT isfinite(one) THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'first bound must be finite')
        WHEN NOT isfinite(other) THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'second bound must be finite')
        WHEN one = other THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'bounds cannot equal each other')
        WHEN one > other THEN n - athena_bucket(x, other, one, n) + 1
        ELSE athena_bucket(x, one, other, n) END""",
    r"""athena_bucket(x, low, high, n) AS CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1
        ELSE CAST(trunc(CAST(n AS DOUBLE) * (x - low) / (high - low) + 1) AS BIGINT) END""",
    r"""athena_bucket_of(x, bins) AS CASE
        WHEN len(bins) = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Bins cannot be an empty array')
        WHEN isnan(x) THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Operand cannot be NaN')
        WHEN len(list_filter(bins, lambda b: NOT isfinite(b))) > 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT',
            'Bin value must be finite, got ' || athena_double_text(list_filter(bins, lambda b: NOT isfinite(b))[1]))
        WHEN list_sort(bins) <> bins THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'Bin values are not sorted in ascending order')
        ELSE CAST(len(list_filter(bins, lambda b: b <= x)) AS BIGINT) END""",
    r"""athena_radix(b) AS CASE WHEN b IS NULL OR b BETWEEN 2 AND 36 THEN b
        ELSE CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'Radix must be between 2 and 36') AS BIGINT) END""",
    r"""athena_from_base(t, b) AS CASE
        WHEN b NOT BETWEEN 2 AND 36 THEN athena_radix(b)
        WHEN regexp_full_match(t, '[+-]?[0-9A-Za-z]{1,64}') AND list_max(athena_digits_of(t)) < b
            AND athena_value_of(t, b) BETWEEN -9223372036854775808 AND 9223372036854775807
            THEN CAST(athena_value_of(t, b) AS BIGINT)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid base-' || b || ' number: ' || t) END""",
    r"""athena_digits_of(t) AS list_transform(string_split(ltrim(lower(t), '+-'), ''),
        lambda c: CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS HUGEINT))""",
    # doubles tell when the digits are too many
    r"""athena_value_of(t, b) AS CASE WHEN length(ltrim(t, '+-0')) * ln(b) / ln(2) > 70 THEN 10000000000000000000
        ELSE (CASE WHEN starts_with(t, '-') THEN -1 ELSE 1 END)
            * list_reduce(athena_digits_of(t), lambda s, d: s * b + d) END""",
    r"""athena_to_base(x, b) AS (CASE WHEN x < 0 THEN '-' ELSE '' END)
        || lower(to_base(abs(CAST(x AS HUGEINT))::BIGINT, CAST(athena_radix(b) AS INTEGER)))""",
    # in two's complement of so many values
    r"""athena_shift_left(x, n, span) AS CASE WHEN n >= 64 THEN 0
        ELSE athena_wrapped((CAST(x AS HUGEINT) % span) * CAST(pow(2, n) AS HUGEINT) % span, span) END""",
    r"""athena_wrapped(x, span) AS CASE WHEN (x + span) % span >= CAST(span AS HUGEINT) // 2
        THEN (x + span) % span - span ELSE (x + span) % span END""",
    r"""athena_shift_right(x, n, span) AS CASE WHEN n >= 64 THEN 0 WHEN n = 0 THEN x
        ELSE (CASE WHEN x < 0 THEN CAST(x AS HUGEINT) + span ELSE CAST(x AS HUGEINT) END)
            // CAST(pow(2, n) AS HUGEINT) END""",
    r"""athena_bit_count(x, n) AS CASE
        WHEN n <= 1 OR n > 64 THEN athena_fail('INVALID_FUNCTION_ARGUMENT',
            'Bits specified in bit_count must be between 2 and 64, got ' || n)
        WHEN x NOT BETWEEN -CAST(pow(2, n - 1) AS HUGEINT) AND CAST(pow(2, n - 1) AS HUGEINT) - 1 THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'Number must be representable with the bits specified. ' || x
                || ' cannot be represented with ' || n || ' bits')
        ELSE CAST(bit_count(CASE WHEN x < 0 THEN CAST(pow(2, n) AS HUGEINT) + x ELSE CAST(x AS HUGEINT) END) AS BIGINT)
        END""",
    r"""athena_norm(m) AS sqrt(list_sum(list_transform(map_values(m), lambda v: v * v)))""",
    r"""athena_cosine(a, b) AS CASE
        WHEN len(list_filter(list_concat(map_values(a), map_values(b)), lambda v: v IS NULL)) > 0 THEN NULL
        ELSE coalesce(list_sum(list_transform(list_filter(map_keys(a), lambda k: map_contains(b, k)),
            lambda k: map_extract_value(a, k) * map_extract_value(b, k))), 0)
            / (athena_norm(a) * athena_norm(b)) END""",
)
