"""Comparisons, IN, EXISTS, LIKE and scalar queries, with their NULLs as Trino has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena import rewrite_rows
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import coerce, unify
from mesh_core.localaws.athena.rewrite_compare import FLOATS, compare, compared, require_key
from mesh_core.localaws.athena.rewrite_names import SYMBOLS
from mesh_core.localaws.athena.scope import Query, Typed
from mesh_core.localaws.athena.types import (
    BOOLEAN,
    NESTED,
    TEXTS,
    UNKNOWN,
    VARCHAR,
    ZONED,
    Type,
    common,
    same,
)
from mesh_core.localaws.athena.zones import moment

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions


def comparison(at_: Expressions, node: Any) -> Typed:
    """= <> < <= > >=, quantified ones included."""
    symbol = SYMBOLS[type(node)]
    if quantifier := _quantifier(node.expression):
        return quantified(at_, node, symbol, quantifier)
    return compare(symbol, at_.typed(node.this), at_.typed(node.expression), at_.at(node))


def _quantifier(node: Any) -> tuple[str, Any] | None:
    """(ANY or ALL, the query) of `ALL (SELECT ...)`; of `ALL (VALUES ...)` the parser makes a call."""
    if isinstance(node, exp.Any | exp.All):
        return ("ALL" if isinstance(node, exp.All) else "ANY"), node.this
    if isinstance(node, exp.Anonymous) and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        word = str(node.this).upper()
        if word in ("ALL", "ANY", "SOME"):
            return ("ALL" if word == "ALL" else "ANY"), node.expressions[0]
    return None


def quantified(at_: Expressions, node: Any, symbol: str, quantifier: tuple[str, Any]) -> Typed:
    """A comparison with ANY, SOME or ALL of a query."""
    word, inner = quantifier
    if not isinstance(inner, exp.Query | exp.Values):
        raise unsupported(f"{at_.at(node)}: A quantified comparison with anything but a query")
    value, found = at_.typed(node.this), query(at_, inner)
    wide = rewrite_rows.common_row(at_, node, value, found)
    if value.type.name == "row" or len(wide.args) > 1 or wide.args[0][1].name in ("row", "array", "map"):
        return rewrite_rows.matches(at_, node, value, found, (symbol, word))
    kind = wide.args[0][1]
    if symbol not in ("=", "<>") and kind.name in ("map", "json"):
        raise failure(
            "TYPE_MISMATCH",
            f"{at_.at(node)}: Type [{wide}] must be orderable in order to be used in quantified comparison",
        )
    return Typed(f"({coerce(value, kind)} {symbol} {word} {column_of(at_, found, kind)})", BOOLEAN)


def query(at_: Expressions, node: Any) -> Query:
    """A query inside an expression."""
    if at_.lambdas:
        raise failure("NOT_SUPPORTED", f"{at_.at(node)}: Lambda expression cannot contain subqueries")
    return at_.queries.query(node, at_.scope)


def column_of(at_: Expressions, query: Query, wanted: Type) -> str:
    """A query's one column as the wanted type."""
    only = query.fields[0]
    if same(only.type, wanted):
        return f"({query.sql})"
    return f"(SELECT {coerce(Typed(only.sql, only.type), wanted)} FROM ({query.sql}) AS q)"


def distinct_from(at_: Expressions, node: Any) -> Typed:
    """IS [NOT] DISTINCT FROM."""
    left, right = at_.typed(node.this), at_.typed(node.expression)
    if common(left.type, right.type) is None:
        what = f"Cannot check if {left.type} is distinct from {right.type}"
        raise failure("TYPE_MISMATCH", f"{at_.at(node)}: {what}")
    (one, other), of = unify([left, right], at_.at(node), "IS DISTINCT FROM")
    require_key(of, at_.at(node), "IS DISTINCT FROM") if of.name in NESTED else None
    word = "IS DISTINCT FROM" if isinstance(node, exp.NullSafeNEQ) else "IS NOT DISTINCT FROM"
    return Typed(f"({moment(one, of)} {word} {moment(other, of)})", BOOLEAN)


def logical(at_: Expressions, node: Any) -> Typed:
    """AND and OR."""
    word = "AND" if isinstance(node, exp.And) else "OR"
    terms = [at_.boolean(each, "Logical expression term") for each in node.flatten()]
    return Typed(f"({_in_turn(word, terms, bool(node.meta.get(FILTER)))})", BOOLEAN)


_DIVIDES = re.compile(r"(?://|%) (?!CAST\([1-9]\d* )")
_FAILS = re.compile(_DIVIDES.pattern + r"|\b(?:athena|python)_|(?<!\d) AS (?:TINYINT|SMALLINT|INTEGER)\)")

_COSTLY = re.compile(r"\bSELECT\b|\brandom\(|\buuid\(")  # not to be written twice
_LONGEST = 2000  # characters that are written twice: each level of nested conditions doubles them


def _in_turn(word: str, terms: list[str], filters: bool) -> str:
    """Terms of AND or OR. Trino leaves those behind a decisive one alone, so that `x <> 0 AND 1 / x > y` can't fail.

    DuckDB calculates them all; CASE keeps a term that may fail behind the others. Among the conditions of WHERE and ON
    (filters) it would keep DuckDB from joining by them: there only divisions are kept back, and no equality.
    """
    if filters:
        return _filters(terms)
    first = next((index for index, each in enumerate(terms) if index and _FAILS.search(each)), None)
    if first is None or any(_COSTLY.search(each) for each in terms[:first]) or len("".join(terms[:first])) > _LONGEST:
        return f" {word} ".join(terms)
    before, rest = f" {word} ".join(terms[:first]), _in_turn(word, terms[first:], False)
    if word == "AND":
        return f"CASE WHEN NOT ({before}) THEN false ELSE ({before}) AND ({rest}) END"
    return f"CASE WHEN {before} THEN true ELSE ({before}) OR ({rest}) END"


def _filters(terms: list[str]) -> str:
    """Divisions in one CASE, each behind what stands before it; the others stand alone as well, to be joined by."""
    alone = [each for each in terms if not _waits(each)]
    if len(alone) == len(terms):
        return " AND ".join(terms)
    last = max(index for index, each in enumerate(terms) if _waits(each))
    in_turn = terms[last]
    for term in reversed(terms[:last]):
        if _waits(term) or not _COSTLY.search(term):
            in_turn = f"CASE WHEN {term} THEN {in_turn} ELSE false END"
    return " AND ".join([*alone, in_turn])


def _waits(term: str) -> bool:
    return bool(_DIVIDES.search(term)) and " = " not in term


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
    value, low, high = (at_.typed(each) for each in (node.this, node.args["low"], node.args["high"]))
    if common(common(value.type, low.type) or VOID, high.type) is None:
        what = f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}"
        raise failure("TYPE_MISMATCH", f"{at_.at(node)}: {what}")
    tests = [compare(symbol, value, each, at_.at(node)).sql for symbol, each in ((">=", low), ("<=", high))]
    return Typed(f"({' AND '.join(tests)})", BOOLEAN)


VOID = Type("void")  # has nothing in common with any type


def in_test(at_: Expressions, node: Any) -> Typed:
    """IN a list or a query."""
    if node.args.get("unnest") or node.args.get("field"):
        raise unsupported(f"{at_.at(node)}: IN UNNEST")
    if inner := node.args.get("query"):
        return in_query(at_, node, inner.this if isinstance(inner, exp.Subquery) else inner)
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        return in_query(at_, node, node.expressions[0])
    operands = [node.this, *node.expressions]
    values = [at_.typed(each) for each in operands]
    texts, of = unify(values, [at_.at(each) for each in operands], "IN value and list items must be the same type")
    if of.name in (*NESTED, *FLOATS, ZONED):
        tests = [compared("=", texts[0], each, of) for each in texts[1:]]
        return Typed(f"({' OR '.join(tests)})", BOOLEAN)
    every = f"{texts[0]} IN ({', '.join(texts[1:])})"
    before = next((index for index, each in enumerate(texts) if index and _FAILS.search(each)), 1)
    if before > 1:  # DuckDB calculates the whole list; Trino none behind the one that is found
        every = f"CASE WHEN {texts[0]} IN ({', '.join(texts[1:before])}) THEN true ELSE {every} END"
    return Typed(f"({every})", BOOLEAN)


def in_query(at_: Expressions, node: Any, inner: Any) -> Typed:
    """IN a query, rows of several columns included."""
    value, found = at_.typed(node.this), query(at_, inner)
    wide = rewrite_rows.common_row(at_, node, value, found)
    kind = wide.args[0][1]
    if value.type.name == "row" or len(wide.args) > 1 or kind.name in ("row", "array", "map"):
        if node.meta.get(CERTAIN):
            return rewrite_rows.exists_equal(at_, node, value, found)
        return rewrite_rows.matches(at_, node, value, found, ("=", "ANY"))
    return Typed(f"({coerce(value, kind)} IN {column_of(at_, found, kind)})", BOOLEAN)


CERTAIN = "certain"


def mark_certain(condition: Any) -> None:
    """Mark the IN tests of a condition for which NULL and false are one: the terms of AND in WHERE, ON and HAVING."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        mark_filter(condition)
        for each in condition.flatten():
            mark_certain(each)
    elif isinstance(condition, exp.In):
        condition.meta[CERTAIN] = True


FILTER = "filter"


def mark_filter(condition: Any) -> None:
    """Mark a condition whose terms DuckDB takes apart: that of WHERE, ON and HAVING."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        condition.meta[FILTER] = True


def exists(at_: Expressions, node: Any) -> Typed:
    """EXISTS."""
    return Typed(f"EXISTS ({query(at_, node.this).sql})", BOOLEAN)


def scalar_query(at_: Expressions, node: Any) -> Typed:
    """A query that gives one value; its row, when it has several columns."""
    inner = node.this if isinstance(node, exp.Subquery) else node
    if isinstance(node, exp.Subquery) and any(node.args.get(each) for each in ("order", "limit", "offset")):
        inner = node
    found = query(at_, inner)
    shown = [each for each in found.fields if not each.hidden]
    if len(shown) != 1:
        return rewrite_rows.scalar_row(found)
    return Typed(f"({found.sql})", shown[0].type)


def like(at_: Expressions, node: Any, escape: str = "") -> Typed:
    """LIKE."""
    value = text(at_, node.this, "Left side of LIKE expression", char=True)
    pattern = text(at_, node.expression, "Pattern for LIKE expression")
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return Typed(f"({value} {word} {pattern}{escape})", BOOLEAN)


def escaped(at_: Expressions, node: Any) -> Typed:
    """LIKE ... ESCAPE."""
    if not isinstance(node.this, exp.Like):
        raise failure("SYNTAX_ERROR", f"{at_.at(node)}: mismatched input 'ESCAPE'")
    return like(at_, node.this, f" ESCAPE {text(at_, node.expression, 'Escape')}")


def text(at_: Expressions, node: Any, what: str, char: bool = False) -> str:
    """An operand that must be text; `what` names it in Athena's words."""
    value = at_.typed(node)
    if value.type.name not in (TEXTS if char else {"varchar"}) and value.type != UNKNOWN:
        raise failure("TYPE_MISMATCH", f"{at_.at(node)}: {what} must evaluate to a varchar (actual: {value.type})")
    return coerce(value, VARCHAR)
