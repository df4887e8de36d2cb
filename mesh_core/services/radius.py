"""The blast radius of a plan, before anybody saves it: decided on what the audit log and the inbox know."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from mesh_core.domain.intents import (
    ChangeAssignments,
    ChangeExpression,
    ChangeFilter,
    ChangeGrants,
    ChangeVocabulary,
    EditProduct,
)
from mesh_core.domain.plan import Plan
from mesh_core.domain.projection import after
from mesh_core.domain.radius import Query, Radius, radius
from mesh_core.services.audit import Audit
from mesh_core.services.ports_queries import SavedQuery
from mesh_core.services.reading import Reading
from mesh_core.services.requests import Requests

DAYS, KEPT_S = 90, 30.0
GOVERNING = (ChangeAssignments, ChangeExpression, ChangeFilter, ChangeGrants, ChangeVocabulary, EditProduct)


class BlastRadius:
    """What a change of governance would do to queries of the last 90 days and saved ones, views and open requests."""

    def __init__(self, reading: Reading, audit: Audit, requests: Requests, now: Callable[[], datetime]) -> None:
        self._reading, self._audit, self._requests, self._now = reading, audit, requests, now
        self.saved: Callable[[], tuple[tuple[str, SavedQuery], ...]] = tuple
        self._lock = threading.Lock()
        self._kept: tuple[datetime, tuple[Query, ...]] | None = None

    def of(self, plan: Plan) -> Radius | None:
        """The radius; None for a plan that is empty or changes no governance."""
        if plan.is_empty or not isinstance(plan.intent, GOVERNING):
            return None
        before = self._reading.world()
        about = (plan.steps, plan.effects)
        return radius(before, after(before, plan.steps), about, self._queries(), self._requests.open_parts())

    def _queries(self) -> tuple[Query, ...]:
        """The distinct queries, newest first; looked up again after half a minute."""
        with self._lock:
            if self._kept is None or abs((self._now() - self._kept[0]).total_seconds()) > KEPT_S:
                self._kept = (self._now(), self._read())
            return self._kept[1]

    def _read(self) -> tuple[Query, ...]:
        found: dict[tuple[str, str, str], Query] = {}
        for ran in self._audit.queries(self._now() - timedelta(days=DAYS)):
            key = (ran.principal, ran.sql, ran.database)
            had = found.get(key)
            found[key] = had._replace(times=had.times + 1) if had else Query(*key, ran.at)
        for role, saved in self.saved():
            key = (role, saved.sql, saved.database)
            had = found.get(key) or Query(*key, last_at="", times=0)
            found[key] = had._replace(saved=saved.name)
        return tuple(found.values())
