"""What stands around an aggregate: FILTER, ORDER BY, OVER and its frame, WITHIN GROUP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_compare import orderable, require_key, sort_keys
from mesh_core.localaws.athena.scope import Typed


@dataclass
class Tail:
    """What stands around an aggregate's arguments."""

    distinct: bool = False
    order: str = ""
    filter: str = ""
    over: str = ""
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


def _by_distance(spec: Any) -> bool:
    """Whether a frame counts distances between values of the one key."""
    bounds = [spec.args.get("start"), spec.args.get("end")] if spec is not None else []
    return any(each is not None and not isinstance(each, str) for each in bounds) and spec.args.get("kind") == "RANGE"


def ordering(at: Expressions, node: Any, aggregate: bool = False, single: bool = False) -> str:
    """ORDER BY of a window or an aggregate. `single`: each item is one key of DuckDB's."""
    keys = []
    for each in node.expressions:
        before = at.scope.frame.in_aggregate
        at.scope.frame.in_aggregate = before or aggregate
        try:
            keys += sorted_by(at.typed(each.this), each, at.at(each))[-1 if single else 0 :]
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


def over(at: Expressions, node: Any) -> str:
    """OVER, by a specification or by a name."""
    if at.scope.frame.in_window:
        raise failure("NESTED_WINDOW", f"{at.at(node)}: Cannot nest window functions inside window function arguments")
    at.scope.frame.in_window = True
    try:
        return f" OVER ({window(at, node, set())})"
    finally:
        at.scope.frame.in_window = False


def window(at: Expressions, node: Any, seen: set[str]) -> str:
    """The parts of a window specification; `seen` are the names that led here."""
    parts = []
    base = node.args.get("alias")
    if base is not None:
        name = base.name.lower()
        if name in seen or name not in at.scope.windows:
            raise failure("INVALID_WINDOW_REFERENCE", f"{at.at(base)}: Cannot resolve WINDOW name {name}")
        outputs, at.scope.outputs = at.scope.outputs, []  # a named window knows FROM only, also in ORDER BY
        parts.append(window(at, at.scope.windows[name], seen | {name}))
        at.scope.outputs = outputs
    if keys := node.args.get("partition_by"):
        parts.append(f"PARTITION BY {', '.join(_partition(at, each) for each in keys)}")
    if order := node.args.get("order"):
        parts.append(ordering(at, order, single=_by_distance(node.args.get("spec"))))
    if spec := node.args.get("spec"):
        parts.append(frame(at, spec))
    return " ".join(each for each in parts if each)


def _partition(at: Expressions, node: Any) -> str:
    value = at.typed(node)
    require_key(value.type, at.at(node), "PARTITION BY")
    return value.sql


def frame(at: Expressions, spec: Any) -> str:
    """ROWS, RANGE or GROUPS with its bounds."""
    kind = (spec.args.get("kind") or "RANGE").upper()
    start = bound(at, spec.args.get("start"), spec.args.get("start_side"), kind)
    end = bound(at, spec.args.get("end"), spec.args.get("end_side"), kind) if spec.args.get("end") else "CURRENT ROW"
    if spec.args.get("exclude"):
        raise failure("SYNTAX_ERROR", f"{at.at(spec)}: mismatched input 'EXCLUDE'")
    return f"{kind} BETWEEN {start} AND {end}"


def bound(at: Expressions, bound: Any, side: str | None, kind: str) -> str:
    """One bound of a frame."""
    if isinstance(bound, str):
        return bound if bound == "CURRENT ROW" else f"{bound} {side}"
    value = at.typed(bound)
    if value.type.name == "decimal" and kind != "RANGE":
        return f"CAST(least({value.sql}, {2**63 - 1}) AS BIGINT) {side}"
    return f"{value.sql} {side}"
