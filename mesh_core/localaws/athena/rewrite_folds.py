"""Functions that carry a state from item to item by a lambda: reduce_agg, array_sort with a comparator."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_nested import lambda_parts
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import Type

# Trino keeps only what fits into a long, a double or a boolean
_STATES = {*types.INTEGERS, "double", "real", "boolean", "date"}


def reduce_agg(at: Expressions, node: Any, values: list[Typed]) -> tuple[Typed, str, str]:
    """The result's type, the items' and the first state's SQL, as a list fold in which `{items}` and `{start}` stand.

    values  the items and the first state
    """
    items, start = values
    lambdas = node.expressions[2:]
    if len(lambdas) != 2 or not all(isinstance(each, exp.Lambda) for each in lambdas):
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function reduce_agg")
    state = _state(at, node, start.type, items.type)
    one, two = types.quoted(f"s{len(at.lambdas)}"), types.quoted(f"x{len(at.lambdas)}")
    step = lambda_parts(at, lambdas[0], [state, items.type], [one, two])[1]
    merged = lambda_parts(at, lambdas[1], [state, state], [one, two])[1]
    if not types.converts(step.type, state) or not types.converts(merged.type, state):
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: Unexpected parameters for function reduce_agg")
    if state.name not in _STATES and not (state.name == "decimal" and state.args[0] <= 18):
        raise failure("NOT_SUPPORTED", f"State type not supported for reduce_agg: {state}")
    fold = f"list_reduce(athena_sketch({{items}}), lambda {one}, {two}: {coerce(step, state)}, {{start}})"
    return Typed(fold, state), items.sql, coerce(start, state)


def _state(at: Expressions, node: Any, start: Type, item: Type) -> Type:
    step = lambda_parts(at, node.expressions[2], [start, item], ["s", "x"])[1]
    wide = types.common(start, step.type)
    if wide is None:
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: Unexpected parameters for function reduce_agg")
    return wide


def array_sort(at: Expressions, node: Any) -> Typed:
    """array_sort(array, (x, y) -> -1, 0 or 1): each item is put behind all that do not come after it."""
    value = at.typed(node.expressions[0])
    if value.type.name != "array" or len(node.expressions) > 2:
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"{at.at(node)}: Unexpected parameters ({value.type}) for function array_sort. Expected: "
            f"array_sort(array(E)), array_sort(array(T), function(T,T,integer))",
        )
    if len(node.expressions) == 1:
        return Typed(f"list_sort({value.sql}, 'ASC', 'NULLS LAST')", value.type)
    item, depth = value.type.args[0], len(at.lambdas)
    done, one, each = (types.quoted(f"{name}{depth}") for name in ("d", "o", "e"))
    order = lambda_parts(at, node.expressions[1], [item, item], [each, f"{one}[1]"])[1]
    if order.type.name not in types.INTEGERS:
        raise failure(
            "TYPE_MISMATCH", f"{at.at(node)}: Unexpected result type of lambda: {order.type}, expected integer"
        )
    test = f"athena_order({order.sql})"
    sides = [f"list_filter({done}, lambda {each}: {test} {sign} 0)" for sign in ("<=", ">")]
    fold = f"lambda {done}, {one}: list_concat({sides[0]}, {one}, {sides[1]})"
    lists = f"list_transform({value.sql}, lambda {each}: [{each}])"
    empty = f"CAST([] AS {types.duckdb_type(value.type)})"
    sql = f"CASE WHEN {value.sql} IS NOT NULL THEN list_reduce({lists}, {fold}, {empty}) END"
    return Typed(sql, value.type)
