"""Names in errors and in casts: columns that are not there, types as they are written."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.types import (
    Type,
    parse_type,
)


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
    try:
        return parse_type(text)
    except types.UnknownTypeError as error:
        raise failure("TYPE_NOT_FOUND", f"{where}: Unknown type: {text}") from error


SYMBOLS: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
