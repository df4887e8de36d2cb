"""Column types as Glue and Athena spell them (Hive's grammar): parsed, printed, compared.

Scalars are `string`, `boolean`, `tinyint`, `smallint`, `int`, `bigint`, `float`, `double`, `date`, `timestamp`,
`binary` and `decimal(precision,scale)`; nested ones `array<...>`, `map<...,...>` and `struct<name:type,...>`.
`varchar(n)` and `char(n)` are read and kept. `str(parse(text))` is a type's canonical text: lower case, no blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from mesh_core.errors import InvalidInputError

# Athena: decimal has at most 38 digits.
MAX_PRECISION = 38
WIZARD_SCALARS = (
    "string",
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(18,2)",
    "date",
    "timestamp",
)
_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_SCALARS = frozenset(
    {*_INTEGERS, "string", "boolean", "float", "double", "date", "timestamp", "binary", "varchar", "char"}
)
_SYNONYMS = {"integer": "int", "real": "float", "numeric": "decimal", "long": "bigint"}
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_TOKEN = re.compile(r"\s*(`[^`]+`|[^<>(),:`]+|[<>(),:])")


@dataclass(frozen=True)
class Scalar:
    """One of the scalar names; `length` only for `varchar(n)` and `char(n)`."""

    name: str
    length: int | None = None

    def __str__(self) -> str:
        return self.name if self.length is None else f"{self.name}({self.length})"


@dataclass(frozen=True)
class Decimal:
    """`decimal(precision,scale)`: digits in all, digits after the point."""

    precision: int
    scale: int

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True)
class Array:
    """`array<element>`."""

    element: HiveType

    def __str__(self) -> str:
        return f"array<{self.element}>"


@dataclass(frozen=True)
class Map:
    """`map<key,value>`."""

    key: HiveType
    value: HiveType

    def __str__(self) -> str:
        return f"map<{self.key},{self.value}>"


@dataclass(frozen=True)
class Struct:
    """`struct<name:type,...>`, fields in order."""

    fields: tuple[tuple[str, HiveType], ...]

    def __str__(self) -> str:
        return f"struct<{','.join(f'{name}:{kind}' for name, kind in self.fields)}>"


HiveType = Scalar | Decimal | Array | Map | Struct


def parse(text: str) -> HiveType:
    """The type that `text` spells; raises InvalidInputError with the text in it."""
    tokens = _tokens(text)
    try:
        found, rest = _parse(tokens)
    except (IndexError, ValueError):
        raise _unknown(text) from None
    if rest:
        raise _unknown(text)
    return found


def is_valid(text: str) -> bool:
    """Whether `parse` takes it."""
    try:
        parse(text)
    except InvalidInputError:
        return False
    return True


def canonical(text: str) -> str:
    """`text` in the one spelling that comparisons use; raises InvalidInputError."""
    return str(parse(text))


def is_nested(text: str) -> bool:
    """Whether it is an array, a map or a struct; raises InvalidInputError."""
    return isinstance(parse(text), Array | Map | Struct)


def keeps_every_value(source: str, target: str) -> bool:
    """Whether every value of `source` has its own equal value in `target`: a change that can't reject a row."""
    one, other = parse(source), parse(target)
    if one == other or str(other) == "string":
        return True
    match one, other:
        case Scalar(name=small), Scalar(name=large) if small in _INTEGERS and large in _INTEGERS:
            return _INTEGERS.index(small) <= _INTEGERS.index(large)
        case Scalar(name=small), Decimal(precision=precision, scale=scale) if small in _INTEGERS:
            return precision - scale >= _DIGITS[small]
        case Scalar(name=small), Scalar(name="double"):
            return small in ("tinyint", "smallint", "int", "float")
        case Decimal(), Decimal():
            return other.scale >= one.scale and other.precision - other.scale >= one.precision - one.scale
        case Scalar(name="date"), Scalar(name="timestamp"):
            return True
        case _:
            return False


def logical_type(text: str) -> str:
    """ODCS's logical type: string, boolean, integer, number, date, timestamp, array, map or object."""
    match parse(text):
        case Scalar(name=name) if name in _INTEGERS:
            return "integer"
        case Scalar(name="float" | "double") | Decimal():
            return "number"
        case Scalar(name="boolean" | "date" | "timestamp" as name):
            return name
        case Scalar():
            return "string"
        case Array():
            return "array"
        case Map():
            return "map"
        case Struct():
            return "object"
        case never:
            assert_never(never)


def _unknown(text: str) -> InvalidInputError:
    return InvalidInputError(
        f"'{text}' is not a column type of Athena. Nothing was changed. "
        "Use for example string, bigint, double, decimal(18,2), date, timestamp, array<string> or struct<a:int>."
    )


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unknown(text)
        found.append(match.group(1).strip())
        position = match.end()
    return found


def _parse(tokens: list[str]) -> tuple[HiveType, list[str]]:
    name, rest = tokens[0].lower(), tokens[1:]
    name = _SYNONYMS.get(name, name)
    match name:
        case "array":
            element, rest = _parse(_expect(rest, "<"))
            return Array(element), _expect(rest, ">")
        case "map":
            key, rest = _parse(_expect(rest, "<"))
            value, rest = _parse(_expect(rest, ","))
            return Map(key, value), _expect(rest, ">")
        case "struct":
            return _parse_struct(_expect(rest, "<"))
        case "decimal":
            return _parse_decimal(rest)
        case _:
            return _parse_scalar(name, rest)


def _parse_struct(tokens: list[str]) -> tuple[HiveType, list[str]]:
    fields: list[tuple[str, HiveType]] = []
    while True:
        name = tokens[0].strip("`").lower()
        kind, tokens = _parse(_expect(tokens[1:], ":"))
        fields.append((name, kind))
        if tokens[0] == ">":
            return Struct(tuple(fields)), tokens[1:]
        tokens = _expect(tokens, ",")


def _parse_decimal(tokens: list[str]) -> tuple[HiveType, list[str]]:
    if tokens[:1] != ["("]:
        return Decimal(10, 0), tokens
    precision, scale, rest = int(tokens[1]), 0, tokens[2:]
    if rest[0] == ",":
        scale, rest = int(rest[1]), rest[2:]
    if not (1 <= precision <= MAX_PRECISION and 0 <= scale <= precision):
        raise ValueError("decimal digits")
    return Decimal(precision, scale), _expect(rest, ")")


def _parse_scalar(name: str, tokens: list[str]) -> tuple[HiveType, list[str]]:
    if name not in _SCALARS:
        raise ValueError(name)
    if name in ("varchar", "char"):
        rest = _expect(tokens, "(")
        return Scalar(name, int(rest[0])), _expect(rest[1:], ")")
    return Scalar(name), tokens


def _expect(tokens: list[str], token: str) -> list[str]:
    if tokens[0] != token:
        raise ValueError(token)
    return tokens[1:]
