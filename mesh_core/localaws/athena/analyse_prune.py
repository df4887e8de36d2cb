"""Which partitions a WHERE clause leaves over: comparisons of a partition key with a constant, joined by AND.

Only a hint to read less: every row is still tested. Each comparison is false for NULL, so it holds for outer joins too.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.guard import LITERAL
from mesh_core.localaws.athena.scope import Field, Scope

_SYMBOLS: dict[type, str] = {exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def prune(condition: Any, scope: Scope) -> None:
    """Note the comparisons with the tables whose partition keys they name."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        for each in condition.flatten():
            prune(each, scope)
        return
    for node, symbol, values in _comparisons(condition):
        field = _key(node, scope)
        constants = [_constant(each) for each in values]
        if field is not None and None not in constants:
            use, name = field.source
            use.conditions.append((name, symbol, tuple(constants)))


def _comparisons(node: Any) -> list[tuple[Any, str, list[Any]]]:
    match node:
        case exp.Between():
            return [(node.this, ">=", [node.args["low"]]), (node.this, "<=", [node.args["high"]])]
        case exp.In() if node.expressions and not node.args.get("query"):
            return [(node.this, "in", node.expressions)]
        case _ if type(node) in _SYMBOLS:
            symbol = _SYMBOLS[type(node)]
            if isinstance(node.this, exp.Column):
                return [(node.this, symbol, [node.expression])]
            return [(node.expression, _TURNED[symbol], [node.this])]
        case _:
            return []


def _key(node: Any, scope: Scope) -> Field | None:
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return None
    parts = [each.name.lower() for each in node.parts]
    found = scope.find(parts[-1], tuple(parts[:-1]))
    return found[0] if len(found) == 1 and found[0].source is not None else None


def _constant(node: Any) -> str | int | date | None:
    match node:
        case exp.Literal() if node.is_string:
            return str(node.this)
        case exp.Literal() if re.fullmatch(r"\d+", node.this):
            return int(node.this)
        case exp.Neg() if isinstance(node.this, exp.Literal) and re.fullmatch(r"\d+", node.this.this):
            return -int(node.this.this)
        case exp.Anonymous() if node.this == LITERAL and node.expressions[1].sql().upper() == "DATE":
            try:
                return date.fromisoformat(node.expressions[0].this)
            except ValueError:
                return None
        case _:
            return None
