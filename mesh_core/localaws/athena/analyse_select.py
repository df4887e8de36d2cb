"""One SELECT: its clauses in Trino's order of meaning, and the checks of grouping, aliases and ordering."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mesh_core.localaws.athena.analyse_correlated import check as check_correlated
from mesh_core.localaws.athena.analyse_groups import Groups, groups
from mesh_core.localaws.athena.analyse_prune import prune
from mesh_core.localaws.athena.analyse_stars import star
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES as SKETCHES
from mesh_core.localaws.athena.rewrite import Expressions
from mesh_core.localaws.athena.rewrite_compare import require_key
from mesh_core.localaws.athena.rewrite_frames import define
from mesh_core.localaws.athena.rewrite_predicates import mark_certain
from mesh_core.localaws.athena.rewrite_windows import sorted_by
from mesh_core.localaws.athena.scope import Field, Frame, Query, Relation, Scope, Typed, unique_names
from mesh_core.localaws.athena.select_items import is_all, is_star, own_name
from mesh_core.localaws.athena.types import INTEGERS, Type, quoted

_CLAUSES = {
    "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct", "windows",
    "with_", "sample",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One column of the output: its name (None: nameless), what it is, and its tree."""

    name: str | None
    value: Typed
    node: Any


class Selects(ABC):
    """Compiles SELECT; the rest of a query is the compiler's."""

    sql: str
    wide: bool

    @abstractmethod
    def at(self, node: Any) -> str:
        """`line L:C` of a node."""

    @abstractmethod
    def alias(self) -> str:
        """A fresh alias."""

    @abstractmethod
    def relation(self, node: Any, scope: Scope) -> Relation:
        """One item of FROM."""

    @abstractmethod
    def join(self, left: str, node: Any, scope: Scope) -> str:
        """One more item of FROM."""

    @abstractmethod
    def sample(self, node: Any) -> str:
        """TABLESAMPLE as text; nothing for None."""

    @abstractmethod
    def only(self, node: Any, known: set[str]) -> None:
        """Refuse a node with parts that nobody reads."""

    @abstractmethod
    def query(self, node: Any, scope: Scope | None) -> Query:
        """Any query."""

    @abstractmethod
    def session(self, name: str) -> str:
        """What current_user and the like say."""

    def select(self, node: Any, outer: Scope | None) -> Query:
        """Compile one SELECT. QueryFailure with Athena's text."""
        self.only(node, _CLAUSES)
        if not node.expressions:
            raise failure("SYNTAX_ERROR", f"{self.at(node)}: mismatched input. Expecting: '*', <expression>")
        scope = Scope([], outer)
        source = self._from(node, scope)
        where = self._where(node, scope)
        return self._output(node, scope, (source, where, groups(self, node, scope)))

    def _output(self, node: Any, scope: Scope, parts: tuple[str, str, Groups]) -> Query:
        source, where, group = parts
        scope.frame = Frame(keys=group.keys, grouped=group.trees, grouping=bool(group.text))
        for each in node.args.get("windows") or ():
            define(Expressions(self, scope), each)
        items = self._items(node, scope)
        having = self._having(node, scope)
        names = unique_names([each.name for each in items])
        order = self._order(node, scope, items)
        ties, limit = self._limit(node)
        aggregated = bool(group.text) or scope.frame.aggregates > 0 or bool(having)
        check_correlated(node, scope.outer, aggregated, self.at(node))
        if aggregated and scope.frame.loose:
            self._refuse_loose(node, *scope.frame.loose[0])
        shown = ", ".join(f"{each.value.sql} AS {name}" for each, name in zip(items, names, strict=True))
        fields = tuple(Field(each.name, each.value.type, name) for each, name in zip(items, names, strict=True))
        body = f"{source}{where}{group.text}{having}"
        if self._distinct(node):
            for each in items:
                if each.value.type.name in SKETCHES:
                    what = f"DISTINCT can only be applied to comparable types (actual: {each.value.type})"
                    raise failure("TYPE_MISMATCH", f"{self.at(node)}: {what}")
                require_key(each.value.type, self.at(each.node), "DISTINCT")
            found = Query(f"SELECT DISTINCT {shown}{body}", fields)
            if ties or any(not each.split(" ")[0].isdigit() for each in order):
                return self.ordered(node, found, scope.parent)
            return Query(f"{found.sql}{self._order_text(order)}{limit}", fields)
        if ties:
            return self._ranked(node, (shown, body), fields, (_spelled(order, items), ties))
        return Query(f"SELECT {shown}{body}{self._order_text(order)}{limit}", fields)

    def _refuse_loose(self, node: Any, sql: str, loose: Any) -> None:
        """A column that is neither in GROUP BY nor in an aggregate. QueryFailure EXPRESSION_NOT_AGGREGATE."""
        if isinstance(loose, exp.Column) and loose.find_ancestor(exp.Select) is not node:
            name = ".".join(each.name.lower() for each in loose.parts)
            what = f"Subquery uses '{name}' which must appear in GROUP BY clause"
        else:
            name = loose.name.lower() or re.sub(r'"', "", sql.split(".")[-1])
            what = f"'{name}' must be an aggregate expression or appear in GROUP BY clause"
        raise failure("EXPRESSION_NOT_AGGREGATE", f"{self.at(loose)}: {what}")

    def _ranked(self, node: Any, parts: tuple[str, str], fields: tuple[Field, ...], by: tuple[list[str], str]) -> Query:
        """Of `SELECT items body` the rows from OFFSET on, as many as FETCH says, and the peers of the last."""
        (items, body), (order, count) = parts, by
        if not order:
            raise failure(
                "MISSING_ORDER_BY", f"{self.at(node.args['limit'])}: FETCH FIRST WITH TIES clause requires ORDER BY"
            )
        keys = ", ".join(order)
        skipped = self._whole(offset.expression, "OFFSET") if (offset := node.args.get("offset")) is not None else "0"
        ranks = f"rank() OVER (ORDER BY {keys}) AS athena_rank, row_number() OVER (ORDER BY {keys}) AS athena_row"
        names = ", ".join(each.sql for each in fields)
        return Query(
            f"SELECT {names} FROM (SELECT {items}, {ranks}{body}) AS {quoted(self.alias())} "
            f"WHERE athena_rank <= {skipped} + {count} AND athena_row > {skipped} ORDER BY athena_row",
            fields,
        )

    # FROM, WHERE, GROUP BY, HAVING

    def _from(self, node: Any, scope: Scope) -> str:
        first = node.args.get("from_")
        if first is None:
            return ""
        found = self.relation(first.this, scope)
        scope.fields = list(found.fields)
        sql = found.sql.removeprefix("LATERAL ")
        if sample := node.args.get("sample"):  # where the grammar has no place for it: after UNNEST(...) AS t(x)
            if node.args.get("joins"):
                raise unsupported(f"{self.at(sample)}: TABLESAMPLE of UNNEST in a join")
            sql += self.sample(sample)
        for each in node.args.get("joins") or ():
            sql = self.join(sql, each, scope)
        return f" FROM {sql}"

    @contextmanager
    def clause(self, scope: Scope, name: str) -> Iterator[None]:
        """A clause in which aggregates and windows are forbidden."""
        before, scope.frame = scope.frame, Frame(clause=name)
        try:
            yield
        finally:
            scope.frame = before

    def _where(self, node: Any, scope: Scope) -> str:
        where = node.args.get("where")
        if where is None:
            return ""
        prune(where.this, scope)
        mark_certain(where.this)
        with self.clause(scope, "WHERE clause"):
            return f" WHERE {Expressions(self, scope).boolean(where.this, 'WHERE clause')}"

    def _having(self, node: Any, scope: Scope) -> str:
        having = node.args.get("having")
        for each in having.find_all(exp.Window) if having is not None else ():
            if each.find_ancestor(exp.Select) is node:
                what = "HAVING clause cannot contain window functions or row pattern measures"
                raise failure("NESTED_WINDOW", f"{self.at(each)}: {what}")
        return f" HAVING {Expressions(self, scope).boolean(having.this, 'HAVING clause')}" if having is not None else ""

    def _distinct(self, node: Any) -> bool:
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on"):
            raise failure("SYNTAX_ERROR", f"{self.at(distinct)}: mismatched input 'ON'")
        return distinct is not None

    # the output

    def _items(self, node: Any, scope: Scope) -> list[Item]:
        items: list[Item] = []
        for each in node.expressions:
            inner, name = (each.this, each.alias.lower()) if isinstance(each, exp.Alias) else (each, None)
            names = None
            if isinstance(each, exp.Aliases):
                inner, names = each.this, [one.name.lower() for one in each.expressions]
            if is_star(inner):
                items += [Item(known, value, inner) for known, value in star(self, inner, scope, names)]
            elif names is not None:
                raise failure("SYNTAX_ERROR", f"{self.at(each)}: mismatched input '('")
            else:
                items.append(Item(name or own_name(inner), Expressions(self, scope).typed(inner), inner))
        return items

    # ORDER BY, LIMIT

    def _order(self, node: Any, scope: Scope, items: list[Item]) -> list[str]:
        """The keys of ORDER BY; an output column is named by its position."""
        order = node.args.get("order")
        if order is None:
            return []
        texts = [each.value.sql for each in items]
        scope.outputs = [Field(each.name, each.value.type, each.value.sql) for each in items if each.name]
        keys: list[str] = []
        for each in order.expressions:
            value = self._sort_key(each, node, scope, (items, texts))
            found = sorted_by(value, each, self.at(each.this))
            if value.sql in texts and found[-1].startswith(value.sql):
                found[-1] = f"{texts.index(value.sql) + 1}{found[-1][len(value.sql) :]}"
            keys += found
        scope.outputs = []
        return keys

    def _sort_key(self, each: Any, node: Any, scope: Scope, output: tuple[list[Item], list[str]]) -> Typed:
        items, texts = output
        key = each.this
        if isinstance(key, exp.Literal) and not key.is_string:
            position = int(key.this) if key.this.isdigit() else 0
            if not 1 <= position <= len(items):
                raise failure(
                    "INVALID_COLUMN_REFERENCE", f"{self.at(key)}: ORDER BY position {position} is not in select list"
                )
            return items[position - 1].value
        frame = scope.frame
        before, loose = frame.in_aggregate, len(frame.loose)
        value = Expressions(self, scope).typed(key)
        frame.in_aggregate = before
        # what an output column is made of was checked where it stands
        frame.loose[loose:] = [pair for pair in frame.loose[loose:] if pair[0] not in texts]
        if value.sql not in texts and self._distinct(node):
            raise failure(
                "EXPRESSION_NOT_IN_DISTINCT",
                f"{self.at(node)}: For SELECT DISTINCT, ORDER BY expressions must appear in select list",
            )
        return value

    def _order_text(self, keys: list[str]) -> str:
        return f" ORDER BY {', '.join(keys)}" if keys else ""

    def _limit(self, node: Any) -> tuple[str, str]:
        """(rows of WITH TIES or nothing, LIMIT and OFFSET as text)."""
        limit, offset = node.args.get("limit"), node.args.get("offset")
        text = ""
        match limit:
            case exp.Fetch():
                options = limit.args.get("limit_options")
                count = self._whole(limit.args.get("count") or exp.Literal.number(1), "FETCH FIRST")
                if options is not None and options.args.get("with_ties"):
                    return count, ""
                if count == "0":
                    what = "FETCH FIRST row count must be positive (actual value: 0)"
                    raise failure("NUMERIC_VALUE_OUT_OF_RANGE", f"{self.at(limit)}: {what}")
                text += f" LIMIT {count}"
            case exp.Limit() if not is_all(limit.expression):
                text += f" LIMIT {self._whole(limit.expression, 'LIMIT')}"
            case _:
                pass
        if offset is not None:
            text += f" OFFSET {self._whole(offset.expression, 'OFFSET')}"
        return "", text

    def _whole(self, node: Any, where: str) -> str:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
            return str(int(node.this))
        raise failure("SYNTAX_ERROR", f"{self.at(node)}: mismatched input. Expecting: a whole number after {where}")

    def ordered(self, node: Any, inner: Query, outer: Scope | None) -> Query:
        """ORDER BY and LIMIT around a set operation or a query in parentheses."""
        alias = quoted(self.alias())
        fields = [Field(each.name, each.type, f"{alias}.{each.sql}") for each in inner.fields]
        scope = Scope(fields, outer)
        items = [Item(each.name, Typed(each.sql, each.type), node) for each in fields]
        order = self._order(node, scope, items)
        ties, limit = self._limit(node)
        if ties:
            names = ", ".join(each.sql for each in inner.fields)
            body = f" FROM ({inner.sql}) AS {alias}"
            return self._ranked(node, (names, body), inner.fields, (_spelled(order, items), ties))
        return Query(f"SELECT * FROM ({inner.sql}) AS {alias}{self._order_text(order)}{limit}", inner.fields)

    def star_of(self, found: Relation) -> Query:
        """`TABLE t`: all columns of a relation."""
        shown = [each for each in found.fields if not each.hidden]
        names = unique_names([each.name for each in shown])
        text = ", ".join(f"{each.sql} AS {name}" for each, name in zip(shown, names, strict=True))
        fields = tuple(Field(each.name, each.type, name) for each, name in zip(shown, names, strict=True))
        return Query(f"SELECT {text} FROM {found.sql}", fields)


def _spelled(keys: list[str], items: list[Item]) -> list[str]:
    """Keys of ORDER BY with the items' texts in place of their positions."""
    split = [each.partition(" ") for each in keys]
    return [f"{items[int(key) - 1].value.sql if key.isdigit() else key} {how}" for key, _, how in split]


__all__ = ["INTEGERS", "Item", "Selects", "Type"]
