"""Macros of conversions: texts to numbers and dates in Trino's forms only, JSON to and from values. As in macros.py."""

_DATE = r"[-+]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = r"[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?"
_NUMBER = r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"

CASTS: tuple[str, ...] = (
    # numbers
    "athena_half_up(x) AS round(x)",
    """athena_finite(t, kind) AS CASE WHEN t IN ('NaN', 'Infinity', '-Infinity') THEN CAST(
        athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ' || upper(kind) || ' ''' || t || ''' to a decimal')
        AS VARCHAR) ELSE t END""",
    """athena_text_to_integer(t, low, high, name) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '[+-]?[0-9]+') AND TRY_CAST(t AS HUGEINT) BETWEEN low AND high
            THEN TRY_CAST(t AS HUGEINT)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || t || ''' to ' || name) AS HUGEINT)
    END""",
    f"""athena_number_text(t, name) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '-?[0-9]+(\\.[0-9]+)?') THEN t
        WHEN regexp_full_match(t, '[\\x00-\\x20]*{_NUMBER}[fFdD]?[\\x00-\\x20]*') THEN regexp_extract(t, '{_NUMBER}')
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || t || ''' to ' || name) AS VARCHAR) END""",
    """athena_decimal_text(t, p, s) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?') THEN t
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast VARCHAR ''' || t || ''' to DECIMAL(' || p || ', '
            || s || '). Value is not a number.') AS VARCHAR) END""",
    """athena_text_to_boolean(t) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN lower(t) IN ('t', 'true', '1') THEN true
        WHEN lower(t) IN ('f', 'false', '0') THEN false
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || t || ''' to BOOLEAN') AS BOOLEAN) END""",
    """athena_fits(t, n) AS CASE WHEN length(t) > n
        THEN CAST(athena_fail('INVALID_CAST_ARGUMENT',
            'Value ' || t || ' cannot be represented as varchar(' || n || ')') AS VARCHAR)
        ELSE t END""",
    # dates and times
    # TRY_CAST even where a test stands before it: DuckDB calculates constants without looking at the test
    f"""athena_text_to_date(t) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(trim(t, athena_blanks()), '{_DATE}')
            AND athena_usual_year(t) AND TRY_CAST(ltrim(trim(t, athena_blanks()), '+') AS DATE) IS NOT NULL
            THEN TRY_CAST(ltrim(trim(t, athena_blanks()), '+') AS DATE)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Value cannot be cast to date: ' || t) AS DATE) END""",
    r"""athena_usual_year(t) AS CASE WHEN regexp_matches(t, '^\s*([-+]|[0-9]{5}|0000)') THEN
        CAST(athena_fail('NOT_SUPPORTED', 'A year outside of 0001 to 9999 runs on Athena but not on the local engine')
            AS BOOLEAN) ELSE true END""",
    f"""athena_text_to_timestamp(t, digits) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(trim(t, athena_blanks()), '{_DATE}(?: {_CLOCK})?(?:\\s*[-+]\\d.*|\\s+[A-Za-z].*)?')
            AND athena_usual_year(t) AND athena_read_timestamp(trim(t, athena_blanks()), digits) IS NOT NULL
            THEN athena_read_timestamp(trim(t, athena_blanks()), digits)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Value cannot be cast to timestamp: ' || t) AS TIMESTAMP) END""",
    f"""athena_read_timestamp(t, digits) AS athena_round_timestamp(TRY_CAST(
        ltrim(regexp_extract(t, '^{_DATE}'), '+') || ' '
        || athena_whole_clock(regexp_extract(t, '^{_DATE} ({_CLOCK})', 1)) AS TIMESTAMP),
        CAST(pow(10, 6 - digits) AS BIGINT)) + to_microseconds(athena_seventh_digit(t, digits))""",
    """athena_whole_clock(t) AS CASE WHEN t = '' THEN '00:00:00'
        WHEN regexp_full_match(t, '[0-9]+:[0-9]+') THEN t || ':00'
        ELSE t END""",
    """athena_seventh_digit(t, digits) AS CASE
        WHEN digits = 6 AND regexp_matches(t, '\\.[0-9]{6}[5-9]') THEN 1 ELSE 0 END""",
    f"""athena_text_to_zone(t) AS athena_zone_name(
        regexp_extract(trim(t, athena_blanks()), '^{_DATE}(?: {_CLOCK})?\\s*(.*)$', 1))""",
    """athena_zone_name(z) AS CASE
        WHEN z IS NULL THEN NULL
        WHEN lower(z) IN ('', 'z', 'utc', 'gmt', 'ut', 'uct', 'zulu', 'etc/utc', 'etc/gmt') THEN 'UTC'
        WHEN regexp_full_match(z, '[+-]00(:?00)?') THEN 'UTC'
        WHEN regexp_full_match(z, '[+-][0-9]{2}:[0-9]{2}') THEN z
        WHEN regexp_full_match(z, '[+-][0-9]{4}') THEN left(z, 3) || ':' || right(z, 2)
        WHEN regexp_full_match(z, '[+-][0-9]{2}') THEN z || ':00'
        WHEN regexp_full_match(z, '[+-][0-9]') THEN left(z, 1) || '0' || right(z, 1) || ':00'
        ELSE z END""",
    """athena_offset_name(i) AS CASE WHEN epoch_us(i) = 0 THEN 'UTC' ELSE
        (CASE WHEN epoch_us(i) < 0 THEN '-' ELSE '+' END)
        || lpad(CAST(abs(epoch_us(i)) // 3600000000 AS VARCHAR), 2, '0')
        || ':' || lpad(CAST(abs(epoch_us(i)) // 60000000 % 60 AS VARCHAR), 2, '0') END""",
    """athena_whole_days(i) AS CASE WHEN epoch_us(i) % 86400000000 = 0 THEN CAST(epoch_us(i) // 86400000000 AS INTEGER)
        ELSE CAST(athena_fail('INVALID_FUNCTION_ARGUMENT', 'Cannot add hour, minutes or seconds to a date')
            AS INTEGER) END""",
    """athena_zone_minutes(z) AS CASE WHEN starts_with(z, '-') THEN -1 ELSE 1 END
        * (CAST(substring(z, 2, 2) AS INTEGER) * 60 + CAST(substring(z, 5, 2) AS INTEGER))""",
    """athena_wall(t, z) AS CASE WHEN z IS NULL THEN NULL
        WHEN left(z, 1) IN ('+', '-') THEN timezone('UTC', t) + to_minutes(athena_zone_minutes(z))
        ELSE timezone(z, t) END""",
    """athena_unwall(w, z) AS CASE WHEN z IS NULL THEN NULL
        WHEN left(z, 1) IN ('+', '-') THEN timezone('UTC', w - to_minutes(athena_zone_minutes(z)))
        ELSE timezone(z, w) END""",
    f"""athena_text_to_time(t, digits) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '{_CLOCK}') AND athena_read_timestamp('1970-01-01 ' || t, digits) IS NOT NULL
            THEN CAST(athena_read_timestamp('1970-01-01 ' || t, digits) AS TIME)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Value cannot be cast to time: ' || t) AS TIME) END""",
    """athena_round_timestamp(x, step) AS CASE WHEN step = 1 THEN x ELSE
        make_timestamp(athena_round_to(epoch_us(x), step)) END""",
    """athena_round_instant(x, step) AS timezone('UTC', athena_round_timestamp(timezone('UTC', x), step))""",
    # half up, towards the future also before 1970
    """athena_round_to(n, step) AS ((CASE WHEN n >= 0 THEN n + step // 2 ELSE n + 1 - step // 2 END) // step) * step""",
    # JSON
    """athena_json(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN NOT json_valid(t) THEN
            athena_fail('INVALID_FUNCTION_ARGUMENT', 'Cannot convert value to JSON: ''' || t || '''')
        WHEN athena_json_plain(t) THEN json(t) ELSE CAST(python_json(t) AS JSON) END""",
    # its keys are in order, its numbers are whole: as Trino would write it
    """athena_json_plain(t) AS NOT regexp_matches(t, '[0-9][.eE]') AND (NOT contains(t, '{') OR (
        starts_with(ltrim(t), '{') AND length(t) - length(replace(t, '{', '')) = 1
        AND list_distinct(json_keys(t)) = json_keys(t) AND list_sort(json_keys(t)) = json_keys(t)))""",
    """athena_json_text(j) AS CASE json_type(j)
        WHEN 'NULL' THEN NULL
        WHEN 'VARCHAR' THEN json_extract_string(j, '$')
        WHEN 'DOUBLE' THEN athena_double_text(TRY_CAST(CAST(j AS VARCHAR) AS DOUBLE))
        WHEN 'OBJECT' THEN CAST(athena_json_misfit(j, 'varchar') AS VARCHAR)
        WHEN 'ARRAY' THEN CAST(athena_json_misfit(j, 'varchar') AS VARCHAR)
        ELSE CAST(j AS VARCHAR) END""",
    """athena_json_misfit(j, name) AS
        athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || left(CAST(j AS VARCHAR), 50) || ''' to ' || name)""",
    """athena_json_boolean(j) AS CASE json_type(j)
        WHEN 'NULL' THEN NULL
        WHEN 'BOOLEAN' THEN CAST(j AS VARCHAR) = 'true'
        WHEN 'VARCHAR' THEN athena_text_to_boolean(json_extract_string(j, '$'))
        WHEN 'OBJECT' THEN CAST(athena_json_misfit(j, 'boolean') AS BOOLEAN)
        WHEN 'ARRAY' THEN CAST(athena_json_misfit(j, 'boolean') AS BOOLEAN)
        ELSE TRY_CAST(CAST(j AS VARCHAR) AS DOUBLE) <> 0 END""",
    """athena_json_integer(j) AS CASE json_type(j)
        WHEN 'NULL' THEN NULL
        WHEN 'BOOLEAN' THEN CASE WHEN CAST(j AS VARCHAR) = 'true' THEN 1 ELSE 0 END
        WHEN 'VARCHAR' THEN athena_text_to_integer(json_extract_string(j, '$'), -9223372036854775808,
            9223372036854775807, 'BIGINT')
        WHEN 'OBJECT' THEN CAST(athena_json_misfit(j, 'bigint') AS HUGEINT)
        WHEN 'ARRAY' THEN CAST(athena_json_misfit(j, 'bigint') AS HUGEINT)
        WHEN 'DOUBLE' THEN coalesce(TRY_CAST(athena_half_away(abs(TRY_CAST(CAST(j AS VARCHAR) AS DOUBLE)))
            * sign(TRY_CAST(CAST(j AS VARCHAR) AS DOUBLE)) AS HUGEINT),
            CAST(athena_json_misfit(j, 'bigint') AS HUGEINT))
        ELSE coalesce(TRY_CAST(CAST(j AS VARCHAR) AS HUGEINT), CAST(athena_json_misfit(j, 'bigint') AS HUGEINT)) END""",
    """athena_json_number(j) AS CASE json_type(j)
        WHEN 'NULL' THEN NULL
        WHEN 'BOOLEAN' THEN CASE WHEN CAST(j AS VARCHAR) = 'true' THEN 1.0e0 ELSE 0.0e0 END
        WHEN 'VARCHAR' THEN TRY_CAST(athena_number_text(json_extract_string(j, '$'), 'DOUBLE') AS DOUBLE)
        WHEN 'OBJECT' THEN CAST(athena_json_misfit(j, 'double') AS DOUBLE)
        WHEN 'ARRAY' THEN CAST(athena_json_misfit(j, 'double') AS DOUBLE)
        ELSE TRY_CAST(CAST(j AS VARCHAR) AS DOUBLE) END""",
    """athena_json_digits(j) AS CASE json_type(j)
        WHEN 'NULL' THEN NULL
        WHEN 'BOOLEAN' THEN CASE WHEN CAST(j AS VARCHAR) = 'true' THEN '1' ELSE '0' END
        WHEN 'VARCHAR' THEN athena_decimal_text(json_extract_string(j, '$'), 38, 0)
        WHEN 'OBJECT' THEN CAST(athena_json_misfit(j, 'decimal') AS VARCHAR)
        WHEN 'ARRAY' THEN CAST(athena_json_misfit(j, 'decimal') AS VARCHAR)
        ELSE CAST(j AS VARCHAR) END""",
    """athena_json_member(j, name) AS coalesce(json_extract(j, '$."' || name || '"'),
        json_extract(j, '$."' || list_filter(json_keys(j), lambda k: lower(k) = name)[1] || '"'))""",
    "athena_json_float(t) AS CASE WHEN t IN ('NaN', 'Infinity', '-Infinity') THEN '\"' || t || '\"' ELSE t END",
    """athena_json_decimal(t) AS CASE WHEN NOT regexp_matches(t, '^-?0\\.000000') THEN t
        WHEN regexp_full_match(t, '-?0\\.0+') THEN '0E-' || length(regexp_extract(t, '[0-9]+$'))
        ELSE athena_json_small(CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END,
            ltrim(regexp_extract(t, '[0-9]+$'), '0'), length(regexp_extract(t, '[0-9]+$'))) END""",
    """athena_json_small(sign, digits, scale) AS sign || left(digits, 1)
        || CASE WHEN length(digits) > 1 THEN '.' || substring(digits, 2) ELSE '' END
        || 'E-' || (scale - length(digits) + 1)""",
)
