"""More macros, as in macros.py: texts of files as the values of a table's columns."""

_FLOAT = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_DAY = r"([+-]?[0-9]{1,9})-([0-9]{1,2})-([0-9]{1,2})"
_CLOCK = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,9}))?"
_ISO = r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
_NAMES = "['y', 'm', 'd', 'h', 'i', 's', 'f']"

READING: tuple[str, ...] = (
    # numbers as Java reads them: a text that DuckDB can cast, or NULL
    rf"""athena_java_double(t) AS CASE WHEN regexp_full_match(trim(t), '[+-]?(?:NaN|Infinity|{_FLOAT}[fFdD]?)')
        THEN regexp_replace(trim(t), '([0-9.])[fFdD]$', '\1') END""",
    rf"athena_java_decimal(t) AS CASE WHEN regexp_full_match(t, '[+-]?{_FLOAT}') THEN t END",
    # dates and times whose fields may be too large, which moves them on
    "athena_lenient_date(y, m, d) AS CAST(make_date(y, 1, 1) + to_months(CAST(m - 1 AS INTEGER))"
    " + to_days(CAST(d - 1 AS INTEGER)) AS DATE)",
    """athena_lenient_moment(p) AS CAST(athena_lenient_date(CAST(p.y AS INTEGER), CAST(p.m AS INTEGER),
        CAST(p.d AS INTEGER)) AS TIMESTAMP) + to_hours(CAST('0' || p.h AS INTEGER))
        + to_minutes(CAST('0' || p.i AS INTEGER)) + to_seconds(CAST('0' || p.s AS INTEGER))
        + to_milliseconds(CAST(round(CAST(rpad(p.f, 9, '0') AS DOUBLE) / 1000000) AS BIGINT))""",
    rf"""athena_hive_moment(t) AS CASE
        WHEN regexp_full_match(t, '{_DAY}(?: {_CLOCK})?')
            THEN athena_lenient_moment(regexp_extract(t, '^{_DAY}(?: {_CLOCK})?$', {_NAMES}))
        WHEN regexp_full_match(t, '{_ISO}') THEN athena_lenient_moment(regexp_extract(t, '^{_ISO}$', {_NAMES})) END""",
    rf"""athena_hive_day(t) AS CASE WHEN regexp_full_match(t, '{_DAY}') THEN athena_lenient_date(
        CAST(regexp_extract(t, '^{_DAY}$', 1) AS INTEGER), CAST(regexp_extract(t, '^{_DAY}$', 2) AS INTEGER),
        CAST(regexp_extract(t, '^{_DAY}$', 3) AS INTEGER)) END""",
    # OpenCSVSerde
    """athena_csv_bad(t, i) AS athena_fail('HIVE_BAD_DATA',
        'Error parsing field value ''' || t || ''' for field ' || i || ': For input string: "' || t || '"')""",
    """athena_csv_integer(t, i, bits) AS CASE WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '[+-]?[0-9]+')
            AND TRY_CAST(t AS HUGEINT) BETWEEN -(CAST(1 AS HUGEINT) << bits) AND (CAST(1 AS HUGEINT) << bits) - 1
            THEN CAST(t AS BIGINT)
        ELSE CAST(athena_csv_bad(t, i) AS BIGINT) END""",
    """athena_csv_double(t, i) AS CASE WHEN t IS NULL OR athena_java_double(t) IS NOT NULL THEN athena_java_double(t)
        ELSE athena_csv_bad(t, i) END""",
    """athena_csv_decimal(t, i) AS CASE WHEN t IS NULL OR athena_java_decimal(t) IS NOT NULL
        THEN athena_java_decimal(t) ELSE athena_csv_bad(t, i) END""",
    # LazySimpleSerDe: a fraction is cut off an integer
    r"""athena_lazy_integer(t) AS CASE WHEN regexp_full_match(t, '[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]*)')
        THEN regexp_replace(regexp_replace(t, '\..*$', ''), '^([+-]?)$', '\10') END""",
    "athena_lazy_date(t) AS athena_hive_day(string_split(trim(t), ' ')[1])",
    "athena_lazy_timestamp(t) AS CASE WHEN strlen(t) >= 8 THEN athena_hive_moment(trim(t)) END",
    r"""athena_lazy_binary(t) AS CASE WHEN regexp_full_match(t, '[A-Za-z0-9+/=_\s-]*') THEN python_loose_base64(t)
        ELSE encode(t) END""",
    # JSON lines
    # no word of the line itself: it holds columns that the reader may not see
    """athena_bad_json(text) AS athena_fail('HIVE_CURSOR_ERROR', 'Row is not a valid JSON Object - ' || text)""",
    # numbers that DuckDB would write otherwise than they stand; Python makes texts of them that begin with chr(1)
    r"""athena_odd_numbers(line) AS regexp_matches(line,
        '[0-9]{20}|\.[0-9]{9}|[0-9]{9}\.|[0-9][eE][-+0-9]|\.[0-9]*0(?:[^0-9]|$)')""",
    """athena_openx_line(line, lenient) AS CASE
        WHEN line IS NULL OR left(trim(line), 1) NOT IN ('{', '[') THEN NULL
        WHEN json_valid(line) AND NOT athena_odd_numbers(line) THEN CAST(line AS JSON)
        ELSE CAST(python_openx_line(line, lenient) AS JSON) END""",
    """athena_hive_json_line(line) AS CASE
        WHEN line IS NULL OR left(trim(line), 1) <> '{' THEN CAST(athena_bad_json('start of object expected') AS JSON)
        WHEN NOT json_valid(line) THEN CAST(athena_bad_json('no JSON') AS JSON)
        WHEN athena_odd_numbers(line) THEN CAST(python_hive_json_line(line) AS JSON)
        ELSE CAST(line AS JSON) END""",
    r"""athena_json_key(k) AS '$."' || replace(replace(k, '\', '\\'), '"', '\"') || '"'""",
    """athena_line_member(j, name) AS json_extract(j, athena_json_key(
        list_filter(json_keys(j), lambda k: lower(k) = name)[-1]))""",
    """athena_json_dotted(j, name) AS json_extract(j, athena_json_key(list_filter(json_keys(j),
        lambda k: contains(k, '.') AND replace(lower(k), '.', '_') = name)[1]))""",
    """athena_json_words(x) AS CASE json_type(x) WHEN 'NULL' THEN NULL
        WHEN 'VARCHAR' THEN ltrim(json_extract_string(x, '$'), chr(1))
        ELSE athena_json_unmarked(CAST(x AS VARCHAR)) END""",
    r"""athena_json_unmarked(t) AS CASE WHEN contains(t, '\u0001')
        THEN regexp_replace(t, '"\\u0001([^"]*)"', '\1', 'g') ELSE t END""",
    """athena_json_kind(x) AS CASE WHEN json_type(x) = 'VARCHAR' AND left(json_extract_string(x, '$'), 1) = chr(1)
        THEN 'DOUBLE' ELSE json_type(x) END""",
    "athena_json_wrong(x, kind) AS athena_bad_json('an unexpected ' || lower(kind) || ' is there' || left(x, 0))",
    """athena_json_object(x) AS CASE json_type(x) WHEN 'OBJECT' THEN x WHEN 'NULL' THEN NULL
        ELSE CASE WHEN x IS NOT NULL AND trim(CAST(x AS VARCHAR), ' "') <> ''
            THEN CAST(athena_json_wrong(x, json_type(x)) AS JSON) END END""",
    """athena_json_list(x) AS CASE json_type(x) WHEN 'ARRAY' THEN CAST(x AS JSON[]) WHEN 'NULL' THEN NULL
        ELSE CASE WHEN x IS NOT NULL THEN [CAST(athena_json_wrong(x, json_type(x)) AS JSON)] END END""",
    """athena_openx_list(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN CAST(x AS JSON[])
        WHEN json_type(x) = 'NULL' OR CAST(x AS VARCHAR) = '""' THEN NULL
        WHEN x IS NOT NULL THEN [x] END""",
    """athena_openx_row(x) AS CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY') THEN x WHEN json_type(x) = 'NULL' THEN NULL
        WHEN trim(CAST(x AS VARCHAR), ' "') = '' THEN CAST('{}' AS JSON)
        WHEN x IS NOT NULL THEN CAST(athena_json_wrong(x, json_type(x)) AS JSON) END""",
    "athena_openx_text(t, kind) AS t",
    """athena_line_scalar(t, kind) AS
        CASE WHEN kind IN ('OBJECT', 'ARRAY') THEN athena_json_wrong(t, kind) ELSE t END""",
    "athena_openx_number(t, kind) AS athena_line_scalar(t, kind)",
    r"""athena_openx_integer(t, kind) AS CASE
        WHEN regexp_full_match(t, '[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?') THEN regexp_replace(t, '\..*$', '')
        WHEN t IS NOT NULL THEN python_openx_long(athena_line_scalar(t, kind)) END""",
    "athena_openx_double(t, kind) AS athena_java_double(athena_line_scalar(t, kind))",
    r"""athena_openx_date(t, kind) AS CASE
        WHEN regexp_full_match(trim(t), '[+-]?[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}(?:[^0-9].*)?') THEN
            athena_hive_day(regexp_extract(trim(t), '^[+-]?[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}'))
        WHEN t IS NOT NULL THEN DATE '1970-01-01'
            + TRY_CAST(CASE WHEN regexp_full_match(t, '[+-]?(?:0|[1-9][0-9]*)') THEN t
                WHEN NOT contains(athena_line_scalar(t, kind), '.') THEN python_openx_long(t) END AS INTEGER) END""",
    r"""athena_zoned_moment(t) AS athena_hive_moment(regexp_extract(t, '(?i)^(.*?)(?:Z|[+-]\d\d:?\d\d)$', 1))
        - to_minutes(CASE WHEN right(upper(t), 1) = 'Z' THEN 0 ELSE CAST(regexp_extract(t, '([+-])\d\d:?\d\d$', 1) || 1
            AS INTEGER) * (CAST(regexp_extract(t, '[+-](\d\d):?\d\d$', 1) AS INTEGER) * 60
                + CAST(regexp_extract(t, '[+-]\d\d:?(\d\d)$', 1) AS INTEGER)) END)""",
    r"""athena_openx_timestamp(t, kind) AS CASE WHEN t IS NULL THEN NULL
        WHEN contains(athena_line_scalar(t, kind), ':') THEN
            CASE WHEN regexp_full_match(t, '(?i).*T.*(?:Z|[+-]\d\d:?\d\d)') THEN athena_zoned_moment(t)
            ELSE athena_hive_moment(trim(t)) END
        WHEN regexp_full_match(t, '[+-]?[0-9]*\.[0-9]*') THEN
            make_timestamp(CAST(trunc(TRY_CAST(t AS DECIMAL(38, 6)) * 1000) AS BIGINT) * 1000)
        WHEN NOT regexp_full_match(t, '[+-]?[0-9]+') THEN NULL
        WHEN length(t) >= 13 THEN make_timestamp(TRY_CAST(t AS BIGINT) * 1000)
        ELSE make_timestamp(TRY_CAST(t AS BIGINT) * 1000000) END""",
    "athena_openx_binary(t, kind) AS CASE WHEN kind = 'VARCHAR' THEN python_strict_base64(t) END",
    "athena_hive_json_text(t, kind) AS athena_line_scalar(t, kind)",
    "athena_hive_json_binary(t, kind) AS encode(athena_line_scalar(t, kind))",
    "athena_hive_json_number(t, kind) AS athena_line_scalar(t, kind)",
    r"""athena_hive_json_integer(t, kind) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN kind = 'DOUBLE' THEN python_openx_long(t)
        WHEN kind IN ('KEY', 'BIGINT', 'UBIGINT') THEN t
        ELSE athena_json_wrong(t, kind) END""",
    """athena_hive_json_double(t, kind) AS CASE WHEN t IS NULL OR kind IN ('KEY', 'BIGINT', 'UBIGINT', 'DOUBLE')
        THEN t ELSE athena_json_wrong(t, kind) END""",
    """athena_hive_json_date(t, kind) AS CASE WHEN t IS NULL OR athena_lazy_date(t) IS NOT NULL THEN athena_lazy_date(t)
        ELSE CAST(athena_json_wrong(t, kind) AS DATE) END""",
    """athena_hive_json_timestamp(t, kind) AS CASE WHEN t IS NULL OR athena_hive_moment(trim(t)) IS NOT NULL
        THEN athena_hive_moment(trim(t)) ELSE CAST(athena_json_wrong(t, kind) AS TIMESTAMP) END""",
)
