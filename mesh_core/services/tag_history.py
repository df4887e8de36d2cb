"""Who assigned an LF-tag, and when: from the documents of the changes that did it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mesh_core.domain.steps import AssignTags
from mesh_core.domain.tags import EffectiveTag
from mesh_core.domain.world import Target
from mesh_core.services.journal import JobRecord, Journal

JOBS, KEPT_S = 1000, 2.0  # how many changes are looked through, and how often


@dataclass(frozen=True)
class Assigned:
    """The change that gave a target its value of a key. at is ISO 8601, UTC."""

    value: str
    by: str
    at: str


class TagHistory:
    """Looks at the journal again after KEPT_S: a page asks for every pill."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self._journal, self._clock = journal, clock
        self._kept: tuple[float, dict[tuple[Target, str], Assigned]] | None = None

    def who(self, tag: EffectiveTag) -> Assigned | None:
        """Who assigned it where it is assigned; None for what no change that is kept has done."""
        if self._kept is None or self._clock() - self._kept[0] > KEPT_S:
            records = sorted(self._journal.all(JOBS), key=lambda one: (one.started_at, one.id))
            self._kept = (self._clock(), assigned_by(records))
        found = self._kept[1].get((tag.source, tag.key))
        return found if found is not None and found.value == tag.value else None


def assigned_by(records: Iterable[JobRecord]) -> dict[tuple[Target, str], Assigned]:
    """(target, key) -> who gave it its value last. records: the oldest first; what was undone is left out."""
    found: dict[tuple[Target, str], Assigned] = {}
    for record in records:
        if record.state == "undone":
            continue
        for step in record.steps[: record.done]:
            if isinstance(step, AssignTags):
                for key, value in step.after.items():
                    if step.before.get(key) != value:
                        found[(step.target, key)] = Assigned(value, record.by or record.actor, record.started_at)
    return found
