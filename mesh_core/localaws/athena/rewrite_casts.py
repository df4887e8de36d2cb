"""Conversions between Trino's types, written for DuckDB: explicit casts, and the ones that happen by themselves."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite_json import jsonable, to_json
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import (
    DATE,
    INTEGERS,
    NUMERIC,
    TEXTS,
    UNKNOWN,
    ZONED,
    Type,
    common,
    converts,
    duckdb_type,
    literal,
    quoted,
    row_fields,
    same,
)


def coerce(value: Typed, target: Type) -> str:
    """The SQL of a value as the wider type to which it converts by itself."""
    if value.type == target or (same(value.type, target) and value.type.name not in ("row", "array", "map")):
        return value.sql
    return cast(value, target)


def unify(values: list[Typed], where: str, what: str) -> tuple[list[str], Type]:
    """The values in their common type. QueryFailure TYPE_MISMATCH when there is none."""
    found = UNKNOWN
    for each in values:
        wider = common(found, each.type)
        if wider is None:
            raise failure("TYPE_MISMATCH", f"{where}: {what}: {found} vs {each.type}")
        found = wider
    return [coerce(each, found) for each in values], found


def cast(value: Typed, target: Type) -> str:
    """CAST(value AS target) with Trino's meaning, for a pair that `castable` allows."""
    source, sql = value.type, value.sql
    if source == target:
        return sql
    if source == UNKNOWN:
        return f"CAST({sql} AS {duckdb_type(target)})"
    if source.name == "json":
        return _from_json(sql, target)
    match target.name:
        case "varchar" | "char":
            return _to_text(sql, source, target)
        case "tinyint" | "smallint" | "integer" | "bigint":
            return _to_integer(sql, source, target)
        case "decimal" | "real" | "double" if source.name in TEXTS:
            return f"CAST(trim({sql}) AS {duckdb_type(target)})"
        case "decimal":
            return _to_decimal(sql, source, target)
        case "date" | "timestamp" | "timestamp with time zone" | "time":
            return _to_instant(sql, source, target)
        case "boolean" if source.name in NUMERIC:
            return f"({sql} <> 0)"
        case "json":
            return to_json(sql, source)
        case "array" | "map" | "row" if source.name == target.name:
            return _nested(sql, source, target)
        case _:
            return f"CAST({sql} AS {duckdb_type(target)})"


def _to_decimal(sql: str, source: Type, target: Type) -> str:
    if source.name == "real":  # by the digits that the number is written with
        return f"CAST(CAST({sql} AS VARCHAR) AS {duckdb_type(target)})"
    return f"CAST({sql} AS {duckdb_type(target)})"


def _to_integer(sql: str, source: Type, target: Type) -> str:
    if source.name in ("real", "double"):
        return f"CAST(round({sql}) AS {duckdb_type(target)})"
    if source.name in TEXTS:
        # DuckDB would read '2.5' as 3; Trino refuses it
        return f"athena_text_to_integer({sql})::{duckdb_type(target)}"
    return f"CAST({sql} AS {duckdb_type(target)})"


def _to_text(sql: str, source: Type, target: Type) -> str:
    length = target.args[0]
    text = text_of(sql, source)
    if target.name == "char":
        return f"rtrim(left({text}, {length}), ' ')"
    if length is None or (source.name in TEXTS and source.args[0] is not None and source.args[0] <= length):
        return text
    if source.name in TEXTS:
        return f"left({text}, {length})"
    return f"athena_fits({text}, {length})"


def text_of(sql: str, source: Type) -> str:
    """A value as CAST(... AS varchar) writes it."""
    match source.name:
        case "varchar":
            return sql
        case "char":
            return f"rpad({sql}, {source.args[0]}, ' ')"
        case "double" | "real":
            return f"athena_double_text({sql})"
        case "decimal" if source.args[0] == source.args[1]:  # DuckDB leaves out a zero that no digit stands for
            if source.args[0] == 38:
                return f"replace(replace('~' || CAST({sql} AS VARCHAR), '~-.', '-0.'), '~.', '0.')"
            return f"CAST(CAST({sql} AS DECIMAL({source.args[0] + 1},{source.args[1]})) AS VARCHAR)"
        case "timestamp":
            return timestamp_text(sql, source.args[0])
        case "timestamp with time zone":
            digits, zone = source.args
            return f"({timestamp_text(local(sql, zone), max(3, digits))} || {literal(' ' + zone)})"
        case "time":
            return f"strftime(DATE '1970-01-01' + {sql}, {literal('%H:%M:%S' + _fraction(source.args[0]))})"
        case "varbinary":
            return f"decode({sql})"
        case "interval day to second":
            return f"athena_day_interval_text({sql})"
        case "interval year to month":
            return f"athena_month_interval_text({sql})"
        case "json":
            return f"json_extract_string({sql}, '$')"
        case _:
            return f"CAST({sql} AS VARCHAR)"


def _fraction(digits: int) -> str:
    return {0: "", 3: ".%g", 6: ".%f"}.get(digits, ".%f" if digits > 3 else ".%g")


def timestamp_text(sql: str, digits: int) -> str:
    """`2020-01-01 00:00:00` with so many digits of a second."""
    text = f"strftime({sql}, {literal('%Y-%m-%d %H:%M:%S' + _fraction(digits))})"
    extra = {1: -2, 2: -1, 4: -2, 5: -1}.get(digits)
    return f"left({text}, {extra})" if extra else text


def local(sql: str, zone: str) -> str:
    """The wall-clock timestamp of an instant in a zone."""
    if found := re.fullmatch(r"([+-])(\d\d):(\d\d)", zone):
        minutes = int(found[1] + "1") * (int(found[2]) * 60 + int(found[3]))
        return f"(timezone('UTC', {sql}) + to_minutes({minutes}))"
    return f"timezone({literal(zone)}, {sql})"


def instant(sql: str, zone: str) -> str:
    """The instant at which a zone's wall clock shows a timestamp."""
    if found := re.fullmatch(r"([+-])(\d\d):(\d\d)", zone):
        minutes = int(found[1] + "1") * (int(found[2]) * 60 + int(found[3]))
        return f"timezone('UTC', {sql} - to_minutes({minutes}))"
    return f"timezone({literal(zone)}, {sql})"


def text_to_date(sql: str) -> str:
    """A text as a date. One that is written out in the statement is a constant: DuckDB can then skip row groups by it,
    and need not read it again for each row (it folds nothing that may raise)."""
    written = re.fullmatch(r"'(\d{4}-\d\d-\d\d)'", sql)
    if written:
        with suppress(ValueError):
            return f"DATE '{date.fromisoformat(written[1])}'"
    return f"athena_text_to_date({sql})"


def _to_instant(sql: str, source: Type, target: Type) -> str:
    """The instant, rounded half up where the target has fewer digits of a second (a text may have any number)."""
    moved = _moved_instant(sql, source, target)
    given = 6 if source.name in TEXTS else (source.args[0] if source.args else 0)
    if target == DATE or target.args[0] >= min(6, given):
        return moved
    return rounded_instant(moved, target.name, target.args[0])


def rounded_instant(sql: str, name: str, digits: int) -> str:
    """A time, a timestamp or an instant with so many digits of a second."""
    match name:
        case "time":
            return f"athena_round_time({sql}, {digits})"
        case "timestamp":
            return f"athena_round_timestamp({sql}, {digits})"
        case _:
            return f"timezone('UTC', athena_round_timestamp(timezone('UTC', {sql}), {digits}))"


def _moved_instant(sql: str, source: Type, target: Type) -> str:
    if source.name == ZONED and target.name != ZONED:
        sql = local(sql, source.args[1])
    match (source.name, target.name):
        case ("varchar" | "char", "date"):
            return text_to_date(sql)
        case ("varchar" | "char", "timestamp with time zone"):
            return f"CAST({sql} AS TIMESTAMPTZ)"
        case ("date" | "timestamp", "timestamp with time zone"):
            return instant(f"CAST({sql} AS TIMESTAMP)", target.args[1])
        case ("varchar" | "char", "timestamp"):
            return f"athena_text_to_timestamp({sql})"
        case ("timestamp with time zone", "timestamp with time zone"):
            return sql
        case _:
            return f"CAST({sql} AS {duckdb_type(target)})"


def _nested(sql: str, source: Type, target: Type) -> str:
    match target.name:
        case "array":
            inner = cast(Typed("e", source.args[0]), target.args[0])
            return sql if inner == "e" else f"list_transform({sql}, lambda e: {inner})"
        case "map":
            key = cast(Typed("e.key", source.args[0]), target.args[0])
            value = cast(Typed("e.value", source.args[1]), target.args[1])
            if (key, value) == ("e.key", "e.value"):
                return sql
            entries = f"list_transform(map_entries({sql}), lambda e: struct_pack(key := {key}, value := {value}))"
            return f"map_from_entries({entries})"
        case _:
            return _row(sql, source, target)


def _row(sql: str, source: Type, target: Type) -> str:
    pairs = list(zip(row_fields(source), row_fields(target), strict=True))
    parts = [
        f"{quoted(to)} := {cast(Typed(f'({sql}).{quoted(name)}', of), wanted)}" for (name, of), (to, wanted) in pairs
    ]
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"


def _from_json(sql: str, target: Type) -> str:
    match target.name:
        case "varchar" | "char":
            return _to_text(sql, Type("json"), target)
        case _ if target.name in INTEGERS or target.name in ("double", "real", "decimal"):
            return f"CAST(json_extract_string({sql}, '$') AS {duckdb_type(target)})"
        case _:
            return f"CAST({sql} AS {duckdb_type(target)})"


_CASTS: dict[str, set[str]] = {
    "boolean": {*NUMERIC, *TEXTS, "json"},
    "varchar": {"boolean", *NUMERIC, *TEXTS, "date", "time", "timestamp", ZONED, "json", "uuid", "varbinary"},
    "json": {"boolean", *NUMERIC, *TEXTS, "array", "map", "row", "date", "timestamp"},
    "date": {*TEXTS, "timestamp", ZONED, "json"},
    "timestamp": {*TEXTS, "date", ZONED, "time", "json"},
    ZONED: {*TEXTS, "date", "timestamp", "time", ZONED},
    "time": {*TEXTS, "timestamp", ZONED},
    "uuid": {*TEXTS, "varbinary"},
    "varbinary": {*TEXTS, "uuid"},
    "interval day to second": {*TEXTS},
    "interval year to month": {*TEXTS},
    **dict.fromkeys(NUMERIC, {"boolean", *NUMERIC, *TEXTS, "json"}),
}
_CASTS["char"] = _CASTS["varchar"]


def castable(source: Type, target: Type) -> bool:
    """Whether Trino has a cast from one type to the other."""
    if target.name == "json" and source.name != "json":
        return jsonable(source)
    if converts(source, target):
        return True
    if source.name in ("array", "map", "row") and source.name == target.name:
        if source.name == "row":
            pairs = list(zip(source.args, target.args, strict=False))
            return len(source.args) == len(target.args) and all(castable(a[1], b[1]) for a, b in pairs)
        return all(castable(a, b) for a, b in zip(source.args, target.args, strict=True))
    return target.name in _CASTS.get(source.name, set()) or (source.name == target.name and source != DATE)
