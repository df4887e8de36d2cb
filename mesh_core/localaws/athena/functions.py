"""The functions that a statement may call: Trino's names, their types, and DuckDB's words for them.

The tables of functions_*.py are read once. A line of one is

    name(parameter, ...) result = template

Parameters and result are types; a capital letter is a type variable; `decimal` fits any decimal, `varchar` any text,
`fn(A,B,R)` a lambda of A and B that gives R; a last parameter with `*` may come any number of times (also none). A
result `=rule` is computed in Python (`RESULTS`). In a template `{0}` is the first argument, `{*}` all
of them; an aggregate's own calls are written `sum<{0}>`, so that DISTINCT, ORDER BY, FILTER and OVER find their
place. A line that starts with blanks continues the one before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from mesh_core.localaws.athena.type_texts import parse_type
from mesh_core.localaws.athena.types import NUMERIC, TEXTS, UNKNOWN, Type, array, common, converts, decimal, varchar

SCALAR, AGGREGATE, WINDOW = "scalar", "aggregate", "window"


@dataclass(frozen=True)
class Parameter:
    """A parameter: a type, a variable, or a shape with variables in it. `many`: it may come any number of times."""

    shape: Type
    many: bool = False


@dataclass(frozen=True)
class Signature:
    """One overload of a function."""

    name: str
    kind: str
    parameters: tuple[Parameter, ...]
    result: Type
    template: str

    def fits(self, count: int) -> bool:
        """Whether so many arguments can be given."""
        if self.parameters and self.parameters[-1].many:
            return count >= len(self.parameters) - 1
        return count == len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """The parameter of the argument at an index."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def __str__(self) -> str:
        shapes = ("char(x)" if each.shape == Type("char") else str(each.shape) for each in self.parameters)
        return f"{self.name}({', '.join(shapes)})"


_LINE = re.compile(r"(\w+)\((.*?)\) ([^=]+?) = (.+)")


def read(table: str, kind: str) -> dict[str, list[Signature]]:
    """The signatures of a table, by name."""
    found: dict[str, list[Signature]] = {}
    for line in re.sub(r"\n {4,}", " ", table.strip()).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, template = line.split(" = ", 1)
        close = _closing(head)
        name, inside, result = head[: head.index("(")], head[head.index("(") + 1 : close], head[close + 1 :]
        parameters = tuple(_parameter(each) for each in split(inside))
        signature = Signature(name, kind, parameters, shape(result.strip()), template.strip())
        found.setdefault(name, []).append(signature)
    return found


def _closing(head: str) -> int:
    depth = 0
    for index, each in enumerate(head):
        depth += (each == "(") - (each == ")")
        if each == ")" and depth == 0:
            return index
    raise ValueError(f"a signature without a closing parenthesis: {head}")


def split(text: str) -> list[str]:
    """The parts of a comma-separated text, commas in parentheses left alone."""
    parts, depth, start = [], 0, 0
    for index, each in enumerate(text):
        depth += (each == "(") - (each == ")")
        if each == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [each.strip() for each in [*parts, text[start:]] if each.strip()]


def _parameter(text: str) -> Parameter:
    return Parameter(shape(text.removesuffix("*")), text.endswith("*"))


_SHAPES = {"decimal", "any", "number", "tstz", "lambda", "comparable", "pattern", "path", "row", "char"}


@cache
def shape(text: str) -> Type:
    """A type with variables: `T`, `array(T)`, `fn(K,V,R)`, `decimal` (any)."""
    if re.fullmatch(r"[A-Z]", text):
        return Type("variable", (text,))
    if found := re.fullmatch(r"(array|map|fn|row|qdigest)\((.*)\)", text):
        return Type(found[1], tuple(shape(each) for each in split(found[2])))
    if text in _SHAPES or text.startswith("="):
        return Type(text)
    return parse_type(text)


def bind(wanted: Type, given: Type, variables: dict[str, Type]) -> bool:
    """Whether an argument's type fits a parameter's shape; variables are bound (widened) on the way."""
    match wanted.name:
        case "variable":
            known = variables.get(wanted.args[0], UNKNOWN)
            wider = common(known, given)
            if wider is None:
                return False
            variables[wanted.args[0]] = wider
            return True
        case "fn":
            return True
        case "any":
            return True
        case "number":
            return given.name in NUMERIC or given == UNKNOWN
        case "decimal" if not wanted.args:
            return given.name == "decimal"
        case "row":
            return given.name == "row"
        case "tstz":
            return given.name == "timestamp with time zone"
        case "varchar":
            return given.name == "varchar" or given == UNKNOWN
        case "char" if not wanted.args:
            return given.name == "char"
        case "path":
            return given.name in TEXTS or given == UNKNOWN
        case "timestamp" if given.name == "timestamp":
            return True
        case "time" if given.name == "time":
            return True
        case "array" | "map" | "qdigest":
            if given == UNKNOWN:
                return all(bind(each, UNKNOWN, variables) for each in wanted.args)
            return given.name == wanted.name and all(
                bind(a, b, variables) for a, b in zip(wanted.args, given.args, strict=True)
            )
        case _:
            return converts(given, wanted)


def filled(wanted: Type, variables: dict[str, Type]) -> Type:
    """A shape with its variables replaced."""
    if wanted.name == "variable":
        return variables.get(wanted.args[0], UNKNOWN)
    if wanted.name in ("array", "map", "qdigest"):
        return Type(wanted.name, tuple(filled(each, variables) for each in wanted.args))
    if wanted.name == "row" and wanted.args:
        return Type("row", tuple((None, filled(each, variables)) for each in wanted.args))
    return wanted


def _decimal_sum(types: list[Type]) -> Type:
    return decimal(38, types[0].args[1])


def _first(types: list[Type]) -> Type:
    return types[0]


def _integral_decimal(types: list[Type]) -> Type:
    precision, scale = types[0].args
    return decimal(precision - scale + min(scale, 1), 0)


def _truncated_decimal(types: list[Type]) -> Type:
    precision, scale = types[0].args
    return decimal(max(1, precision - scale), 0)


def _modulus(types: list[Type]) -> Type:
    (p1, s1), (p2, s2) = types[0].args, types[1].args
    return decimal(min(p1 - s1, p2 - s2) + max(s1, s2), max(s1, s2))


def _rounded_decimal(types: list[Type]) -> Type:
    precision, scale = types[0].args
    return decimal(precision + 1, scale)


def _widest(types: list[Type]) -> Type:
    found = types[0]
    for each in types[1:]:
        found = common(found, each) or found
    return found


def _last(types: list[Type]) -> Type:
    return types[-1]


def _text(types: list[Type]) -> Type:
    """varchar(n) of a text of n characters, a char included."""
    return varchar(_length(types[0]))


def _length(of: Type) -> int | None:
    return of.args[0] if of.name in TEXTS else None


def _texts(types: list[Type]) -> Type:
    return array(_text(types))


def _replaced(types: list[Type]) -> Type:
    length, added = _length(types[0]), _length(types[2])
    return _bounded(None if length is None or added is None else length + added * (length + 1))


def _regexp_replaced(types: list[Type]) -> Type:
    length, added = _length(types[0]), _length(types[2])
    if length is None or added is None:
        return varchar()
    return _bounded(length + max(length * added // 2, added) * (length + 1))


def _bounded(length: int | None) -> Type:
    return varchar(None if length is None or length >= LONGEST else length)


def _encoded(types: list[Type]) -> Type:
    length = _length(types[0])
    return _bounded(None if length is None else 12 * length)


LONGEST = 2147483647
"""The most characters that a varchar(n) can have; one of so many counts as unbounded."""


RESULTS: dict[str, Callable[[list[Type]], Type]] = {
    "=sum": _decimal_sum,
    "=first": _first,
    "=last": _last,
    "=text": _text,
    "=texts": _texts,
    "=replaced": _replaced,
    "=encoded": _encoded,
    "=moments": lambda types: array(types[0]),
    "=regexp_replaced": _regexp_replaced,
    "=integral": _integral_decimal,
    "=rounded": _rounded_decimal,
    "=truncated": _truncated_decimal,
    "=modulus": _modulus,
    "=widest": _widest,
}


@cache
def registry() -> dict[str, list[Signature]]:
    """Every function by name."""
    from mesh_core.localaws.athena import functions_aggregate as aggregate
    from mesh_core.localaws.athena import functions_binary as binary
    from mesh_core.localaws.athena import functions_json as json
    from mesh_core.localaws.athena import functions_nested as nested
    from mesh_core.localaws.athena import functions_number as number
    from mesh_core.localaws.athena import functions_sketches as sketches
    from mesh_core.localaws.athena import functions_text as text
    from mesh_core.localaws.athena import functions_time as time

    found: dict[str, list[Signature]] = {}
    tables = [(each.SCALARS, SCALAR) for each in (number, text, binary, json, time, nested, sketches)]
    tables += [(each.AGGREGATES, AGGREGATE) for each in (aggregate, sketches)]
    for table, kind in [*tables, (aggregate.WINDOWS, WINDOW)]:
        for name, signatures in read(table, kind).items():
            found.setdefault(name, []).extend(signatures)
    return found
