"""What the portal's decision opens to a principal, as SQL: columns, and the row filters that narrow each of them.

Lake Formation's rule for cells (developer guide, data filtering): a row is shown where any grant opens it; a cell is
shown where a grant opens its column in that row, and is NULL elsewhere. A view is read with its reader's rights on what
it reads, so the row filters of its bases narrow it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from mesh_core.domain.access import decide
from mesh_core.domain.query import parse_read
from mesh_core.domain.query_check import qualified
from mesh_core.domain.world import FilterResource, Resource, Table, World
from mesh_core.errors import InvalidInputError

Conditions = tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """What one principal gets of one table.

    columns      in table order, each with the row filters that open it; () opens it in every row
    denied       the others, each with what is missing
    below        for a view: whether row filters narrow what it reads
    """

    columns: Mapping[str, Conditions]
    denied: Mapping[str, str] = field(default_factory=dict)
    below: bool = False

    @property
    def rows(self) -> Conditions:
        """The row filters of which one must hold for a row to be shown; () shows every row."""
        if not all(self.columns.values()):
            return ()
        return tuple(sorted({one for conditions in self.columns.values() for one in conditions}))

    @property
    def whole(self) -> tuple[str, ...]:
        """The columns that hold their value in every row that is shown."""
        return tuple(name for name, conditions in self.columns.items() if not conditions or conditions == self.rows)

    @property
    def narrowed(self) -> bool:
        """Whether some value of these columns is withheld."""
        return self.below or any(self.columns.values())


def opened(world: World, principal: str, table: Table) -> Opened:
    """What a principal (ARN) gets of a table or view, as the world stands."""
    verdict = decide(world, principal, table)
    filters = {(one.database, one.table, one.name): one.row_filter for one in world.filters}

    def row_filter(resource: Resource) -> str:
        if not isinstance(resource, FilterResource):
            return ""
        return filters.get((resource.database, resource.table, resource.name), "")

    columns = {}
    for column in verdict.columns:
        texts = {row_filter(reason.grant.resource) for reason in verdict.reasons.get(column, ())}
        columns[column] = () if "" in texts else tuple(sorted(texts))
    return Opened(columns, verdict.denied, _narrowed_below(world, principal, table, (table.full_name,)))


def _narrowed_below(world: World, principal: str, table: Table, path: tuple[str, ...]) -> bool:
    return any(_is_narrowed(world, principal, base, path) for base in bases(world, table))


def _is_narrowed(world: World, principal: str, table: Table, path: tuple[str, ...]) -> bool:
    if table.full_name in path:
        return False
    return any(_own(world, principal, table).values()) or _narrowed_below(
        world, principal, table, (*path, table.full_name)
    )


def _own(world: World, principal: str, table: Table) -> Mapping[str, Conditions]:
    return opened(world, principal, table).columns


def bases(world: World, table: Table) -> tuple[Table, ...]:
    """The tables and views that a view reads directly, as far as they exist; () for a table."""
    if table.view_sql is None:
        return ()
    found = []
    for scope in traverse_scope(parse_read(table.view_sql)):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name:
                found.append(world.find_table((source.db or table.database).lower(), source.name.lower()))
    return tuple({one.full_name: one for one in found if one is not None}.values())


def select_opened(world: World, principal: str, table: Table, columns: Iterable[str]) -> exp.Select:
    """A SELECT, with anybody's rights, of what a principal gets of `columns`; the others are left out.

    InvalidInputError when a row filter is no plain condition.
    """
    of = opened(world, principal, table)
    wanted = [name for name in of.columns if name in set(columns)]
    return _narrow(of, wanted, _source(world, principal, table, ()))


def _narrow(of: Opened, wanted: Iterable[str], source: exp.Expression) -> exp.Select:
    items = [_cell(name, of.columns[name], of.rows) for name in wanted]
    statement = exp.select(*items).from_(source)
    return statement.where(_any(of.rows)) if of.rows else statement


def _cell(name: str, conditions: Conditions, rows: Conditions) -> exp.Expression:
    """A column, NULL in the rows that show it not."""
    column = exp.column(name, quoted=True)
    if not conditions or conditions == rows:
        return column
    return exp.alias_(exp.Case().when(_any(conditions), column), name, quoted=True)


def _any(conditions: Conditions) -> exp.Expression:
    return exp.or_(*(_condition(text) for text in conditions))


def _condition(text: str) -> exp.Expression:
    try:
        found = sqlglot.parse_one(f"SELECT 1 WHERE {text}", dialect="athena")
    except SqlglotError as error:
        raise _unreadable(text) from error
    where = found.args.get("where")
    plain = isinstance(found, exp.Select) and {k for k, v in found.args.items() if v} == {"expressions", "where"}
    if not plain or where is None or where.this.find(exp.Query, exp.Subquery):
        raise _unreadable(text)
    return exp.paren(where.this)


def _unreadable(text: str) -> InvalidInputError:
    return InvalidInputError(
        f"The row filter '{text}' is no plain condition on columns. Nothing was read. Correct the filter on Access."
    )


def _source(world: World, principal: str, table: Table, path: tuple[str, ...]) -> exp.Expression:
    """What to read from: the table or view itself, or a view's own SQL over bases that row filters narrow."""
    itself = exp.table_(table.name, db=table.database, quoted=True)
    if table.view_sql is None or not _narrowed_below(world, principal, table, (*path, table.full_name)):
        return itself
    known = {one.full_name: one for one in bases(world, table)}
    statement = qualified(parse_read(table.view_sql), table.database, known.values())
    for node in [source for scope in traverse_scope(statement) for source in _tables(scope.sources.values())]:
        base = known.get(f"{node.db or table.database}.{node.name}".lower())
        if base is not None and base.full_name not in (*path, table.full_name):
            inner = _base(world, principal, base, (*path, table.full_name))
            node.replace(inner.subquery(node.alias_or_name, copy=False))
    return statement.subquery("opened", copy=False)


def _tables(sources: Iterable[object]) -> list[exp.Table]:
    return [one for one in sources if isinstance(one, exp.Table) and one.name]


def _base(world: World, principal: str, base: Table, path: tuple[str, ...]) -> exp.Select:
    of = opened(world, principal, base)
    return _narrow(of, of.columns, _source(world, principal, base, path))
