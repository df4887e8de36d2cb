"""Trino's types: what a query's columns are, how Hive and DuckDB write them, and what converts to what by itself.

A `Type` is a name and its arguments: `decimal` (precision, scale); `varchar` and `char` (length, None = unbounded);
`timestamp` (digits of a second); `timestamp with time zone` (digits, zone); `array` (element); `map` (key, value);
`row` ((name or None, type), ...); `function` (parameters..., result); all others have none.

DuckDB keeps no zone in a value, so the zone of a `timestamp with time zone` belongs to the type here where all values
have the same one. Where they differ (zone None) the value is a struct of the instant `t` and the zone's name `z`. Two
such types are equal whatever their zones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Type:
    """One Trino type; `str()` is the text that typeof() gives."""

    name: str
    args: tuple[Any, ...] = ()

    def __str__(self) -> str:
        match self.name:
            case "decimal":
                return f"decimal({self.args[0]},{self.args[1]})"
            case "varchar" | "char":
                return self.name if self.args[0] is None else f"{self.name}({self.args[0]})"
            case "timestamp" | "time":
                return f"{self.name}({self.args[0]})"
            case "timestamp with time zone":
                return f"timestamp({self.args[0]}) with time zone"
            case "row":
                return f"row({', '.join(_field_text(name, str(of)) for name, of in self.args)})"
            case _:
                name = _SPELLED.get(self.name, self.name)
                return f"{name}({', '.join(map(str, self.args))})" if self.args else name


_SPELLED = {"hyperloglog": "HyperLogLog", "p4hyperloglog": "P4HyperLogLog", "setdigest": "SetDigest"}


def _field_text(name: str | None, of: str) -> str:
    return f"{name} {of}" if name else of


BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT = map(Type, ("boolean", "tinyint", "smallint", "integer", "bigint"))
REAL, DOUBLE, VARBINARY, DATE, JSON, UUID = map(Type, ("real", "double", "varbinary", "date", "json", "uuid"))
UNKNOWN, DAY_INTERVAL, MONTH_INTERVAL = map(Type, ("unknown", "interval day to second", "interval year to month"))
VARCHAR, TIMESTAMP, TIME = Type("varchar", (None,)), Type("timestamp", (3,)), Type("time", (3,))
INTEGERS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
NUMERIC = {*INTEGERS, "decimal", "real", "double"}
TEXTS = {"varchar", "char"}
NESTED = {"array", "map", "row"}
LONGEST_CHAR = 65536
ZONED = "timestamp with time zone"


def decimal(precision: int, scale: int) -> Type:
    """decimal(precision, scale), at most 38 digits."""
    return Type("decimal", (min(38, precision), scale))


def varchar(length: int | None = None) -> Type:
    """varchar, bounded when a length is given."""
    return Type("varchar", (length,))


def array(element: Type) -> Type:
    """array(element)."""
    return Type("array", (element,))


def map_of(key: Type, value: Type) -> Type:
    """map(key, value)."""
    return Type("map", (key, value))


def zoned(zone: str | None = "UTC", digits: int = 3) -> Type:
    """timestamp(digits) with time zone, all values in one zone (None: each in its own)."""
    return Type(ZONED, (digits, zone))


def same(one: Type, other: Type) -> bool:
    """Whether two types are one; a zone and the names of row fields do not count."""
    if one.name != other.name:
        return False
    match one.name:
        case "timestamp with time zone":
            return bool(one.args[0] == other.args[0])
        case "array" | "map":
            return all(same(a, b) for a, b in zip(one.args, other.args, strict=True))
        case "row":
            pairs = zip(one.args, other.args, strict=False)
            return len(one.args) == len(other.args) and all(same(a[1], b[1]) for a, b in pairs)
        case _:
            return one.args == other.args


def common(one: Type, other: Type) -> Type | None:
    """The type to which both convert by themselves (None: there is none)."""
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if one.name in NUMERIC and other.name in NUMERIC:
        return _common_number(one, other)
    if one.name in TEXTS and other.name in TEXTS:
        return _common_text(one, other)
    if one.name in _INSTANTS and other.name in _INSTANTS:
        return _common_instant(one, other)
    if one.name != other.name:
        return None
    return _common_nested(one, other)


_INSTANTS = {"date": 0, "timestamp": 1, ZONED: 2}


def _common_number(one: Type, other: Type) -> Type:
    names = {one.name, other.name}
    for name in ("double", "real"):
        if name in names:
            return Type(name)
    if "decimal" in names:
        (p1, s1), (p2, s2) = as_decimal(one).args, as_decimal(other).args
        return decimal(max(p1 - s1, p2 - s2) + max(s1, s2), max(s1, s2))
    return max(one, other, key=lambda each: INTEGERS[each.name])


def as_decimal(of: Type) -> Type:
    """The decimal type that holds every value of an integer type; a decimal itself."""
    return of if of.name == "decimal" else decimal(INTEGERS[of.name], 0)


def _common_text(one: Type, other: Type) -> Type:
    lengths = (one.args[0], other.args[0])
    longest = None if None in lengths else max(lengths)
    if "char" in (one.name, other.name):
        return Type("char", (min(LONGEST_CHAR, longest or LONGEST_CHAR),))
    return varchar(longest)


def _common_instant(one: Type, other: Type) -> Type | None:
    wider = max(one, other, key=lambda each: _INSTANTS[each.name])
    # a date becomes a timestamp(0), but a timestamp(3) with time zone
    least = 3 if wider.name == ZONED and DATE in (one, other) else 0
    digits = max(each.args[0] if each.args else least for each in (one, other))
    if one.name == other.name == ZONED and one.args[1] != other.args[1]:
        return zoned(None, digits)
    return Type(wider.name, (digits, *wider.args[1:]))


def _common_nested(one: Type, other: Type) -> Type | None:
    match one.name:
        case "array" | "map":
            parts = [common(a, b) for a, b in zip(one.args, other.args, strict=True)]
            return None if None in parts else Type(one.name, tuple(parts))
        case "row" if len(one.args) == len(other.args):
            fields = [
                (a[0] if a[0] == b[0] else None, common(a[1], b[1])) for a, b in zip(one.args, other.args, strict=True)
            ]
            return None if any(of is None for _, of in fields) else Type("row", tuple(fields))
        case "time":
            return Type("time", (max(one.args[0], other.args[0]),))
        case _:
            return None


def parts(of: Type) -> list[Type]:
    """A type and all types inside it."""
    inner = [each[1] if isinstance(each, tuple) else each for each in of.args]
    return [of, *(found for each in inner if isinstance(each, Type) for found in parts(each))]


def converts(source: Type, target: Type) -> bool:
    """Whether a value converts by itself (implicitly) to the target type."""
    found = common(source, target)
    return found is not None and same(found, target)


_DUCKDB = {
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "varbinary": "BLOB",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    ZONED: "TIMESTAMPTZ",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "json": "JSON",
    "uuid": "UUID",
    "interval day to second": "INTERVAL",
    "interval year to month": "INTERVAL",
    "unknown": "INTEGER",
    "hyperloglog": "UBIGINT[]",
    "p4hyperloglog": "UBIGINT[]",
    "setdigest": "UBIGINT[]",
    "tdigest": "DOUBLE[]",
}


def duckdb_type(of: Type) -> str:
    """How DuckDB writes the type that carries it."""
    match of.name:
        case "decimal":
            return f"DECIMAL({of.args[0]},{of.args[1]})"
        case "array" | "qdigest":
            return f"{duckdb_type(of.args[0])}[]"
        case "map":
            return f"MAP({duckdb_type(of.args[0])}, {duckdb_type(of.args[1])})"
        case "timestamp with time zone" if of.args[1] is None:
            return "STRUCT(t TIMESTAMPTZ, z VARCHAR)"
        case "row":
            fields = [f"{quoted(name)} {duckdb_type(each)}" for name, each in row_fields(of)]
            return f"STRUCT({', '.join(fields)})"
        case _:
            return _DUCKDB[of.name]


def known(name: str) -> bool:
    """Whether a name is a type's that DuckDB carries, one without arguments of its own."""
    return name in _DUCKDB


def row_fields(of: Type) -> list[tuple[str, Type]]:
    """A row's fields under the names that DuckDB's struct has for them (`_0` for the first, when it has none)."""
    taken: set[str] = set()
    fields = []
    for index, (name, each) in enumerate(of.args):
        known = name if name and name.lower() not in taken else f"_{index}"
        taken.add(known.lower())
        fields.append((known, each))
    return fields


def quoted(name: str) -> str:
    """An identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def column_type_text(of: Type) -> str:
    """The type as Athena's API and a view's columns write it: `timestamp` for milliseconds, all else as typeof()."""
    return str(of).replace("timestamp(3)", "timestamp").replace("time(3)", "time")


_HIVE = {"integer": "int", "varbinary": "binary", "real": "float", "json": "string", "uuid": "string"}


def hive_type(of: Type) -> str:
    """The type as Glue writes it: `int`, `struct<a:int>`, `string` for an unbounded varchar."""
    match of.name:
        case "varchar" if of.args[0] is None:
            return "string"
        case "timestamp" | "timestamp with time zone":
            return "timestamp"
        case "array":
            return f"array<{hive_type(of.args[0])}>"
        case "map":
            return f"map<{hive_type(of.args[0])},{hive_type(of.args[1])}>"
        case "row":
            return f"struct<{','.join(f'{name}:{hive_type(each)}' for name, each in row_fields(of))}>"
        case "varchar" | "char" | "decimal":
            return str(of)
        case _:
            return _HIVE.get(of.name, of.name)
