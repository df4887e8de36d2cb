"""Window specifications: named ones, keys, and frames, with Trino's checks before DuckDB sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.functions_sketches import TYPES as _OPAQUE
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_compare import orderable, require_key, sort_keys
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import DAY_INTERVAL, INTEGERS, MONTH_INTERVAL, NUMERIC, ZONED, Type

_INTERVALS = {DAY_INTERVAL.name, MONTH_INTERVAL.name}
_DATETIMES = {"date", "time", "timestamp", ZONED}


@dataclass(frozen=True)
class Window:
    """A specification, compiled: its parts as text, and the sort keys with their trees."""

    partition: str = ""
    order: str = ""
    frame: str = ""
    keys: tuple[tuple[Any, Typed], ...] = ()

    @property
    def text(self) -> str:
        """What stands in the parentheses after OVER."""
        return " ".join(each for each in (self.partition, self.order, self.frame) if each)


def define(at: Expressions, node: Any) -> None:
    """A named window of the WINDOW clause: checked, whether it is used or not, and from now on known by its name."""
    name = _canonical(node.this)
    if name in at.scope.windows:
        what = f"WINDOW name '{node.this.name}' specified more than once"
        raise failure("DUPLICATE_WINDOW_NAME", f"{at.at(node.this)}: {what}")
    at.scope.windows[name] = specification(at, node)


def _canonical(identifier: Any) -> str:
    """The one kind of name for which quotes and case count."""
    return str(identifier.name if identifier.args.get("quoted") else identifier.name.upper())


def specification(at: Expressions, node: Any) -> Window:
    """A window specification, by itself or on top of a named one."""
    _refuse_nested(at, node)
    base = _base(at, node)
    partition, order, frame = (node.args.get(each) for each in ("partition_by", "order", "spec"))
    keys = base.keys
    parts = [base.partition, base.order, base.frame]
    if partition:
        parts[0] = f"PARTITION BY {', '.join(_partition_key(at, each) for each in partition)}"
    if order:
        keys = tuple((each.this, _sort_key(at, each)) for each in order.expressions)
        first = -1 if _by_distance(frame) else 0  # a distance is counted along one key
        texts = [
            text
            for (_, value), each in zip(keys, order.expressions, strict=True)
            for text in sort_keys(value, bool(each.args.get("desc")), bool(each.args.get("nulls_first")))[first:]
        ]
        parts[1] = f"ORDER BY {', '.join(texts)}"
    if frame:
        parts[2] = _frame(at, node, frame, keys)
    return Window(parts[0], parts[1], parts[2], keys)


def _base(at: Expressions, node: Any) -> Window:
    named = node.args.get("alias")
    if named is None:
        return Window()
    base: Window | None = at.scope.windows.get(_canonical(named))
    if base is None:
        raise failure("INVALID_WINDOW_REFERENCE", f"{at.at(named)}: Cannot resolve WINDOW name {named.name}")
    if partition := node.args.get("partition_by"):
        what = "WINDOW specification with named WINDOW reference cannot specify PARTITION BY"
        raise failure("INVALID_PARTITION_BY", f"{at.at(partition[0])}: {what}")
    if node.args.get("order") and base.order:
        what = "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY"
        raise failure("INVALID_ORDER_BY", f"{at.at(node.args['order'])}: {what}")
    if base.frame and (node.args.get("order") or node.args.get("spec")):
        what = "Cannot reference named WINDOW containing frame specification"
        raise failure("INVALID_WINDOW_REFERENCE", f"{at.at(named)}: {what}")
    return base


def _refuse_nested(at: Expressions, node: Any) -> None:
    given = [*(node.args.get("partition_by") or ()), node.args.get("order"), node.args.get("spec")]
    for part in given:
        nested = part.find(exp.Window) if isinstance(part, exp.Expression) else None
        if nested is not None and nested.find_ancestor(exp.Select) is node.find_ancestor(exp.Select):
            what = "Cannot nest window functions or row pattern measures inside window specification"
            raise failure("NESTED_WINDOW", f"{at.at(nested)}: {what}")


def _partition_key(at: Expressions, node: Any) -> str:
    value = at.typed(node)
    require_key(value.type, at.at(node), "PARTITION BY")
    if value.type.name in _OPAQUE:
        what = f"{value.type} is not comparable, and therefore cannot be used in window function PARTITION BY"
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: {what}")
    return value.sql


def _sort_key(at: Expressions, node: Any) -> Typed:
    value = at.typed(node.this)
    if not orderable(value.type):
        what = f"{value.type} is not orderable, and therefore cannot be used in window function ORDER BY"
        raise failure("TYPE_MISMATCH", f"{at.at(node.this)}: {what}")
    return value


def _by_distance(spec: Any) -> bool:
    """Whether a frame counts distances between values of the one key."""
    bounds = [spec.args.get("start"), spec.args.get("end")] if spec is not None else []
    return any(each is not None and not isinstance(each, str) for each in bounds) and spec.args.get("kind") == "RANGE"


# frames


def _frame(at: Expressions, node: Any, spec: Any, keys: tuple[tuple[Any, Typed], ...]) -> str:
    """ROWS, RANGE or GROUPS with its bounds."""
    if spec.args.get("exclude"):
        raise failure("SYNTAX_ERROR", f"{at.at(spec)}: mismatched input 'EXCLUDE'")
    kind = (spec.args.get("kind") or "RANGE").upper()
    start, end = (_kind(spec.args.get(each), spec.args.get(f"{each}_side")) for each in ("start", "end"))
    _check_order(at, spec, start, end)
    bounds = []
    for name, of in (("start", start), ("end", end)):
        given = spec.args.get(name)
        if given is None or isinstance(given, str):
            bounds.append(of)
            continue
        value = _offset(at, node, (kind, name, given), keys)
        bounds.append(f"{value} {of.split()[-1]}")
    return f"{kind} BETWEEN {bounds[0]} AND {bounds[1]}"


def _kind(bound: Any, side: str | None) -> str:
    if bound is None:
        return "CURRENT ROW"
    if isinstance(bound, str):
        return bound if bound == "CURRENT ROW" else f"{bound} {side}".upper()
    return str(side).upper()


def _check_order(at: Expressions, spec: Any, start: str, end: str) -> None:
    what = ""
    if start == "UNBOUNDED FOLLOWING":
        what = "Window frame start cannot be UNBOUNDED FOLLOWING"
    elif end == "UNBOUNDED PRECEDING":
        what = "Window frame end cannot be UNBOUNDED PRECEDING"
    elif end == "PRECEDING" and start in ("CURRENT ROW", "FOLLOWING"):
        what = f"Window frame starting from {start} cannot end with PRECEDING"
    elif start == "FOLLOWING" and end == "CURRENT ROW":
        what = "Window frame starting from FOLLOWING cannot end with CURRENT ROW"
    if what:
        raise failure("INVALID_WINDOW_FRAME", f"{at.at(spec)}: {what}")


def _offset(at: Expressions, node: Any, bound: tuple[str, str, Any], keys: tuple[tuple[Any, Typed], ...]) -> str:
    kind, name, given = bound
    if kind == "GROUPS" and not keys:
        what = "Window frame of type GROUPS PRECEDING or FOLLOWING requires ORDER BY"
        raise failure("MISSING_ORDER_BY", f"{at.at(node)}: {what}")
    if kind == "RANGE":
        _check_sort_item(at, node, keys)
    value = at.typed(given)
    if kind == "RANGE":
        _check_range(at, given, value.type, keys[0][1].type)
    elif value.type.name not in INTEGERS and not (value.type.name == "decimal" and value.type.args[1] == 0):
        what = f"Window frame {kind} {name} value type must be exact numeric type with scale 0 (actual {value.type})"
        raise failure("TYPE_MISMATCH", f"{at.at(given)}: {what}")
    sql = value.sql
    if not (isinstance(given, exp.Literal) or value.type.name == "decimal" and isinstance(given, exp.Anonymous)):
        zero = "INTERVAL 0 SECOND" if value.type.name in _INTERVALS else "0"
        sql = f"athena_frame_offset({sql}, {zero})"
    if kind != "RANGE" and value.type.name == "decimal":
        return f"CAST(least({sql}, {2**63 - 1}) AS BIGINT)"
    return sql


def _check_sort_item(at: Expressions, node: Any, keys: tuple[tuple[Any, Typed], ...]) -> None:
    what = "Window frame of type RANGE PRECEDING or FOLLOWING requires"
    if not keys:
        raise failure("MISSING_ORDER_BY", f"{at.at(node)}: {what} ORDER BY")
    if len(keys) != 1:
        raise failure(
            "INVALID_ORDER_BY", f"{at.at(keys[0][0])}: {what} single sort item in ORDER BY (actual: {len(keys)})"
        )
    key, value = keys[0]
    if value.type.name not in NUMERIC | _DATETIMES | _INTERVALS:
        kinds = f"that sort item type be numeric, datetime or interval (actual: {value.type})"
        raise failure("TYPE_MISMATCH", f"{at.at(key)}: {what} {kinds}")


def _check_range(at: Expressions, node: Any, offset: Type, key: Type) -> None:
    if key.name in NUMERIC:
        fits = offset.name in NUMERIC
    elif key.name in _INTERVALS:
        fits = offset == key
    else:
        fits = offset.name in _INTERVALS
    if not fits:
        what = f"Window frame RANGE value type ({offset}) not compatible with sort item type ({key})"
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: {what}")
