"""Row filters of data cells filters, as conditions for DuckDB; and rows of which only some fields are readable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.guard import Dialect
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.scope import Field, Query, Scope
from mesh_core.localaws.athena.types import Type, quoted

_NODES = (
    exp.Column, exp.Identifier, exp.Dot, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or, exp.Not,
    exp.Is,    exp.In, exp.Between, exp.Like, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Neg,
)  # fmt: skip


class _NoQueries:
    """A filter has no queries inside."""

    wide = False

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def query(self, node: Any, scope: Scope | None) -> Query:
        raise failure("NOT_SUPPORTED", "A row filter can't hold a query")

    def session(self, name: str) -> str:
        raise failure("NOT_SUPPORTED", "A row filter can't hold a session's value")


def condition_of(text: str | None, columns: Sequence[tuple[str, Type]]) -> str | None:
    """The filter as a condition over the columns' own names; None for all rows. QueryFailure: nothing is shown then."""
    if text is None:
        return None
    try:
        tree = Dialect().parse(f"SELECT 1 WHERE {text}")
    except SqlglotError as error:
        raise _unreadable() from error
    where = tree[0].args.get("where") if len(tree) == 1 and isinstance(tree[0], exp.Select) else None
    extra = {key for key, given in tree[0].args.items() if given} - {"expressions", "where"} if where else set()
    if where is None or extra or any(not isinstance(each, _NODES) for each in where.this.walk()):
        raise _unreadable()
    scope = Scope([Field(name, of, quoted(name)) for name, of in columns])
    try:
        return Expressions(_NoQueries(text), scope).boolean(where.this, "row filter")
    except Exception as error:
        raise _unreadable() from error


def _unreadable() -> Exception:
    return failure(
        "PERMISSION_DENIED",
        "A row filter on the table can't be applied: its expression doesn't fit the table's columns",
    )


def columns_of(of: Type, readable: frozenset[str] | None, prefix: str = "") -> Type:
    """A column's type with the readable fields only; None = the whole."""
    if readable is None or of.name != "row":
        return of
    fields = []
    for name, kind in of.args:
        path = f"{prefix}{name}"
        if path in readable:
            fields.append((name, kind))
        elif any(each.startswith(f"{path}.") for each in readable):
            fields.append((name, columns_of(kind, readable, path + ".")))
    return Type("row", tuple(fields))
