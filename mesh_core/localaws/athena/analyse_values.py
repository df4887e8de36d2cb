"""VALUES: a list of rows, each written as `(a, b)`, `ROW(a, b)`, a lone value, or any expression that is a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.scope import Field, Query, Scope, Typed, unique_names
from mesh_core.localaws.athena.types import Type, common, quoted, row_fields

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse import Compiler


def values(of: Compiler, node: Any, scope: Scope | None) -> Query:
    """The rows of a VALUES as a query of nameless columns; a row that is one expression is taken apart."""
    at = Expressions(of, Scope([], scope))
    rows = [_cells(at, each) for each in node.expressions]
    wide = _row_type(of, node, rows)
    kinds = [each for _, each in wide.args]
    names = unique_names([None] * len(kinds))
    fields = tuple(Field(None, kind, name) for kind, name in zip(kinds, names, strict=True))
    alias = quoted(of.alias())
    if any(isinstance(each, Typed) for each in rows):
        return Query(_taken_apart(rows, wide, names, alias), fields)
    lines = [f"({', '.join(coerce(cell, kind) for cell, kind in zip(row, kinds, strict=True))})" for row in rows]
    return Query(f"SELECT * FROM (VALUES {', '.join(lines)}) AS {alias}({', '.join(names)})", fields)


def _cells(at: Expressions, node: Any) -> Any:
    """The cells of a row, or, where the row is not written out, the row as one value."""
    cells = node.expressions if isinstance(node, exp.Tuple) else [node]
    if len(cells) == 1:
        inner = cells[0]
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, exp.Tuple) or (isinstance(inner, exp.Anonymous) and str(inner.this).lower() == "row"):
            cells = inner.expressions
        else:
            value = at.typed(inner)
            return value if value.type.name == "row" else [value]
    return [at.typed(each) for each in cells]


def _row_type(of: Compiler, node: Any, rows: list[Any]) -> Type:
    kinds = [_type_of(row) for row in rows]
    found = kinds[0]
    for each in kinds:
        if len(each.args) != len(found.args):
            raise failure(
                "TYPE_MISMATCH",
                f"{of.at(node)}: Values rows have mismatched sizes: {len(found.args)} vs {len(each.args)}",
            )
        wide = common(each, found)
        if wide is None:
            raise failure("TYPE_MISMATCH", f"{of.at(node)}: Values rows have mismatched types: {kinds[0]} vs {each}")
        found = wide
    return found


def _type_of(row: Any) -> Type:
    return row.type if isinstance(row, Typed) else Type("row", tuple((None, each.type) for each in row))


def _taken_apart(rows: list[Any], wide: Type, names: list[str], alias: str) -> str:
    fields = row_fields(wide)
    lines = [f"({coerce(row, wide) if isinstance(row, Typed) else _packed(row, wide)})" for row in rows]
    parts = [f"({alias}.r).{quoted(field)} AS {name}" for (field, _), name in zip(fields, names, strict=True)]
    return f"SELECT {', '.join(parts)} FROM (VALUES {', '.join(lines)}) AS {alias}(r)"


def _packed(row: list[Typed], wide: Type) -> str:
    parts = [f"{quoted(name)} := {coerce(cell, of)}" for (name, of), cell in zip(row_fields(wide), row, strict=True)]
    return f"struct_pack({', '.join(parts)})"
