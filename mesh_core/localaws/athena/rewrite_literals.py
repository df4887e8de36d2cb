"""Literals with Trino's types: `1` is an integer, `1.50` a decimal(3,2), `'a'` a varchar(1)."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import cast
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import BIGINT, DATE, INTEGER, Type, decimal, literal
from mesh_core.localaws.athena.zones import instant, normalised


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


def decimal_literal(text: str, where: str = "line 1:1") -> Typed:
    """Digits with a point: a decimal of its own precision and scale."""
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole = whole.lstrip("0")
    of = decimal(max(1, len(whole) + len(fraction)), len(fraction))
    if len(whole) + len(fraction) > 38:
        raise failure(
            "INVALID_LITERAL", f"{where}: '{text}' is not a valid DECIMAL literal: it has more than 38 digits"
        )
    return Typed(f"CAST('{text}' AS {types.duckdb_type(of)})", of)


_TIMESTAMP = re.compile(
    r"([-+]?\d{4,}-\d{1,2}-\d{1,2})(?: (\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d{1,12}))?)?)?)?\s*([-+A-Za-z].*)?", re.S
)
_TIME = re.compile(r"(\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d{1,12}))?)?)\s*([-+]\d\d:\d\d)?")
FINEST = 6
"""Digits of a second that DuckDB keeps."""


def typed_literal(text: str, kind: str, where: str) -> Typed:
    """DATE '...', TIMESTAMP '...', DECIMAL '...' and the like."""
    match kind:
        case "decimal" if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text.strip()):
            return decimal_literal(text.strip(), where)
        case "date":
            return _date(text, where)
        case "timestamp" | "timestamp with time zone":
            return _timestamp(text, where)
        case "time" if found := _TIME.fullmatch(text):
            return _time(found, where)
        case "json":
            try:
                json.loads(text)
            except ValueError as error:
                raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid JSON literal") from error
            return Typed(f"athena_json({literal(text)})", types.JSON)
        case "uuid":
            return Typed(f"CAST({literal(text)} AS UUID)", types.UUID)
        case "time" if re.fullmatch(r"\d{1,2}:\d{1,2}:\d{1,2}\.\d{7,12}", text.strip()):
            raise unsupported(f"{where}: A time finer than microseconds")
        case "boolean" | "tinyint" | "smallint" | "integer" | "bigint" | "real" | "double" if not _reads(text, kind):
            raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid {kind} literal")
        case "boolean" | "tinyint" | "smallint" | "integer" | "bigint" | "real" | "double" | "varbinary":
            return Typed(cast(Typed(literal(text), types.VARCHAR), Type(kind)), Type(kind))
        case "varchar":
            return Typed(text_literal(text).sql, types.VARCHAR)
        case "char":
            return Typed(text_literal(text.rstrip(" ")).sql, Type("char", (len(text),)))
        case _:
            raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid {kind} literal")


def _reads(text: str, kind: str) -> bool:
    """Whether Trino casts a text to the type."""
    try:
        match kind:
            case "varchar":
                return True
            case "boolean":
                return text.lower() in ("true", "false", "t", "f", "1", "0")
            case "real" | "double":
                float(text.strip())
                return True
            case _:
                bits = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}[kind]
                return bool(-(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1))
    except ValueError:
        return False


def _date(text: str, where: str) -> Typed:
    found = re.fullmatch(r"([-+]?\d{4,})-(\d{1,2})-(\d{1,2})", text.strip())
    if found and (found[1][0] in "-+" or len(found[1]) > 4 or int(found[1]) == 0):
        raise unsupported(f"{where}: A year outside of 0001 to 9999")
    try:
        year, month, day = map(int, found.groups() if found else ())
        return Typed(f"DATE '{date(year, month, day).isoformat()}'", DATE)
    except ValueError as error:
        raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid date literal") from error


def _clock(text: str | None, where: str, what: str) -> str:
    """`hh:mm:ss.fff` of a clock that may lack its seconds."""
    hour, minute, second = [*(text or "0:0").split(":"), "0"][:3]
    if int(hour) > 23 or int(minute) > 59 or float(second) >= 60:
        raise failure("INVALID_LITERAL", f"{where}: {what}")
    whole, _, fraction = second.partition(".")
    return f"{hour:0>2}:{minute:0>2}:{whole:0>2}" + (f".{fraction}" if fraction else "")


def _time(found: re.Match[str], where: str) -> Typed:
    digits = len(found[2] or "")
    if found[3]:
        raise unsupported(f"{where}: The type time with time zone")
    if digits > FINEST:
        raise unsupported(f"{where}: A time finer than microseconds")
    clock = _clock(found[1], where, f"'{found[0]}' is not a valid time literal")
    return Typed(f"TIME '{clock}'", Type("time", (digits,)))


def _timestamp(text: str, where: str) -> Typed:
    found = _TIMESTAMP.fullmatch(text.strip())
    if not found:
        raise failure("INVALID_LITERAL", f"{where}: '{text}' is not a valid timestamp literal")
    day = _date(found[1], where).sql.removeprefix("DATE '").removesuffix("'")
    digits = len(found[3] or "")
    if digits > FINEST:
        raise unsupported(f"{where}: A timestamp finer than microseconds")
    clock = _clock(found[2], where, f"'{text}' is not a valid timestamp literal")
    sql = f"TIMESTAMP '{day} {clock}'"
    if not found[4]:
        return Typed(sql, Type("timestamp", (digits,)))
    zone = normalised(found[4].strip())
    if zone is None:
        raise failure("NOT_SUPPORTED", f"{where}: Time zone not supported: {found[4].strip()}")
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
