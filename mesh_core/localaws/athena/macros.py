"""DuckDB macros for meanings of Trino that take more than one call. A connection gets those that its query calls.

Their names start with `athena_`; no statement can call them, since the compiler knows functions by Trino's names only.
An error raised here reads `[athena CODE] text`, which `failures.runtime_failure` turns into Athena's own.
"""

from __future__ import annotations

import re
from functools import cache

from mesh_core.localaws.athena.macros_lists import LISTS
from mesh_core.localaws.athena.macros_values import VALUES

MACROS: tuple[str, ...] = (
    # numbers
    "athena_fail(code, message) AS error('[athena ' || code || '] ' || message)",
    """athena_double_text(x) AS CASE
        WHEN x IS NULL THEN NULL
        WHEN isnan(x) THEN 'NaN'
        WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
        WHEN x = 0 THEN CASE WHEN signbit(x) THEN '-0.0' ELSE '0.0' END
        WHEN abs(x) >= 1e-3 AND abs(x) < 1e7 THEN athena_plain(CAST(x AS VARCHAR))
        ELSE athena_scientific(athena_digits(CAST(abs(x) AS VARCHAR)), athena_exponent(CAST(abs(x) AS VARCHAR)), x < 0)
    END""",
    "athena_plain(t) AS CASE WHEN contains(t, '.') THEN t ELSE t || '.0' END",
    # '1234.5' -> '12345', '1e+20' -> '1', '1.5e-05' -> '15'
    "athena_digits(t) AS coalesce(nullif(trim(replace(regexp_replace(t, 'e.*$', ''), '.', ''), '0'), ''), '0')",
    """athena_exponent(t) AS
        coalesce(TRY_CAST(nullif(regexp_extract(t, 'e([+-]?[0-9]+)$', 1), '') AS INTEGER), 0) + CASE
            WHEN starts_with(t, '0') THEN
                -length(regexp_extract(regexp_replace(t, 'e.*$', ''), '^0\\.(0*)', 1)) - 1
            ELSE length(regexp_extract(t, '^[0-9]+')) - 1 END""",
    """athena_scientific(d, e, negative) AS (CASE WHEN negative THEN '-' ELSE '' END) || left(d, 1) || '.' ||
        coalesce(nullif(substring(d, 2), ''), '0') || 'E' || CAST(e AS VARCHAR)""",
    """athena_text_to_integer(t) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(trim(t), '[+-]?[0-9]+') THEN CAST(trim(t) AS HUGEINT)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast ''' || t || ''' to an integer type') AS HUGEINT)
    END""",
    """athena_fits(t, n) AS CASE WHEN length(t) > n
        THEN CAST(athena_fail('INVALID_CAST_ARGUMENT',
            'Value ' || t || ' cannot be represented as varchar(' || n || ')') AS VARCHAR)
        ELSE t END""",
    # n / d rounded half up, both unscaled
    # (DuckDB's own // raises for d = 0; an error() here would keep it from decorrelating a query)
    """athena_divide(n, d) AS (CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END)
        * ((2 * abs(CAST(n AS HUGEINT)) + abs(CAST(d AS HUGEINT))) // (2 * abs(CAST(d AS HUGEINT))))""",
    # texts to dates
    """athena_text_to_date(t) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(trim(t), '[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}') THEN CAST(trim(t) AS DATE)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Value cannot be cast to date: ' || t) AS DATE) END""",
    """athena_text_to_timestamp(t) AS CASE
        WHEN t IS NULL THEN NULL
        WHEN regexp_full_match(trim(t),
            '[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]+)?)?)?')
            THEN CAST(CASE WHEN regexp_full_match(trim(t), '.* [0-9]{1,2}:[0-9]{1,2}') THEN trim(t) || ':00'
                ELSE trim(t) END AS TIMESTAMP)
        ELSE CAST(athena_fail('INVALID_CAST_ARGUMENT', 'Value cannot be cast to timestamp: ' || t) AS TIMESTAMP) END""",
    """athena_round_timestamp(x, digits) AS
        make_timestamp(CAST(floor(epoch_us(x) / pow(10, 6 - digits) + 0.5) * pow(10, 6 - digits) AS BIGINT))""",
    """athena_round_time(x, digits) AS TIME '00:00:00' + to_microseconds(
        CAST(floor(epoch_us(x) / pow(10, 6 - digits) + 0.5) * pow(10, 6 - digits) AS BIGINT) % 86400000000)""",
    "athena_round_interval(x) AS to_microseconds(CAST(round(epoch_us(x) / 1000) * 1000 AS BIGINT))",
    """athena_months_up(a, b) AS (year(b) - year(a)) * 12 + month(b) - month(a) - CASE
        WHEN (b - date_trunc('month', b)) < (a - date_trunc('month', a)) THEN 1 ELSE 0 END""",
    """athena_months_between(a, b) AS CASE WHEN b >= a THEN athena_months_up(a, b) ELSE -athena_months_up(b, a) END""",
    """athena_day_interval_text(x) AS (CASE WHEN epoch_us(x) < 0 THEN '-' ELSE '' END)
        || CAST(abs(epoch_us(x)) // 86400000000 AS VARCHAR) || ' '
        || strftime(make_timestamp(CAST(abs(epoch_us(x)) % 86400000000 AS BIGINT)), '%H:%M:%S.%g')""",
    """athena_months(x) AS (date_part('year', x) * 12 + date_part('month', x))""",
    """athena_month_interval_text(x) AS (CASE WHEN athena_months(x) < 0 THEN '-' ELSE '' END)
        || CAST(abs(athena_months(x)) // 12 AS VARCHAR) || '-' || CAST(abs(athena_months(x)) % 12 AS VARCHAR)""",
    # arrays and maps
    # they raise by a cast that fails, since DuckDB takes error() for volatile: no key of a group or a window then.
    # The message depends on the row: a constant one would be raised where no row takes its branch.
    """athena_item(a, i) AS a[CASE
        WHEN a IS NULL OR i IS NULL THEN NULL
        WHEN i = 0 THEN athena_stop('SQL array indices start at 1' || left(CAST(i AS VARCHAR), 0))
        WHEN i < 0 THEN athena_stop('Array subscript is negative: ' || i)
        WHEN i > len(a) THEN
            athena_stop('Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a))
        ELSE i END]""",
    """athena_value(m, k) AS [map_extract_value(m, k)][CASE
        WHEN m IS NULL OR k IS NULL OR map_contains(m, k) THEN 1
        ELSE athena_stop('Key not present in map' || left(CAST(k AS VARCHAR), 0)) END]""",
    "athena_stop(message) AS CAST('[athena INVALID_FUNCTION_ARGUMENT] ' || message || '[' AS BIGINT)",
    """athena_contains(a, x) AS CASE
        WHEN a IS NULL OR x IS NULL THEN NULL
        WHEN list_contains(a, x) THEN true
        WHEN len(list_filter(a, lambda e: e IS NULL)) > 0 THEN NULL
        ELSE false END""",
    """athena_any(a, results) AS CASE
        WHEN list_contains(results, true) THEN true
        WHEN len(list_filter(results, lambda e: e IS NULL)) > 0 THEN NULL
        WHEN a IS NULL THEN NULL ELSE false END""",
    """athena_all(a, results) AS CASE
        WHEN list_contains(results, false) THEN false
        WHEN len(list_filter(results, lambda e: e IS NULL)) > 0 THEN NULL
        WHEN a IS NULL THEN NULL ELSE true END""",
)


_CALL = re.compile(r"\b(?:try_)?athena_\w+(?=\()")


@cache
def _texts() -> dict[str, str]:
    """Each macro's definition by its name, and its quiet twin's `try_...`, which gives NULL where the first raises."""
    every = (*MACROS, *VALUES, *LISTS)
    return {each[: each.index("(")]: each for each in (*every, *map(_quiet, every))}


def _quiet(macro: str) -> str:
    if macro.startswith(("athena_fail(", "athena_stop(")):
        return f"try_{macro.split(' AS ')[0]} AS NULL"
    return re.sub(r"\bathena_(\w+)\(", r"try_athena_\1(", macro)


def statements(*sql: str) -> list[str]:
    """CREATE MACRO for those that the texts call, each after the ones that it calls itself."""
    found: dict[str, str] = {}
    for each in sql:
        _add(each, found)
    return list(found.values())


def _add(sql: str, found: dict[str, str]) -> None:
    for name in dict.fromkeys(_CALL.findall(sql)):
        if name in _texts() and name not in found:
            body = _texts()[name].split(" AS ", 1)[1]
            _add(body, found)
            found[name] = f"CREATE MACRO {_texts()[name]}"
