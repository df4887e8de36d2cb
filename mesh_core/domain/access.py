"""Who may read what, and why: the portal's own decision, taken on a `World`.

It is independent of the endpoint's enforcement on purpose: the one explains, the other locks. Rules (Lake Formation
developer guide): grants only add; a tag expression is matched column by column on effective tags; an administrator's
rights don't include SELECT; where IAM_ALLOWED_PRINCIPALS holds ALL, Lake Formation is not asked; a view's reader needs
SELECT on the view and on what the view reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from mesh_core.domain import tags
from mesh_core.domain.query import Reference, references
from mesh_core.domain.steps import describe_resource, short
from mesh_core.domain.world import (
    IAM_ALLOWED,
    ColumnsResource,
    ExpressionResource,
    FilterResource,
    Grant,
    Table,
    TableResource,
    Target,
    World,
)

Amount = Literal["all", "part", "none"]
READING = frozenset({"SELECT", "ALL", "SUPER"})


@dataclass(frozen=True)
class Reason:
    """Why a column may be read: the grant in words, and the tags that made it match."""

    grant: Grant
    words: str


@dataclass(frozen=True)
class Verdict:
    """What one principal may read of one table.

    columns   readable columns, in table order
    denied    the others, each with the sentence that says what is missing
    reasons   for each readable column the grants that open it
    filters   names of the row filters that narrow the rows ("" when a grant opens every row)
    open_to_iam  IAM_ALLOWED_PRINCIPALS decides: Lake Formation is not asked
    """

    table: str
    columns: tuple[str, ...]
    denied: Mapping[str, str]
    reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    open_to_iam: bool = False

    @property
    def amount(self) -> Amount:
        """all, part or none of the columns (rows that a filter hides make it part)."""
        if not self.columns:
            return "none"
        return "part" if self.denied or self.filters else "all"


@dataclass(frozen=True)
class Effect:
    """What a plan changes for one principal on one table."""

    principal: str
    table: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    def __str__(self) -> str:
        parts = []
        if self.gained:
            parts.append(f"gains {', '.join(self.gained)}")
        if self.lost:
            parts.append(f"loses {', '.join(self.lost)}")
        return f"{short(self.principal)} {' and '.join(parts)} of {self.table}"


def decide(world: World, principal: str, table: Table) -> Verdict:
    """The verdict for a principal (role ARN) on a table or view; bases of a view included."""
    verdict = _decide_alone(world, principal, table)
    return verdict if table.view_sql is None else _through_bases(world, principal, table, verdict, ())


def _decide_alone(world: World, principal: str, table: Table) -> Verdict:
    names = table.column_names
    if _open_to_iam(world, table):
        return Verdict(table.full_name, names, {}, open_to_iam=True)
    reasons: dict[str, list[Reason]] = {}
    unfiltered: set[str] = set()
    filters: set[str] = set()
    for grant in _grants_of(world, principal):
        columns, filter_name = _opened(world, grant, table)
        words = f"{', '.join(grant.permissions)} on {describe_resource(grant.resource)}"
        for column in columns:
            reasons.setdefault(column, []).append(Reason(grant, words))
        if filter_name:
            filters.add(filter_name)
        else:
            unfiltered |= columns
    readable = tuple(c for c in names if c in reasons)
    denied = {c: _missing(world, principal, table, c) for c in names if c not in reasons}
    narrowed = tuple(sorted(filters)) if not set(readable) <= unfiltered else ()
    return Verdict(table.full_name, readable, denied, {c: tuple(r) for c, r in reasons.items()}, narrowed)


def _open_to_iam(world: World, table: Table) -> bool:
    return any(
        grant.principal == IAM_ALLOWED
        and READING & set(grant.permissions)
        and isinstance(grant.resource, TableResource | ColumnsResource)
        and grant.resource.database == table.database
        and grant.resource.table in (table.name, "*")
        for grant in world.grants
    )


def _grants_of(world: World, principal: str) -> Iterable[Grant]:
    everyone = f"{world.naming.account_id}:IAMPrincipals"
    return (g for g in world.grants if g.principal in (principal, everyone) and READING & set(g.permissions))


def _opened(world: World, grant: Grant, table: Table) -> tuple[set[str], str]:
    """The columns that a grant opens, and the filter that narrows their rows ("" for none)."""
    names = set(table.column_names)
    match grant.resource:
        case TableResource(database, name) if database == table.database and name in (table.name, "*"):
            return names, ""
        case ColumnsResource(database, name, columns, excluded) if database == table.database and name in (
            table.name,
            "*",
        ):
            return (names & set(columns) if columns else names - set(excluded)), ""
        case FilterResource(database, name, filter_name) if (database, name) == (table.database, table.name):
            for one in world.filters:
                if (one.database, one.table, one.name) == (database, name, filter_name):
                    opened = names & set(one.columns) if one.columns else names - set(one.excluded)
                    return opened, one.name if one.row_filter else ""
            return set(), ""
        case ExpressionResource("TABLE", expression):
            return {c for c in names if tags.matches(expression, _values(world, table, c))}, ""
        case _:
            return set(), ""


def _values(world: World, table: Table, column: str) -> dict[str, str]:
    return tags.effective_values(world, Target(table.database, table.name, column))


def _missing(world: World, principal: str, table: Table, column: str) -> str:
    """What would have to be different for the principal to read the column, nearest grant first."""
    near = []
    for grant in _grants_of(world, principal):
        if isinstance(grant.resource, ExpressionResource) and grant.resource.resource_type == "TABLE":
            parts = tags.missing_for(grant.resource.expression, _values(world, table, column))
            near.append((len(parts), "; ".join(parts), describe_resource(grant.resource)))
    if near:
        _, parts_text, words = min(near)
        return f"the grant on {words} doesn't reach it: {parts_text}"
    return f"{short(principal)} holds no grant that reaches {table.full_name}"


def _through_bases(world: World, principal: str, view: Table, own: Verdict, path: tuple[str, ...]) -> Verdict:
    """A view's verdict narrowed by its bases: one unreadable base column closes the whole view."""
    lacks = tuple(_lacking(world, principal, view, (*path, view.full_name)))
    if not lacks:
        return own
    sentence = f"the view reads {'; '.join(lacks)}"
    return Verdict(view.full_name, (), dict.fromkeys(view.column_names, sentence), {}, own.filters)


def _lacking(world: World, principal: str, view: Table, path: tuple[str, ...]) -> Iterable[str]:
    for reference in view_references(world, view):
        base = world.find_table(reference.database, reference.table)
        if base is None:
            yield f"{reference.database}.{reference.table}, which no longer exists"
            continue
        verdict = _decide_alone(world, principal, base)
        if base.view_sql is not None and base.full_name not in path:
            verdict = _through_bases(world, principal, base, verdict, path)
        closed = [c for c in reference.columns if c in verdict.denied]
        if closed or not verdict.columns:
            columns = f" ({', '.join(closed)})" if closed and verdict.columns else ""
            yield f"{base.full_name}{columns}, which {short(principal)} may not read"


def view_references(world: World, view: Table) -> tuple[Reference, ...]:
    """The tables and columns that a view reads directly."""
    columns = tuple((t.full_name, t.column_names) for t in world.tables)
    return _references_cached(view.view_sql or "", view.database, columns)


@lru_cache(maxsize=512)
def _references_cached(
    sql: str, database: str, columns: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[Reference, ...]:
    return references(sql, database, dict(columns))


def effects(before: World, after: World, principals: Iterable[str]) -> tuple[Effect, ...]:
    """Who gains and who loses which columns of which table between two readings; () when nothing changes in effect."""
    found = []
    tables = {t.full_name: t for t in (*before.tables, *after.tables)}
    for principal in principals:
        for name in sorted(tables):
            was, now = _readable(before, principal, tables[name]), _readable(after, principal, tables[name])
            gained, lost = tuple(c for c in now if c not in was), tuple(c for c in was if c not in now)
            if gained or lost:
                found.append(Effect(principal, name, gained, lost))
    return tuple(found)


def _readable(world: World, principal: str, table: Table) -> tuple[str, ...]:
    present = world.find_table(table.database, table.name)
    return decide(world, principal, present).columns if present else ()
