"""Which grants a request comes down to: the narrowest that suffices, what it would open besides, what to take back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mesh_core.domain import query_check, tags
from mesh_core.domain.access import decide
from mesh_core.domain.foundation import missing_permissions
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.query import references
from mesh_core.domain.reach import Index, Policy, index_of
from mesh_core.domain.requests import LIVE, Part, Request
from mesh_core.domain.row_filters import check_filter
from mesh_core.domain.view_access import references_of
from mesh_core.domain.world import (
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    Grant,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import InvalidInputError

READ = ("SELECT",)


@dataclass(frozen=True)
class Wish:
    """What a role lacks of one table. owner is the domain; reason says why it is denied today."""

    table: str
    owner: str
    columns: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class Proposal:
    """A grant that suffices. kind is `columns`, `rows` or `tags`; opens_more are columns beyond those asked for."""

    kind: str
    words: str
    intent: ChangeGrants
    opens_more: tuple[str, ...] = ()


def wishes_of_query(world: World, principal: str, sql: str, database: str = "") -> tuple[Wish, ...]:
    """What a principal (ARN) lacks to run a statement as it is written, through views down to tables. NotAReadError."""
    found, index = query_check.check(world, principal, sql, database), index_of(world)
    known = {name: table.column_names for name, table in index.tables.items()}
    read = {one.full_name: one.columns for one in references(sql, database, known)}
    wanted = [(lack.table, read.get(lack.table) or lack.columns[:1]) for lack in found.lacks]
    wanted = wanted or [(lack.table, lack.columns) for lack in found.left_out]
    return _together(
        wish for name, columns in wanted for wish in _lacking(world, principal, index.tables[name], columns, ())
    )


def wishes_of_table(world: World, principal: str, name: str) -> tuple[Wish, ...]:
    """What a principal lacks of a table or view, () where it reads all of it. NotFoundError."""
    table = world.table(*name.split(".", 1))
    return _together(_lacking(world, principal, table, table.column_names, ()))


def _together(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    found: dict[str, Wish] = {}
    for wish in wishes:
        had = found.get(wish.table)
        columns = (*had.columns, *wish.columns) if had else wish.columns
        found[wish.table] = replace(wish, columns=tuple(dict.fromkeys(columns)))
    return tuple(found.values())


def _lacking(
    world: World, principal: str, table: Table, columns: tuple[str, ...], path: tuple[str, ...]
) -> Iterator[Wish]:
    """A table's own lack, and for a view what its reader lacks of what it reads."""
    index = index_of(world)
    shape = index.shape(table)
    missing = shape.named(shape.mask(columns) & ~index.reach(principal, table).columns)
    if missing:
        reason = decide(world, principal, table).denied.get(missing[0], "")
        yield Wish(table.full_name, table.database, missing, reason)
    if table.view_sql is None or table.definer or table.full_name in path:
        return
    for reference in references_of(index, table) or ():
        base = index.tables.get(reference.full_name)
        if base is not None:
            read = reference.columns or base.column_names[:1]
            yield from _lacking(world, principal, base, read, (*path, table.full_name))


def still_lacking(world: World, role: str, part: Part) -> tuple[str, ...]:
    """The tables of which a role still lacks something to read a part: itself, or beneath a view."""
    table = world.table(*part.table.split(".", 1))
    return tuple(one.table for one in _together(_lacking(world, world.naming.role_arn(role), table, part.columns, ())))


def proposals(world: World, role: str, part: Part, name: str, may_tag: bool) -> tuple[Proposal, ...]:
    """Grants that suffice for a part, the narrowest first. `name` is what a filter would be called.

    may_tag  whether grants by LF-tags may be proposed: they concern the whole mesh, so they are the steward's
    MeshError where the row filter or the columns can't be used.
    """
    table, arn = world.table(*part.table.split(".", 1)), world.naming.role_arn(role)
    unknown = [column for column in part.columns if column not in table.column_names]
    if unknown or not part.columns:
        what = f"has no column '{unknown[0]}'" if unknown else "needs at least one column"
        raise InvalidInputError(f"{part.table} {what}. Nothing was changed. Choose the columns again.")
    if part.row_filter:
        return (_by_rows(table, arn, part, name),)
    found = [_by_columns(table, arn, part)]
    by_tags = _by_tags(world, table, arn, part) if may_tag else None
    if by_tags is not None:
        found.insert(0 if not by_tags.opens_more else 1, by_tags)
    return tuple(found)


def _by_rows(table: Table, arn: str, part: Part, name: str) -> Proposal:
    columns = () if set(part.columns) == set(table.column_names) else part.columns
    one = DataFilter(table.database, table.name, name, columns, (), part.row_filter)
    check_filter(table, one)
    words = f"{', '.join(part.columns)} in the rows where {part.row_filter}, by the data cells filter {name}"
    return Proposal("rows", words, ChangeGrants((Grant(arn, one.resource, READ),), filters=(one,)))


def _by_columns(table: Table, arn: str, part: Part) -> Proposal:
    if set(part.columns) == set(table.column_names) and table.view_sql is not None:
        grant = Grant(arn, TableResource(table.database, table.name), READ)
        return Proposal("columns", "the whole view", ChangeGrants((grant,)))
    in_order = tuple(sorted(part.columns))
    grant = Grant(arn, ColumnsResource(table.database, table.name, in_order), READ)
    return Proposal("columns", f"the columns {', '.join(part.columns)} by name", ChangeGrants((grant,)))


def _by_tags(world: World, table: Table, arn: str, part: Part) -> Proposal | None:
    """The expression that all columns asked for share, with what else it would open to the role."""
    values: dict[str, set[str]] = {}
    for number, column in enumerate(part.columns):
        own = tags.effective_values(world, Target(table.database, table.name, column))
        keys = set(own) if number == 0 else set(values) & set(own)
        values = {key: {*values.get(key, ()), own[key]} for key in keys}
    if not values:
        return None
    expression = tuple((key, tuple(sorted(values[key]))) for key in sorted(values))
    intent = ChangeGrants((Grant(arn, ExpressionResource("TABLE", expression), READ),))
    wanted = {f"{table.full_name}.{column}" for column in part.columns}
    more = tuple(one for one in _opened(index_of(world), Policy(expression), arn) if one not in wanted)
    return Proposal("tags", f"everything tagged {intent.grants[0].resource}", intent, more)


def _opened(index: Index, policy: Policy, arn: str) -> Iterator[str]:
    """The columns that an expression would open to a principal who doesn't read them yet."""
    for name in sorted(index.tables):
        table = index.tables[name]
        shape = index.shape(table)
        for column in shape.named(index.matched_by(policy, shape) & ~index.reach(arn, table).columns):
            yield f"{name}.{column}"


def is_held(world: World, part: Part) -> bool:
    """Whether everything that was approved is still granted as it was."""
    index = index_of(world)
    table = index.tables.get(part.table)
    if table is None:
        return False
    if any(world.find_filter(one.database, one.table, one.name) != one for one in part.filters):
        return False
    return all(missing_permissions(world, grant) is None for grant in part.grants)


def kept_for(request: Request, part: Part, others: Iterable[Request]) -> dict[tuple[str, str], tuple[Grant, ...]]:
    """What other live parts of the same role still need of what a part made: (request id, table) -> grants."""
    found: dict[tuple[str, str], tuple[Grant, ...]] = {}
    left = part.made
    for other in others:
        for one in other.parts:
            if other.role != request.role or (other.id, one.table) == (request.id, part.table):
                continue
            if one.state not in LIVE - {"ending"}:
                continue
            shared = tuple(both for grant in left for need in one.grants if (both := _shared(grant, need)))
            if shared:
                found[(other.id, one.table)] = shared
                left = without(left, shared)
    return found


def _shared(grant: Grant, need: Grant) -> Grant | None:
    """What two grants to one principal have in common."""
    mine, theirs = grant.resource, need.resource
    if grant.principal != need.principal:
        return None
    if isinstance(mine, ColumnsResource) and isinstance(theirs, ColumnsResource):
        columns = tuple(c for c in mine.columns if c in theirs.columns)
        if (mine.database, mine.table) == (theirs.database, theirs.table) and columns:
            return replace(grant, resource=replace(mine, columns=columns))
        return None
    return grant if mine == theirs else None


def without(grants: tuple[Grant, ...], taken: Iterable[Grant]) -> tuple[Grant, ...]:
    """Grants without others; of named columns only the others' columns are left out."""
    found = []
    for grant in grants:
        left: Grant | None = grant
        for one in taken:
            left = _less(left, one) if left else None
        if left:
            found.append(left)
    return tuple(found)


def _less(grant: Grant, taken: Grant) -> Grant | None:
    mine, theirs = grant.resource, taken.resource
    if isinstance(mine, ColumnsResource) and isinstance(theirs, ColumnsResource):
        if (grant.principal, mine.database, mine.table) != (taken.principal, theirs.database, theirs.table):
            return grant
        columns = tuple(c for c in mine.columns if c not in theirs.columns)
        return replace(grant, resource=replace(mine, columns=columns)) if columns else None
    return None if grant == taken else grant


def undoing(world: World, part: Part, made: tuple[Grant, ...]) -> ChangeGrants:
    """Takes back what a part made, and the filters of its own that nobody else holds a grant on."""
    held = {grant.resource for grant in world.grants if grant not in made}
    drops = tuple(one for one in part.filters if one.resource not in held)
    present = {table.full_name for table in world.tables}
    return ChangeGrants(revokes=made, drops=drops if part.table in present else ())


def probe_sql(part: Part) -> str:
    """What a requester must be able to run once the part is granted."""
    database, _, name = part.table.partition(".")
    columns = ", ".join(f'"{column}"' for column in part.columns)
    return f'SELECT {columns} FROM "{database}"."{name}" LIMIT 1'
