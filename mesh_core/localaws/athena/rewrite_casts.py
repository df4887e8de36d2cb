"""Conversions between Trino's types, written for DuckDB: explicit casts, and the ones that happen by themselves."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite_json import from_json, from_json_castable, to_json, to_json_castable
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import (
    DATE,
    JSON,
    NESTED,
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
from mesh_core.localaws.athena.zones import carried, instant, local, rezoned


def coerce(value: Typed, target: Type) -> str:
    """The SQL of a value as the wider type to which it converts by itself."""
    if value.type == target:
        return value.sql
    if same(value.type, target) and value.type.name not in (*NESTED, ZONED):
        return value.sql
    return cast(value, target)


def unify(values: list[Typed], where: str | list[str], what: str) -> tuple[list[str], Type]:
    """The values in their common type. QueryFailure TYPE_MISMATCH when there is none; where: one place, or each's."""
    found = UNKNOWN
    for index, each in enumerate(values):
        wider = common(found, each.type)
        if wider is None:
            where = where[index] if isinstance(where, list) else where
            every = ", ".join(dict.fromkeys(str(one.type) for one in values))
            if not what.startswith(("IN value", "All ")):
                raise failure("TYPE_MISMATCH", f"{where}: {what}: {found} vs {each.type}")
            text = f"Cannot find common type between {found} and {each.type}, all types (without duplicates): [{every}]"
            raise failure("TYPE_MISMATCH", f"{where}: {what} or coercible to a common type. {text}")
        found = wider
    return [coerce(each, found) for each in values], found


def cast(value: Typed, target: Type) -> str:
    """CAST(value AS target) with Trino's meaning, for a pair that `castable` allows."""
    source, sql = value.type, value.sql
    if source == target:
        return sql
    if source == UNKNOWN:
        return f"CAST({sql} AS {duckdb_type(target)})"
    if source == JSON:
        return from_json(sql, target)
    if source.name in TEXTS and target.name not in (*TEXTS, "json"):
        return _from_text(sql if source.name == "varchar" else text_of(sql, source), target)
    match target.name:
        case "varchar" | "char":
            return _to_text(sql, source, target)
        case "tinyint" | "smallint" | "integer" | "bigint":
            return _to_integer(sql, source, target)
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
    if source.name in ("double", "real"):
        # by way of the shortest text: DuckDB multiplies, and so makes digits that the number has not
        return f"CAST(athena_finite({text_of(sql, source)}, '{source.name}') AS {duckdb_type(target)})"
    return f"CAST({sql} AS {duckdb_type(target)})"


def _to_integer(sql: str, source: Type, target: Type) -> str:
    if source.name in ("real", "double"):
        return f"CAST(athena_half_up({sql}) AS {duckdb_type(target)})"
    return f"CAST({sql} AS {duckdb_type(target)})"


_LIMITS = {
    "tinyint": (-(2**7), 2**7 - 1, "TINYINT"),
    "smallint": (-(2**15), 2**15 - 1, "SMALLINT"),
    "integer": (-(2**31), 2**31 - 1, "INT"),
    "bigint": (-(2**63), 2**63 - 1, "BIGINT"),
}


def _from_text(sql: str, target: Type) -> str:
    """A text as a type, in the forms that Trino reads, and no others that DuckDB would."""
    match target.name:
        case name if name in _LIMITS:
            low, high, known = _LIMITS[name]
            return f"CAST(athena_text_to_integer({sql}, {low}, {high}, '{known}') AS {duckdb_type(target)})"
        case "double" | "real":
            return f"CAST(athena_number_text({sql}, '{target.name.upper()}') AS {duckdb_type(target)})"
        case "decimal":
            return f"CAST(athena_decimal_text({sql}, {target.args[0]}, {target.args[1]}) AS {duckdb_type(target)})"
        case "boolean":
            return f"athena_text_to_boolean({sql})"
        case "date":
            return text_to_date(sql)
        case "timestamp":
            return f"athena_text_to_timestamp({sql}, {target.args[0]})"
        case "time":
            return f"athena_text_to_time({sql}, {target.args[0]})"
        case "timestamp with time zone":
            wall, zone = f"athena_text_to_timestamp({sql}, {target.args[0]})", f"athena_text_to_zone({sql})"
            if target.args[1] is not None:
                return instant(wall, target.args[1])
            return carried(f"athena_unwall({wall}, {zone})", zone)
        case "varbinary":
            return f"encode({sql})"
        case _:
            return f"CAST({sql} AS {duckdb_type(target)})"


def _to_text(sql: str, source: Type, target: Type) -> str:
    length = target.args[0]
    text = text_of(sql, source)
    if target.name == "char":
        return f"rtrim(left({text}, {length}), ' ')" if source.name in TEXTS else f"athena_fits({text}, {length})"
    if length is None or (source.name in TEXTS and source.args[0] is not None and source.args[0] <= length):
        return text
    if source.name in TEXTS:
        return f"left({text}, {length})"
    return f"athena_fits({text}, {length})"


def text_to_date(sql: str) -> str:
    """A text as a date. One that is written out in the statement is a constant: DuckDB can then skip row groups by it,
    and need not read it again for each row (it folds nothing that may raise)."""
    written = re.fullmatch(r"'(\d{4}-\d\d-\d\d)'", sql)
    if written:
        with suppress(ValueError):
            return f"DATE '{date.fromisoformat(written[1])}'"
    return f"athena_text_to_date({sql})"


def _to_instant(sql: str, source: Type, target: Type) -> str:
    if source.name == ZONED and target.name != ZONED:
        sql = local(sql, source.args[1])
    match (source.name, target.name):
        case ("timestamp with time zone", "timestamp with time zone"):
            return _rounded_zoned(sql, source, target)
        case ("date" | "timestamp", "timestamp with time zone"):
            wall = _rounded(f"CAST({sql} AS TIMESTAMP)", source, target)
            zone = target.args[1]
            return instant(wall, zone) if zone else carried(instant(wall, "UTC"), literal("UTC"))
        case ("timestamp" | "timestamp with time zone", "timestamp"):
            return _rounded(sql, source, target)
        case ("timestamp" | "timestamp with time zone", "time"):
            return f"CAST({_rounded(sql, source, target)} AS TIME)"
        case ("time", "time"):
            rounded = _rounded(f"(DATE '1970-01-01' + {sql})", source, target)
            return sql if target.args[0] >= source.args[0] else f"CAST({rounded} AS TIME)"
        case ("time", "timestamp"):
            return _rounded(f"(current_date + {sql})", source, target)
        case ("time", "timestamp with time zone"):
            today = instant(_rounded(f"(current_date + {sql})", source, target), "UTC")
            return today if target.args[1] else carried(today, literal("UTC"))
        case _:
            return f"CAST({sql} AS {duckdb_type(target)})"


def _rounded(wall: str, source: Type, target: Type) -> str:
    digits = source.args[0] if source.args else 0
    return wall if target.args[0] >= digits else f"athena_round_timestamp({wall}, {10 ** (6 - target.args[0])})"


def _rounded_zoned(sql: str, source: Type, target: Type) -> str:
    if target.args[0] >= source.args[0]:
        return rezoned(sql, source, target)
    step = 10 ** (6 - target.args[0])
    if source.args[1] is not None:
        return rezoned(f"athena_round_instant({sql}, {step})", source, target)
    return carried(f"athena_round_instant(({sql}).t, {step})", f"({sql}).z")


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


_CASTS: dict[str, set[str]] = {
    "boolean": {*NUMERIC, *TEXTS},
    "varchar": {"boolean", *NUMERIC, *TEXTS, "date", "time", "timestamp", ZONED, "uuid", "varbinary"},
    "char": {"boolean", *NUMERIC, *TEXTS, "date", "time", "timestamp", ZONED},
    "date": {*TEXTS, "timestamp", ZONED},
    "timestamp": {*TEXTS, "date", ZONED, "time"},
    ZONED: {*TEXTS, "date", "timestamp", "time", ZONED},
    "time": {*TEXTS, "timestamp", ZONED, "time"},
    "uuid": {"varchar", "varbinary"},
    "varbinary": {"uuid"},
    "interval day to second": {*TEXTS},
    "interval year to month": {*TEXTS},
    **dict.fromkeys(NUMERIC, {"boolean", *NUMERIC, *TEXTS}),
}


def castable(source: Type, target: Type) -> bool:
    """Whether Trino has a cast from one type to the other."""
    if target == JSON:
        return source == JSON or to_json_castable(source)
    if source == JSON:
        return from_json_castable(target)
    if converts(source, target):
        return True
    if source.name in NESTED and source.name == target.name:
        if source.name == "row":
            pairs = list(zip(source.args, target.args, strict=False))
            return len(source.args) == len(target.args) and all(castable(a[1], b[1]) for a, b in pairs)
        return all(castable(a, b) for a, b in zip(source.args, target.args, strict=True))
    return target.name in _CASTS.get(source.name, set()) or (source.name == target.name and source != DATE)
