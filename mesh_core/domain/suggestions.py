"""Columns that look personal and are not marked so: a queue that somebody decides on. Holds no values.

What is stored is what a scan found and what was rejected. Whether a suggestion was accepted is not stored: the column
carries pii=true then, whoever set it, and is open again when that goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mesh_core.domain.intents import ChangeAssignments
from mesh_core.domain.personal_data import Kind, Suggestion
from mesh_core.domain.tags import SENSITIVITY, effective_values
from mesh_core.domain.world import Table, Target, World

State = Literal["open", "accepted", "rejected"]
LEAST = "confidential"  # what an accepted column's sensitivity is raised to, where it is lower


@dataclass(frozen=True)
class Found:
    """One column that looks personal.

    confidence  0 to 1; reason is a sentence without the values; by says what gave it away
    rejected_by  the role that rejected it, "" for none; note is its reason, decided_at ISO 8601, UTC
    """

    table: str
    column: str
    kind: Kind
    confidence: float
    reason: str
    by: str
    found_at: str = ""
    rejected_by: str = ""
    decided_at: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """`database.table.column`."""
        return f"{self.table}.{self.column}"

    @property
    def target(self) -> Target:
        """What an LF-tag is assigned to."""
        database, _, table = self.table.partition(".")
        return Target(database, table, self.column)


@dataclass(frozen=True)
class Queue:
    """What is kept of one domain. scanned: table -> the shape that was looked at last (`shape_of`)."""

    found: tuple[Found, ...] = ()
    scanned: Mapping[str, str] = field(default_factory=dict)


def shape_of(table: Table) -> str:
    """Names and types of its columns, as a short hash: a table that changed is looked at again."""
    text = repr([(c.name, c.type) for c in table.all_columns])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def state_of(world: World, one: Found) -> State:
    """Accepted where the column is marked, whoever marked it."""
    if effective_values(world, one.target).get("pii") == "true":
        return "accepted"
    return "rejected" if one.rejected_by else "open"


def merged(queue: Queue, table: Table, suggestions: Iterable[Suggestion], at: str) -> Queue:
    """The queue after a look at one table.

    What was rejected stays so as long as the same kind is suspected; what is suspected no longer goes, unless somebody
    decided on it and the column is still there.
    """
    name = table.full_name
    known = {one.column: one for one in queue.found if one.table == name}
    new = {one.column: Found(name, one.column, one.kind, one.confidence, one.reason, one.by, at) for one in suggestions}
    for column, before in known.items():
        now = new.get(column)
        if now is None and before.rejected_by and column in table.column_names:
            new[column] = before
        elif now is not None and now.kind == before.kind:
            new[column] = replace(
                now,
                found_at=before.found_at,
                rejected_by=before.rejected_by,
                decided_at=before.decided_at,
                note=before.note,
            )
    order = {column: number for number, column in enumerate(table.column_names)}
    mine = sorted(new.values(), key=lambda one: order.get(one.column, 0))
    others = tuple(one for one in queue.found if one.table != name)
    return Queue((*others, *mine), {**queue.scanned, name: shape_of(table)})


def standing(queue: Queue, world: World) -> Queue:
    """Without what is about tables and columns that are gone."""
    columns = {t.full_name: t.column_names for t in world.tables}
    found = tuple(one for one in queue.found if one.column in columns.get(one.table, ()))
    return Queue(found, {name: shape for name, shape in queue.scanned.items() if name in columns})


def decided(queue: Queue, names: Iterable[str], rejected: tuple[str, str, str] | None) -> Queue:
    """With suggestions rejected as (role, time, note), or opened again (None)."""
    chosen = set(names)
    role, at, note = rejected or ("", "", "")
    return replace(
        queue,
        found=tuple(
            replace(one, rejected_by=role, decided_at=at, note=note) if one.name in chosen else one
            for one in queue.found
        ),
    )


def accepting(world: World, chosen: Iterable[Found]) -> ChangeAssignments:
    """The one change that marks columns as personal; a higher sensitivity of theirs stays."""
    return ChangeAssignments(tuple((one.target, _marked(world, one.target)) for one in chosen))


def _marked(world: World, target: Target) -> dict[str, str]:
    own = {**world.assigned.get(target, {}), "pii": "true"}
    now = effective_values(world, target).get("sensitivity", "")
    rank = SENSITIVITY.index(now) if now in SENSITIVITY else -1
    if rank < SENSITIVITY.index(LEAST) and LEAST in world.tags.get("sensitivity", ()):
        own["sensitivity"] = LEAST
    return own
