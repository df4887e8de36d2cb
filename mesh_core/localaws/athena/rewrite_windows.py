"""What stands around an aggregate: FILTER, ORDER BY, OVER and its frame, WITHIN GROUP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_compare import orderable, sort_keys
from mesh_core.localaws.athena.rewrite_frames import Window, specification
from mesh_core.localaws.athena.scope import Typed


@dataclass
class Tail:
    """What stands around an aggregate's arguments."""

    distinct: bool = False
    order: str = ""
    filter: str = ""
    over: str = ""
    window: Window = Window()
    nulls: str = ""

    def close(self) -> str:
        """From the closing parenthesis on."""
        return f"{self.order}{self.nulls}){self.filter}{self.over}"


def filter_clause(at: Expressions, node: Any) -> str:
    """An aggregate's FILTER."""
    at.scope.frame.in_aggregate = True
    try:
        return at.boolean(node, "FILTER clause")
    finally:
        at.scope.frame.in_aggregate = False


def order_inside(at: Expressions, node: Any, tail: Tail) -> None:
    """The ORDER BY inside an aggregate's parentheses goes into its tail."""
    for each in node.expressions:
        if isinstance(each, exp.Order):
            tail.order = " " + ordering(at, each, aggregate=True)


def ordering(at: Expressions, node: Any, aggregate: bool = False) -> str:
    """ORDER BY of an aggregate."""
    keys = []
    for each in node.expressions:
        before = at.scope.frame.in_aggregate
        at.scope.frame.in_aggregate = before or aggregate
        try:
            keys += sorted_by(at.typed(each.this), each, at.at(each))
        finally:
            at.scope.frame.in_aggregate = before
    return f"ORDER BY {', '.join(keys)}"


def sorted_by(value: Typed, node: Any, where: str) -> list[str]:
    """The keys of one item of ORDER BY. QueryFailure for a type that has no order."""
    if not orderable(value.type):
        raise failure(
            "TYPE_MISMATCH",
            f"{where}: Type {value.type} is not orderable, and therefore cannot be used in ORDER BY: {node.this.sql()}",
        )
    return sort_keys(value, bool(node.args.get("desc")), bool(node.args.get("nulls_first")))


def over(at: Expressions, node: Any, tail: Tail) -> None:
    """OVER, by a specification or by a name, into the tail."""
    if at.scope.frame.in_window:
        raise failure("NESTED_WINDOW", f"{at.at(node)}: Cannot nest window functions inside window function arguments")
    tail.window = specification(at, node)
    tail.over = f" OVER ({tail.window.text})"
