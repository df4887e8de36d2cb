"""Whom a visitor may act as: the mesh's roles on a laptop, on an account nobody but himself."""

from __future__ import annotations

from mesh_core.domain.names import NOT_PEOPLE, STEWARD
from mesh_core.domain.visitors import Visitor, visitor_of
from mesh_core.services.reading import Reading

FIRST = "analyst"


class Visitors:
    """`fixed` is the one role of the credentials at hand on an account, None where roles can be chosen."""

    def __init__(self, reading: Reading, fixed: str | None) -> None:
        self._reading, self._fixed = reading, fixed

    @property
    def can_choose(self) -> bool:
        """Whether the portal offers "Acting as"."""
        return self._fixed is None

    def roles(self) -> tuple[str, ...]:
        """The roles on offer: the steward first, owners, then the others."""
        if self._fixed is not None:
            return (self._fixed,)
        names = {p.name for p in self._reading.world().principals} - NOT_PEOPLE | {STEWARD}
        return tuple(sorted(names, key=lambda name: (name != STEWARD, not name.endswith("-owner"), name)))

    def first(self) -> str:
        """Whom a new visitor acts as: the analyst where there is one, else the steward."""
        roles = self.roles()
        return FIRST if FIRST in roles else roles[0]

    def visitor(self, role: str) -> Visitor:
        """The visitor who acts as a role; an unknown role falls back to the first."""
        known = self.roles()
        return visitor_of(self._reading.world(), role if role in known else self.first())
