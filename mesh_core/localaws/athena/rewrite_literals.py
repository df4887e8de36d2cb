"""Literals with Trino's types: `1` is an integer, `1.50` a decimal(3,2), `'a'` a varchar(1)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import instant
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import BIGINT, DATE, INTEGER, Type, decimal, literal


def text_literal(text: str, bounded: bool = True) -> Typed:
    """A text. A macro's name in it is split, since TRY renames macros in the text of an expression."""
    sql = literal(text)
    if "athena_" in text:
        sql = "(" + literal(text).replace("athena_", "athena' || '_") + ")"
    return Typed(sql, types.varchar(len(text) if bounded else None))


def integer_literal(text: str, where: str) -> Typed:
    """A whole number: integer where it fits, else bigint."""
    value = int(text)
    if -(2**31) <= value < 2**31:
        return Typed(f"CAST({value} AS INTEGER)", INTEGER)
    if -(2**63) <= value < 2**63:
        return Typed(f"CAST({value} AS BIGINT)", BIGINT)
    raise failure("SYNTAX_ERROR", f"{where}: Invalid numeric literal: {text}")


def decimal_literal(text: str) -> Typed:
    """Digits with a point: a decimal of its own precision and scale."""
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole = whole.lstrip("0")
    of = decimal(max(1, len(whole) + len(fraction)), len(fraction))
    if len(whole) + len(fraction) > 38:
        raise failure("NUMERIC_VALUE_OUT_OF_RANGE", f"Decimal literal is too long: {text}")
    return Typed(f"CAST('{text}' AS {types.duckdb_type(of)})", of)


_TIMESTAMP = re.compile(
    r"\s*(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d+))?)?))?"
    r"(?:\s*([A-Za-z][\w/+-]*|[+-]\d\d:?\d\d))?\s*"
)


def typed_literal(text: str, kind: str, where: str) -> Typed:
    """DATE '...', TIMESTAMP '...', DECIMAL '...' and the like."""
    match kind:
        case "decimal" if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text.strip()):
            return decimal_literal(text.strip())
        case "date":
            return _date(text, where)
        case "timestamp" | "timestamp with time zone":
            return _timestamp(text, where)
        case "time" if found := re.fullmatch(r"\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d{1,6}))?)?", text.strip()):
            padded = text.strip() if text.count(":") == 2 else text.strip() + ":00"
            return Typed(f"TIME '{padded}'", Type("time", (len(found[1] or ""),)))
        case "json":
            return Typed(f"athena_json({literal(text)})", types.JSON)
        case "uuid":
            return Typed(f"CAST({literal(text)} AS UUID)", types.UUID)
        case "boolean" | "tinyint" | "smallint" | "integer" | "bigint" | "real" | "double" | "varchar":
            of = Type(kind) if kind != "varchar" else types.VARCHAR
            return Typed(f"CAST({literal(text)} AS {types.duckdb_type(of)})", of)
        case "char":
            return Typed(literal(text.rstrip(" ")), Type("char", (len(text),)))
        case _:
            raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid {kind} literal")


def _date(text: str, where: str) -> Typed:
    try:
        year, month, day = map(int, text.strip().split("-"))
        return Typed(f"DATE '{date(year, month, day).isoformat()}'", DATE)
    except ValueError as error:
        raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid date literal") from error


def _timestamp(text: str, where: str) -> Typed:
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid timestamp literal")
    _date(found[1], where)
    clock = found[2] or "00:00:00"
    if clock.count(":") == 1:
        clock += ":00"
    digits = len(found[3] or "")
    if digits > 6:
        raise unsupported(f"{where}: A timestamp finer than microseconds")
    sql = f"TIMESTAMP '{found[1]} {clock}'"
    if not found[4]:
        return Typed(sql, Type("timestamp", (digits,)))
    zone = found[4] if ":" in found[4] or found[4][0] not in "+-" else f"{found[4][:3]}:{found[4][3:]}"
    return Typed(instant(sql, zone), types.zoned(zone, digits))


_DAY_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_MONTH_UNITS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def interval(node: Any, where: str) -> Typed:
    """INTERVAL '2' DAY, INTERVAL -'3' MONTH, INTERVAL '1 02:03' DAY TO MINUTE."""
    value, unit, sign = node.this, node.args.get("unit"), 1
    while isinstance(value, exp.Neg | exp.Paren):
        sign, value = -sign if isinstance(value, exp.Neg) else sign, value.this
    if not isinstance(value, exp.Literal) or unit is None:
        raise failure("SYNTAX_ERROR", f"{where}: Invalid INTERVAL literal")
    text, word = str(value.this).strip(), unit.sql().upper()
    if text.startswith(("-", "+")):
        sign, text = -sign if text[0] == "-" else sign, text[1:]
    if word in _MONTH_UNITS and text.isdigit():
        return Typed(f"to_months({sign * int(text) * _MONTH_UNITS[word]})", types.MONTH_INTERVAL)
    if word == "YEAR TO MONTH" and (found := re.fullmatch(r"(\d+)-(\d+)", text)):
        return Typed(f"to_months({sign * (int(found[1]) * 12 + int(found[2]))})", types.MONTH_INTERVAL)
    seconds = _seconds(text, word)
    if seconds is None:
        raise failure("INVALID_LITERAL", f"{where}: Invalid INTERVAL literal: {text}")
    return Typed(f"to_microseconds({sign * round(seconds * 1_000_000)})", types.DAY_INTERVAL)


def _seconds(text: str, word: str) -> float | None:
    if word in _DAY_UNITS and re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text) * _DAY_UNITS[word]
    units = ["DAY", "HOUR", "MINUTE", "SECOND"]
    first, _, last = word.partition(" TO ")
    if first not in units or last not in units:
        return None
    wanted = units[units.index(first) : units.index(last) + 1]
    parts = re.split(r"[ :]", text)
    if not 1 <= len(parts) <= len(wanted) or not all(re.fullmatch(r"\d+(\.\d+)?", each) for each in parts):
        return None
    return sum(float(part) * _DAY_UNITS[each] for part, each in zip(parts, wanted, strict=False))


def zone_name(text: str) -> str:
    """A zone as the compiler keeps it: an offset has hours and minutes, `+13` is `+13:00`."""
    if found := re.fullmatch(r"([+-])(\d{1,2})(?::?(\d\d))?", text.strip()):
        return f"{found[1]}{int(found[2]):02}:{found[3] or '00'}"
    return text


def interval_offset(node: Any, where: str) -> str:
    """`AT TIME ZONE INTERVAL '07:09' HOUR TO MINUTE`: the interval as the offset of a zone, `+07:09`."""
    found = re.fullmatch(r"to_microseconds\((-?\d+)\)", interval(node, where).sql)
    minutes, rest = divmod(abs(int(found[1])), 60_000_000) if found else (0, 1)
    if not found or rest:
        raise failure(
            "INVALID_FUNCTION_ARGUMENT", f"{where}: Invalid time zone offset interval: interval must be minutes"
        )
    if minutes > 14 * 60:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"{where}: Invalid offset minutes {minutes}")
    return f"{'-' if found[1].startswith('-') else '+'}{minutes // 60:02}:{minutes % 60:02}"
