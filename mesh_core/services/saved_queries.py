"""Queries that people keep: Athena's named queries of their own work group, so that other tools see them, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.query import parse_read
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import InvalidInputError, MeshError, NameTakenError
from mesh_core.services.ports_queries import QueryRunners, SavedQuery
from mesh_core.services.reading import Reading

MAX_NAME, MAX_DESCRIPTION = 128, 1024  # Athena's limits
KEPT_S = 60.0


class SavedQueries:
    """A visitor's own are read and written with the visitor's credentials."""

    def __init__(
        self,
        reading: Reading,
        runners: QueryRunners,
        fixed_role: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reading, self._runners, self._fixed, self._clock = reading, runners, fixed_role, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, tuple[tuple[str, SavedQuery], ...]] | None = None

    def mine(self, visitor: Visitor) -> tuple[SavedQuery, ...]:
        """The visitor's own, by name."""
        return self._runners.saved_of(visitor.role).saved()

    def save(self, visitor: Visitor, query: SavedQuery, over: bool = False) -> SavedQuery:
        """Keep a query; with an id, change that one. `over` writes over another of that name.

        InvalidInputError, NotAReadError; NameTakenError where the name is taken and `over` is not said.
        """
        wanted = replace(query, name=" ".join(query.name.split()), description=query.description.strip())
        _check(wanted)
        same = next((one for one in self.mine(visitor) if one.name == wanted.name and one.id != wanted.id), None)
        if same is not None and not over:
            raise NameTakenError(wanted.name, "it is another of your saved queries.")
        if same is not None:
            wanted = replace(wanted, id=same.id)
        self._forget()
        return replace(wanted, id=self._runners.saved_of(visitor.role).save(wanted))

    def delete(self, visitor: Visitor, query_id: str) -> None:
        """Forget one. NotFoundError."""
        self._forget()
        self._runners.saved_of(visitor.role).delete_saved(query_id)

    def everybodys(self) -> tuple[tuple[str, SavedQuery], ...]:
        """(role, query) of every role that can be asked; at most KEPT_S old. One that can't be asked has none."""
        with self._lock:
            kept = self._kept
        if kept is None or self._clock() - kept[0] > KEPT_S:
            kept = (self._clock(), tuple((role, one) for role in self._roles() for one in self._of(role)))
            with self._lock:
                self._kept = kept
        return kept[1]

    def _roles(self) -> list[str]:
        if self._fixed is not None:
            return [self._fixed]
        world = self._reading.world()
        return sorted(p.name for p in world.principals if p.name not in NOT_PEOPLE and p.name in world.work_groups)

    def _of(self, role: str) -> tuple[SavedQuery, ...]:
        try:
            return self._runners.saved_of(role).saved()
        except MeshError:
            return ()

    def _forget(self) -> None:
        with self._lock:
            self._kept = None


def _check(query: SavedQuery) -> None:
    if not query.name or len(query.name) > MAX_NAME:
        raise InvalidInputError(
            f"A saved query needs a name of at most {MAX_NAME} characters. Nothing was saved. Type one."
        )
    if len(query.description) > MAX_DESCRIPTION:
        raise InvalidInputError(
            f"The description has {len(query.description):,} characters, {MAX_DESCRIPTION:,} fit. Nothing was saved. "
            "Shorten it."
        )
    parse_read(query.sql)
