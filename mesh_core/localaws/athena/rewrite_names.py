"""Names in errors and in casts: columns that are not there, types as they are written."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.type_texts import UnknownTypeError, parse_type
from mesh_core.localaws.athena.types import LONGEST_CHAR, Type, parts


def unknown_column(where: str, name: str) -> Exception:
    """Athena's text for a column that is not there, or not for this caller: the two are not told apart."""
    return failure(
        "COLUMN_NOT_FOUND",
        f"{where}: Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
    )


def data_type(node: Any, where: str) -> Type:
    """The type that a parsed type names."""
    from mesh_core.localaws.athena.guard import Dialect

    text = node.sql(dialect=Dialect)
    if _ELSEWHERE.search(text):
        raise unsupported(f"{where}: The type {text.lower()}")
    try:
        found = parse_type(text)
    except UnknownTypeError as error:
        raise failure("TYPE_NOT_FOUND", f"{where}: Unknown type: {text}") from error
    for each in parts(found):
        _check(each, where)
    return found


# types of Trino that DuckDB has nothing to carry with
_ELSEWHERE = re.compile(
    r"(?i)\btime(\s*\(\d+\))?\s+with\s+time\s+zone|\b(ipaddress|geometry|sphericalgeography|bingtile|color)\b"
)
MICROSECONDS = 6


def _check(of: Type, where: str) -> None:
    """QueryFailure for lengths and precisions that Trino does not have, or has and DuckDB has not."""
    match of.name:
        case "timestamp" | "time" | "timestamp with time zone" if of.args[0] > PICOSECONDS:
            name = of.name.split(" ")[0].upper()
            raise failure("INVALID_ARGUMENTS", f"{where}: {name} precision must be in range [0, 12]: {of.args[0]}")
        case "timestamp" | "time" | "timestamp with time zone" if of.args[0] > MICROSECONDS:
            raise unsupported(f"{where}: A {of.name.split(' ')[0]} finer than microseconds")
        case "char" if of.args[0] > LONGEST_CHAR:
            raise failure(
                "INVALID_ARGUMENTS", f"{where}: CHAR length must be in range [0, {LONGEST_CHAR}], got {of.args[0]}"
            )
        case "decimal" if of.args[1] > of.args[0]:
            raise failure(
                "INVALID_ARGUMENTS",
                f"{where}: DECIMAL scale must be in range [0, precision ({of.args[0]})]: {of.args[1]}",
            )
        case _:
            pass


PICOSECONDS = 12


SYMBOLS: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
