"""Queries: SELECT, set operations, VALUES, WITH, and FROM in all its forms -> DuckDB's text and typed columns.

Every relation gets an alias of our own (`t1`, `t2`, ...) and every column is written with it, so that no name of the
user's can capture another. Tables come from a `Tables` (tables.py), which knows what this caller may see of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from mesh_core.localaws.athena import analyse_joins, analyse_relations, analyse_values
from mesh_core.localaws.athena.analyse_recursion import recursive
from mesh_core.localaws.athena.analyse_select import Selects
from mesh_core.localaws.athena.failures import failure, place, position, unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES as SKETCHES
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.rewrite_compare import require_key
from mesh_core.localaws.athena.scope import Field, Query, Relation, Scope, Typed, unique_names
from mesh_core.localaws.athena.types import Type, common, quoted


class Tables(Protocol):
    """What names of tables mean for the caller."""

    def relation(self, parts: tuple[str, ...], where: str, sample: str | None) -> Query:
        """A table or view by its (qualified) name, as a query: its columns and the hidden ones."""
        ...

    def session(self, name: str) -> str:
        """What current_user, current_catalog and current_schema say."""
        ...


class Compiler(Selects):
    """Compiles the queries of one statement."""

    def __init__(self, sql: str, tables: Tables, wide: bool = False, prefix: str = "t") -> None:
        self.sql, self.tables, self.wide, self.prefix = sql, tables, wide, prefix
        self.count = 0
        self.ctes: list[dict[str, Query]] = []

    def at(self, node: Any) -> str:
        """`line L:C` of a node."""
        return position(self.sql, node)

    def session(self, name: str) -> str:
        """What current_user, current_catalog and current_schema say."""
        return self.tables.session(name)

    def alias(self) -> str:
        """A fresh alias."""
        self.count += 1
        return f"{self.prefix}{self.count}"

    def query(self, node: Any, scope: Scope | None) -> Query:
        """Compile any query. QueryFailure with Athena's text."""
        with_ = node.args.get("with_")
        if with_ is None:
            return self._body(node, scope)
        self.ctes.append({})
        try:
            heads = [self._cte(each, with_, scope) for each in with_.expressions]
            body = self._body(node, scope)
        finally:
            self.ctes.pop()
        return Query(f"WITH {', '.join(heads)} {body.sql}", body.fields)

    def _body(self, node: Any, scope: Scope | None) -> Query:
        match node:
            case exp.Select():
                return self.select(node, scope)
            case exp.SetOperation():
                return self._set_operation(node, scope)
            case exp.Values() if any(node.args.get(each) for each in ("order", "limit", "offset")):
                return self.ordered(node, analyse_values.values(self, node, scope), scope)
            case exp.Values():
                return analyse_values.values(self, node, scope)
            case exp.Subquery():
                return self.in_parentheses(node, scope)
            case exp.Table():
                return self._whole_table(node)
            case _:
                raise unsupported(f"{self.at(node)}: {type(node).__name__}")

    def _whole_table(self, node: Any) -> Query:
        found = analyse_relations.table(self, node, None)
        return self.star_of(found)

    def in_parentheses(self, node: Any, scope: Scope | None) -> Query:
        """A query in parentheses, with what follows them."""
        self.only(node, {"this", "with_", "order", "limit", "offset", "alias", "joins", "sample"})
        inner = self.query(node.this, scope)
        if any(node.args.get(each) for each in ("order", "limit", "offset")):
            return self.ordered(node, inner, scope)
        return inner

    # WITH

    def _cte(self, node: Any, with_: Any, scope: Scope | None) -> str:
        name, names = node.alias.lower(), [each.name.lower() for each in node.args["alias"].columns]
        if name in self.ctes[-1]:
            raise failure(
                "DUPLICATE_NAMED_QUERY", f"{self.at(node)}: WITH query name '{name}' specified more than once"
            )
        if repeated := next((each for each in names if names.count(each) > 1), None):
            raise failure(
                "DUPLICATE_COLUMN_NAME", f"{self.at(node)}: Column name '{repeated}' specified more than once"
            )
        known = self.alias()
        if with_.args.get("recursive") and (heads := recursive(self, node, (name, names, known), scope)):
            return ", ".join(heads)
        body = self.query(node.this, scope)
        fields = self.renamed(body.fields, names, node)
        self.ctes[-1][name] = Query(f"SELECT * FROM {quoted(known)}", fields)
        return f"{quoted(known)}({', '.join(each.sql for each in fields)}) AS ({body.sql})"

    def renamed(self, fields: Sequence[Field], names: list[str], node: Any) -> tuple[Field, ...]:
        """A query's columns under the names of a column list."""
        if names and len(names) != len(fields):
            raise failure(
                "MISMATCHED_COLUMN_ALIASES",
                f"{self.at(node)}: Column alias list has {len(names)} entries but relation has {len(fields)} columns",
            )
        chosen: list[str | None] = list(names) if names else [each.name for each in fields]
        texts = unique_names(chosen)
        return tuple(Field(name, each.type, text) for name, each, text in zip(chosen, fields, texts, strict=True))

    # set operations and VALUES

    def _set_operation(self, node: Any, scope: Scope | None) -> Query:
        self.only(node, {"this", "expression", "distinct", "with_", "order", "limit", "offset"})
        word = type(node).__name__.upper()
        left, right = self.query(node.this, scope), self.query(node.expression, scope)
        if len(left.fields) != len(right.fields):
            raise failure(
                "TYPE_MISMATCH",
                f"{self.at(node)}: {word} query has different number of fields: {len(left.fields)}, "
                f"{len(right.fields)}",
            )
        wide = [
            self._wider(node, word, index, *pair)
            for index, pair in enumerate(zip(left.fields, right.fields, strict=True))
        ]
        if node.args.get("distinct", True):
            for each in wide:
                require_key(each, self.at(node), f"{word} DISTINCT")
        left, right = self.recast(left, wide), self.recast(right, wide)
        every = "" if node.args.get("distinct", True) else " ALL"
        fields = tuple(replace(each, type=of) for each, of in zip(left.fields, wide, strict=True))
        found = Query(f"({left.sql}) {word}{every} ({right.sql})", fields)
        if any(node.args.get(each) for each in ("order", "limit", "offset")):
            return self.ordered(node, found, scope)
        return found

    def _wider(self, node: Any, word: str, index: int, left: Field, right: Field) -> Type:
        wide = common(left.type, right.type)
        if wide is not None and wide.name in SKETCHES and (word != "UNION" or node.args.get("distinct", True)):
            what = f"Type {wide} is not comparable and therefore cannot be used in {word}"
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: {what}{' DISTINCT' if word == 'UNION' else ''}")
        if wide is None:
            raise failure(
                "TYPE_MISMATCH",
                f"{self.at(node)}: column {index + 1} in {word} query has incompatible types: "
                f"{left.type}, {right.type}",
            )
        return wide

    def recast(self, query: Query, wanted: Sequence[Type], force: bool = False) -> Query:
        """A query whose columns have these types."""
        pairs = list(zip(query.fields, wanted, strict=True))
        if not force and all(each.type == of for each, of in pairs):
            return query
        parts = [f"{coerce(Typed(each.sql, each.type), of)} AS {each.sql}" for each, of in pairs]
        fields = tuple(replace(each, type=of) for each, of in pairs)
        return Query(f"SELECT {', '.join(parts)} FROM ({query.sql}) AS {quoted(self.alias())}", fields)

    # FROM

    def relation(self, node: Any, scope: Scope) -> Relation:
        """One item of FROM; `scope` holds what stands left of it, for LATERAL and UNNEST."""
        match node:
            case exp.Table():
                found = analyse_relations.table(self, node, scope)
            case exp.Subquery() if analyse_relations.is_join(node):
                found = analyse_relations.parenthesised(self, node, scope)
            case exp.Subquery():
                found = analyse_relations.derived(self, node, scope.parent)
            case exp.Values():
                found = analyse_relations.named(self, analyse_values.values(self, node, scope.parent), node)
            case exp.Unnest():
                found = analyse_relations.unnest(self, node, scope)
            case exp.Lateral():
                found = analyse_relations.lateral(self, node, scope)
            case _:
                raise unsupported(f"{self.at(node)}: {type(node).__name__} in FROM")
        return (
            analyse_relations.with_joins(self, node, found, scope)
            if node.args.get("joins") and isinstance(node, exp.Table)
            else found
        )

    def sample(self, node: Any) -> str:
        """TABLESAMPLE as text; nothing for None."""
        if node is None:
            return ""
        method, size = (
            (node.args.get("method") or ""),
            node.args.get("percent") or node.args.get("size") or node.args.get("bucket_numerator"),
        )
        name = getattr(method, "name", str(method)).upper()
        size = size.this if isinstance(size, exp.Paren) else size
        if name not in ("BERNOULLI", "SYSTEM") or not isinstance(size, exp.Literal) or size.is_string:
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: Sample method must be BERNOULLI or SYSTEM with a number")
        return f" TABLESAMPLE BERNOULLI({float(size.this)} PERCENT)"

    def join(self, left: str, node: Any, scope: Scope) -> str:
        """The left side joined with one more relation; its fields join the scope's."""
        return analyse_joins.join(self, left, node, scope)

    def only(self, node: Any, known: set[str]) -> None:
        """Refuse a node with parts that nobody here reads: leaving them out would change the answer."""
        for name, given in node.args.items():
            if given and name not in known:
                raise unsupported(f"{self.at(node)}: {name.rstrip('_').replace('_', ' ').upper()} here")


__all__ = ["Compiler", "Tables", "place"]
