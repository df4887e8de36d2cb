"""Where a node of the tree begins in the statement's text, as Trino counts: an operator's place is the operator's.

sqlglot keeps the places of names, literals and calls only. The rest is found among the tokens around them. This runs
when a statement is refused, and never for one that runs.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

_AFTER_LEFT: dict[type, tuple[str, ...]] = {
    exp.EQ: ("=",), exp.NEQ: ("<>", "!="), exp.LT: ("<",), exp.LTE: ("<=",), exp.GT: (">",), exp.GTE: (">=",),
    exp.Add: ("+",), exp.Sub: ("-",), exp.Mul: ("*",), exp.Div: ("/",), exp.Mod: ("%",), exp.DPipe: ("||",),
    exp.Is: ("IS",), exp.In: ("IN",), exp.Between: ("BETWEEN",), exp.Like: ("LIKE",), exp.Union: ("UNION",),
    exp.Except: ("EXCEPT",), exp.Intersect: ("INTERSECT",),
    exp.NullSafeEQ: ("IS",), exp.NullSafeNEQ: ("IS",),
}  # fmt: skip
_BEFORE_FIRST: dict[type, tuple[str, ...]] = {
    exp.Cast: ("CAST",), exp.TryCast: ("TRY_CAST",), exp.Case: ("CASE",), exp.Array: ("ARRAY",), exp.Not: ("NOT",),
    exp.Neg: ("-",), exp.Exists: ("EXISTS",), exp.Extract: ("EXTRACT",), exp.Trim: ("TRIM",), exp.Values: ("VALUES",),
    exp.Select: ("SELECT",), exp.Subquery: ("(",), exp.Tuple: ("(",), exp.Interval: ("INTERVAL",),
    exp.GroupConcat: ("LISTAGG",), exp.If: ("IF",), exp.Lateral: ("LATERAL",), exp.Unnest: ("UNNEST",),
    exp.With: ("RECURSIVE", "WITH"), exp.JSONValue: ("JSON_VALUE",), exp.JSONExtract: ("JSON_QUERY",),
    exp.JSONExists: ("JSON_EXISTS",), exp.Fetch: ("FETCH",),
}  # fmt: skip


def offset(sql: str, node: Any) -> int:
    """The place of a node in characters; 0 for one of which nothing is known."""
    while isinstance(node, exp.WithinGroup | exp.Window | exp.Filter | exp.Alias | exp.Bracket):
        node = node.this
    if isinstance(node, exp.Anonymous) and len(node.expressions) == 2 and isinstance(node.expressions[1], exp.DataType):
        return _keyword(sql, node)
    if words := _AFTER_LEFT.get(type(node)):
        return _after(sql, node, words)
    if words := _BEFORE_FIRST.get(type(node)):
        return _before(sql, node, words)
    if isinstance(node, exp.Lambda):
        start = _first(node) or 0
        return start - 1 if sql[start - 1 : start] == "(" else start
    return _first(node) or 0


def _first(node: Any) -> int | None:
    return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=None)


def _tokens(sql: str) -> list[Any]:
    from mesh_core.localaws.athena.guard import Dialect

    return list(Dialect().tokenize(sql))


def _keyword(sql: str, node: Any) -> int:
    """The type's token of `DATE '2020-01-01'`."""
    start = _first(node) or 0
    return int(max((each.start for each in _tokens(sql) if each.start < start), default=start))


def _after(sql: str, node: Any, words: tuple[str, ...]) -> int:
    """The operator's token: the first of its words behind all that is known of the left operand."""
    end = max((each.meta["end"] for each in node.this.walk() if "end" in each.meta), default=-1)
    before = None
    for token in _tokens(sql):
        if token.start > end and token.text.upper() in words:
            return int(before.start if before is not None and before.text.upper() == "NOT" else token.start)
        before = token
    return _first(node) or 0


def _before(sql: str, node: Any, words: tuple[str, ...]) -> int:
    """The keyword's token: the nearest before the first thing known inside; further back for each node within."""
    start = _first(node)
    tokens = _tokens(sql)
    if start is None:  # nothing inside has a place: `CASE WHEN true THEN null END`
        return int(next((each.start for each in tokens if each.text.upper() in words), 0))
    inside = sum(1 for each in node.walk() if type(each) is type(node) and _first(each) == start)
    found = [each.start for each in tokens if each.start < start and each.text.upper() in words]
    return int(found[-inside]) if len(found) >= inside else start
