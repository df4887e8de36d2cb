"""WITH RECURSIVE, as Trino runs it: the step is written out ten times, and an eleventh one must give nothing.

So a query that would recurse deeper fails here as it fails there, and UNION without ALL does not end a recursion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.scope import Query, Scope
from mesh_core.localaws.athena.types import UNKNOWN, common, quoted, same

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse import Compiler

DEPTH = 10
_LIMIT = f"Recursion depth limit exceeded ({DEPTH}). Use ''max_recursion_depth'' session property to modify the limit."


def recursive(of: Compiler, node: Any, named: tuple[str, list[str], str], scope: Scope | None) -> list[str] | None:
    """The heads of a WITH item that refers to itself; None for one that does not.

    named   its name, the names of its columns, and the alias that stands for it
    """
    name, names, known = named
    if not names:
        raise failure("MISSING_COLUMN_ALIASES", f"{of.at(node)}: missing column aliases in recursive WITH query")
    _check_nested(of, node)
    union = node.this
    found = references(node.this, name)
    if not found:
        return None
    _check_shape(of, union, name, found)
    anchor = of.query(union.this, scope)
    fields = of.renamed(anchor.fields, names, node)
    mark = f"{known}_step"
    of.ctes[-1][name] = Query(f"SELECT * FROM {quoted(mark)}", fields)
    step = of.query(union.expression, scope)
    _check_types(of, union.expression, [each.type for each in fields], [each.type for each in step.fields])
    kinds = [each.type for each in fields]
    first, again = of.recast(anchor, kinds, force=True), of.recast(step, kinds)
    of.ctes[-1][name] = Query(f"SELECT * FROM {quoted(known)}", fields)
    return _written_out(known, mark, (first.sql, again.sql), (", ".join(each.sql for each in fields), union))


def _written_out(known: str, mark: str, texts: tuple[str, str], shape: tuple[str, Any]) -> list[str]:
    (first, again), (columns, union) = texts, shape
    heads = [f"{quoted(f'{known}_0')}({columns}) AS MATERIALIZED ({first})"]
    for depth in range(1, DEPTH + 2):
        body = again.replace(quoted(mark), quoted(f"{known}_{depth - 1}"))
        heads.append(f"{quoted(f'{known}_{depth}')}({columns}) AS MATERIALIZED ({body})")
    parts = [f"SELECT * FROM {quoted(f'{known}_{depth}')}" for depth in range(DEPTH + 1)]
    deeper = quoted(f"{known}_{DEPTH + 1}")
    parts.append(f"SELECT * FROM {deeper} WHERE CAST(error('[athena NOT_SUPPORTED] {_LIMIT}') AS BOOLEAN)")
    every = " UNION ALL ".join(parts)
    if union.args.get("distinct"):
        every = f"SELECT DISTINCT * FROM ({every})"
    return [*heads, f"{quoted(known)}({columns}) AS ({every})"]


def references(node: Any, name: str) -> list[Any]:
    """The uses of a name as a table below a node, those under a WITH of the same name left out."""
    return [
        each
        for each in node.find_all(exp.Table, bfs=False)
        if each.name.lower() == name and not each.args.get("db") and not _shadowed(each, node, name)
    ]


def _shadowed(table: Any, top: Any, name: str) -> bool:
    parent = table.parent
    while parent is not None and parent is not top.parent:
        with_ = parent.args.get("with_")
        if with_ is not None and any(each.alias.lower() == name for each in with_.expressions):
            return True
        parent = parent.parent
    return False


def _refuse(of: Compiler, node: Any, text: str, code: str = "INVALID_RECURSIVE_REFERENCE") -> None:
    raise failure(code, f"{of.at(node)}: {text}")


def _check_nested(of: Compiler, node: Any) -> None:
    for inner in node.this.find_all(exp.With):
        if inner.args.get("recursive"):
            _refuse(of, inner, "nested recursive WITH query", "NESTED_RECURSIVE")


def _check_shape(of: Compiler, union: Any, name: str, found: list[Any]) -> None:
    if not isinstance(union, exp.Union) or isinstance(union.this, exp.Union):
        _refuse(of, found[0], "recursive reference not allowed in this context")
    if base := references(union.this, name):
        _refuse(of, base[0], "WITH table name is referenced in the base relation of recursion")
    steps = references(union.expression, name)
    if len(steps) > 1:
        _refuse(of, steps[1], "multiple recursive references in the step relation of recursion")
    specification = union.expression
    while isinstance(specification, exp.Subquery):
        specification = specification.this
        _check_clauses(of, specification, "in the step relation of recursion")
    from_ = specification.args.get("from_") if isinstance(specification, exp.Select) else None
    joins = (specification.args.get("joins") or []) if from_ is not None else []
    if from_ is None or not any(references(each, name) for each in (from_, *joins)):
        _refuse(of, steps[0], "recursive reference outside of FROM clause of the step relation of recursion")
    if union.args.get("with_"):
        _refuse(of, union, "immediate WITH clause in recursive query", "NOT_SUPPORTED")
    if union.args.get("order"):
        _refuse(of, union, "immediate ORDER BY clause in recursive query", "NOT_SUPPORTED")
    if union.args.get("offset"):
        _refuse(of, union, "immediate OFFSET clause in recursive query", "NOT_SUPPORTED")
    if union.args.get("limit"):
        _refuse(of, union, "immediate FETCH FIRST / LIMIT clause in recursive query", "INVALID_LIMIT_CLAUSE")
    _check_joins(of, specification, name)


def _check_clauses(of: Compiler, node: Any, where: str) -> None:
    if node.args.get("limit"):
        _refuse(of, node, f"FETCH FIRST / LIMIT clause {where}", "INVALID_LIMIT_CLAUSE")


def _check_joins(of: Compiler, select: Any, name: str) -> None:
    before = [select.args["from_"]]
    for each in select.args.get("joins") or ():
        side = (each.args.get("side") or "").upper()
        left = [one for part in before for one in references(part, name)]
        if left and side in ("RIGHT", "FULL"):
            _refuse(of, left[0], f"recursive reference in left source of {side} join")
        if (right := references(each.this, name)) and side in ("LEFT", "FULL"):
            _refuse(of, right[0], f"recursive reference in right source of {side} join")
        before.append(each)
    for part in before:
        for each in part.find_all(exp.Intersect, exp.Except):
            _check_difference(of, each, name)


def _check_difference(of: Compiler, each: Any, name: str) -> None:
    every = not each.args.get("distinct", True)
    if isinstance(each, exp.Intersect):
        if every and (both := references(each, name)):
            _refuse(of, both[0], "recursive reference in INTERSECT ALL")
        return
    if right := references(each.expression, name):
        _refuse(of, right[0], f"recursive reference in right relation of EXCEPT {'ALL' if every else 'DISTINCT'}")
    if every and (left := references(each.this, name)):
        _refuse(of, left[0], "recursive reference in left relation of EXCEPT ALL")


def _check_types(of: Compiler, step: Any, base: list[Any], given: list[Any]) -> None:
    if len(base) != len(given):
        text = f"base and step relations of recursion have different number of fields: {len(base)}, {len(given)}"
        _refuse(of, step, text, "TYPE_MISMATCH")
    for index, (wanted, kind) in enumerate(zip(base, given, strict=True)):
        if not same(common(wanted, kind) or UNKNOWN, wanted):
            text = (
                f"recursion step relation output type ({kind}) is not coercible to recursion base relation output "
                f"type ({wanted}) at column {index + 1}"
            )
            _refuse(of, step, text, "TYPE_MISMATCH")
