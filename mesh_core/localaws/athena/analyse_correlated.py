"""Correlated subqueries that Trino's planner can't turn into joins: DuckDB can, Athena answers with an error.

Only what is certain is refused: where the planner's rules depend on what its other rules made of the plan before, the
subquery runs. Own level only: what a subquery's subquery refers to is seen when that one is compiled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure

SCALAR, LATERAL, IN, EXISTS = "scalar", "lateral", "in", "exists"


def check(select: Any, references: list[Any], aggregated: bool, where: str) -> None:
    """QueryFailure NOT_SUPPORTED. references: the columns of outer queries that this SELECT itself names."""
    kind = _kind(select) if references else None
    if kind is not None and _refused(select, kind, references, aggregated):
        raise failure("NOT_SUPPORTED", f"{where}: Given correlated subquery is not supported")


def _kind(select: Any) -> str | None:
    inner, parent = select, select.parent
    if isinstance(parent, exp.Subquery):
        if any(parent.args.get(each) for each in ("order", "limit", "offset", "joins")):
            return None
        inner, parent = parent, parent.parent
    match parent:
        case exp.In():
            return IN if inner.arg_key == "query" else SCALAR
        case exp.Exists():
            return EXISTS
        case exp.Lateral():
            return LATERAL
        case exp.From() | exp.Join() | exp.SetOperation() | exp.All() | exp.Any() | exp.CTE() | exp.Table() | None:
            return None
        case _:
            return SCALAR if isinstance(inner, exp.Subquery) and not isinstance(parent, exp.Subquery) else None


def _refused(select: Any, kind: str, references: list[Any], aggregated: bool) -> bool:
    shown = any(_clause(select, each) == "expressions" for each in references)
    tested = any(_clause(select, each) == "where" for each in references)
    having = tested and select.args.get("having") is not None and not select.args.get("group")
    if kind == EXISTS:
        return having
    first = select.args.get("from_")
    rows = first is not None and isinstance(first.this, exp.Table) and isinstance(first.this.this, exp.Identifier)
    limit = select.args.get("limit")
    if kind == IN:
        return (shown and (rows or first is None)) or (tested and (aggregated or limit is not None))
    one_row = first is None and kind != LATERAL and select.args.get("where") is not None
    if shown and not aggregated and (rows or one_row):
        return limit is None or _count(limit) != "0"
    return having or (tested and not aggregated and limit is not None and _limited(select, limit, references))


def _limited(select: Any, limit: Any, references: list[Any]) -> bool:
    """LIMIT for each row outside: by the inner columns that the condition holds to one value, if it says so."""
    options = limit.args.get("limit_options")
    if options is not None and options.args.get("with_ties"):
        return True
    conjuncts = [each for each in _conjuncts(select.args["where"].this) if _any_in(each, references)]
    constant = {name for each in conjuncts for name in _constants(each, references)}
    if _count(limit) == "1" and not select.args.get("order"):
        items = [each.unalias() for each in select.expressions]
        return not all(isinstance(each, exp.Literal) or each.sql() in constant for each in items)
    outer = {id(each) for each in references}
    inner = {each.sql() for one in conjuncts for each in one.find_all(exp.Column) if id(each) not in outer}
    return _count(limit) != "0" and not inner <= constant


def _constants(conjunct: Any, references: list[Any]) -> Iterable[str]:
    if isinstance(conjunct, exp.EQ):
        for mine, other in ((conjunct.this, conjunct.expression), (conjunct.expression, conjunct.this)):
            if isinstance(mine, exp.Column) and not _any_in(mine, references) and _any_in(other, references):
                yield mine.sql()


def _conjuncts(condition: Any) -> list[Any]:
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        return [part for each in condition.flatten() for part in _conjuncts(each)]
    return [condition]


def _any_in(node: Any, references: list[Any]) -> bool:
    return any(_inside(each, node) for each in references)


def _inside(node: Any, outer: Any) -> bool:
    while node is not None:
        if node is outer:
            return True
        node = node.parent
    return False


def _clause(select: Any, node: Any) -> str | None:
    while node is not None and node.parent is not select:
        node = node.parent
    return str(node.arg_key) if node is not None else None


def _count(limit: Any) -> str:
    value = limit.args.get("count") or limit.expression
    return value.name if isinstance(value, exp.Literal) else "1" if value is None else ""
