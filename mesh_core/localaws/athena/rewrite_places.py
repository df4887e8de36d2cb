"""Where calls may stand: aggregates in WHERE or in aggregates, windows without OVER, and the like are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.functions import AGGREGATE, SCALAR, WINDOW, Signature, registry
from mesh_core.localaws.athena.rewrite_windows import Tail
from mesh_core.localaws.athena.select_items import shown, whole
from mesh_core.localaws.athena.types import UNKNOWN

if TYPE_CHECKING:
    from mesh_core.localaws.athena.rewrite import Expressions


def check_distinct_order(at: Expressions, node: Any, arguments: list[Any]) -> None:
    """ORDER BY of an aggregate with DISTINCT. QueryFailure EXPRESSION_NOT_IN_DISTINCT."""
    for order in node.find_all(exp.Order):
        for key in order.expressions if order.parent is node else ():
            if key.this not in arguments:
                what = "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments"
                raise failure("EXPRESSION_NOT_IN_DISTINCT", f"{at.at(key.this)}: {what}")


def _around(node: Any) -> Any:
    """The aggregate in whose arguments a call stands."""
    outer = node.find_ancestor(exp.Anonymous)
    while outer is not None and registry().get(str(outer.this).lower(), [_NO_CALL])[0].kind != AGGREGATE:
        outer = outer.find_ancestor(exp.Anonymous)
    return outer or node


_NO_CALL = Signature("", SCALAR, (), UNKNOWN, "")


def check_place(at: Expressions, node: Any, name: str, kind: str, tail: Tail) -> None:
    """Where a call of this kind may stand. QueryFailure in Athena's words."""
    frame = at.scope.frame
    if kind == SCALAR:
        if tail.over or tail.filter or tail.order:
            words = {tail.order: "ORDER BY is only valid", tail.filter: "Filter is only valid"}
            what = next((f"{text} for aggregation functions" for part, text in words.items() if part), None)
            raise failure("FUNCTION_NOT_AGGREGATE", f"{at.at(node)}: {what or f'{name} is not an aggregate function'}")
        return
    if tail.over and name in ("lag", "lead"):
        if not tail.window.order:
            what = f"{name} function requires an ORDER BY window clause"
            raise failure("MISSING_ORDER_BY", f"{at.at(node)}: {what}")
        if tail.window.frame:
            what = f"Cannot specify window frame for {name} function"
            raise failure("INVALID_WINDOW_FRAME", f"{at.at(node)}: {what}")
    if kind == WINDOW and not tail.over:
        raise failure("MISSING_OVER", f"{at.at(node)}: Window function {name} requires an OVER clause")
    if frame.clause:
        what = "aggregations, window functions or grouping operations"
        found = shown(node.find_ancestor(exp.Window) or node) if tail.over else shown(node)
        raise failure("EXPRESSION_NOT_SCALAR", f"{at.at(whole(node))}: {frame.clause} cannot contain {what}: [{found}]")
    if frame.in_aggregate and tail.over:
        what = "Cannot nest window functions or row pattern measures inside aggregation"
        raise failure("NESTED_WINDOW", f"{at.at(node)}: {what}")
    if frame.in_aggregate:
        outer = _around(node)
        what = f"Cannot nest aggregations inside aggregation '{str(outer.this).lower()}': [{shown(node)}]"
        raise failure("NESTED_AGGREGATION", f"{at.at(outer)}: {what}")
    if at.lambdas and kind == AGGREGATE:
        raise failure(
            "EXPRESSION_NOT_SCALAR", f"{at.at(node)}: Lambda expression cannot contain aggregations: ['{name}']"
        )
