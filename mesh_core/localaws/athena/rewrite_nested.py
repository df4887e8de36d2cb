"""Functions with lambdas whose shape DuckDB does not have: reduce, zip_with, filters and transforms of maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.functions import bind, filled
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import UNKNOWN, Type

Nested = Callable[[Expressions, Any, list[Typed | None], list[str], Type], Typed]


def nested_form(template: str) -> Nested | None:
    """The maker of a function whose template is `@name`."""
    return _NESTED.get(template)


def _body(at: Expressions, node: Any, index: int, of: list[Type], given: list[str]) -> Typed:
    return lambda_parts(at, node.expressions[index], of, given)[1]


def _fresh(at: Expressions) -> str:
    return types.quoted(f"e{len(at.lambdas)}")


def _reduce(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    items, start = values[0], values[1]
    if items is None or start is None:
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function reduce")
    element = items.type.args[0]
    state = _state_type(at, node, start, element)
    one, two = types.quoted(f"s{len(at.lambdas)}"), types.quoted(f"x{len(at.lambdas)}")
    step = _body(at, node, 2, [state, element], [one, two])
    folded = f"list_reduce({items.sql}, lambda {one}, {two}: {coerce(step, state)}, {coerce(start, state)})"
    final = _body(at, node, 3, [state], [f"{one}[1]"])
    # the finish may name the state many times: a list of one, transformed, calculates it once
    finish = f"list_transform([[{folded}]], lambda {one}: {final.sql})[1]"
    return Typed(f"CASE WHEN {items.sql} IS NULL THEN NULL ELSE {finish} END", final.type)


def _state_type(at: Expressions, node: Any, start: Typed, element: Type) -> Type:
    step = _body(at, node, 2, [start.type, element], ["s", "x"])
    wide = types.common(start.type, step.type)
    if wide is None:
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: reduce: the state is {start.type}, its step gives {step.type}")
    return wide


def _zip_with(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    one, two = values[0], values[1]
    assert one is not None and two is not None
    index = _fresh(at)
    body = _body(at, node, 2, [one.type.args[0], two.type.args[0]], [f"({one.sql})[{index}]", f"({two.sql})[{index}]"])
    indexes = f"range(1, greatest(len({one.sql}), len({two.sql})) + 1)"
    sql = (
        f"CASE WHEN {one.sql} IS NULL OR {two.sql} IS NULL THEN NULL ELSE list_transform({indexes}, "
        f"lambda {index}: {body.sql}) END"
    )
    return Typed(sql, types.array(body.type))


def _entries(at: Expressions, node: Any, given: Typed | None) -> tuple[str, str, Type, Type]:
    if given is None or given.type.name != "map":
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function {node.this}")
    return given.sql, _fresh(at), given.type.args[0], given.type.args[1]


def _map_filter(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    source, entry, key, value = _entries(at, node, values[0])
    body = _body(at, node, 1, [key, value], [f"{entry}.key", f"{entry}.value"])
    return Typed(
        f"map_from_entries(list_filter(map_entries({source}), lambda {entry}: {body.sql}))", Type("map", (key, value))
    )


def _transform_values(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    source, entry, key, value = _entries(at, node, values[0])
    body = _body(at, node, 1, [key, value], [f"{entry}.key", f"{entry}.value"])
    pairs = (
        f"list_transform(map_entries({source}), lambda {entry}: struct_pack(key := {entry}.key, value := {body.sql}))"
    )
    return Typed(f"map_from_entries({pairs})", Type("map", (key, body.type)))


def _transform_keys(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    source, entry, key, value = _entries(at, node, values[0])
    body = _body(at, node, 1, [key, value], [f"{entry}.key", f"{entry}.value"])
    pairs = (
        f"list_transform(map_entries({source}), lambda {entry}: struct_pack(key := {body.sql}, value := {entry}.value))"
    )
    return Typed(f"map_from_entries({pairs})", Type("map", (body.type, value)))


def _map_zip_with(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    one, two = values[0], values[1]
    assert one is not None and two is not None
    key = _fresh(at)
    kind = one.type.args[0]
    body = _body(
        at, node, 2, [kind, one.type.args[1], two.type.args[1]],
        [key, f"map_extract_value({one.sql}, {key})", f"map_extract_value({two.sql}, {key})"],
    )  # fmt: skip
    keys = f"athena_distinct(list_concat(map_keys({one.sql}), map_keys({two.sql})))"
    pairs = f"list_transform({keys}, lambda {key}: struct_pack(key := {key}, value := {body.sql}))"
    return Typed(f"map_from_entries({pairs})", Type("map", (kind, body.type)))


def _pairs(at: Expressions, node: Any, given: Typed | None) -> tuple[str, Type, Type]:
    """An array of rows of two as entries of a map, and the types of key and value."""
    if given is None or given.type.name != "array" or given.type.args[0] == UNKNOWN:
        return "CAST(NULL AS STRUCT(key INTEGER, value INTEGER)[])", UNKNOWN, UNKNOWN
    row = given.type.args[0]
    if row.name != "row" or len(row.args) != 2:
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"{at.at(node)}: Unexpected parameters ({given.type}) for function {node.this}. Expected: "
            f"{node.this}(array(row(K,V)))",
        )
    (key, key_type), (value, value_type) = types.row_fields(row)
    entry = f"struct_pack(key := e.{types.quoted(key)}, value := e.{types.quoted(value)})"
    checked = f"list_transform({given.sql}, lambda e: CASE WHEN e IS NULL THEN {_NO_ENTRY} ELSE {entry} END)"
    return checked, key_type, value_type


_NO_ENTRY = "athena_fail('INVALID_FUNCTION_ARGUMENT', 'map entry cannot be null')"


def _map_from_entries(at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type) -> Typed:
    pairs, key, value = _pairs(at, node, values[0])
    return Typed(f"map_from_entries({pairs})", Type("map", (key, value)))


def _multimap_from_entries(
    at: Expressions, node: Any, values: list[Typed | None], texts: list[str], result: Type
) -> Typed:
    pairs, key, value = _pairs(at, node, values[0])
    return Typed(f"athena_multimap({pairs})", Type("map", (key, types.array(value))))


_NESTED: dict[str, Nested] = {
    "@reduce": _reduce,
    "@zip_with": _zip_with,
    "@map_filter": _map_filter,
    "@transform_values": _transform_values,
    "@transform_keys": _transform_keys,
    "@map_zip_with": _map_zip_with,
    "@map_from_entries": _map_from_entries,
    "@multimap_from_entries": _multimap_from_entries,
}


def lambda_call(at: Expressions, node: Any, wanted: Type, variables: dict[str, Type]) -> str:
    """A lambda whose parameters' types the other arguments gave; it binds the variable of its result."""
    names, body = lambda_parts(at, node, [filled(each, variables) for each in wanted.args[:-1]])
    expected = wanted.args[-1]
    if not bind(expected, body.type, variables):
        raise failure(
            "TYPE_MISMATCH",
            f"{at.at(node)}: Unexpected result type of lambda: {body.type}, expected {filled(expected, variables)}",
        )
    target = filled(expected, variables)
    return f"lambda {', '.join(names)}: {body.sql if is_open(target) else coerce(body, target)}"


def lambda_parts(at: Expressions, node: Any, of: list[Type], given: list[str] | None = None) -> tuple[list[str], Typed]:
    """A lambda's parameters for DuckDB, and its compiled body. `given`: texts in the parameters' place."""
    names = [each.name.lower() for each in node.expressions]
    if len(names) != len(of):
        raise failure(
            "INVALID_PARAMETER_USAGE",
            f"{at.at(node)}: Expected a lambda that takes {len(of)} argument(s) but got {len(names)}",
        )
    outer = dict(at.lambdas)
    depth = len(outer)
    texts = given or [types.quoted(f"l{depth + index}") for index in range(len(names))]
    at.lambdas.update({name: Typed(text, kind) for name, text, kind in zip(names, texts, of, strict=True)})
    try:
        return texts, at.typed(node.this)
    finally:
        at.lambdas = outer


def is_open(of: Type) -> bool:
    """Whether a type still holds a variable."""
    return of == UNKNOWN or of == Type("row") or any(is_open(each) for each in of.args if isinstance(each, Type))
