"""format(): Java's Formatter, each conversion as SQL. What it writes of a value is Java's, not CAST's."""

from __future__ import annotations

import re
from typing import Any

from mesh_core.localaws.athena.failures import QueryFailure, failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import castable
from mesh_core.localaws.athena.rewrite_dates import constant, offset_minutes
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import DOUBLE, INTEGERS, UNKNOWN, VARCHAR, ZONED, literal
from mesh_core.localaws.athena.zones import local, zone_text

# index, `<`, flags, width, precision, t of dates, conversion
_SPECIFIER = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])")
_JAVA = {
    **dict.fromkeys(INTEGERS, "Long"), "boolean": "Boolean", "real": "Float", "double": "Double", "varchar": "String",
    "char": "String", "json": "String", "decimal": "BigDecimal", "date": "LocalDate", "time": "LocalTime",
    "timestamp": "LocalDateTime", ZONED: "ZonedDateTime",
}  # fmt: skip
_PACKAGES = {"BigDecimal": "java.math", "LocalDate": "java.time", "LocalTime": "java.time",
             "LocalDateTime": "java.time", "ZonedDateTime": "java.time"}  # fmt: skip
_CLOCK = {
    "H": "%H", "k": "%-H", "I": "%I", "l": "%-I", "M": "%M", "S": "%S", "L": "%g", "R": "%H:%M", "T": "%H:%M:%S",
    "r": "%I:%M:%S %p", "p": "%p",
}  # fmt: skip
_DAYS = {
    "A": "%A", "a": "%a", "B": "%B", "b": "%b", "h": "%b", "Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "e": "%-d",
    "j": "%j", "D": "%m/%d/%y", "F": "%Y-%m-%d",
}  # fmt: skip


class _Formatter:
    def __init__(self, text: str, values: list[Typed], where: str) -> None:
        self.text, self.values, self.where = text, values, where
        self.next = self.last = 0

    def parts(self) -> list[str]:
        found: list[str] = []
        end = 0
        for each in _SPECIFIER.finditer(self.text):
            found += [self._plain(self.text[end : each.start()]), self._one(each)]
            end = each.end()
        return [each for each in [*found, self._plain(self.text[end:])] if each != "''"]

    def _plain(self, text: str) -> str:
        if "%" in text:
            raise self.wrong("UnknownFormatConversion: Conversion = '%'")
        return literal(text)

    def wrong(self, what: str) -> QueryFailure:
        return failure("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {self.text} ({what})")

    def _value(self, found: re.Match[str]) -> Typed:
        if found[1]:
            self.last = int(found[1])
        elif not found[2]:
            self.last = self.next = self.next + 1
        if not 1 <= self.last <= len(self.values):
            raise self.wrong(f"MissingFormatArgument: Format specifier '{found[0]}'")
        return self.values[self.last - 1]

    def _one(self, found: re.Match[str]) -> str:
        flags, width, kind = found[3], found[4] or "", found[7]
        if kind in "%n" and not found[6]:
            return padded(literal("%" if kind == "%" else "\n"), flags, width)
        if "#" in flags or ("-" in flags and not width):
            raise unsupported(f"{self.where}: The format '{found[0]}'")
        value = self._value(found)
        if found[6]:
            sql, upper = self._date(value, found), found[6] == "T"
        elif kind in "dfeExXo":
            return self._number(value, found)
        elif kind in "sSbB":
            sql, upper = self._text(value, found[5], kind.lower()), kind in "SB"
        elif kind in "chHgGaAcC":
            raise unsupported(f"{self.where}: The format '{found[0]}'")
        else:
            raise self.wrong(f"UnknownFormatConversion: Conversion = '{kind}'")
        return padded(f"upper({sql})" if upper else sql, flags, width)

    def _text(self, value: Typed, precision: str | None, kind: str) -> str:
        if kind == "s":
            sql = f"coalesce({self._shown(value)}, 'null')"
        elif value.type.name == "boolean":
            sql = f"coalesce(CAST({value.sql} AS VARCHAR), 'false')"
        else:
            sql = f"CASE WHEN {value.sql} IS NULL THEN 'false' ELSE 'true' END"
        return f"left({sql}, {precision})" if precision else sql

    def _shown(self, value: Typed) -> str:
        """toString() of the Java value."""
        of, sql = value.type, value.sql
        match of.name:
            case "decimal":
                return f"python_decimal_text({text_of(sql, of)})" if of.args[1] > 6 else text_of(sql, of)
            case "time":
                return f"athena_java_clock(DATE '1970-01-01' + {sql})"
            case "timestamp":
                return _moment(sql)
            case "timestamp with time zone":
                zone = zone_text(sql, of)
                named = f"CASE WHEN {zone} LIKE '+%' OR {zone} LIKE '-%' THEN '' ELSE '[' || {zone} || ']' END"
                offset = f"athena_offset_text({offset_minutes(value)}, 'Z', ':')"
                return f"({_moment(local(sql, of.args[1]))} || {offset} || {named})"
            case "json":
                return f"CAST({sql} AS VARCHAR)"
            case _ if of == UNKNOWN or castable(of, VARCHAR):
                return text_of(sql, of)
            case _:
                raise failure("FUNCTION_NOT_FOUND", f"{self.where}: Cannot format a value of type {of}")

    def _number(self, value: Typed, found: re.Match[str]) -> str:
        kind, flags, width = found[7], found[3], found[4] or ""
        whole = kind in "dxXo"
        of = value.type
        if of == UNKNOWN:
            return padded("'null'", flags.replace("0", ""), width)
        if not (of.name in INTEGERS if whole else of.name in ("double", "real", "decimal")):
            java = _JAVA.get(of.name, "String")
            name = f"{_PACKAGES.get(java, 'java.lang')}.{java}"
            raise self.wrong(f"IllegalFormatConversion: {kind} != {name}")
        if whole and found[5]:
            raise self.wrong(f"IllegalFormatPrecision: {found[5]}")
        if kind == "d" and not flags and not width:
            return f"coalesce(CAST({value.sql} AS VARCHAR), 'null')"
        text = text_of(f"CAST({value.sql} AS DOUBLE)", DOUBLE) if of.name == "real" else text_of(value.sql, of)
        layout = literal(f"{flags}|{width}|{found[5] or '6'}|{kind}")
        nothing = padded("'null'", flags.replace("0", ""), width)
        return f"coalesce(python_java_number({text}, {layout}), {nothing})"

    def _date(self, value: Typed, found: re.Match[str]) -> str:
        of, kind = value.type, found[7]
        known = {"date": _DAYS, "time": _CLOCK}.get(of.name, {**_DAYS, **_CLOCK})
        if of.name not in ("date", "time", "timestamp", ZONED) or kind not in known or found[5]:
            raise unsupported(f"{self.where}: The format '{found[0]}' of a {of}")
        sql = value.sql
        if of.name == "time":
            sql = f"(DATE '1970-01-01' + {sql})"
        elif of.name == ZONED:
            sql = local(sql, of.args[1])
        text = f"strftime({sql}, {literal(known[kind])})"
        return f"coalesce({f'lower({text})' if kind == 'p' else text}, 'null')"


def _moment(sql: str) -> str:
    return f"(strftime({sql}, '%Y-%m-%dT') || athena_java_clock({sql}))"


def padded(sql: str, flags: str, width: str) -> str:
    """Blanks up to a width, at the left unless `-` says otherwise."""
    if not width:
        return sql
    side = "rpad" if "-" in flags else "lpad"
    return f"CASE WHEN length({sql}) >= {width} THEN {sql} ELSE {side}({sql}, {width}, ' ') END"


def format_(at: Expressions, node: Any) -> Typed:
    """format('%s-%05d', a, b). QueryFailure with Java's reason for a format that does not fit."""
    if len(node.expressions) < 2:
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function format")
    values = [at.typed(each) for each in node.expressions]
    text = constant(at, node.expressions[0], "A format")
    parts = _Formatter(text, values[1:], at.at(node)).parts()
    return Typed(f"({' || '.join(parts)})" if parts else "''", VARCHAR)
