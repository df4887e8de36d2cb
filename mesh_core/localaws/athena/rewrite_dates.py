"""Functions of dates whose meaning hangs on a literal: patterns, time zones, texts in ISO 8601."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import cast, coerce
from mesh_core.localaws.athena.rewrite_zones import moved, zone_name
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import UNKNOWN, VARCHAR, ZONED, Type, literal
from mesh_core.localaws.athena.zones import at_wall, carried, instant, local, moment, normalised, zone_text


def unexpected(at: Expressions, node: Any, values: list[Typed]) -> Exception:
    """Athena's text for arguments that no signature of a function takes."""
    given = ", ".join(str(each.type) for each in values)
    return failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters ({given}) for function {node.this}")


def typed(at: Expressions, node: Any, least: int, most: int | None = None) -> list[Typed]:
    """The arguments of a call. QueryFailure for too few or too many."""
    values = [at.typed(each) for each in node.expressions]
    if not least <= len(values) <= (most or least):
        raise unexpected(at, node, values)
    return values


def constant(at: Expressions, node: Any, what: str) -> str:
    """A literal's text. QueryFailure by name for anything else."""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise unsupported(f"{at.at(node)}: {what} that is not a literal")
    return str(node.this)


# patterns of MySQL

_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M",
    "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip
_NOT_MYSQL = "DUuVwX"


def _mysql(at: Expressions, node: Any) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] in _NOT_MYSQL:
            raise failure(
                "INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: %{found[1]} not supported in date format string"
            )
        return _MYSQL.get(found[1], found[1].replace("%", "%%"))

    return re.sub(r"%(.)", one, constant(at, node, "A date format"), flags=re.DOTALL)


def date_format(at: Expressions, node: Any) -> Typed:
    """date_format(value, MySQL's pattern)."""
    value = typed(at, node, 2)[0]
    pattern = _mysql(at, node.expressions[1])
    return Typed(f"strftime({_to_milliseconds(at, node, value)}, {literal(pattern)})", VARCHAR)


def date_parse(at: Expressions, node: Any) -> Typed:
    """date_parse(text, MySQL's pattern): a timestamp(3)."""
    text = _text(at, node, typed(at, node, 2))
    return Typed(_parsed(text, _mysql(at, node.expressions[1])), types.TIMESTAMP)


def _text(at: Expressions, node: Any, values: list[Typed]) -> str:
    if values[0].type.name != "varchar" and values[0].type != UNKNOWN:
        raise unexpected(at, node, values)
    return coerce(values[0], VARCHAR)


def _parsed(text: str, pattern: str) -> str:
    """strptime, where what the pattern leaves out is 1970-01-01 00:00 and not 1900, and `%I` means the morning."""
    if not re.search(r"%[YyG]", pattern):
        text, pattern = f"('1970 ' || {text})", f"%Y {pattern}"
    if "%I" in pattern.replace("%-I", "%I") and "%p" not in pattern:
        text, pattern = f"({text} || ' AM')", f"{pattern} %p"
    parsed = f"athena_round_timestamp(strptime({text}, {literal(pattern)}), 1000)"
    return f"athena_century({parsed}, {'true' if '%y' in pattern else 'false'})"


# patterns of Joda

_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "Y": "%Y", "yyy": "%Y", "YYY": "%Y", "yy": "%y", "YY": "%y", "xxxx": "%G",
    "x": "%G", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g",
    "SSSSSS": "%g000", "a": "%p", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A", "ww": "%V", "e": "%u",
}  # fmt: skip
_JODA_ZONES = {"Z", "ZZ", "ZZZ"}


def _joda(at: Expressions, node: Any) -> list[tuple[str, bool]]:
    """The pattern as pieces: strftime's patterns, and (text, True) for what a time zone fills in."""
    pieces: list[tuple[str, bool]] = []
    for found in re.finditer(
        r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|.", constant(at, node, "A date pattern"), flags=re.DOTALL
    ):
        if found[1] is not None:
            pieces.append(((found[1].replace("''", "'") or "'").replace("%", "%%"), False))
        elif found[2] is None:
            pieces.append((found[0].replace("%", "%%"), False))
        elif found[2] in _JODA_ZONES:
            pieces.append((found[2], True))
        elif found[2] in _JODA:
            pieces.append((_JODA[found[2]], False))
        elif found[3] in "GCxYyDMdaKhHkmsSzEewZ":
            raise unsupported(f"{at.at(node)}: The date pattern '{found[2]}'")
        else:
            raise failure("INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: Illegal pattern component: {found[3]}")
    return pieces


def format_datetime(at: Expressions, node: Any) -> Typed:
    """format_datetime(value, Joda's pattern)."""
    value = typed(at, node, 2)[0]
    wall, parts, pattern = _to_milliseconds(at, node, value), [], ""
    for text, zone in _joda(at, node.expressions[1]):
        if zone:
            parts += [(pattern, False), (text, True)]
            pattern = ""
        else:
            pattern += text
    parts.append((pattern, False))
    shown = [
        _zone(value, text) if zone else f"strftime({wall}, {literal(text)})" for text, zone in parts if text or zone
    ]
    return Typed("(" + " || ".join(shown or ["''"]) + ")", VARCHAR)


def _zone(value: Typed, text: str) -> str:
    """A value's zone in a pattern: `+0100`, `+01:00` or its name."""
    if value.type.name != ZONED:
        return {"Z": "'+0000'", "ZZ": "'+00:00'"}.get(text, "'UTC'")
    if text == "ZZZ":
        return zone_text(value.sql, value.type)
    mark = "':'" if text == "ZZ" else "''"
    return f"athena_offset_text({offset_minutes(value)}, {literal('+00:00' if text == 'ZZ' else '+0000')}, {mark})"


def offset_minutes(value: Typed) -> str:
    """How many minutes a value's wall clock is ahead of UTC."""
    wall, bare = local(value.sql, value.type.args[1]), moment(value.sql, value.type)
    return f"((epoch_us({wall}) - epoch_us(timezone('UTC', {bare}))) // 60000000)"


def parse_datetime(at: Expressions, node: Any) -> Typed:
    """parse_datetime(text, Joda's pattern): a timestamp(3) with time zone, UTC where the pattern has none."""
    text = _text(at, node, typed(at, node, 2))
    pieces = _joda(at, node.expressions[1])
    if any(zone for _, zone in pieces):
        raise unsupported(f"{at.at(node)}: parse_datetime with a time zone in its pattern")
    pattern = "".join(piece for piece, _ in pieces)
    return Typed(f"timezone('UTC', {_parsed(text, pattern)})", types.zoned())


def _to_milliseconds(at: Expressions, node: Any, value: Typed) -> str:
    """A value's wall clock, rounded to milliseconds."""
    match value.type.name:
        case "timestamp with time zone":
            wall = local(value.sql, value.type.args[1])
        case "timestamp":
            wall = value.sql
        case "date" | "unknown":
            return f"CAST({value.sql} AS TIMESTAMP)"
        case _:
            raise unexpected(at, node, [value, Typed("", VARCHAR)])
    return f"athena_round_timestamp({wall}, 1000)" if value.type.args[0] > 3 else wall


# zones


def from_unixtime(at: Expressions, node: Any) -> Typed:
    """from_unixtime(seconds [, zone | hours, minutes])."""
    values = typed(at, node, 1, 3)
    if not types.converts(values[0].type, types.DOUBLE):
        raise unexpected(at, node, values)
    seconds = f"to_timestamp(round({coerce(values[0], types.DOUBLE)} * 1000) / 1000)"
    if len(values) == 1:
        return Typed(seconds, types.zoned())
    if len(values) == 2:
        return moved(at, node, Typed(seconds, types.zoned()), node.expressions[1])
    if any(each.type.name not in types.INTEGERS for each in values[1:]):
        raise unexpected(at, node, values)
    minutes = f"({coerce(values[1], types.BIGINT)} * 60 + {coerce(values[2], types.BIGINT)})"
    return Typed(carried(seconds, f"athena_offset_text({minutes}, 'UTC', ':')"), types.zoned(None))


def at_timezone(at: Expressions, node: Any) -> Typed:
    """at_timezone(value, zone)."""
    typed(at, node, 2)
    return at.typed(exp.AtTimeZone(this=node.expressions[0], zone=node.expressions[1]))


def with_timezone(at: Expressions, node: Any) -> Typed:
    """with_timezone(timestamp, zone): the same wall clock there."""
    values = typed(at, node, 2)
    if not types.converts(values[0].type, Type("timestamp", (6,))):
        raise unexpected(at, node, values)
    digits = values[0].type.args[0] if values[0].type.args else 0
    wall, zone = f"CAST({values[0].sql} AS TIMESTAMP)", node.expressions[1]
    if isinstance(zone, exp.Literal):
        name = zone_name(zone.this)
        return Typed(instant(wall, name), types.zoned(name, digits))
    name = f"athena_zone_name({coerce(values[1], VARCHAR)})"
    return Typed(carried(f"athena_unwall({wall}, {name})", name), types.zoned(None, digits))


# ISO 8601


def from_iso8601_timestamp(at: Expressions, node: Any) -> Typed:
    """from_iso8601_timestamp(text): in the zone that the text names, UTC where it names none."""
    text = _text(at, node, typed(at, node, 1))
    given, wall = node.expressions[0], f"athena_iso_wall({text})"
    if isinstance(given, exp.Literal):
        offset = re.search(r"T.*?([Zz]|[+-]\d\d(?::?\d\d)?)$", given.this)
        zone = normalised(offset[1].upper() if offset else "UTC") or "UTC"
        return Typed(instant(wall, zone), types.zoned(zone))
    zone = f"athena_iso_zone({text})"
    return Typed(carried(f"athena_unwall({wall}, {zone})", zone), types.zoned(None))


def to_iso8601(at: Expressions, node: Any) -> Typed:
    """to_iso8601 of a date, a timestamp or a timestamp with time zone."""
    value = typed(at, node, 1)[0]
    match value.type.name:
        case "date" | "unknown":
            return Typed(f"strftime(CAST({value.sql} AS TIMESTAMP), '%Y-%m-%d')", types.varchar(16))
        case "timestamp":
            return Typed(_iso(value.sql, value.type.args[0]), types.varchar(_iso_length(value.type, 0)))
        case "timestamp with time zone":
            wall = _iso(local(value.sql, value.type.args[1]), value.type.args[0])
            offset = f"athena_offset_text({offset_minutes(value)}, 'Z', ':')"
            return Typed(f"({wall} || {offset})", types.varchar(_iso_length(value.type, 6)))
        case _:
            raise unexpected(at, node, [value])


def _iso_length(of: Type, zone: int) -> int:
    """What the longest year (+-99999), `T`, a clock and a fraction take."""
    return 22 + zone + (of.args[0] + 1 if of.args[0] else 0)


def _iso(wall: str, digits: int) -> str:
    from mesh_core.localaws.athena.rewrite_texts import timestamp_text

    return timestamp_text(wall, digits, "%Y-%m-%dT%H:%M:%S")


# marks of functions_time.py


def date_add(texts: list[str], value: Typed) -> str:
    """date_add of a timestamp with time zone: clock units on the instant, days and longer on the wall clock."""
    bare, zone = moment(value.sql, value.type), value.type.args[1]
    moved_by = f"timezone('UTC', athena_add_clock({texts[0]}, {texts[1]}, timezone('UTC', {bare})))"
    exact = moved_by if zone is not None else carried(moved_by, f"({value.sql}).z")
    wall = at_wall(f"athena_date_add({texts[0]}, {texts[1]}, {local(value.sql, zone)})", value)
    found = f"CASE WHEN lower({texts[0]}) IN ('millisecond', 'second', 'minute', 'hour') THEN {exact} ELSE {wall} END"
    return _rounded(found, value.type)


def date_diff(texts: list[str], one: Typed, other: Typed) -> str:
    """date_diff of timestamps with time zone: clock units between the instants, days and longer in the first's zone."""
    first, second = moment(one.sql, one.type), moment(other.sql, other.type)
    clock = f"athena_clock_between({texts[0]}, timezone('UTC', {first}), timezone('UTC', {second}))"
    zone = one.type.args[1]
    there = local(second, zone) if zone is not None else f"athena_wall({second}, ({one.sql}).z)"
    days = f"athena_date_diff({texts[0]}, {local(one.sql, zone)}, {there})"
    return f"CASE WHEN lower({texts[0]}) IN ('millisecond', 'second', 'minute', 'hour') THEN {clock} ELSE {days} END"


def step_of(of: Type) -> int:
    """The last digit of a type's seconds in microseconds; 1 where milliseconds fit."""
    return 10 ** (6 - of.args[0]) if of.args and of.args[0] < 3 else 1


def _rounded(sql: str, of: Type) -> str:
    """A result in the digits of its type, where milliseconds would be more."""
    return sql if step_of(of) == 1 else cast(Typed(sql, Type(of.name, (6, *of.args[1:]))), of)
