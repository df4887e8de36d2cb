"""Functions that take more than a template: they see their arguments' trees, or how many there are, or their types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce, instant, local, text_of, unify
from mesh_core.localaws.athena.rewrite_folds import array_sort
from mesh_core.localaws.athena.rewrite_literals import zone_name
from mesh_core.localaws.athena.rewrite_operators import compare
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import BIGINT, TEXTS, UNKNOWN, VARCHAR, ZONED, duckdb_type, literal

Form = Callable[[Expressions, Any], Typed]


def _values(at: Expressions, node: Any, at_least: int, at_most: int | None = None) -> list[Typed]:
    count = len(node.expressions)
    if count < at_least or (at_most is not None and count > at_most):
        raise failure(
            "FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function {node.this}: {count} given"
        )
    return [at.typed(each) for each in node.expressions]


def _coalesce(at: Expressions, node: Any) -> Typed:
    texts, of = unify(_values(at, node, 2), at.at(node), "All COALESCE operands must be the same type")
    return Typed(f"coalesce({', '.join(texts)})", of)


def _nullif(at: Expressions, node: Any) -> Typed:
    first, second = _values(at, node, 2, 2)
    return Typed(f"CASE WHEN {compare('=', first, second, at.at(node)).sql} THEN NULL ELSE {first.sql} END", first.type)


def _extreme(name: str) -> Form:
    def form(at: Expressions, node: Any) -> Typed:
        texts, of = unify(_values(at, node, 1), at.at(node), f"All {name} operands must be the same type")
        anything_null = " OR ".join(f"{each} IS NULL" for each in texts)
        if name == "greatest" and of.name in ("double", "real"):  # NaN is the greatest only when there is nothing else
            numbers = ", ".join(f"CASE WHEN NOT isnan({each}) THEN {each} END" for each in texts)
            found = f"coalesce(greatest({numbers}), {texts[0]})"
            return Typed(f"CASE WHEN {anything_null} THEN NULL ELSE {found} END", of)
        return Typed(f"CASE WHEN {anything_null} THEN NULL ELSE {name}({', '.join(texts)}) END", of)

    return form


def _concat(at: Expressions, node: Any) -> Typed:
    return at.concat(node, _values(at, node, 1))


def _row(at: Expressions, node: Any) -> Typed:
    return at.row(_values(at, node, 1))


def _try(at: Expressions, node: Any) -> Typed:
    if len(node.expressions) != 1:
        raise failure("SYNTAX_ERROR", f"{at.at(node)}: The 'try' function must have exactly one argument")
    before, at.trying = at.trying, True
    try:
        value = at.typed(node.expressions[0])
    finally:
        at.trying = before
    sql = re.sub(r"(?<![\w\"])athena_(\w+)\(", r"try_athena_\1(", value.sql)
    return Typed(f"TRY({sql})", value.type)


def _grouping(at: Expressions, node: Any) -> Typed:
    frame = at.scope.frame
    if frame.keys is None:
        raise failure(
            "MISSING_GROUP_BY",
            f"{at.at(node)}: A GROUPING() operation can only be used with a corresponding GROUPING "
            f"SET/CUBE/ROLLUP/GROUP BY clause",
        )
    before, frame.in_aggregate = frame.in_aggregate, True
    values = [at.typed(each) for each in node.expressions]
    frame.in_aggregate = before
    of = types.INTEGER if len(values) < 32 else BIGINT
    return Typed(f"CAST(grouping({', '.join(each.sql for each in values)}) AS {of})", of)


def _constant(at: Expressions, node: Any, what: str) -> str:
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise unsupported(f"{at.at(node)}: {what} that is not a literal")
    return str(node.this)


_MYSQL = {
    "a": "%a", "b": "%b", "c": "%-m", "d": "%d", "e": "%-d", "f": "%f", "H": "%H", "h": "%I", "I": "%I", "i": "%M",
    "j": "%j", "k": "%-H", "l": "%-I", "M": "%B", "m": "%m", "p": "%p", "r": "%I:%M:%S %p", "S": "%S", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "Y": "%Y", "y": "%y", "%": "%%",
}  # fmt: skip


def _mysql_format(at: Expressions, node: Any) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] in "DUuVwX":
            raise failure(
                "INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: %{found[1]} not supported in date format string"
            )
        return _MYSQL.get(found[1], found[1].replace("%", "%%"))

    return re.sub(r"%(.)", one, _constant(at, node, "A date format"))


_JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "xxxx": "%G", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "DDD": "%j", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M",
    "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "E": "%a", "EEE": "%a", "EEEE": "%A", "ww": "%V",
    "e": "%u", "Y": "%Y", "Z": "\x01", "ZZ": "\x02", "ZZZ": "\x03", "z": "\x04",
}  # fmt: skip
_ZONE_MARKS = {"\x01": "+0000", "\x02": "+00:00", "\x03": "UTC", "\x04": "UTC"}


def _joda_format(at: Expressions, node: Any) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] is not None:
            return (found[1] or "'").replace("%", "%%")
        if found[2] is None:
            return found[0].replace("%", "%%")
        if found[2] not in _JODA:
            raise unsupported(f"{at.at(node)}: The date pattern '{found[2]}'")
        return _JODA[found[2]]

    text = _constant(at, node, "A date pattern")
    return re.sub(r"'([^']*)'|(([A-Za-z])\3*)|.", one, text, flags=re.DOTALL)


def wall_clock(value: Typed) -> str:
    """A timestamp, or what the clock of its zone shows at an instant."""
    return local(value.sql, value.type.args[1]) if value.type.name == ZONED else value.sql


def _moment(at: Expressions, node: Any) -> str:
    value = at.typed(node)
    match value.type.name:
        case "timestamp with time zone" | "timestamp" if value.type.args[0] > 3:  # these functions know milliseconds
            return f"athena_round_timestamp({wall_clock(value)}, 3)"
        case "timestamp with time zone" | "timestamp":
            return wall_clock(value)
        case "date" | "unknown":
            return f"CAST({value.sql} AS TIMESTAMP)"
        case _:
            raise failure(
                "FUNCTION_NOT_FOUND",
                f"{at.at(node)}: Unexpected parameters ({value.type}, varchar) for a date format function",
            )


def _two(at: Expressions, node: Any) -> tuple[Any, Any]:
    if len(node.expressions) != 2:
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"{at.at(node)}: Unexpected parameters for function {node.this}: {len(node.expressions)} given",
        )
    return node.expressions[0], node.expressions[1]


def _date_format(at: Expressions, node: Any) -> Typed:
    value, pattern = _two(at, node)
    return Typed(f"strftime({_moment(at, value)}, {literal(_mysql_format(at, pattern))})", VARCHAR)


def _format_datetime(at: Expressions, node: Any) -> Typed:
    value, pattern = _two(at, node)
    given = at.typed(value)
    text = _joda_format(at, pattern)
    marks = {each for each in _ZONE_MARKS if each in text}
    if given.type.name == ZONED and given.type.args[1] not in ("UTC", "Z") and marks:
        return Typed(_with_offset(at, node, given, text), VARCHAR)
    for each in marks:
        text = text.replace(each, _ZONE_MARKS[each])
    return Typed(f"strftime({_moment(at, value)}, {literal(text)})", VARCHAR)


def _with_offset(at: Expressions, node: Any, value: Typed, text: str) -> str:
    if "\x04" in text:
        raise unsupported(f"{at.at(node)}: The date pattern 'z' for a zone other than UTC")
    zone, wall = value.type.args[1], wall_clock(value)
    minutes = f"(epoch_us({wall}) - epoch_us(timezone('UTC', {value.sql}))) // 60000000"
    offset = f"athena_offset_text(CAST({minutes} AS BIGINT))"
    sql = f"strftime(athena_round_timestamp({wall}, 3), {literal(text)})"
    for mark, shown in (("chr(1)", f"replace({offset}, ':', '')"), ("chr(2)", offset), ("chr(3)", literal(zone))):
        sql = f"replace({sql}, {mark}, {shown})"
    return sql


def _date_parse(at: Expressions, node: Any) -> Typed:
    value, pattern = _two(at, node)
    text = coerce(_text(at, value), VARCHAR)
    return Typed(f"strptime({text}, {literal(_mysql_format(at, pattern))})", types.TIMESTAMP)


def _parse_datetime(at: Expressions, node: Any) -> Typed:
    value, pattern = _two(at, node)
    text = coerce(_text(at, value), VARCHAR)
    layout = _joda_format(at, pattern)
    if any(each in layout for each in _ZONE_MARKS):
        raise unsupported(f"{at.at(node)}: parse_datetime with a zone in its pattern")
    return Typed(f"timezone('UTC', strptime({text}, {literal(layout)}))", types.zoned())


def _text(at: Expressions, node: Any) -> Typed:
    value = at.typed(node)
    if value.type.name not in TEXTS and value.type != UNKNOWN:
        raise failure(
            "FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters ({value.type}) where varchar is expected"
        )
    return value


def _from_unixtime(at: Expressions, node: Any) -> Typed:
    values = _values(at, node, 1, 3)
    seconds = coerce(values[0], types.DOUBLE)
    zone = "UTC" if len(values) == 1 else zone_name(_constant(at, node.expressions[1], "A time zone"))
    if len(values) == 3:
        raise unsupported(f"{at.at(node)}: from_unixtime with hours and minutes")
    return Typed(f"to_timestamp(round({seconds} * 1000) / 1000)", types.zoned(zone))


def _at_timezone(at: Expressions, node: Any) -> Typed:
    value, zone = _two(at, node)
    return at.typed(exp.AtTimeZone(this=value, zone=zone))


def _with_timezone(at: Expressions, node: Any) -> Typed:
    value, zone = at.typed(_two(at, node)[0]), zone_name(_constant(at, _two(at, node)[1], "A time zone"))
    of = value.type if value.type.name == "timestamp" else types.TIMESTAMP
    return Typed(instant(coerce(value, of), zone), types.zoned(zone, of.args[0]))


_SPECIFIER = re.compile(r"%(?:(%)|(n)|([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z]))")


def _format(at: Expressions, node: Any) -> Typed:
    """format('%s-%05d', a, b): Java's format, for the conversions that C's printf has too."""
    values = _values(at, node, 2)
    text = _constant(at, node.expressions[0], "A format")
    rest = iter(values[1:])
    parts: list[str] = []
    end = 0
    for found in _SPECIFIER.finditer(text):
        parts.append(literal(text[end : found.start()]))
        parts.append(_formatted(at, node, found, rest))
        end = found.end()
    parts.append(literal(text[end:]))
    return Typed(
        "(" + " || ".join(each for each in parts if each != "''") + ")" if any(p != "''" for p in parts) else "''",
        VARCHAR,
    )


def _formatted(at: Expressions, node: Any, found: re.Match[str], rest: Any) -> str:
    if found[1]:
        return "'%'"
    if found[2]:
        return "chr(10)"
    value = next(rest, None)
    if value is None:
        raise failure(
            "INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: Invalid format string: Format specifier '{found[0]}'"
        )
    flags, width, precision, kind = found[3], found[4] or "", found[5], found[6]
    if set(flags) - set("-0+, "):
        raise unsupported(f"{at.at(node)}: The format '{found[0]}'")
    match kind:
        case "s" | "S" if value.type.name == ZONED:
            raise unsupported(f"{at.at(node)}: The format '{found[0]}' of a {value.type}")
        case "s" | "S" if not precision:
            sql = f"coalesce({text_of(value.sql, value.type)}, 'null')"
            return _padded(sql if kind == "s" else f"upper({sql})", flags, width)
        case "d" if value.type.name in types.INTEGERS:
            return _number(f"CAST({value.sql} AS BIGINT)", flags, width, "", "d")
        case "f" | "e" if value.type.name in ("double", "real", "decimal"):
            return _number(f"CAST({value.sql} AS DOUBLE)", flags, width, "." + (precision or "6"), kind)
        case "x" | "X" | "o" if value.type.name in types.INTEGERS:
            return _number(f"CAST({value.sql} AS BIGINT)", flags, width, "", kind)
        case "b" | "B" if value.type.name == "boolean":
            return _padded(text_of(value.sql, value.type), flags, width)
        case _:
            raise unsupported(f"{at.at(node)}: The format '{found[0]}' of a {value.type}")


def _number(sql: str, flags: str, width: str, precision: str, kind: str) -> str:
    if "," in flags:
        if kind != "d" and kind != "f":
            return f"printf('%{flags}{width}{precision}{kind}', {sql})"
        plain = f"format('{{:{',' if kind == 'd' else ',' + precision}{kind}}}', {sql})"
        return _padded(plain, flags.replace(",", ""), width)
    return f"printf('%{flags}{width}{precision}{kind}', {sql})"


def _padded(sql: str, flags: str, width: str) -> str:
    if not width:
        return sql
    side = "rpad" if "-" in flags else "lpad"
    return f"CASE WHEN length({sql}) >= {width} THEN {sql} ELSE {side}({sql}, {width}, ' ') END"


def _refused(what: str) -> Form:
    def form(at: Expressions, node: Any) -> Typed:
        raise unsupported(f"{at.at(node)}: {what}")

    return form


# Trino has them, and the local engine would be wrong about them or has no words for them
_REFUSED = """
checksum hash_counts numeric_histogram word_stem classify learn_classifier
learn_regressor features regress st_point st_contains st_distance st_geometryfromtext st_astext bing_tile
map_union_sum multimap_from_entries xxhash64 sha512 crc32 murmur3 spooky_hash_v2_32 spooky_hash_v2_64 hmac_md5
hmac_sha1 hmac_sha256 hmac_sha512 split_to_multimap json_object json_array json_table normal_cdf
inverse_normal_cdf beta_cdf inverse_beta_cdf cosine_similarity parse_presto_data_size index
human_readable_seconds luhn_check
""".split()  # noqa: SIM905

FORMS: dict[str, Form] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "concat": _concat,
    "row": _row,
    "try": _try,
    "grouping": _grouping,
    "date_format": _date_format,
    "date_parse": _date_parse,
    "format_datetime": _format_datetime,
    "parse_datetime": _parse_datetime,
    "from_unixtime": _from_unixtime,
    "at_timezone": _at_timezone,
    "with_timezone": _with_timezone,
    "format": _format,
    "array_sort": array_sort,
    **{name: _refused(name) for name in _REFUSED},
}


# functions with lambdas whose shape DuckDB does not have


__all__ = ["BIGINT", "FORMS", "TEXTS", "duckdb_type"]
