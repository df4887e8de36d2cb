"""Macros of dates, times and intervals. As in macros.py."""

TIMES: tuple[str, ...] = (
    # a part of the clock, also before 1970
    "athena_part(us, unit, n) AS ((us % 86400000000 + 86400000000) % 86400000000) // unit % n",
    r"""athena_no_field(u, of) AS athena_fail('INVALID_FUNCTION_ARGUMENT',
        '''' || u || ''' is not a valid ' || of || ' field')""",
    # DuckDB reads a constant unit before it knows that another branch is taken
    r"""athena_unit(u) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month',
        'quarter', 'year') THEN lower(u) ELSE 'day' END""",
    r"""athena_trunc_date(u, x) AS CASE WHEN lower(u) IN ('day', 'week', 'month', 'quarter', 'year')
        THEN date_trunc(athena_unit(u), x) ELSE athena_no_field(u, 'DATE') END""",
    r"""athena_trunc_timestamp(u, x) AS CASE
        WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year')
            THEN CAST(date_trunc(athena_unit(u), x) AS TIMESTAMP)
        ELSE athena_no_field(u, 'Timestamp') END""",
    r"""athena_trunc_time(u, x) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour')
        THEN date_trunc(athena_unit(u), x) ELSE athena_no_field(u, 'TIME') END""",
    r"""athena_add_days(u, n, x) AS CASE lower(u)
        WHEN 'day' THEN x + to_days(CAST(n AS INTEGER)) WHEN 'week' THEN x + to_weeks(CAST(n AS INTEGER))
        WHEN 'month' THEN x + to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN x + to_quarters(CAST(n AS INTEGER))
        WHEN 'year' THEN x + to_years(CAST(n AS INTEGER))
        ELSE athena_no_field(u, 'DATE') END""",
    r"""athena_add_clock(u, n, x) AS CASE lower(u)
        WHEN 'millisecond' THEN x + to_milliseconds(n) WHEN 'second' THEN x + to_seconds(n)
        WHEN 'minute' THEN x + to_minutes(n) WHEN 'hour' THEN x + to_hours(n)
        ELSE athena_no_field(u, 'TIME') END""",
    r"""athena_date_add(u, n, x) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour')
        THEN athena_add_clock(u, n, x)
        WHEN lower(u) IN ('day', 'week', 'month', 'quarter', 'year') THEN athena_add_days(u, n, x)
        ELSE athena_no_field(u, 'Timestamp') END""",
    r"""athena_clock_between(u, a, b) AS CASE lower(u)
        WHEN 'millisecond' THEN (epoch_us(b) - epoch_us(a)) // 1000
        WHEN 'second' THEN (epoch_us(b) - epoch_us(a)) // 1000000
        WHEN 'minute' THEN (epoch_us(b) - epoch_us(a)) // 60000000
        WHEN 'hour' THEN (epoch_us(b) - epoch_us(a)) // 3600000000
        ELSE athena_no_field(u, 'TIME') END""",
    r"""athena_days_between(u, a, b) AS CASE lower(u)
        WHEN 'day' THEN (epoch_us(b) - epoch_us(a)) // 86400000000
        WHEN 'week' THEN (epoch_us(b) - epoch_us(a)) // 604800000000
        WHEN 'month' THEN athena_months_between(a, b) WHEN 'quarter' THEN athena_months_between(a, b) // 3
        WHEN 'year' THEN athena_months_between(a, b) // 12
        ELSE athena_no_field(u, 'DATE') END""",
    r"""athena_date_diff(u, a, b) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour')
        THEN athena_clock_between(u, a, b)
        WHEN lower(u) IN ('day', 'week', 'month', 'quarter', 'year') THEN athena_days_between(u, a, b)
        ELSE athena_no_field(u, 'Timestamp') END""",
    # whole months from the earlier to the later: a month is whole when its day has come again
    """athena_months_up(a, b) AS (year(b) - year(a)) * 12 + month(b) - month(a)
        - CASE WHEN a - date_trunc('month', a) > b - date_trunc('month', b) THEN 1 ELSE 0 END""",
    """athena_months_between(a, b) AS CASE WHEN b >= a THEN athena_months_up(a, b) ELSE -athena_months_up(b, a) END""",
    r"""athena_iso_date(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d') THEN CAST(t AS DATE)
        WHEN regexp_full_match(t, '\d{4}-\d\d') THEN CAST(t || '-01' AS DATE)
        WHEN regexp_full_match(t, '\d{4}') THEN CAST(t || '-01-01' AS DATE)
        WHEN regexp_full_match(t, '\d{4}-W\d\d-\d') THEN CAST(strptime(t, '%G-W%V-%u') AS DATE)
        WHEN regexp_full_match(t, '\d{4}-W\d\d') THEN CAST(strptime(t || '-1', '%G-W%V-%u') AS DATE)
        WHEN regexp_full_match(t, '\d{4}-\d{3}') THEN CAST(strptime(t, '%Y-%j') AS DATE)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: "' || t || '"') END""",
    r"""athena_iso_wall(t) AS CASE WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(t, '[^T]+(T\d\d(:\d\d(:\d\d([.,]\d+)?)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?')
            THEN athena_round_timestamp(CAST(athena_iso_date(regexp_extract(t, '^[^T]+')) AS TIMESTAMP)
                + to_microseconds(athena_clock_us(regexp_extract(t, 'T([0-9:.,]+)', 1))), 1)
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'Invalid format: "' || t || '"') END""",
    r"""athena_clock_us(t) AS coalesce(TRY_CAST(substring(t, 1, 2) AS BIGINT), 0) * 3600000000
        + coalesce(TRY_CAST(substring(t, 4, 2) AS BIGINT), 0) * 60000000
        + coalesce(TRY_CAST(substring(t, 7, 2) AS BIGINT), 0) * 1000000
        + coalesce(TRY_CAST(rpad(left(substring(t, 10), 3), 3, '0') AS BIGINT), 0) * 1000""",
    r"""athena_iso_zone(t) AS athena_zone_name(regexp_extract(t, 'T[0-9:.,]+(.*)$', 1))""",
    r"""athena_duration(t) AS CASE
        WHEN regexp_full_match(t, '\s*\d+(\.\d+)?\s*(ns|us|ms|s|m|h|d)\s*') THEN to_microseconds(1000 * CAST(round(
            CAST(regexp_extract(t, '\d+(\.\d+)?') AS DOUBLE) * CASE regexp_extract(t, '[a-z]+')
                WHEN 'ns' THEN 1e-6 WHEN 'us' THEN 1e-3 WHEN 'ms' THEN 1e0 WHEN 's' THEN 1e3 WHEN 'm' THEN 6e4
                WHEN 'h' THEN 3.6e6 ELSE 8.64e7 END) AS BIGINT))
        ELSE athena_fail('INVALID_FUNCTION_ARGUMENT', 'duration is not a valid data duration string: ' || t) END""",
    r"""athena_day_interval_text(x) AS (CASE WHEN epoch_us(x) < 0 THEN '-' ELSE '' END)
        || CAST(abs(epoch_us(x)) // 86400000000 AS VARCHAR) || ' '
        || strftime(make_timestamp(CAST(abs(epoch_us(x)) % 86400000000 AS BIGINT)), '%H:%M:%S.%g')""",
    "athena_months(x) AS (date_part('year', x) * 12 + date_part('month', x))",
    r"""athena_month_interval_text(x) AS (CASE WHEN athena_months(x) < 0 THEN '-' ELSE '' END)
        || CAST(abs(athena_months(x)) // 12 AS VARCHAR) || '-' || CAST(abs(athena_months(x)) % 12 AS VARCHAR)""",
    r"""athena_offset_text(minutes, utc, mark) AS CASE WHEN minutes = 0 THEN utc
        ELSE CASE WHEN minutes < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || mark
            || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0') END""",
    # as Java's LocalTime shows itself: seconds and fractions only where there are some
    r"""athena_java_clock(x) AS strftime(x, '%H:%M')
        || CASE WHEN epoch_us(x) % 60000000 = 0 THEN '' ELSE strftime(x, ':%S') END
        || CASE WHEN epoch_us(x) % 1000000 = 0 THEN '' WHEN epoch_us(x) % 1000 = 0 THEN strftime(x, '.%g')
            ELSE strftime(x, '.%f') END""",
    # two digits of a year mean 1970 to 2069
    r"""athena_century(x, short) AS CASE WHEN short AND year(x) < 1970 THEN x + to_years(100)
        WHEN short AND year(x) > 2069 THEN x - to_years(100) ELSE x END""",
)
