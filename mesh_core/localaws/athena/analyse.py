"""Queries: SELECT, set operations, VALUES, WITH, and FROM in all its forms -> DuckDB's text and typed columns.

Every relation gets an alias of our own (`t1`, `t2`, ...) and every column is written with it, so that no name of the
user's can capture another. Tables come from a `Tables` (tables.py), which knows what this caller may see of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from mesh_core.localaws.athena.analyse_select import Selects
from mesh_core.localaws.athena.failures import failure, place, position, unsupported
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_casts import coerce
from mesh_core.localaws.athena.scope import Field, Query, Relation, Scope, Typed, unique_names
from mesh_core.localaws.athena.types import BIGINT, UNKNOWN, Type, common, quoted, row_fields, same


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
        word = "WITH RECURSIVE" if with_.args.get("recursive") else "WITH"
        return Query(f"{word} {', '.join(heads)} {body.sql}", body.fields)

    def _body(self, node: Any, scope: Scope | None) -> Query:
        match node:
            case exp.Select():
                return self.select(node, scope)
            case exp.SetOperation():
                return self._set_operation(node, scope)
            case exp.Values() if any(node.args.get(each) for each in ("order", "limit", "offset")):
                return self.ordered(node, self._values(node, scope), scope)
            case exp.Values():
                return self._values(node, scope)
            case exp.Subquery():
                return self._subquery(node, scope)
            case exp.Table():
                return self._whole_table(node)
            case _:
                raise unsupported(f"{self.at(node)}: {type(node).__name__}")

    def _whole_table(self, node: Any) -> Query:
        found = self._table(node, None)
        return self.star_of(found)

    def _subquery(self, node: Any, scope: Scope | None) -> Query:
        self.only(node, {"this", "with_", "order", "limit", "offset", "alias"})
        inner = self.query(node.this, scope)
        if any(node.args.get(each) for each in ("order", "limit", "offset")):
            return self.ordered(node, inner, scope)
        return inner

    # WITH

    def _cte(self, node: Any, with_: Any, scope: Scope | None) -> str:
        name, names = node.alias.lower(), [each.name.lower() for each in node.args["alias"].columns]
        known = self.alias()
        if with_.args.get("recursive") and _mentions(node.this, name):
            return self._recursive(node, (name, names, known), scope)
        body = self.query(node.this, scope)
        fields = self._renamed(body.fields, names, node)
        self.ctes[-1][name] = Query(f"SELECT * FROM {quoted(known)}", fields)
        return f"{quoted(known)}({', '.join(each.sql for each in fields)}) AS ({body.sql})"

    def _recursive(self, node: Any, named: tuple[str, list[str], str], scope: Scope | None) -> str:
        name, names, known = named
        union = node.this
        if not isinstance(union, exp.Union):
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: Recursive reference outside of UNION")
        if not names:
            raise failure("MISSING_COLUMN_ALIASES", f"{self.at(node)}: missing column aliases in recursive WITH query")
        anchor = self.query(union.this, scope)
        fields = self._renamed(anchor.fields, names, node)
        self.ctes[-1][name] = Query(f"SELECT * FROM {quoted(known)}", fields)
        step = self.query(union.expression, scope)
        if len(step.fields) != len(fields):
            raise failure(
                "SYNTAX_ERROR", f"{self.at(node)}: base and step relations of recursion have different number of fields"
            )
        for index, (base, each) in enumerate(zip(fields, step.fields, strict=True)):
            if not same(common(base.type, each.type) or UNKNOWN, base.type):
                raise failure(
                    "TYPE_MISMATCH",
                    f"{self.at(node)}: recursion step relation output type ({each.type}) is not "
                    f"coercible to recursion base relation output type ({base.type}) at column {index + 1}",
                )
        cast = self.recast(step, [each.type for each in fields])
        word = "UNION" if union.args.get("distinct") else "UNION ALL"
        first = self.recast(anchor, [each.type for each in fields], force=True)
        return f"{quoted(known)}({', '.join(each.sql for each in fields)}) AS ({first.sql} {word} {cast.sql})"

    def _renamed(self, fields: Sequence[Field], names: list[str], node: Any) -> tuple[Field, ...]:
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
        left, right = self.recast(left, wide), self.recast(right, wide)
        every = "" if node.args.get("distinct", True) else " ALL"
        fields = tuple(replace(each, type=of) for each, of in zip(left.fields, wide, strict=True))
        found = Query(f"({left.sql}) {word}{every} ({right.sql})", fields)
        if any(node.args.get(each) for each in ("order", "limit", "offset")):
            return self.ordered(node, found, scope)
        return found

    def _wider(self, node: Any, word: str, index: int, left: Field, right: Field) -> Type:
        wide = common(left.type, right.type)
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

    def _values(self, node: Any, scope: Scope | None) -> Query:
        at = Expressions(self, scope_of(scope))
        rows = [
            [at.typed(cell) for cell in (row.expressions if isinstance(row, exp.Tuple) else [row])]
            for row in node.expressions
        ]
        if any(len(row) != len(rows[0]) for row in rows):
            raise failure("TYPE_MISMATCH", f"{self.at(node)}: Values rows have mismatched sizes")
        kinds = [self._column_type(node, [row[index] for row in rows]) for index in range(len(rows[0]))]
        lines = [f"({', '.join(coerce(cell, of) for cell, of in zip(row, kinds, strict=True))})" for row in rows]
        names = unique_names([None] * len(kinds))
        fields = tuple(Field(None, of, name) for of, name in zip(kinds, names, strict=True))
        return Query(f"SELECT * FROM (VALUES {', '.join(lines)}) AS {quoted(self.alias())}({', '.join(names)})", fields)

    def _column_type(self, node: Any, cells: list[Typed]) -> Type:
        found = UNKNOWN
        for cell in cells:
            wide = common(found, cell.type)
            if wide is None:
                raise failure(
                    "TYPE_MISMATCH", f"{self.at(node)}: Values rows have mismatched types: {found} vs {cell.type}"
                )
            found = wide
        return found

    # FROM

    def relation(self, node: Any, scope: Scope) -> Relation:
        """One item of FROM; `scope` holds what stands left of it, for LATERAL and UNNEST."""
        match node:
            case exp.Table():
                found = self._table(node, scope)
            case exp.Subquery() if not isinstance(node.this, exp.Table) and not node.args.get("joins"):
                found = self._derived(node, scope.parent)
            case exp.Subquery():
                found = self._parenthesised(node, scope)
            case exp.Values():
                found = self._named(self._values(node, scope.parent), node)
            case exp.Unnest():
                found = self._unnest(node, scope)
            case exp.Lateral():
                found = self._lateral(node, scope)
            case _:
                raise unsupported(f"{self.at(node)}: {type(node).__name__} in FROM")
        return self._with_joins(node, found, scope) if node.args.get("joins") and isinstance(node, exp.Table) else found

    def _with_joins(self, node: Any, first: Relation, scope: Scope) -> Relation:
        inner = Scope(list(first.fields), scope.parent, scope.frame)
        sql = first.sql
        for each in node.args["joins"]:
            sql = self.join(sql, each, inner)
        return Relation(f"({sql})", tuple(inner.fields))

    def _parenthesised(self, node: Any, scope: Scope) -> Relation:
        inner = Scope([], scope.parent, scope.frame)
        first = self.relation(node.this, inner)
        inner.fields = list(first.fields)
        sql = first.sql
        for each in node.args.get("joins") or ():
            sql = self.join(sql, each, inner)
        if node.args.get("alias"):
            raise unsupported(f"{self.at(node)}: An alias of a join in parentheses")
        return Relation(f"({sql})", tuple(inner.fields))

    def _table(self, node: Any, scope: Scope | None) -> Relation:
        self.only(node, {"this", "db", "catalog", "alias", "sample", "joins"})
        if not isinstance(node.this, exp.Identifier):
            raise failure(
                "FUNCTION_NOT_FOUND",
                f"{self.at(node)}: Table function '{getattr(node.this, 'name', '')}' not registered",
            )
        parts = tuple(each.name.lower() for each in node.parts)
        if len(parts) == 1:
            for level in reversed(self.ctes):
                if parts[0] in level:
                    return self._named(level[parts[0]], node, (parts[0],))
        found = self.tables.relation(parts, self.at(node), None)
        return self._named(found, node, parts)

    def _named(self, query: Query, node: Any, parts: tuple[str, ...] = ()) -> Relation:
        """A query as an item of FROM, under the node's alias and column names."""
        given = node.args.get("alias")
        name = given.name.lower() if given and given.this else None
        columns = [each.name.lower() for each in (given.columns if given else ())]
        alias = quoted(self.alias())
        owners: tuple[tuple[str, ...], ...] = (
            ((name,),) if name else tuple(parts[index:] for index in range(len(parts)))
        )
        visible = [each for each in query.fields if not each.hidden]
        if columns and len(columns) != len(visible):
            raise failure(
                "MISMATCHED_COLUMN_ALIASES",
                f"{self.at(node)}: Column alias list has {len(columns)} entries but '{name}' has "
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
        text = _bare(query.sql)
        sample = self.sample(node.args.get("sample"))
        return Relation(f"{text} AS {alias}{sample}", fields)

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

    def _derived(self, node: Any, scope: Scope | None) -> Relation:
        self.only(node, {"this", "alias", "sample", "with_", "order", "limit", "offset"})
        return self._named(self._subquery(node, scope), node)

    def _lateral(self, node: Any, scope: Scope) -> Relation:
        inner = node.this
        if isinstance(inner, exp.Subquery):
            inner = inner.this
        if not isinstance(inner, exp.Query) or node.args.get("view") or node.args.get("outer"):
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: mismatched input. Expecting: a query")
        found = self._named(self.query(inner, scope), node)
        return Relation(f"LATERAL {found.sql}", found.fields)

    def _unnest(self, node: Any, scope: Scope) -> Relation:
        at = Expressions(self, scope)
        columns: list[tuple[str | None, Type, str]] = []
        lengths = []
        structs = []
        for index, each in enumerate(node.expressions):
            value = at.typed(each)
            match value.type.name:
                case "map":
                    columns += [
                        (None, value.type.args[0], f"unnest(map_keys({value.sql}))"),
                        (None, value.type.args[1], f"unnest(map_values({value.sql}))"),
                    ]
                    lengths.append(f"coalesce(cardinality({value.sql}), 0)")
                case "array" if value.type.args[0].name == "row":
                    structs.append(f"unnest({value.sql}) AS r{index}")
                    columns += [
                        (name, of, f"unnest(list_transform({value.sql}, lambda e: e.{quoted(name)}))")
                        for name, of in row_fields(value.type.args[0])
                    ]
                    lengths.append(f"coalesce(len({value.sql}), 0)")
                case "array":
                    columns.append((None, value.type.args[0], f"unnest({value.sql})"))
                    lengths.append(f"coalesce(len({value.sql}), 0)")
                case _:
                    raise failure("TYPE_MISMATCH", f"{self.at(node)}: Cannot unnest type: {value.type}")
        offset = node.args.get("offset")
        if offset:
            longest = lengths[0] if len(lengths) == 1 else f"greatest({', '.join(lengths)})"
            columns.append((None, BIGINT, f"unnest(range(1, CAST({longest} AS BIGINT) + 1))"))
        return self._unnested(node, columns, offset)

    def _unnested(self, node: Any, columns: list[tuple[str | None, Type, str]], offset: Any) -> Relation:
        given = node.args.get("alias")
        names = [each.name.lower() for each in (given.columns if given else ())]
        if isinstance(offset, exp.Identifier):
            names.append(offset.name.lower())
        texts = unique_names([None] * len(columns))
        alias = quoted(self.alias())
        owners = ((given.name.lower(),),) if given and given.this else ()
        if names and len(names) != len(columns):
            raise failure(
                "MISMATCHED_COLUMN_ALIASES",
                f"{self.at(node)}: Column alias list has {len(names)} entries but '{given.name}' has "
                f"{len(columns)} columns available",
            )
        fields = tuple(
            Field(names[index] if names else name, of, f"{alias}.{text}", owners)
            for index, ((name, of, _), text) in enumerate(zip(columns, texts, strict=True))
        )
        items = ", ".join(f"{sql} AS {text}" for (_, _, sql), text in zip(columns, texts, strict=True))
        return Relation(f"LATERAL (SELECT {items}) AS {alias}", fields)

    def join(self, left: str, node: Any, scope: Scope) -> str:
        """The left side joined with one more relation; its fields join the scope's."""
        self.only(node, {"this", "on", "using", "kind", "side", "method"})
        if node.args.get("method"):
            raise unsupported(f"{self.at(node)}: {str(node.args['method']).upper()} JOIN")
        side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
        right = self.relation(node.this, scope)
        before = list(scope.fields)
        scope.fields = [*before, *right.fields]
        if using := node.args.get("using"):
            return self._using(left, right, (side, [each.name.lower() for each in using], node), scope)
        condition = node.args.get("on")
        if condition is None:
            if side or (kind not in ("CROSS", "")):
                raise failure("SYNTAX_ERROR", f"{self.at(node)}: mismatched input. Expecting: 'ON', 'USING'")
            return f"{left} CROSS JOIN {right.sql}"
        with self.clause(scope, "JOIN clause"):
            test = Expressions(self, scope).boolean(condition, "JOIN ON clause")
        return f"{left} {side or 'INNER'} JOIN {right.sql} ON {test}"

    def _using(self, left: str, right: Relation, how: tuple[str, list[str], Any], scope: Scope) -> str:
        side, names, node = how
        mine = [each for each in scope.fields if each not in right.fields]
        tests, merged = [], []
        for name in names:
            one, other = self._only_one(mine, name, node), self._only_one(list(right.fields), name, node)
            wide = common(one.type, other.type)
            if wide is None:
                raise failure("TYPE_MISMATCH", f"{self.at(node)}: Cannot apply operator: {one.type} = {other.type}")
            first, second = coerce(Typed(one.sql, one.type), wide), coerce(Typed(other.sql, other.type), wide)
            tests.append(f"{first} = {second}")
            sql = {"LEFT": first, "RIGHT": second, "FULL": f"coalesce({first}, {second})"}.get(side, first)
            merged.append(Field(name, wide, sql))
        rest = [each for each in [*mine, *right.fields] if each.name not in names]
        scope.fields = [*merged, *rest]
        return f"{left} {side or 'INNER'} JOIN {right.sql} ON {' AND '.join(tests)}"

    def _only_one(self, fields: list[Field], name: str, node: Any) -> Field:
        found = [each for each in fields if each.name == name and not each.hidden]
        if len(found) == 1:
            return found[0]
        if found:
            raise failure("AMBIGUOUS_NAME", f"{self.at(node)}: Column '{name}' is ambiguous")
        raise failure("COLUMN_NOT_FOUND", f"{self.at(node)}: Column '{name}' is missing from one side of join")

    def only(self, node: Any, known: set[str]) -> None:
        """Refuse a node with parts that nobody here reads: leaving them out would change the answer."""
        for name, given in node.args.items():
            if given and name not in known:
                raise unsupported(f"{self.at(node)}: {name.rstrip('_').replace('_', ' ').upper()} here")


def _mentions(node: Any, name: str) -> bool:
    return any(each.name.lower() == name and not each.args.get("db") for each in node.find_all(exp.Table))


def _bare(sql: str) -> str:
    """`SELECT * FROM x` as an item of FROM is `x`: fewer levels for DuckDB to plan."""
    prefix = 'SELECT * FROM "'
    if sql.startswith(prefix) and '"' in sql[len(prefix) :] and sql.count('"') == 2 and sql.endswith('"'):
        return sql[len("SELECT * FROM ") :]
    return f"({sql})"


def scope_of(scope: Scope | None) -> Scope:
    """A scope to compile in where there may be none around."""
    return Scope([], scope)


__all__ = ["Compiler", "Tables", "place"]
