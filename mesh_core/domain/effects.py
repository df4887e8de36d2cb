"""Who gains and who loses what between two readings of the world: columns, fields, and rows.

Only what can differ is looked at: principals whose grants differ, and tables whose columns, tags, filters or bases do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mesh_core.domain.cells import Cells
from mesh_core.domain.reach import Index, Reach, Shape, index_of
from mesh_core.domain.view_access import Whole, references_of, whole_reach
from mesh_core.domain.words import short
from mesh_core.domain.world import Table, World

EVERY_ROW = "every row"


@dataclass(frozen=True)
class RowChange:
    """Columns that stay readable, in other rows. before, after: which rows, in words; gains, loses: which way.

    Conditions are not computed with: rows of a condition that is new may have been seen before by another.
    """

    columns: tuple[str, ...]
    before: str
    after: str
    gains: bool
    loses: bool

    def __str__(self) -> str:
        return f"sees {', '.join(self.columns)} in {self.after} instead of {self.before}"


@dataclass(frozen=True)
class Effect:
    """What a plan changes for one principal on one table; fields of a struct as dotted paths."""

    principal: str
    table: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    rows: tuple[RowChange, ...] = ()

    @property
    def gains(self) -> bool:
        """Whether anything is seen that was not, rows included."""
        return bool(self.gained) or any(one.gains for one in self.rows)

    @property
    def loses(self) -> bool:
        """Whether anything is not seen any more, rows included."""
        return bool(self.lost) or any(one.loses for one in self.rows)

    def __str__(self) -> str:
        parts = []
        if self.gained:
            parts.append(f"gains {', '.join(self.gained)}")
        if self.lost:
            parts.append(f"loses {', '.join(self.lost)}")
        parts += map(str, self.rows)
        return f"{short(self.principal)} {' and '.join(parts)} of {self.table}"


def effects(before: World, after: World, principals: Iterable[str]) -> tuple[Effect, ...]:
    """Who gains and who loses what, by principal in the order given, then by table; () where nothing changes."""
    old, new = index_of(before), index_of(after)
    changed = changed_tables(old, new)
    everybody = old.everybodys_grants() != new.everybodys_grants()
    every_table = sorted({*old.tables, *new.tables})
    found = []
    for principal in principals:
        differs = everybody or old.raw_grants(principal) != new.raw_grants(principal)
        for name in every_table if differs else changed:
            one = _effect(old, new, principal, name)
            if one is not None:
                found.append(one)
    return tuple(found)


def changed_tables(old: Index, new: Index) -> list[str]:
    """Names of the tables of which something differs that anybody's access depends on, and of views that read them."""
    filters = {
        f"{key[0]}.{key[1]}" for key in {*old.filters, *new.filters} if old.filters.get(key) != new.filters.get(key)
    }
    found = set(filters)
    for name in {*old.tables, *new.tables}:
        was, now = old.tables.get(name), new.tables.get(name)
        if was is None or now is None or (was is not now and was != now) or _tags_differ(old, new, was, now):
            found.add(name)
    if found:
        _add_views(old, found)
        _add_views(new, found)
    return sorted(found)


def _tags_differ(old: Index, new: Index, was: Table, now: Table) -> bool:
    if old.is_open_to_iam(was) != new.is_open_to_iam(now):
        return True
    one, other = old.shape(was), new.shape(now)
    return {mask: old.values[n] for n, mask in one.classes} != {mask: new.values[n] for n, mask in other.classes}


def _add_views(index: Index, found: set[str]) -> None:
    """Views that read what was found, and views that read those."""
    readers: dict[str, set[str]] = {}
    for name, table in index.tables.items():
        if table.view_sql is not None:
            for reference in references_of(index, table) or ():
                readers.setdefault(reference.full_name, set()).add(name)
    waiting = list(found)
    while waiting:
        for view in readers.get(waiting.pop(), ()):
            if view not in found:
                found.add(view)
                waiting.append(view)


def _effect(old: Index, new: Index, principal: str, name: str) -> Effect | None:
    was, now = old.tables.get(name), new.tables.get(name)
    if was is now and was is not None:
        if was.view_sql is None and _same(old.reach(principal, was), new.reach(principal, was)):
            return None
        before, after = whole_reach(old, principal, was), whole_reach(new, principal, was)
        if _plain(before) and _plain(after) and before.reach.columns == after.reach.columns:
            return None
        return _compared((principal, name), (old.shape(was), before), (new.shape(was), after))
    sides = [
        (index.shape(table), whole_reach(index, principal, table)) if table is not None else None
        for index, table in ((old, was), (new, now))
    ]
    return _compared((principal, name), sides[0], sides[1])


def _same(before: Reach, after: Reach) -> bool:
    return before.columns == after.columns and not before.cells and not after.cells


def _plain(found: Whole) -> bool:
    return not found.reach.cells and not found.beneath.narrowed


Side = tuple[Shape, Whole]


class Rows(NamedTuple):
    """In which rows a column is read. together: all conditions must hold (filters beneath a view), else one of them."""

    conditions: frozenset[str]
    together: bool = False

    def __str__(self) -> str:
        if self == EVERY:
            return EVERY_ROW
        found = sorted(self.conditions)
        if self.together:
            return f"the rows that {' and '.join(found)} leave"
        return f"the rows where {' or '.join(f'({one})' for one in found) if len(found) > 1 else found[0]}"

    def may_have_more_than(self, other: Rows) -> bool:
        """Whether a row may be among these and not among the others: conditions are compared, not computed with."""
        if EVERY in (self, other) or self.together != other.together:
            return other != EVERY
        if self.together:
            return not other.conditions <= self.conditions
        return not self.conditions <= other.conditions


EVERY = Rows(frozenset({""}))


def _compared(about: tuple[str, str], before: Side | None, after: Side | None) -> Effect | None:
    had, has = rows_by_path(before), rows_by_path(after)
    gained = tuple(path for path in has if path not in had)
    lost = tuple(path for path in had if path not in has)
    rows = _row_changes(had, has)
    return Effect(*about, gained, lost, rows) if gained or lost or rows else None


def rows_by_path(side: Side | None) -> Mapping[str, Rows]:
    """Readable columns, and fields where not the whole column is, with the rows in which they are read."""
    if side is None:
        return {}
    shape, (reach, beneath) = side
    if not reach.cells:
        below = frozenset(f"{one.name} on {one.table} ({one.row_filter})" for one in beneath.narrowed)
        return dict.fromkeys(shape.named(reach.columns), Rows(below, together=True) if below else EVERY)
    found = {}
    for path in _in_order(shape, reach.cells):
        conditions = frozenset(one.row_filter for one in reach.cells if one.covers(path))
        found[path] = EVERY if "" in conditions else Rows(conditions)
    return found


def _in_order(shape: Shape, cells: tuple[Cells, ...]) -> list[str]:
    at = {name: number for number, name in enumerate(shape.names)}
    paths = {path for one in cells for path in one.columns}
    return sorted(paths, key=lambda path: (at[path.partition(".")[0]], path))


def _row_changes(had: Mapping[str, Rows], has: Mapping[str, Rows]) -> tuple[RowChange, ...]:
    groups: dict[tuple[Rows, Rows], list[str]] = {}
    for path, rows in has.items():
        if path in had and had[path] != rows:
            groups.setdefault((had[path], rows), []).append(path)
    return tuple(
        RowChange(tuple(paths), str(was), str(now), now.may_have_more_than(was), was.may_have_more_than(now))
        for (was, now), paths in groups.items()
    )
