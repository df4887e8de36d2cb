"""More macros, as in macros.py: texts, dates, arrays and maps."""

VALUES: tuple[str, ...] = (
    "athena_round(x, n) AS CASE WHEN isfinite(x) THEN round(x, CAST(n AS INTEGER)) ELSE x END",
    "athena_round_decimal(x, n) AS round(x, CAST(n AS INTEGER))",
    "athena_sqrt(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt(x) END",
    """athena_ln(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE)
        WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE ln(x) END""",
    """athena_log10(x) AS CASE WHEN x < 0 THEN CAST('NaN' AS DOUBLE)
        WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) ELSE log10(x) END""",
    """athena_width_bucket(x, lo, hi, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'bucketCount must be greater than 0')
        WHEN lo = hi THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'bounds cannot equal each other')
        WHEN lo < hi THEN CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1
            ELSE CAST(floor(n * (x - lo) / (hi - lo)) AS BIGINT) + 1 END
        ELSE CASE WHEN x > lo THEN 0 WHEN x <= hi THEN n + 1
            ELSE CAST(floor(n * (lo - x) / (lo - hi)) AS BIGINT) + 1 END END""",
    """athena_from_base(t, b) AS CASE WHEN regexp_full_match(t, '-?[0-9a-z]+') AND b BETWEEN 2 AND 36 THEN
        CAST((CASE WHEN starts_with(t, '-') THEN -1 ELSE 1 END) * list_reduce(
            list_transform(string_split(ltrim(t, '-'), ''),
                lambda c: CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS HUGEINT)),
            lambda s, d: s * b + d) AS BIGINT)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid base-' || b || ' number: ' || t) END""",
    "athena_to_base(x, b) AS (CASE WHEN x < 0 THEN '-' ELSE '' END) || lower(to_base(abs(x), CAST(b AS INTEGER)))",
    """athena_shift_left(x, n) AS CASE WHEN n >= 64 THEN 0 ELSE
        CAST((((CAST(x AS HUGEINT) * CAST(pow(2, n) AS HUGEINT)) % 18446744073709551616
            + 27670116110564327424) % 18446744073709551616) - 9223372036854775808 AS BIGINT) END""",
    """athena_shift_right(x, n) AS CASE WHEN n >= 64 THEN 0 WHEN n = 0 THEN x ELSE
        CAST((CASE WHEN x < 0 THEN CAST(x AS HUGEINT) + 18446744073709551616 ELSE CAST(x AS HUGEINT) END)
            // CAST(pow(2, n) AS HUGEINT) AS BIGINT) END""",
    # texts
    "athena_blanks() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || "
    "chr(29) || chr(30) || chr(31)",
    """athena_replace(s, a, b) AS CASE
        WHEN a = '' THEN b || array_to_string(list_transform(string_split(s, ''), lambda c: c || b), '')
        ELSE replace(s, a, b) END""",
    "athena_substr(s, i) AS CASE WHEN i = 0 OR abs(i) > length(s) THEN left(s, 0) ELSE substring(s, i) END",
    """athena_substr_to(s, i, n) AS CASE WHEN n IS NULL THEN NULL
        WHEN i = 0 OR abs(i) > length(s) OR n <= 0 THEN left(s, 0) ELSE substring(s, i, n) END""",
    """athena_strpos(s, p, n) AS CASE
        WHEN n = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', '''instance'' must be a positive or negative number.')
        WHEN p = '' THEN 1
        WHEN len(string_split(s, p)) - 1 < abs(n) THEN 0
        WHEN n > 0 THEN length(array_to_string(string_split(s, p)[1:n], p)) + 1
        ELSE length(array_to_string(string_split(s, p)[1:len(string_split(s, p)) + n], p)) + 1 END""",
    """athena_split(s, d, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Limit must be positive')
        WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
        ELSE list_append(string_split(s, d)[1:n - 1], array_to_string(string_split(s, d)[n:], d)) END""",
    """athena_split_to_map(s, e, k) AS map_from_entries(list_transform(
        CASE WHEN s = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(s, e) END,
        lambda p: struct_pack(key := string_split(p, k)[1], value := CASE WHEN len(string_split(p, k)) = 2
            THEN string_split(p, k)[2]
            ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Key-value delimiter must appear exactly once in each entry')
            END)))""",
    """athena_from_hex64(h) AS list_reduce(list_transform(string_split(lower(h), ''),
        lambda c: CAST(strpos('0123456789abcdef', c) - 1 AS HUGEINT)), lambda s, d: s * 16 + d)
        - CASE WHEN lower(left(h, 1)) >= '8' THEN 18446744073709551616 ELSE 0 END""",
    "athena_group(s, p, g) AS regexp_extract_all(s, p, CAST(g AS INTEGER))[1]",
    r"""athena_replacement(r) AS regexp_replace(replace(r, '\', '\\'), '\$0*(\d)', '\\\1', 'g')""",
    # DuckDB compares bytes: each character becomes one
    """athena_bytes(s, alphabet) AS array_to_string(list_transform(string_split(s, ''),
        lambda c: chr(CAST(list_position(alphabet, c) AS INTEGER))), '')""",
    """athena_alphabet(a, b) AS CASE WHEN len(list_distinct(string_split(a || b, ''))) < 128
        THEN list_distinct(string_split(a || b, ''))
        ELSE athena_fail('NOT_SUPPORTED', 'A distance of texts with 128 different characters runs on Athena but not on '
            || 'the local engine') END""",
    """athena_levenshtein(a, b) AS CASE WHEN strlen(a) = length(a) AND strlen(b) = length(b) THEN levenshtein(a, b)
        ELSE levenshtein(athena_bytes(a, athena_alphabet(a, b)), athena_bytes(b, athena_alphabet(a, b))) END""",
    """athena_hamming(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN length(a) <> length(b) THEN athena_fail('INVALID_FUNCTION_ARGUMENT',
            'The input strings to hamming_distance function must have the same length')
        WHEN strlen(a) = length(a) AND strlen(b) = length(b) THEN hamming(a, b)
        ELSE hamming(athena_bytes(a, athena_alphabet(a, b)), athena_bytes(b, athena_alphabet(a, b))) END""",
    """athena_regexp_position(s, p) AS CASE WHEN regexp_matches(s, p) THEN
        CAST(strpos(s, regexp_extract(s, p)) AS INTEGER) ELSE -1 END""",
    r"""athena_url_parameter(u, p) AS list_transform(list_filter(
        string_split(regexp_extract(u, '\?([^#]*)', 1), '&'), lambda q: q = p OR starts_with(q, p || '=')),
        lambda q: url_decode(replace(substring(q, length(p) + 2), '+', ' ')))[1]""",
    """athena_soundex(t) AS CASE WHEN t IS NULL THEN NULL WHEN t = '' THEN ''
        ELSE upper(left(t, 1)) || rpad(left(replace(
        substring(regexp_replace(translate(regexp_replace(lower(t), '(?:h|w)', '', 'g'),
            'abcdefgijklmnopqrstuvxyz', '012301202245501262301202'),
            '(0|1+|2+|3+|4+|5+|6+)', '\\1', 'g'), 2), '0', ''), 3),
        3, '0') END""",
    """athena_json(t) AS CASE WHEN t IS NULL THEN NULL WHEN json_valid(t) THEN json(t)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Cannot convert value to JSON') END""",
    """athena_json_scalar(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) AND
        json_type(j, p) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(j, p) END""",
    """athena_json_length(j) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) AND json_type(j) = 'ARRAY'
        THEN CAST(json_array_length(j) AS BIGINT) END""",
    """athena_json_size(j) AS CASE WHEN j IS NULL THEN NULL
        WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT)
        WHEN json_type(j) = 'OBJECT' THEN CAST(len(json_keys(j)) AS BIGINT) ELSE 0 END""",
    "athena_json_path(p) AS regexp_replace(trim(p), '^(lax|strict) +', '')",
    # dates
    """athena_offset_text(m) AS (CASE WHEN m < 0 THEN '-' ELSE '+' END) || lpad(CAST(abs(m) // 60 AS VARCHAR), 2, '0')
        || ':' || lpad(CAST(abs(m) % 60 AS VARCHAR), 2, '0')""",
    """athena_date_add(u, n, x) AS CASE lower(u)
        WHEN 'millisecond' THEN x + to_milliseconds(n) WHEN 'second' THEN x + to_seconds(n)
        WHEN 'minute' THEN x + to_minutes(n) WHEN 'hour' THEN x + to_hours(n)
        WHEN 'day' THEN x + to_days(CAST(n AS INTEGER)) WHEN 'week' THEN x + to_weeks(CAST(n AS INTEGER))
        WHEN 'month' THEN x + to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN x + to_quarters(CAST(n AS INTEGER))
        WHEN 'year' THEN x + to_years(CAST(n AS INTEGER))
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid field of a date: ' || u) END""",
    """athena_date_diff(u, a, b) AS CASE lower(u)
        WHEN 'millisecond' THEN (epoch_us(b) - epoch_us(a)) // 1000
        WHEN 'second' THEN (epoch_us(b) - epoch_us(a)) // 1000000
        WHEN 'minute' THEN (epoch_us(b) - epoch_us(a)) // 60000000
        WHEN 'hour' THEN (epoch_us(b) - epoch_us(a)) // 3600000000
        WHEN 'day' THEN (epoch_us(b) - epoch_us(a)) // 86400000000
        WHEN 'week' THEN (epoch_us(b) - epoch_us(a)) // 604800000000
        WHEN 'month' THEN athena_months_between(a, b) WHEN 'quarter' THEN athena_months_between(a, b) // 3
        WHEN 'year' THEN athena_months_between(a, b) // 12
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid field of a date: ' || u) END""",
    r"""athena_iso_date(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d') THEN CAST(t AS DATE)
        WHEN regexp_full_match(t, '\d{4}-W\d\d-\d') THEN CAST(strptime(t, '%G-W%V-%u') AS DATE)
        WHEN regexp_full_match(t, '\d{4}-\d{3}') THEN CAST(strptime(t, '%Y-%j') AS DATE)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: ' || t) END""",
    r"""athena_iso_timestamp(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?') THEN
            CAST(regexp_replace(regexp_replace(regexp_replace(t, 'T(\d\d:\d\d)([Zz+-]|$)', 'T\1:00\2'),
                '([+-]\d\d)(\d\d)$', '\1:\2'), '[zZ]$', '+00') AS TIMESTAMPTZ)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: ' || t) END""",
    r"""athena_duration(t) AS CASE
        WHEN regexp_full_match(t, '\s*\d+(\.\d+)?\s*(ns|us|ms|s|m|h|d)\s*') THEN to_microseconds(CAST(round(
            CAST(regexp_extract(t, '\d+(\.\d+)?') AS DOUBLE) * CASE regexp_extract(t, '[a-z]+')
                WHEN 'ns' THEN 0.001 WHEN 'us' THEN 1 WHEN 'ms' THEN 1e3 WHEN 's' THEN 1e6 WHEN 'm' THEN 6e7
                WHEN 'h' THEN 3.6e9 ELSE 8.64e10 END) AS BIGINT))
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid duration: ' || t) END""",
    # arrays and maps
    """athena_element_at(a, i) AS CASE
        WHEN i = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1')
        WHEN abs(i) > len(a) THEN NULL ELSE a[i] END""",
    """athena_has(a, e) AS CASE WHEN e IS NULL THEN len(list_filter(a, lambda o: o IS NULL)) > 0
        ELSE list_contains(a, e) END""",
    "athena_minus(a, b) AS CASE WHEN b IS NULL THEN NULL ELSE list_filter(a, lambda e: NOT athena_has(b, e)) END",
    "athena_both(a, b) AS CASE WHEN b IS NULL THEN NULL ELSE list_filter(a, lambda e: athena_has(b, e)) END",
    """athena_overlap(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN len(list_filter(a, lambda e: e IS NOT NULL AND list_contains(b, e))) > 0 THEN true
        WHEN len(a) > 0 AND len(b) > 0 AND len(list_filter(list_concat(a, b), lambda e: e IS NULL)) > 0 THEN NULL
        ELSE false END""",
    """athena_ngrams(a, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'N must be positive')
        WHEN len(a) <= n THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END""",
    "athena_sequence(a, b) AS CASE WHEN a <= b THEN generate_series(a, b) ELSE generate_series(a, b, -1) END",
    """athena_slice(a, s, n) AS CASE
        WHEN n < 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'length must be greater than or equal to 0')
        WHEN s = 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'SQL array indices start at 1')
        WHEN abs(s) > len(a) THEN a[1:0]
        WHEN s > 0 THEN a[s:s + n - 1] ELSE a[len(a) + s + 1:least(len(a), len(a) + s + n)] END""",
    """athena_zip2(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE
        list_transform(range(1, greatest(len(a), len(b)) + 1), lambda i: struct_pack(_0 := a[i], _1 := b[i])) END""",
    """athena_map(k, v) AS CASE WHEN k IS NULL OR v IS NULL THEN NULL
        WHEN len(k) <> len(v) THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'Key and value arrays must be the same length')
        ELSE map(k, v) END""",
    """athena_map_agg(entries) AS CASE WHEN entries IS NULL THEN NULL
        ELSE map_from_entries(athena_first_of_keys(entries)) END""",
    """athena_multimap(entries) AS CASE WHEN entries IS NULL THEN NULL
        ELSE map_from_entries(list_transform(athena_first_of_keys(entries),
            lambda e: struct_pack(key := e.key, value := list_transform(
                list_filter(entries, lambda o: o.key = e.key), lambda o: o.value)))) END""",
    "athena_map_union(lists) AS athena_map_agg(flatten(lists))",
    """athena_entropy(counts) AS -list_sum(list_transform(list_filter(counts, lambda c: c > 0),
        lambda c: (CAST(c AS DOUBLE) / CAST(list_sum(counts) AS DOUBLE))
            * log2(CAST(c AS DOUBLE) / CAST(list_sum(counts) AS DOUBLE))))""",
)
