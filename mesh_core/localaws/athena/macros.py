"""DuckDB macros for meanings of Trino that take more than one call. A connection gets those that its query calls.

Their names start with `athena_`; no statement can call them, since the compiler knows functions by Trino's names only.
An error raised here reads `[athena CODE] text`, which `failures.runtime_failure` turns into Athena's own.
"""

from __future__ import annotations

import re
from functools import cache

from mesh_core.localaws.athena.macros_casts import CASTS
from mesh_core.localaws.athena.macros_lists import LISTS
from mesh_core.localaws.athena.macros_numbers import NUMBERS
from mesh_core.localaws.athena.macros_reading import READING
from mesh_core.localaws.athena.macros_texts import TEXTS
from mesh_core.localaws.athena.macros_times import TIMES
from mesh_core.localaws.athena.macros_values import VALUES
from mesh_core.localaws.athena.size import Expansion

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
    # a REAL's own digits: DuckDB writes whole ones out as the double that they stand for
    """athena_real_text(x) AS CASE
        WHEN x IS NULL THEN NULL
        WHEN abs(x) >= 1e7 AND isfinite(x) THEN
            athena_scientific(athena_digits(athena_real_short(abs(x))), athena_exponent(athena_real_short(abs(x))),
                x < 0)
        ELSE athena_double_text(x) END""",
    """athena_real_short(x) AS CASE
        WHEN CAST(printf('%.6e', x) AS FLOAT) = x THEN printf('%.6e', x)
        WHEN CAST(printf('%.7e', x) AS FLOAT) = x THEN printf('%.7e', x)
        ELSE printf('%.8e', x) END""",
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
    # n / d rounded half up, both unscaled
    # (DuckDB's own // raises for d = 0; an error() here would keep it from decorrelating a query)
    """athena_divide(n, d) AS (CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END)
        * ((2 * abs(CAST(n AS HUGEINT)) + abs(CAST(d AS HUGEINT))) // (2 * abs(CAST(d AS HUGEINT))))""",
    # nested values
    """athena_every(a, b, results) AS CASE
        WHEN a IS NULL OR b IS NULL THEN NULL
        WHEN list_contains(results, false) THEN false
        WHEN len(list_filter(results, lambda e: e IS NULL)) > 0 THEN NULL
        ELSE true END""",
    """athena_same_keys(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL
        ELSE cardinality(a) = cardinality(b)
            AND len(list_filter(map_keys(a), lambda k: NOT map_contains(b, k))) = 0 END""",
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
)


_CALL = re.compile(r"\b(?:try_)?athena_\w+(?=\()")


@cache
def _texts() -> dict[str, str]:
    """Each macro's definition by its name, and its twin's `try_...`, whose errors DuckDB's TRY can catch."""
    return {each[: each.index("(")]: each for each in (*every(), *map(_quiet, every()))}


def every() -> tuple[str, ...]:
    """All macros' definitions."""
    return (*MACROS, *CASTS, *NUMBERS, *TEXTS, *TIMES, *VALUES, *LISTS, *READING)


def _quiet(macro: str) -> str:
    if macro.startswith("athena_fail("):
        # error() is volatile, and TRY takes nothing volatile: a cast that can't be done says the same. In a lambda,
        # since a constant message would be raised while DuckDB reads the statement, where TRY does not look.
        return """try_athena_fail(code, message) AS list_transform([0], lambda athena_once:
            CASE WHEN CAST('[athena ' || code || '] ' || message || '\n' AS INTEGER) = 0 THEN NULL END)[1]"""
    return re.sub(r"\bathena_(\w+)\(", r"try_athena_\1(", macro)


@cache
def expansion() -> Expansion:
    """Measures texts with the macros that they call."""
    return Expansion(_texts())


def statements(*sql: str) -> list[str]:
    """CREATE MACRO for those that the texts call, each after the ones that it calls itself."""
    found: dict[str, str] = {}
    for each in sql:
        _add(each, found)
    return list(found.values())


def _add(sql: str, found: dict[str, str]) -> None:
    for name in dict.fromkeys(_CALL.findall(sql)):
        if name in _texts() and name not in found:
            body = re.split(r"\sAS\s", _texts()[name], maxsplit=1)[1]
            _add(body, found)
            found[name] = f"CREATE MACRO {_texts()[name]}"
