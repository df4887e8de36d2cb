"""Why a principal may read a column, or may not: which grants decide, through which tags, and what is missing.

`explain` gives data; `explain_words.py` says it in sentences, `explain_graph.py` as boxes and links. It rests on the
same index as `access.decide`, so the two can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from mesh_core.domain import tags
from mesh_core.domain.access import openings
from mesh_core.domain.cells import Cells, filter_paths, keeps_every_row
from mesh_core.domain.query_check import owner_of
from mesh_core.domain.reach import Index, Reach, Shape, index_of
from mesh_core.domain.view_access import Narrowing, references_of, whole_reach
from mesh_core.domain.world import (
    IAM_ALLOWED,
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import NotFoundError

Kind = Literal["table", "database", "columns", "filter", "expression", "saved expression"]
Group = Literal["", "everybody", "IAM_ALLOWED_PRINCIPALS"]
NEAREST = 3  # grants that come near, of those that don't reach a column
DEEPEST = 8  # views over views


@dataclass(frozen=True)
class TagCheck:
    """One part of a tag expression against a column: what is wanted, what is there and where it is assigned.

    value, source   "" and None where the key isn't set
    """

    key: str
    wanted: tuple[str, ...]
    value: str = ""
    source: Target | None = None
    inherited: bool = False

    @property
    def holds(self) -> bool:
        """Whether the column carries one of the wanted values."""
        return self.source is not None and (self.value in self.wanted or "*" in self.wanted)


@dataclass(frozen=True)
class GrantCheck:
    """One grant against a column (or a whole table).

    group     through which group it reaches the principal, "" when it names him
    columns   what it opens of the table
    checks    of a grant on tags: each part of its expression
    filter    of a grant on a data cells filter: the filter
    """

    grant: Grant
    kind: Kind
    opens: bool
    group: Group = ""
    columns: tuple[str, ...] = ()
    checks: tuple[TagCheck, ...] = ()
    filter: DataFilter | None = None

    @property
    def failing(self) -> tuple[TagCheck, ...]:
        """The parts of the expression that don't hold."""
        return tuple(one for one in self.checks if not one.holds)

    @property
    def is_creators(self) -> bool:
        """Whether it is what Lake Formation gives the creator of a table: ALL on it, to be passed on."""
        return isinstance(self.grant.resource, TableResource) and "ALL" in self.grant.grantable


@dataclass(frozen=True)
class Explanation:
    """Why one principal may read a column, or a table as a whole (column ""), or may not.

    readable    it may be read, in some rows at least
    columns     of the whole table: those that may be read
    opened_by   the grants that open it, on a view those on the view
    nearest     when it is denied: the principal's grants that come nearest, at most NEAREST
    cells       the rectangles of which the column is a part, where it isn't read in every row; "" among the conditions
                never: then every row is read
    narrowed    row filters on what a view reads
    beneath     what a view reads: each closed column of a base, and each base that may be read, as an explanation
    problem     why a view can't be read by anybody, "" otherwise
    owner       who can grant it besides the steward, "" where nobody is named
    is_administrator  the principal is a data lake administrator, which gives no SELECT
    """

    principal: str
    table: str
    column: str
    readable: bool
    columns: tuple[str, ...] = ()
    all_columns: tuple[str, ...] = ()
    opened_by: tuple[GrantCheck, ...] = ()
    nearest: tuple[GrantCheck, ...] = ()
    cells: tuple[Cells, ...] = ()
    narrowed: tuple[Narrowing, ...] = ()
    beneath: tuple[Explanation, ...] = ()
    problem: str = ""
    owner: str = ""
    open_to_iam: bool = False
    is_administrator: bool = False
    is_view: bool = False
    definer: str = ""

    @property
    def subject(self) -> str:
        """`sales.orders.email`, or the table alone."""
        return f"{self.table}.{self.column}" if self.column else self.table


def explain(world: World, principal: str, table: Table, column: str = "") -> Explanation:
    """Why a principal (ARN) may read a column of a table or view, or the table as a whole. NotFoundError."""
    if column and column not in table.column_names:
        raise NotFoundError(f"{table.full_name} has no column '{column}'. Its columns may have changed.")
    return _explained(world, principal, table, column, ())


def _explained(world: World, principal: str, table: Table, column: str, path: tuple[str, ...]) -> Explanation:
    index = index_of(world)
    shape, (reach, under) = index.shape(table), whole_reach(index, principal, table)
    own = index.reach(principal, table)
    wanted = shape.bits[column] if column else shape.everything
    checks = _checks(world, index, principal, shape, column)
    found = Explanation(
        principal=principal,
        table=table.full_name,
        column=column,
        readable=bool(reach.columns & wanted),
        columns=shape.named(reach.columns),
        all_columns=shape.names,
        opened_by=tuple(one for one in checks if one.opens),
        nearest=() if own.columns & wanted else _nearest(checks, table),
        cells=_cells(reach, column),
        narrowed=under.narrowed,
        owner=owner_of(world, table),
        open_to_iam=own.open_to_iam,
        is_administrator=principal in world.administrators,
        is_view=table.view_sql is not None,
        definer=table.definer,
    )
    if table.view_sql is None or table.definer:
        return found
    return _with_bases(world, found, table, (*path, table.full_name))


def _with_bases(world: World, found: Explanation, view: Table, path: tuple[str, ...]) -> Explanation:
    index = index_of(world)
    reads = references_of(index, view)
    if reads is None:
        return replace(found, problem=f"{view.full_name} has no SQL that Athena can read")
    beneath: list[Explanation] = []
    for reference in reads:
        base = index.tables.get(reference.full_name)
        if base is None:
            problem = f"it reads {reference.full_name}, which no longer exists"
            return replace(found, problem=problem)
        if base.full_name in path or len(path) > DEEPEST:
            return replace(found, problem=f"it reads {base.full_name}, which reads it again")
        reach, shape = whole_reach(index, found.principal, base).reach, index.shape(base)
        closed = shape.named(shape.mask(reference.columns) & ~reach.columns)
        names = (closed or ("",)) if reach.columns else ("",)
        beneath += (_explained(world, found.principal, base, name, path) for name in names)
    return replace(found, beneath=tuple(beneath))


def _cells(reach: Reach, column: str) -> tuple[Cells, ...]:
    narrowed = [one for one in reach.cells if one.row_filter]
    if not column:
        return tuple(narrowed)
    if any(one.covers(column) and not one.row_filter for one in reach.cells):
        return ()
    return tuple(one for one in narrowed if one.touches(column))


def _checks(world: World, index: Index, principal: str, shape: Shape, column: str) -> list[GrantCheck]:
    """Every grant of the principal's that opens the column (any column, for ""), or could come near it."""
    opened = {id(grant): columns for grant, columns in openings(index, principal, shape)}
    held = index.holdings(principal)
    grants = [*index.on_table(principal, shape.table), *(grant for grant, _ in held.by_tags)]
    return [_check(world, index, grant, shape, (column, opened.get(id(grant), ()))) for grant in grants]


def _check(world: World, index: Index, grant: Grant, shape: Shape, about: tuple[str, tuple[str, ...]]) -> GrantCheck:
    column, columns = about
    table, resource = shape.table, grant.resource
    one = None
    if isinstance(resource, FilterResource):
        one = index.filters.get((resource.database, resource.table, resource.name))
    return GrantCheck(
        grant=grant,
        kind=kind_of(grant),
        opens=column in columns if column else bool(columns),
        group=_group(grant),
        columns=columns,
        checks=tag_checks(world, table, column, index.expression(grant)),
        filter=one,
    )


def kind_of(grant: Grant) -> Kind:
    """How a grant reaches a table."""
    match grant.resource:
        case TableResource(_, "*"):
            return "database"
        case ColumnsResource():
            return "columns"
        case FilterResource():
            return "filter"
        case ExpressionResource():
            return "expression"
        case NamedExpressionResource():
            return "saved expression"
        case _:
            return "table"


def _group(grant: Grant) -> Group:
    if grant.principal == IAM_ALLOWED:
        return "IAM_ALLOWED_PRINCIPALS"
    return "everybody" if grant.principal.endswith(":IAMPrincipals") else ""


def tag_checks(world: World, table: Table, column: str, expression: tags.Expression) -> tuple[TagCheck, ...]:
    """Each part of an expression against a column's effective tags (a table's own, for "")."""
    target = Target(table.database, table.name, column or None)
    effective = {one.key: one for one in tags.effective(world, target)}
    found = []
    for key, wanted in expression:
        one = effective.get(key)
        found.append(TagCheck(key, wanted, one.value, one.source, one.inherited) if one else TagCheck(key, wanted))
    return tuple(found)


def _nearest(checks: Iterable[GrantCheck], table: Table) -> tuple[GrantCheck, ...]:
    """Grants that name the table first, then those on tags with the fewest parts that don't hold."""
    by_name = [one for one in checks if not one.checks and not one.opens]
    by_tags = sorted((one for one in checks if one.checks and not one.opens), key=lambda one: len(one.failing))
    return tuple([*by_name, *by_tags][:NEAREST])


def filter_opens(one: DataFilter, table: Table) -> tuple[str, ...]:
    """What a filter opens, in table order; a struct's fields as paths."""
    at = {name: number for number, name in enumerate(table.column_names)}
    return tuple(sorted(filter_paths(table, one), key=lambda path: (at[path.partition(".")[0]], path)))


def filter_rows(one: DataFilter) -> str:
    """Its condition, "" for every row."""
    return "" if keeps_every_row(one) else one.row_filter
