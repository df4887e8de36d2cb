"""Macros of texts, regular expressions and JSON. As in macros.py."""

TEXTS: tuple[str, ...] = (
    r"""athena_blanks() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30)
        || chr(31) || chr(5760) || chr(6158) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196)
        || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8287)
        || chr(12288)""",
    r"""athena_replace(s, a, b) AS CASE
        WHEN a = '' THEN b || coalesce(array_to_string(list_transform(range(1, length(s) + 1),
            lambda i: substring(s, i, 1) || b), ''), '')
        ELSE replace(s, a, b) END""",
    # code points one by one, where DuckDB would keep together what makes one sign
    r"""athena_reverse(s) AS CASE WHEN strlen(s) = length(s) THEN reverse(s)
        ELSE array_to_string(list_transform(range(length(s), 0, -1), lambda i: substring(s, i, 1)), '') END""",
    # Java maps a letter to one letter: this one it leaves alone
    r"""athena_upper(s) AS CASE WHEN contains(s, 'ß')
        THEN replace(upper(replace(s, 'ß', chr(57344))), chr(57344), 'ß') ELSE upper(s) END""",
    "athena_lower(s) AS lower(s)",
    "athena_substr(s, i) AS CASE WHEN i = 0 OR abs(i) > length(s) THEN left(s, 0) ELSE substring(s, i) END",
    r"""athena_substr_to(s, i, n) AS CASE WHEN n IS NULL THEN NULL
        WHEN i = 0 OR abs(i) > length(s) OR n <= 0 THEN left(s, 0) ELSE substring(s, i, n) END""",
    r"""athena_hex_start(b, i) AS CASE WHEN i = 0 OR abs(i) > octet_length(b) THEN 0 WHEN i > 0 THEN 2 * i - 1
        ELSE 2 * i END""",
    r"""athena_pad_length(n, p) AS CASE
        WHEN n NOT BETWEEN 0 AND 2147483647 THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT',
            'Target length must be in the range [0..2147483647]') AS INTEGER)
        WHEN p = '' THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'Padding string must not be empty') AS INTEGER)
        WHEN n > 100000000 THEN CAST(athena_fail('EXHAUSTED', 'too long a text') AS INTEGER)
        ELSE CAST(n AS INTEGER) END""",
    "athena_lpad(s, n, p) AS lpad(s, athena_pad_length(n, p), p)",
    "athena_rpad(s, n, p) AS rpad(s, athena_pad_length(n, p), p)",
    r"""athena_split_all(s, d) AS CASE
        WHEN d = '' THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'The delimiter may not be the empty string')
        ELSE string_split(s, d) END""",
    r"""athena_split(s, d, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Limit must be positive')
        WHEN n > 2147483647 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Limit is too large')
        WHEN d = '' THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'The delimiter may not be the empty string')
        WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
        ELSE list_append(string_split(s, d)[1:n - 1], athena_glue(string_split(s, d)[n:], d)) END""",
    r"""athena_split_part(s, d, n) AS CASE
        WHEN n <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Index must be greater than zero')
        WHEN d = '' THEN CASE WHEN n <= length(s) THEN substring(s, n, 1) END
        WHEN n > len(string_split(s, d)) THEN NULL
        ELSE string_split(s, d)[n] END""",
    r"""athena_entries(s, e, k) AS CASE
        WHEN e = '' THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'entryDelimiter is empty')
        WHEN k = '' THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'keyValueDelimiter is empty')
        WHEN e = k THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'entryDelimiter and keyValueDelimiter must not be the same')
        WHEN s = '' THEN CAST([] AS VARCHAR[])
        WHEN ends_with(s, e) THEN string_split(s, e)[1:len(string_split(s, e)) - 1]
        ELSE string_split(s, e) END""",
    r"""athena_pair(p, k) AS struct_pack(key := string_split(p, k)[1], value := CASE WHEN len(string_split(p, k)) = 2
        THEN string_split(p, k)[2]
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT',
            'Key-value delimiter must appear exactly once in each entry. Bad input: ''' || p || '''') END)""",
    r"""athena_split_to_map(s, e, k) AS athena_unique_map(list_transform(athena_entries(s, e, k),
        lambda p: athena_pair(p, k)))""",
    r"""athena_unique_map(entries) AS CASE
        WHEN len(list_distinct(list_transform(entries, lambda p: p.key))) < len(entries)
            THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'Duplicate keys are not allowed')
        ELSE map_from_entries(entries) END""",
    r"""athena_split_to_multimap(s, e, k) AS athena_multimap(list_transform(athena_entries(s, e, k),
        lambda p: athena_pair(p, k)))""",
    r"""athena_chr(n) AS CASE
        WHEN n BETWEEN 0 AND 55295 OR n BETWEEN 57344 AND 1114111 THEN chr(CAST(n AS INTEGER))
        WHEN n IS NULL THEN NULL
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Not a valid Unicode code point: ' || n) END""",
    r"""athena_levenshtein(a, b) AS CASE
        WHEN strlen(a) = length(a) AND strlen(b) = length(b) AND length(a) * length(b) <= 1000000
            THEN CAST(levenshtein(a, b) AS BIGINT)
        ELSE python_levenshtein(a, b) END""",
    r"""athena_hamming(a, b) AS CASE
        WHEN strlen(a) = length(a) AND strlen(b) = length(b) AND length(a) = length(b) AND a <> ''
            THEN CAST(hamming(a, b) AS BIGINT)
        ELSE python_hamming(a, b) END""",
    # regular expressions
    r"""athena_group(n) AS CASE
        WHEN n < 0 THEN CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'Group cannot be negative') AS INTEGER)
        WHEN n > 0 THEN CAST(athena_fail('NOT_SUPPORTED',
            'A group of a regular expression in a column runs on Athena but not on the local engine') AS INTEGER)
        ELSE 0 END""",
    r"""athena_replacement(r) AS CASE
        WHEN regexp_matches(r, '[\\$]') THEN athena_fail('NOT_SUPPORTED',
            'A replacement with groups in a column runs on Athena but not on the local engine')
        ELSE r END""",
    r"""athena_regexp_position(s, p, start, nth) AS CASE
        WHEN s IS NULL OR p IS NULL OR start IS NULL OR nth IS NULL THEN NULL
        WHEN start <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'start position cannot be smaller than 1')
        WHEN nth <= 0 THEN athena_fail('INVALID_FUNCTION_ARGUMENT', 'occurrence cannot be smaller than 1')
        WHEN start > length(s) OR len(regexp_extract_all(substring(s, start), p)) < nth THEN -1
        ELSE athena_nth_place(regexp_split_to_array(substring(s, start), p),
            regexp_extract_all(substring(s, start), p), CAST(start AS INTEGER), CAST(nth AS INTEGER)) END""",
    r"""athena_nth_place(pieces, found, start, nth) AS CAST(start
        + length(array_to_string(pieces[1:nth], '')) + length(array_to_string(found[1:nth - 1], '')) AS INTEGER)""",
    # JSON
    "athena_json_lenient(t) AS CASE WHEN json_valid(t) THEN CAST(t AS JSON) END",
    r"""athena_json_scalar(j, p) AS CASE json_type(j, p)
        WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'NULL' THEN NULL
        WHEN 'DOUBLE' THEN python_json_number_at(CAST(j AS VARCHAR), p)
        ELSE json_extract_string(j, p) END""",
    "athena_json_extract(j, p) AS athena_java_numbers(json_extract(j, p))",
    r"""athena_java_numbers(x) AS CASE
        WHEN regexp_matches(CAST(x AS VARCHAR), '[0-9][eE]|[0-9]{8,}\.[0-9]|0\.000')
            THEN CAST(python_json_numbers(CAST(x AS VARCHAR)) AS JSON)
        ELSE x END""",
    "athena_json_length(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END",
    # strings come out bare: the text is no JSON, in Trino neither
    r"""athena_json_item(j, i) AS CASE
        WHEN json_type(j) = 'ARRAY' AND i BETWEEN -json_array_length(j) AND json_array_length(j) - 1
            THEN json_extract_string(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || i || ']') END""",
    "athena_json_items(j, kind) AS list_filter(json_extract(j, '$[*]'), lambda e: json_type(e) = kind)",
    r"""athena_json_contains_text(j, x) AS CASE WHEN json_type(j) = 'ARRAY' THEN
        list_contains(list_transform(athena_json_items(j, 'VARCHAR'), lambda e: json_extract_string(e, '$')), x) END""",
    r"""athena_json_contains_boolean(j, x) AS CASE WHEN json_type(j) = 'ARRAY' THEN
        list_contains(list_transform(athena_json_items(j, 'BOOLEAN'), lambda e: CAST(e AS VARCHAR) = 'true'), x) END""",
    r"""athena_json_contains_whole(j, x) AS CASE WHEN json_type(j) = 'ARRAY' THEN
        list_contains(list_transform(list_concat(athena_json_items(j, 'UBIGINT'), athena_json_items(j, 'BIGINT')),
            lambda e: TRY_CAST(CAST(e AS VARCHAR) AS BIGINT)), x) END""",
    r"""athena_json_contains_double(j, x) AS CASE WHEN json_type(j) = 'ARRAY' THEN isfinite(x) AND
        list_contains(list_transform(athena_json_items(j, 'DOUBLE'), lambda e: CAST(CAST(e AS VARCHAR) AS DOUBLE)), x)
        END""",
    r"""athena_json_size(j) AS CASE WHEN j IS NULL THEN NULL
        WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT)
        WHEN json_type(j) = 'OBJECT' THEN CAST(len(json_keys(j)) AS BIGINT) ELSE 0 END""",
    "athena_is_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')",
    "athena_json_path(p) AS regexp_replace(trim(p), '^(lax|strict) +', '')",
)
