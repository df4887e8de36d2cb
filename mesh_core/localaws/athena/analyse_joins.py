"""Joins: conditions, USING, and outer joins with what depends on the row at its left (LATERAL, UNNEST)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.analyse_relations import PADDED
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_compare import compared
from mesh_core.localaws.athena.rewrite_predicates import mark_filter
from mesh_core.localaws.athena.scope import Field, Relation, Scope, Typed
from mesh_core.localaws.athena.types import common

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse import Compiler


def join(of: Compiler, left: str, node: Any, scope: Scope) -> str:
    """The left side joined with one more relation; its fields join the scope's."""
    of.only(node, {"this", "on", "using", "kind", "side", "method"})
    if node.args.get("method"):
        raise unsupported(f"{of.at(node)}: {str(node.args['method']).upper()} JOIN")
    side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
    padded = isinstance(node.this, exp.Unnest) and side == "LEFT" and _is_true(node.args.get("on"))
    node.this.meta[PADDED] = padded
    right = of.relation(node.this, scope)
    before = list(scope.fields)
    scope.fields = [*before, *right.fields]
    if using_ := node.args.get("using"):
        return using(of, left, right, (side, [each.name.lower() for each in using_], node), scope)
    condition = node.args.get("on")
    if condition is None:
        if side or (kind not in ("CROSS", "")):
            raise failure("SYNTAX_ERROR", f"{of.at(node)}: mismatched input. Expecting: 'ON', 'USING'")
        return f"{left} CROSS JOIN {right.sql}"
    if isinstance(node.this, exp.Lateral | exp.Unnest):
        _check_dependent(of, node, side, (before, right))
    if padded:
        return f"{left} CROSS JOIN {right.sql}"
    mark_filter(condition)
    with of.clause(scope, "JOIN clause"):
        scope.closed = bool(side)
        test = Expressions(of, scope).boolean(condition, "JOIN ON clause")
        scope.closed = False
    if side in ("RIGHT", "FULL") and isinstance(node.this, exp.Lateral | exp.Unnest):
        return _dependent(left, right, (side, test), before, scope)
    return f"{left} {side or 'INNER'} JOIN {right.sql} ON {test}"


def _check_dependent(of: Compiler, node: Any, side: str, sides: tuple[list[Field], Relation]) -> None:
    before, right = sides
    if side in ("RIGHT", "FULL") and any(each.sql in right.sql for each in before):
        raise failure(
            "INVALID_COLUMN_REFERENCE",
            f"{of.at(next(node.this.find_all(exp.Column), node.this))}: LATERAL reference not allowed in {side} JOIN",
        )
    condition = node.args["on"]
    if _is_true(condition):
        return
    if isinstance(node.this, exp.Unnest):
        what = f"{side or 'INNER'} JOIN involving UNNEST is only supported with condition ON TRUE"
        raise failure("NOT_SUPPORTED", f"{of.at(condition)}: {what}")
    if side == "FULL":
        what = "FULL JOIN involving LATERAL relation is only supported with condition ON TRUE"
        raise failure("NOT_SUPPORTED", f"{of.at(condition)}: {what}")


def _is_true(condition: Any) -> bool:
    return isinstance(condition, exp.Boolean) and bool(condition.this)


def _dependent(left: str, right: Relation, how: tuple[str, str], before: list[Field], scope: Scope) -> str:
    """RIGHT and FULL joins for each row at the left: without such a row nothing comes out at all."""
    side, test = how
    if side == "FULL":  # ON true: every row at the left meets every row of its own right side
        return f"{left} LEFT JOIN {right.sql} ON true"
    if test != "true":
        shown = [replace(each, sql=f"CASE WHEN {test} THEN {each.sql} END", source=None) for each in before]
        scope.fields = [*shown, *right.fields]
    return f"{left} CROSS JOIN {right.sql}"


def using(of: Compiler, left: str, right: Relation, how: tuple[str, list[str], Any], scope: Scope) -> str:
    """The condition and the merged columns of JOIN ... USING."""
    side, names, node = how
    mine = [each for each in scope.fields if each not in right.fields]
    if repeated := next((each for each in names if names.count(each) > 1), None):
        what = f"Column '{repeated}' appears multiple times in USING clause"
        raise failure("DUPLICATE_COLUMN_NAME", f"{of.at(node)}: {what}")
    tests, merged = [], []
    for name in names:
        one, other = only_one(of, mine, name, node), only_one(of, list(right.fields), name, node)
        wide = common(one.type, other.type)
        if wide is None:
            raise failure("TYPE_MISMATCH", f"{of.at(node)}: Cannot apply operator: {one.type} = {other.type}")
        first, second = coerce(Typed(one.sql, one.type), wide), coerce(Typed(other.sql, other.type), wide)
        tests.append(compared("=", first, second, wide))
        sql = {"LEFT": first, "RIGHT": second, "FULL": f"coalesce({first}, {second})"}.get(side, first)
        merged.append(Field(name, wide, sql))
    rest = [each for each in [*mine, *right.fields] if each.name not in names]
    scope.fields = [*merged, *rest]
    return f"{left} {side or 'INNER'} JOIN {right.sql} ON {' AND '.join(tests)}"


def only_one(of: Compiler, fields: list[Field], name: str, node: Any) -> Field:
    """The one field of that name on one side of a join; ambiguous and missing ones are refused."""
    found = [each for each in fields if each.name == name and not each.hidden]
    if len(found) == 1:
        return found[0]
    if found:
        raise failure("AMBIGUOUS_NAME", f"{of.at(node)}: Column '{name}' is ambiguous")
    raise failure("COLUMN_NOT_FOUND", f"{of.at(node)}: Column '{name}' is missing from one side of join")
