"""Comparisons, IN, EXISTS, LIKE and scalar queries, with their NULLs as Trino has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import coerce, unify
from mesh_core.localaws.athena.rewrite_names import SYMBOLS
from mesh_core.localaws.athena.rewrite_operators import compare
from mesh_core.localaws.athena.scope import Query, Typed
from mesh_core.localaws.athena.types import (
    BOOLEAN,
    TEXTS,
    UNKNOWN,
    VARCHAR,
    Type,
    common,
    quoted,
    same,
)

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions


def comparison(at_: Expressions, node: Any) -> Typed:
    """= <> < <= > >=, quantified ones included."""
    symbol = SYMBOLS[type(node)]
    if isinstance(node.expression, exp.Any | exp.All):
        return quantified(at_, node, symbol)
    return compare(symbol, at_.typed(node.this), at_.typed(node.expression), at_.at(node))


def quantified(at_: Expressions, node: Any, symbol: str) -> Typed:
    """A comparison with ANY, SOME or ALL of a query."""
    inner = node.expression.this
    if not isinstance(inner, exp.Query):
        raise unsupported(f"{at_.at(node)}: A quantified comparison with anything but a query")
    value, found = at_.typed(node.this), single(at_, inner)
    wide = common(value.type, found.fields[0].type)
    if wide is None:
        raise failure(
            "TYPE_MISMATCH", f"{at_.at(node)}: Cannot apply operator: {value.type} {symbol} {found.fields[0].type}"
        )
    word = "ALL" if isinstance(node.expression, exp.All) else "ANY"
    return Typed(f"({coerce(value, wide)} {symbol} {word} {column_of(at_, found, wide)})", BOOLEAN)


def column_of(at_: Expressions, query: Query, wanted: Type) -> str:
    """A query's one column as the wanted type."""
    only = query.fields[0]
    if same(only.type, wanted):
        return f"({query.sql})"
    return f"(SELECT {coerce(Typed(only.sql, only.type), wanted)} FROM ({query.sql}) AS q)"


def single(at_: Expressions, node: Any) -> Query:
    """A query that must give one column."""
    found = at_.queries.query(node, at_.scope)
    if len(found.fields) != 1:
        raise failure(
            "SYNTAX_ERROR",
            f"{at_.at(node)}: Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
        )
    return found


def distinct_from(at_: Expressions, node: Any) -> Typed:
    """IS [NOT] DISTINCT FROM."""
    left, right = at_.typed(node.this), at_.typed(node.expression)
    (one, other), _ = unify([left, right], at_.at(node), "Cannot apply operator: IS DISTINCT FROM")
    word = "IS DISTINCT FROM" if isinstance(node, exp.NullSafeNEQ) else "IS NOT DISTINCT FROM"
    return Typed(f"({one} {word} {other})", BOOLEAN)


def logical(at_: Expressions, node: Any) -> Typed:
    """AND and OR."""
    word = "AND" if isinstance(node, exp.And) else "OR"
    terms = [at_.boolean(each, "Logical expression term") for each in node.flatten()]
    return Typed("(" + f" {word} ".join(terms) + ")", BOOLEAN)


def negation(at_: Expressions, node: Any) -> Typed:
    """NOT."""
    return Typed(f"(NOT {at_.boolean(node.this, 'Value of logical NOT expression')})", BOOLEAN)


def is_test(at_: Expressions, node: Any) -> Typed:
    """IS NULL."""
    if not isinstance(node.expression, exp.Null):
        raise unsupported(f"{at_.at(node)}: IS with anything but NULL")
    return Typed(f"({at_.typed(node.this).sql} IS {'NOT ' if node.args.get('negate') else ''}NULL)", BOOLEAN)


def between(at_: Expressions, node: Any) -> Typed:
    """BETWEEN."""
    value = at_.typed(node.this)
    low = compare(">=", value, at_.typed(node.args["low"]), at_.at(node))
    high = compare("<=", value, at_.typed(node.args["high"]), at_.at(node))
    return Typed(f"({low.sql} AND {high.sql})", BOOLEAN)


def in_test(at_: Expressions, node: Any) -> Typed:
    """IN a list or a query."""
    if node.args.get("unnest") or node.args.get("field"):
        raise unsupported(f"{at_.at(node)}: IN UNNEST")
    if query := node.args.get("query"):
        return in_query(at_, node, query.this if isinstance(query, exp.Subquery) else query)
    values = [at_.typed(each) for each in [node.this, *node.expressions]]
    texts, _ = unify(values, at_.at(node), "IN value and list items must be the same type")
    return Typed(f"({texts[0]} IN ({', '.join(texts[1:])}))", BOOLEAN)


def in_query(at_: Expressions, node: Any, query: Any) -> Typed:
    """IN a query, rows of several columns included."""
    value, found = at_.typed(node.this), at_.queries.query(query, at_.scope)
    if value.type.name == "row" and len(found.fields) == len(value.type.args) > 1:
        pairs = zip(types.row_fields(value.type), found.fields, strict=True)
        row = ", ".join(f"{quoted(name)} := {coerce(Typed(f.sql, f.type), of)}" for (name, of), f in pairs)
        return Typed(f"({value.sql} IN (SELECT struct_pack({row}) FROM ({found.sql}) AS q))", BOOLEAN)
    if len(found.fields) != 1:
        raise failure(
            "SYNTAX_ERROR",
            f"{at_.at(node)}: Multiple columns returned by subquery are not yet supported. Found {len(found.fields)}",
        )
    wide = common(value.type, found.fields[0].type)
    if wide is None:
        raise failure(
            "TYPE_MISMATCH",
            f"{at_.at(node)}: value and result of subquery must be of the same type for IN "
            f"expression: {value.type} vs {found.fields[0].type}",
        )
    return Typed(f"({coerce(value, wide)} IN {column_of(at_, found, wide)})", BOOLEAN)


def exists(at_: Expressions, node: Any) -> Typed:
    """EXISTS."""
    return Typed(f"EXISTS ({at_.queries.query(node.this, at_.scope).sql})", BOOLEAN)


def scalar_query(at_: Expressions, node: Any) -> Typed:
    """A query that gives one value."""
    inner = node.this if isinstance(node, exp.Subquery) else node
    if isinstance(node, exp.Subquery) and any(node.args.get(each) for each in ("order", "limit", "offset")):
        inner = node
    found = single(at_, inner)
    return Typed(f"({found.sql})", found.fields[0].type)


def like(at_: Expressions, node: Any, escape: str = "") -> Typed:
    """LIKE."""
    value = text(at_, node.this, "Left side of LIKE expression")
    pattern = text(at_, node.expression, "Pattern for LIKE expression")
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return Typed(f"({value} {word} {pattern}{escape})", BOOLEAN)


def escaped(at_: Expressions, node: Any) -> Typed:
    """LIKE ... ESCAPE."""
    if not isinstance(node.this, exp.Like):
        raise failure("SYNTAX_ERROR", f"{at_.at(node)}: mismatched input 'ESCAPE'")
    return like(at_, node.this, f" ESCAPE {text(at_, node.expression, 'Escape')}")


def text(at_: Expressions, node: Any, what: str) -> str:
    """An operand that must be text; `what` names it in Athena's words."""
    value = at_.typed(node)
    if value.type.name not in TEXTS and value.type != UNKNOWN:
        raise failure("TYPE_MISMATCH", f"{at_.at(node)}: {what} must evaluate to a varchar (actual: {value.type})")
    return coerce(value, VARCHAR)
