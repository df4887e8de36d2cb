"""Calls: functions, aggregates, windows, lambdas, and forms with a grammar of their own (EXTRACT, TRIM)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena import rewrite_patterns as patterns
from mesh_core.localaws.athena import types
from mesh_core.localaws.athena.failures import QueryFailure, failure, unsupported
from mesh_core.localaws.athena.functions import (
    AGGREGATE,
    RESULTS,
    SCALAR,
    Signature,
    bind,
    filled,
    registry,
)
from mesh_core.localaws.athena.json_paths import canonical
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce, unify
from mesh_core.localaws.athena.rewrite_compare import require_key
from mesh_core.localaws.athena.rewrite_dates import date_add, date_diff
from mesh_core.localaws.athena.rewrite_folds import reduce_agg
from mesh_core.localaws.athena.rewrite_forms import FORMS, REFUSED
from mesh_core.localaws.athena.rewrite_grammar import extract, json_path, named, trim
from mesh_core.localaws.athena.rewrite_nested import is_open, lambda_call, nested_form
from mesh_core.localaws.athena.rewrite_places import check_distinct_order, check_place
from mesh_core.localaws.athena.rewrite_templates import braced, decimal_places, expanded, filled_template, own, strict
from mesh_core.localaws.athena.rewrite_texts import text_of
from mesh_core.localaws.athena.rewrite_windows import Tail, filter_clause, order_inside, ordering, over
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import BIGINT, BOOLEAN, NUMERIC, UNKNOWN, VARCHAR, ZONED, Type, common
from mesh_core.localaws.athena.zones import local


def call(at: Expressions, node: Any) -> Typed:
    """A function call by name."""
    return _call(at, node, Tail())


def _call(at: Expressions, node: Any, tail: Tail) -> Typed:
    name = str(node.this).lower()
    if form := FORMS.get(name):
        if (tail.over or tail.filter) and name not in REFUSED:
            raise failure("FUNCTION_NOT_AGGREGATE", f"{at.at(node)}: {name} is not an aggregate function")
        return form(at, node)
    if name == "reduce_agg":
        return _reduced(at, node, tail)
    signatures = registry().get(name)
    if signatures is None:
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Function '{name}' not registered")
    kind = signatures[0].kind
    order_inside(at, node, tail)
    check_place(at, node, name, kind, tail)
    arguments = _arguments(node, tail)
    if kind == SCALAR:
        if tail.distinct:
            what = "DISTINCT is not supported for non-aggregation functions"
            raise failure("FUNCTION_NOT_AGGREGATE", f"{at.at(node)}: {what}")
        return scalar(at, node, signatures, arguments)
    if tail.distinct and tail.over:
        what = "DISTINCT in window function parameters not yet supported"
        raise failure("NOT_SUPPORTED", f"{at.at(node)}: {what}")
    if tail.nulls and name not in _NULL_TREATMENT:
        what = f"Cannot specify null treatment clause for {name} function"
        raise failure("NULL_TREATMENT_NOT_ALLOWED", f"{at.at(node)}: {what}")
    if tail.distinct and tail.order:
        check_distinct_order(at, node, arguments)
    return _aggregate(at, node, signatures, arguments, tail)


def _arguments(node: Any, tail: Tail) -> list[Any]:
    found = []
    for each in node.expressions:
        match each:
            case exp.Distinct():
                tail.distinct = True
                found += each.expressions
            case exp.Order() if isinstance(each.this, exp.Distinct):
                tail.distinct = True
                found += each.this.expressions
            case exp.Order():
                found.append(each.this)
            case _:
                found.append(each)
    return found


_NULL_TREATMENT = {"first_value", "last_value", "nth_value", "lag", "lead"}


# signatures


def choose(
    at: Expressions, node: Any, signatures: list[Signature], values: list[Typed | None]
) -> tuple[Signature, dict[str, Type]]:
    """The first overload that fits the arguments (a lambda is None), and what its variables stand for."""
    for exact in (True, False):
        for each in signatures:
            variables: dict[str, Type] = {}
            if each.fits(len(values)) and all(_fits(each, i, v, variables, exact) for i, v in enumerate(values)):
                return each, variables
    given = ", ".join(str(each.type) if each else "function" for each in values)
    expected = ", ".join(str(each) for each in signatures)
    name = signatures[0].name
    raise failure(
        "FUNCTION_NOT_FOUND",
        f"{at.at(node)}: Unexpected parameters ({given}) for function {name}. Expected: {expected}",
    )


def _fits(signature: Signature, index: int, value: Typed | None, variables: dict[str, Type], exact: bool) -> bool:
    wanted = signature.parameter(index).shape
    if wanted.name == "fn" or value is None:
        return wanted.name == "fn" and value is None
    if exact and wanted.name in NUMERIC and value.type.name != wanted.name:
        return False
    if wanted.name == "pattern":
        return value.type.name in types.TEXTS or value.type == UNKNOWN
    return bind(wanted, value.type, variables)


def scalar(at: Expressions, node: Any, signatures: list[Signature], arguments: list[Any]) -> Typed:
    """A call of one of a scalar function's signatures."""
    values = [None if isinstance(each, exp.Lambda) else at.typed(each) for each in arguments]
    signature, variables = choose(at, node, signatures, values)
    texts: list[str] = []
    for index, (argument, value) in enumerate(zip(arguments, values, strict=True)):
        wanted = signature.parameter(index).shape
        texts.append(
            lambda_call(at, argument, wanted, variables)
            if value is None
            else _argument(at, argument, value, wanted, variables)
        )
    given = [each.type for each in values if each is not None]
    result = _result(signature, given, variables)
    if signature.template.startswith("@") and (special := nested_form(signature.template)):
        return special(at, node, values, texts, result)
    template = _marked(at, signature.template, arguments, texts, values)
    return Typed(strict(signature.name, filled_template(template, texts, values, result), texts), result)


def _marked(at: Expressions, template: str, nodes: list[Any], texts: list[str], values: list[Typed | None]) -> str:
    """A template whose marks stand for what its arguments' trees say."""
    first = values[0].type if values and values[0] else UNKNOWN
    match template:
        case "@group":
            return braced(patterns.group(at, nodes, texts))
        case "@groups":
            return braced(patterns.groups(at, nodes, texts))
        case "@round_decimal" | "@truncate_decimal":
            return braced(decimal_places(template[1:].split("_")[0], texts, first))
        case "@date_add":
            return braced(date_add(texts, cast_to_typed(values[2])))
        case "@date_diff":
            return braced(date_diff(texts, cast_to_typed(values[1]), cast_to_typed(values[2])))
        case "@length":
            return f"CASE WHEN {{0}} IS NOT NULL THEN {first.args[0]} END"
        case _ if "@replacement" in template:
            return template.replace("@replacement", braced(patterns.replacement(at, nodes, texts[2])))
        case _ if "@padded" in template:
            return template.replace("@padded", braced(text_of(texts[0], first)))
        case _:
            return template


def _argument(at: Expressions, node: Any, value: Typed, wanted: Type, variables: dict[str, Type]) -> str:
    match wanted.name:
        case "any" | "number" | "row" | "char":
            return value.sql
        case "tstz":
            return local(value.sql, value.type.args[1])
        case "decimal" if not wanted.args:
            return value.sql
        case "pattern":
            return patterns.pattern(at, node, value)
        case "path":
            return _path(at, node, value)
        case "timestamp" if value.type.name == "timestamp":
            return value.sql
        case "varchar":
            return coerce(value, VARCHAR)
        case _:
            target = filled(wanted, variables)
            return value.sql if is_open(target) else coerce(value, target)


def cast_to_typed(value: Typed | None) -> Typed:
    """An argument that is no lambda."""
    assert value is not None
    return value


def _path(at: Expressions, node: Any, value: Typed) -> str:
    """A JSON path for DuckDB. QueryFailure for one that Trino does not read."""
    if value.type == UNKNOWN:
        return "CAST(NULL AS VARCHAR)"
    if not isinstance(node, exp.Literal):
        return f"python_json_path({text_of(value.sql, value.type)})"
    found = canonical(node.this)
    if found is None:
        raise failure("INVALID_FUNCTION_ARGUMENT", f"{at.at(node)}: Invalid JSON path: '{node.this}'")
    return types.literal(found)


def _result(signature: Signature, given: list[Type], variables: dict[str, Type]) -> Type:
    if rule := RESULTS.get(signature.result.name):
        return rule(given)
    if signature.result.name == "=entries":
        return UNKNOWN
    return filled(signature.result, variables)


# aggregates


def _aggregate(at: Expressions, node: Any, signatures: list[Signature], arguments: list[Any], tail: Tail) -> Typed:
    if arguments and isinstance(arguments[0], exp.Star):
        if str(node.this).lower() != "count":
            raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters (*) for function {node.this}")
        arguments = []
    values = _inside(at, tail, arguments)
    if tail.distinct:
        for each in values:
            require_key(each.type, at.at(node), "DISTINCT")
    signature, variables = choose(at, node, signatures, list(values))
    texts = [
        _argument(at, n, v, signature.parameter(i).shape, variables)
        for i, (n, v) in enumerate(zip(arguments, values, strict=True))
    ]
    result = _result(signature, [each.type for each in values], variables)
    if signature.name in ("min", "max") and result.name == ZONED and result.args[1] is None:
        signature = replace(signature, template=f"arg_{signature.name}<{{0}}, ({{0}}).t>")
    return Typed(expanded(signature, texts, values, result, tail), result)


def _reduced(at: Expressions, node: Any, tail: Tail) -> Typed:
    order_inside(at, node, tail)
    check_place(at, node, "reduce_agg", AGGREGATE, tail)
    values = _inside(at, tail, _arguments(node, tail)[:2])
    if len(values) != 2:
        raise failure("FUNCTION_NOT_FOUND", f"{at.at(node)}: Unexpected parameters for function reduce_agg")
    fold, items, start = reduce_agg(at, node, values)
    given = {"items": own("list<{0}>", [items], tail), "start": own("any_value<{0}>", [start], tail)}
    return Typed(fold.sql.format(**given), fold.type)


def _inside(at: Expressions, tail: Tail, arguments: list[Any]) -> list[Typed]:
    frame = at.scope.frame
    if tail.over:
        before, frame.in_window = frame.in_window, True
        try:
            return [at.typed(each) for each in arguments]
        finally:
            frame.in_window = before
    frame.aggregates += 1
    frame.in_aggregate = True
    try:
        return [at.typed(each) for each in arguments]
    finally:
        frame.in_aggregate = False


# SQL's own forms


def special(at: Expressions, node: Any) -> Typed:
    """OVER, FILTER, WITHIN GROUP, EXTRACT, TRIM, POSITION, LISTAGG, JSON_VALUE."""
    match node:
        case exp.Window() | exp.Filter() | exp.IgnoreNulls() | exp.RespectNulls():
            return wrapped(at, node, Tail())
        case exp.GroupConcat() | exp.WithinGroup():
            return listagg(at, node, Tail())
        case exp.Extract():
            return extract(at, node)
        case exp.Trim():
            return trim(at, node)
        case exp.Substring():
            given = [node.this, node.args.get("start"), node.args.get("length")]
            return named(at, "substr", [each for each in given if each is not None], node)
        case exp.StrPosition():
            return named(at, "strpos", [node.this, node.args["substr"]], node)
        case exp.Normalize():
            form = node.args.get("form")
            given = [node.this, *([exp.Literal.string(form.name)] if form else [])]
            return call(at, exp.Anonymous(this="normalize", expressions=given))
        case exp.JSONValue() | exp.JSONExtract():
            return json_path(at, node)
        case _:
            raise unsupported(f"{at.at(node)}: {type(node).__name__}")


__all__ = ["BIGINT", "BOOLEAN", "QueryFailure", "call", "common", "special", "unify"]


def wrapped(at: Expressions, node: Any, tail: Tail) -> Typed:
    while not isinstance(node, exp.Anonymous):
        match node:
            case exp.Window():
                over(at, node, tail)
            case exp.Filter() if tail.over:
                raise failure("NOT_SUPPORTED", "line 1:1: FILTER is not yet supported for window functions")
            case exp.Filter():
                tail.filter = f" FILTER (WHERE {filter_clause(at, node.expression.this)})"
            case exp.IgnoreNulls():
                tail.nulls = " IGNORE NULLS"
            case exp.RespectNulls():
                tail.nulls = " RESPECT NULLS"
            case exp.GroupConcat() | exp.WithinGroup():
                return listagg(at, node, tail)
            case _:
                raise failure("SYNTAX_ERROR", f"{at.at(node)}: mismatched input. Expecting: an aggregate function")
        node = node.this
    return _call(at, node, tail)


def listagg(at: Expressions, node: Any, tail: Tail) -> Typed:
    inner = node.this if isinstance(node, exp.WithinGroup) else node
    if tail.over:
        raise failure("SYNTAX_ERROR", f"{at.at(node)}: mismatched input '('. LISTAGG has no OVER")
    order = node.expression if isinstance(node, exp.WithinGroup) else None
    if not isinstance(inner, exp.GroupConcat):
        raise failure("SYNTAX_ERROR", f"{at.at(node)}: mismatched input 'WITHIN'")
    value, separator = inner.this, inner.args.get("separator")
    if isinstance(value, exp.Order):
        order, value = value, value.this
    if order is None:
        raise failure("SYNTAX_ERROR", f"{at.at(node)}: mismatched input. Expecting: 'WITHIN'")
    if separator is not None and not (isinstance(separator, exp.Literal) and separator.is_string):
        raise failure("SYNTAX_ERROR", f"{at.at(separator)}: mismatched input '{separator.sql()}'. Expecting: <string>")
    if inner.args.get("on_overflow"):
        raise unsupported(f"{at.at(node)}: ON OVERFLOW of LISTAGG")
    if isinstance(value, exp.Distinct):
        tail.distinct, value = True, value.expressions[0]
    if order is not None:
        tail.order = " " + ordering(at, order, aggregate=True)
    check_place(at, node, "listagg", AGGREGATE, tail)
    text = _inside(at, tail, [value])[0]
    if text.type.name not in types.TEXTS:
        what = f"Expected expression of varchar, but '{value.sql()}' has {text.type} type"
        raise failure("TYPE_MISMATCH", f"{at.at(node)}: {what}")
    between = at.typed(separator).sql if separator is not None else "''"
    return Typed(own("string_agg<{0}, {1}>", [coerce(text, VARCHAR), between], tail), VARCHAR)
