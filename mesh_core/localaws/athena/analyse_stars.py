"""`*`, `t.*` and `row.*` in a SELECT list, with or without `AS (a, b)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.scope import Field, Scope, Typed
from mesh_core.localaws.athena.types import quoted, row_fields

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse_select import Selects

Named = tuple[str | None, Typed]
# Trino calls it COLUMN_NOT_FOUND; Athena says SYNTAX_ERROR (Security Lake guide, "Troubleshooting").
_EMPTY = "SELECT * not allowed from relation that has no columns"


def star(of: Selects, node: Any, scope: Scope, names: list[str] | None = None) -> list[Named]:
    """The columns that a star stands for, with their names (None: nameless); columns met outside of groups are noted.

    names   the column list after AS
    """
    of.only(next(node.find_all(exp.Star)), {"this"})
    if isinstance(node, exp.Star):
        if names:
            raise failure("NOT_SUPPORTED", f"{of.at(node)}: Column aliases not supported")
        found = _noted(scope, _all_columns(of, node, scope), node)
    else:
        found = _qualified(of, node, scope)
    if names is None:
        return found
    if len(names) != len(found):
        raise failure(
            "MISMATCHED_COLUMN_ALIASES",
            f"{of.at(node.parent.expressions[0])}: Column alias list has {len(names)} entries but relation has "
            f"{len(found)} columns",
        )
    return [(name, value) for name, (_, value) in zip(names, found, strict=True)]


def _all_columns(of: Selects, node: Any, scope: Scope) -> list[Field]:
    shown = [each for each in scope.fields if not each.hidden]
    if not shown:
        select = node.find_ancestor(exp.Select)
        if select is None or select.args.get("from_") is None:
            raise failure("COLUMN_NOT_FOUND", f"{of.at(node)}: SELECT * not allowed in queries without FROM clause")
        raise failure("SYNTAX_ERROR", f"{of.at(node)}: {_EMPTY}")
    return shown


def _qualified(of: Selects, node: Any, scope: Scope) -> list[Named]:
    chain = _chain(node)
    if chain is not None:
        found = _owned(of, node, scope, chain)
        if isinstance(found, list):
            return _noted(scope, found, node)
    return _fields(of, node, scope)


def _chain(node: Any) -> tuple[str, ...] | None:
    """The names before the star; None for an expression."""
    if isinstance(node, exp.Column):
        return tuple(each.name.lower() for each in node.parts[:-1])
    return None


def _owned(of: Selects, node: Any, scope: Scope, chain: tuple[str, ...]) -> list[Field] | bool:
    """The columns of the relation that a chain names, or that it names a row within one."""
    level: Scope | None = scope
    while level is not None:
        table = [each for each in level.fields if chain in each.owners] if len(chain) <= 3 else []
        row = len(chain) >= 2 and any(
            chain[:1] in each.owners and each.name == chain[1] and each.type.name == "row" for each in level.fields
        )
        if table and row:
            raise failure("AMBIGUOUS_NAME", f"{of.at(node)}: Reference '{'.'.join(chain)}' is ambiguous")
        if table:
            shown = [each for each in table if not each.hidden]
            if not shown:
                raise failure("SYNTAX_ERROR", f"{of.at(node)}: {_EMPTY}")
            return shown
        if row:
            return True
        level = level.parent
    raise failure("TABLE_NOT_FOUND", f"{of.at(node)}: Unable to resolve reference {'.'.join(chain)}")


def _noted(scope: Scope, fields: list[Field], node: Any) -> list[Named]:
    frame = scope.frame
    local = {each.sql for each in scope.fields}
    if frame.keys is not None:
        frame.loose += [(each.sql, node) for each in fields if each.sql in local and each.sql not in frame.keys]
    return [(each.name, Typed(each.sql, each.type)) for each in fields]


def _fields(of: Selects, node: Any, scope: Scope) -> list[Named]:
    if isinstance(node, exp.Column):
        inner: Any = exp.column(*[each.copy() for each in reversed(node.parts[:-1])])
    else:
        inner = node.this
    value = Expressions(of, scope).typed(inner)
    if value.type.name != "row":
        raise failure("TYPE_MISMATCH", f"{of.at(node.find_ancestor(exp.Select))}: expected expression of type Row")
    return [
        (name, Typed(f"({value.sql}).{quoted(text)}", kind))
        for (name, _), (text, kind) in zip(value.type.args, row_fields(value.type), strict=True)
    ]
