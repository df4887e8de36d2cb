"""What stands in FROM: tables, subqueries, LATERAL, UNNEST, and how they are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.scope import Field, Query, Relation, Scope, unique_names
from mesh_core.localaws.athena.types import BIGINT, Type, quoted, row_fields

if TYPE_CHECKING:
    from mesh_core.localaws.athena.analyse import Compiler


PADDED = "padded"
"""Marks an UNNEST that gives a row also where nothing is in its arrays: the right side of LEFT JOIN ... ON TRUE."""


def with_joins(of: Compiler, node: Any, first: Relation, scope: Scope) -> Relation:
    """A relation in parentheses with the joins that follow it."""
    inner = Scope(list(first.fields), scope.parent, scope.frame)
    sql = first.sql
    for each in node.args["joins"]:
        sql = of.join(sql, each, inner)
    return Relation(f"({sql})", tuple(inner.fields))


def is_join(node: Any) -> bool:
    """Whether parentheses in FROM hold a table or a join, not a query."""
    inner = node.this
    if node.args.get("joins") or isinstance(inner, exp.Table):
        return True
    return isinstance(inner, exp.Subquery) and bool(inner.args.get("joins") or is_join(inner))


def parenthesised(of: Compiler, node: Any, scope: Scope) -> Relation:
    """`(a JOIN b ON ...)` in FROM, with an alias or without."""
    of.only(node, {"this", "alias", "joins"})
    inner = Scope([], scope.parent, scope.frame)
    if node.args.get("joins") and not isinstance(node.this, exp.Table):  # `((SELECT ...) AS a JOIN b)`: a comes first
        first = derived(of, node, scope.parent)
    else:
        first = of.relation(node.this, inner)
    inner.fields = list(first.fields)
    sql = first.sql
    for each in node.args.get("joins") or ():
        sql = of.join(sql, each, inner)
    found = Relation(f"({sql})" if node.args.get("joins") else sql, tuple(inner.fields))
    if node.args.get("alias") and (isinstance(node.this, exp.Table) or not node.args.get("joins")):
        return named(of, of.star_of(found), node)
    return found


def table(of: Compiler, node: Any, scope: Scope | None) -> Relation:
    """A table, a view or a common table expression by its name."""
    of.only(node, {"this", "db", "catalog", "alias", "sample", "joins"})
    if isinstance(node.this, exp.Values):  # `((VALUES 1) AS t(a) JOIN ...)`
        return named(of, of.query(node.this, scope.parent if scope else None), node)
    if not isinstance(node.this, exp.Identifier):
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"{of.at(node)}: Table function '{getattr(node.this, 'name', '')}' not registered",
        )
    parts = tuple(each.name.lower() for each in node.parts)
    if len(parts) == 1:
        for level in reversed(of.ctes):
            if parts[0] in level:
                return named(of, level[parts[0]], node, (parts[0],))
    found = of.tables.relation(parts, of.at(node), None)
    return named(of, found, node, parts)


def named(of: Compiler, query: Query, node: Any, parts: tuple[str, ...] = ()) -> Relation:
    """A query as an item of FROM, under the node's alias and column names."""
    given = node.args.get("alias")
    name = given.name.lower() if given and given.this else None
    columns = [each.name.lower() for each in (given.columns if given else ())]
    alias = quoted(of.alias())
    owners: tuple[tuple[str, ...], ...] = ((name,),) if name else tuple(parts[index:] for index in range(len(parts)))
    visible = [each for each in query.fields if not each.hidden]
    if columns and len(columns) != len(visible):
        raise failure(
            "MISMATCHED_COLUMN_ALIASES",
            f"{of.at(node)}: Column alias list has {len(columns)} entries but '{name}' has "
            f"{len(visible)} columns available",
        )
    names = iter(columns)
    fields = tuple(
        Field(
            (next(names) if columns and not each.hidden else each.name),
            each.type,
            f"{alias}.{each.sql}",
            owners,
            each.hidden,
            each.source,
        )
        for each in query.fields
    )
    text = bare(query.sql)
    sample = of.sample(node.args.get("sample"))
    return Relation(f"{text} AS {alias}{sample}", fields)


def derived(of: Compiler, node: Any, scope: Scope | None) -> Relation:
    """A subquery in FROM."""
    of.only(node, {"this", "alias", "sample", "with_", "order", "limit", "offset", "joins"})
    return named(of, of.in_parentheses(node, scope), node)


def lateral(of: Compiler, node: Any, scope: Scope) -> Relation:
    """LATERAL over a subquery or an UNNEST."""
    inner = node.this
    if isinstance(inner, exp.Subquery):
        inner = inner.this
    if not isinstance(inner, exp.Query | exp.Values) or node.args.get("view") or node.args.get("outer"):
        raise failure("SYNTAX_ERROR", f"{of.at(node)}: mismatched input. Expecting: a query")
    found = named(of, of.query(inner, scope), node)
    return Relation(f"LATERAL {found.sql}", found.fields)


def unnest(of: Compiler, node: Any, scope: Scope) -> Relation:
    """UNNEST of arrays and maps, with or without ORDINALITY."""
    at = Expressions(of, scope)
    columns: list[tuple[str | None, Type, str]] = []
    lengths = []
    for each in node.expressions:
        value = at.typed(each)
        match value.type.name:
            case "map":
                columns += [
                    (None, value.type.args[0], f"unnest(map_keys({value.sql}))"),
                    (None, value.type.args[1], f"unnest(map_values({value.sql}))"),
                ]
                lengths.append(f"coalesce(cardinality({value.sql}), 0)")
            case "array" if value.type.args[0].name == "row":
                columns += [
                    (name, of, f"unnest(list_transform({value.sql}, lambda e: e.{quoted(name)}))")
                    for name, of in row_fields(value.type.args[0])
                ]
                lengths.append(f"coalesce(len({value.sql}), 0)")
            case "array":
                columns.append((None, value.type.args[0], f"unnest({value.sql})"))
                lengths.append(f"coalesce(len({value.sql}), 0)")
            case _:
                raise failure("TYPE_MISMATCH", f"{of.at(node)}: Cannot unnest type: {value.type}")
    offset = node.args.get("offset")
    longest = lengths[0] if len(lengths) == 1 else f"greatest({', '.join(lengths)})"
    if node.meta.get(PADDED):  # a row of NULLs where all are empty; a LEFT JOIN would turn the elements around
        name, kind, sql = columns[0]
        items = sql.removeprefix("unnest(").removesuffix(")")
        columns[0] = (name, kind, f"unnest(CASE WHEN {longest} > 0 THEN {items} ELSE [NULL] END)")
    if offset:
        columns.append((None, BIGINT, f"unnest(range(1, CAST({longest} AS BIGINT) + 1))"))
    return unnested(of, node, columns, offset)


def unnested(of: Compiler, node: Any, columns: list[tuple[str | None, Type, str]], offset: Any) -> Relation:
    """The columns that an UNNEST gives, by the names of its alias."""
    given = node.args.get("alias")
    names = [each.name.lower() for each in (given.columns if given else ())]
    if isinstance(offset, exp.Identifier):
        names.append(offset.name.lower())
    texts = unique_names([None] * len(columns))
    alias = quoted(of.alias())
    owners = ((given.name.lower(),),) if given and given.this else ()
    if names and len(names) != len(columns):
        raise failure(
            "MISMATCHED_COLUMN_ALIASES",
            f"{of.at(node)}: Column alias list has {len(names)} entries but '{given.name}' has "
            f"{len(columns)} columns available",
        )
    fields = tuple(
        Field(names[index] if names else name, of, f"{alias}.{text}", owners)
        for index, ((name, of, _), text) in enumerate(zip(columns, texts, strict=True))
    )
    items = ", ".join(f"{sql} AS {text}" for (_, _, sql), text in zip(columns, texts, strict=True))
    return Relation(f"LATERAL (SELECT {items}) AS {alias}", fields)


def bare(sql: str) -> str:
    """`SELECT * FROM x` as an item of FROM is `x`: fewer levels for DuckDB to plan."""
    prefix = 'SELECT * FROM "'
    if sql.startswith(prefix) and '"' in sql[len(prefix) :] and sql.count('"') == 2 and sql.endswith('"'):
        return sql[len("SELECT * FROM ") :]
    return f"({sql})"
