"""What a view's reader needs beneath it, and which row filters reach the view through its bases.

A view of Athena's is read with its reader's rights: SELECT on the view and on every column that it reads of its bases,
their row filters included. A protected view is read with its definer's rights: the reader needs the view alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from mesh_core.domain.query import Reference, parse_read, references, tables_of
from mesh_core.domain.reach import NOTHING, Index, Reach, index_of
from mesh_core.domain.words import short
from mesh_core.domain.world import Table, World
from mesh_core.errors import NotAReadError

MAX_BASES = 1_000  # what one view may read, bases of bases included: beyond that nobody can follow it


class Narrowing(NamedTuple):
    """A row filter on something beneath a view."""

    table: str
    name: str
    row_filter: str


@dataclass(frozen=True)
class Lack:
    """Something beneath a view that a principal may not read.

    why      gone: it doesn't exist; closed: `columns` (() = nothing of it) may not be read; loop: the view reads
             itself; text: the view has no SQL that Athena reads
    beneath  the lacks of a base that is a view itself
    """

    table: str
    columns: tuple[str, ...] = ()
    why: Literal["gone", "closed", "loop", "text"] = "closed"
    beneath: tuple[Lack, ...] = ()

    def words(self, principal: str) -> str:
        """As a part of a sentence that begins with `the view reads`."""
        match self.why:
            case "gone":
                return f"{self.table}, which no longer exists"
            case "loop":
                return f"{self.table}, which reads itself"
            case "text":
                return f"{self.table}, which has no SQL that Athena can read"
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.table}{columns}, which {short(principal)} may not read"


@dataclass(frozen=True)
class Beneath:
    """What stands under a view for one principal."""

    lacks: tuple[Lack, ...] = ()
    narrowed: tuple[Narrowing, ...] = ()


class Whole(NamedTuple):
    """A principal's reach with a view's bases counted. narrowed: row filters beneath, by table and name."""

    reach: Reach
    beneath: Beneath


ALONE = Beneath()


def whole_reach(index: Index, principal: str, table: Table) -> Whole:
    """What a principal reads of a table or view, bases counted."""
    return _whole(index, principal, table, ())


def _whole(index: Index, principal: str, table: Table, path: tuple[str, ...]) -> Whole:
    reach = index.reach(principal, table)
    if table.view_sql is None or table.definer:
        return Whole(reach, ALONE)
    found = _beneath(index, principal, table, (*path, table.full_name))
    return Whole(NOTHING if found.lacks else reach, found)


def _beneath(index: Index, principal: str, view: Table, path: tuple[str, ...]) -> Beneath:
    reads = references_of(index, view)
    if reads is None:
        return Beneath((Lack(view.full_name, why="text"),))
    lacks: list[Lack] = []
    narrowed: set[Narrowing] = set()
    for reference in reads:
        base = index.tables.get(reference.full_name)
        if base is None:
            lacks.append(Lack(reference.full_name, why="gone"))
        elif base.full_name in path or len(path) > MAX_BASES:
            lacks.append(Lack(base.full_name, why="loop"))
        else:
            found = _whole(index, principal, base, path)
            lack = _lack(index, reference, base, found)
            lacks += [lack] if lack else []
            narrowed |= _narrowing(index, reference, base, found)
    return Beneath(tuple(lacks), tuple(sorted(narrowed)))


def _lack(index: Index, reference: Reference, base: Table, found: Whole) -> Lack | None:
    shape, columns = index.shape(base), found.reach.columns
    if not columns:
        return Lack(base.full_name, beneath=found.beneath.lacks)
    closed = shape.named(shape.mask(reference.columns) & ~columns)
    return Lack(base.full_name, closed) if closed else None


def _narrowing(index: Index, reference: Reference, base: Table, found: Whole) -> set[Narrowing]:
    wanted = index.shape(base).mask(reference.columns)
    every_row = found.reach.every_row
    own: set[Narrowing] = set()
    if wanted & ~every_row or not every_row:
        own = {Narrowing(base.full_name, one.name, one.row_filter) for one in found.reach.cells if one.row_filter}
    return own | set(found.beneath.narrowed)


def view_references(world: World, view: Table) -> tuple[Reference, ...]:
    """The tables and columns that a view reads directly; () of a view that has no SQL of Athena's. NotAReadError."""
    return _read(view.view_sql, view.database, index_of(world)) if view.view_sql else ()


def references_of(index: Index, view: Table) -> tuple[Reference, ...] | None:
    """The same, None where there is no SQL that can be followed."""
    try:
        return _read(view.view_sql, view.database, index) if view.view_sql else None
    except NotAReadError:
        return None


def _read(sql: str, database: str, index: Index) -> tuple[Reference, ...]:
    known = tuple(
        (name, table.column_names) for name in _named(sql, database) if (table := index.tables.get(name)) is not None
    )
    return _references(sql, database, known)


@lru_cache(maxsize=4096)
def _named(sql: str, database: str) -> tuple[str, ...]:
    return tuple(f"{d}.{t}" for d, t in tables_of(parse_read(sql), database))


@lru_cache(maxsize=4096)
def _references(sql: str, database: str, columns: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Reference, ...]:
    return references(sql, database, dict(columns))


def filters_beneath(narrowed: tuple[Narrowing, ...]) -> tuple[str, ...]:
    """Their names as a verdict on the view lists them."""
    return tuple(f"{one.name} on {one.table}" for one in narrowed)
