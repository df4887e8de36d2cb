"""What makes requests true: grants what was approved, tries it as who asked, takes it back when it ends, sees it drift.

`settle` goes on from whatever is written down, so it may be killed anywhere and started again, and two portals may run
one each: granting what is granted is no step, and a state that somebody else wrote first is left as it is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mesh_core.domain import request_grants as g
from mesh_core.domain.audit import Event
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.requests import Action, Moment, Part, Request, has_ended, moved
from mesh_core.domain.world import Grant, World
from mesh_core.errors import InvalidInputError, MeshError
from mesh_core.services.changes import Changes
from mesh_core.services.jobs import Jobs
from mesh_core.services.ports_queries import QueryRunners
from mesh_core.services.query import POLL_S, raise_unless_succeeded
from mesh_core.services.reading import Reading
from mesh_core.services.request_store import RequestStore

log = logging.getLogger("portal")

WORKER = "mesh-portal"  # who did it, where nobody asked
EVERY_S, TIMEOUT_S = 15.0, 60.0
ROUNDS = 4  # of granting, where another change of the same role's access was under way


@dataclass(frozen=True)
class Means:
    """What the worker works with. record raises NotRecordedError, tell never; fixed_role: see services/run_as.py."""

    reading: Reading
    changes: Changes
    jobs: Jobs
    runners: QueryRunners
    record: Callable[[Event], None]
    tell: Callable[[Event], None]
    fixed_role: str | None = None
    sleep: Callable[[float], None] = time.sleep


class Worker:
    """Advances requests in the background; `settle` does one round."""

    def __init__(self, store: RequestStore, means: Means, now: Callable[[], datetime]) -> None:
        self._store, self._means, self._now = store, means, now
        self.record = means.record
        self._lock, self._wake, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Settle from now on, in the background of this process. A second call changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="requests", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the background work, after the part that is under way."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT_S)

    def settle_soon(self) -> None:
        """Don't wait for the next round."""
        self._wake.set()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.settle()
            except Exception:  # the next round tries again
                log.exception("requests could not be settled")
            self._wake.wait(EVERY_S)
            self._wake.clear()

    def settle(self) -> None:
        """Bring every request as far as it comes now. One that fails doesn't keep the others."""
        with self._lock:
            for request in reversed(self._store.all()):
                if not request.is_over and not self._stop.is_set():
                    self._settle(request.id, tuple(part.table for part in request.parts))

    def _settle(self, request_id: str, tables: tuple[str, ...]) -> None:
        for table in tables:
            for _ in range(ROUNDS):
                request = self._store.get(request_id)
                part = request.part(table)
                try:
                    self._advance(request, part)
                except InvalidInputError:
                    break  # another portal was faster
                except MeshError as error:
                    log.warning("request %s, %s: %s", request_id, table, error)
                    break
                if self._store.get(request_id).part(table).state == part.state:
                    break

    def _advance(self, request: Request, part: Part) -> None:
        if part.is_over:
            return
        gone = "" if part.state == "ending" else self._gone(request, part)
        if gone:
            self._move(request, part, "give up", gone)
        elif part.state == "ending":
            self._take_back(request, part)
        elif has_ended(request, self._now().date()):
            self._expire(request, part)
        elif part.state == "approved":
            self._grant(request, part)
        elif part.state in ("granted", "drifted"):
            self._compare(request, part)

    def _gone(self, request: Request, part: Part) -> str:
        """What a request is about and doesn't exist any more, "" while all of it does."""
        words = _absent(self._means.reading.world(), request, part)
        return words and _absent(self._means.reading.fresh(None), request, part)

    def _expire(self, request: Request, part: Part) -> None:
        if part.state in ("open", "approved"):
            self._move(request, part, "give up", f"Its last day, {request.until}, is over.")
        else:
            self._move(request, part, "expire", f"Its last day was {request.until}.")

    def _grant(self, request: Request, part: Part) -> None:
        """Apply what was approved, then try it."""
        intent = ChangeGrants(part.grants, filters=part.filters)
        problem = self._apply(intent, part.decided_by)
        if problem:
            self._move(request, part, "fail", problem)
            return
        lacking = set(g.still_lacking(self._means.reading.world(), request.role, part)) - {part.table}
        waiting = {one.table for one in request.parts if one.state in ("open", "approved", "failed")}
        if lacking and lacking <= waiting:
            self._say(request, part, f"Granted; it can be read once {', '.join(sorted(lacking))} is granted, too.")
            return
        fixed = self._means.fixed_role
        if fixed is not None and fixed != request.role:
            self._say(request, part, f"Granted; it counts once a portal that acts as {request.role} has read it.")
            return
        problem = self._probe(request, part)
        if problem:
            self._move(request, part, "fail", f"It was granted, but {request.role} still can't read it: {problem}")
        else:
            self._move(request, part, "succeed", "")

    def _apply(self, intent: ChangeGrants, actor: str) -> str:
        """Plan and apply until nothing is left to do; what went wrong, "" for nothing."""
        for _ in range(ROUNDS):
            try:
                plan = self._means.changes.plan(intent)
                if plan.is_empty:
                    return ""
                job = self._means.jobs.wait(self._means.jobs.start(plan, actor))
            except MeshError as error:
                return str(error)
            if job.state == "failed" and job.intent == intent:
                return job.error
        return "Other changes of the same access were under way all the time."

    def _probe(self, request: Request, part: Part) -> str:
        """Athena's reason why the requester can't read the part, "" when he can."""
        try:
            runner = self._means.runners.as_role(request.role)
            query_id, waited_s = runner.start(g.probe_sql(part)), 0.0
            while not (status := runner.status(query_id)).is_over:
                if waited_s >= TIMEOUT_S:
                    runner.cancel(query_id)
                    return f"the query that tried it was stopped after {TIMEOUT_S:.0f} s."
                self._means.sleep(POLL_S)
                waited_s += POLL_S
            raise_unless_succeeded(status)
        except MeshError as error:
            return str(error)
        return ""

    def _take_back(self, request: Request, part: Part) -> None:
        """Revoke what the part made, but for what other requests of the same role need: theirs from now on."""
        others = [one for one in self._store.all() if one.role == request.role and not one.is_over]
        kept = g.kept_for(request, part, others)
        for (other_id, table), grants in kept.items():
            self._store.change(other_id, _inheriting(table, grants))
        made = g.without(part.made, (grant for grants in kept.values() for grant in grants))
        kept_filters = {one.resource for grants in kept.values() for one in grants}
        undone = g.undoing(self._means.reading.fresh(None), part, made)
        undone = replace(undone, drops=tuple(one for one in undone.drops if one.resource not in kept_filters))
        problem = self._apply(undone, part.ended_by or part.decided_by or WORKER)
        if problem:
            self._say(request, part, f"It could not be taken back yet, and is tried again: {problem}")
            return

        def change(now: Request) -> Request:
            mine = now.part(part.table)
            if mine.state != "ending":
                return now
            after = replace(mine, state=mine.ends_as, made=())  # type: ignore[arg-type]
            return now.with_part(after).told(Moment(self._at(), WORKER, mine.ends_as, part.table, mine.words))

        self._store.change(request.id, change)
        self._told(request, part, part.ends_as)

    def _compare(self, request: Request, part: Part) -> None:
        """Whether the live grants are still those that were approved."""
        held = g.is_held(self._means.reading.world(), part)
        if held == (part.state == "granted") or held != g.is_held(self._means.reading.fresh(None), part):
            return
        if held:
            self._move(request, part, "succeed", "")
        else:
            self._move(request, part, "drift", "Somebody took the grant away, or changed it, beside this request.")

    def _move(self, request: Request, part: Part, action: Action, words: str) -> None:
        def change(now: Request) -> Request:
            after = moved(now.part(part.table), action, words, WORKER)
            said = after.state if after.state != "ending" else f"ends: {after.ends_as}"
            return now.with_part(after).told(Moment(self._at(), WORKER, said, part.table, words))

        after = self._store.change(request.id, change)
        self._told(request, part, after.part(part.table).state)

    def _say(self, request: Request, part: Part, words: str) -> None:
        """New words for a part that stays as it is."""
        if part.words != words:
            self._store.change(request.id, lambda now: now.with_part(replace(now.part(part.table), words=words)))

    def _told(self, request: Request, part: Part, outcome: str) -> None:
        detail = {"request": request.id, "role": request.role, "columns": ", ".join(part.columns)}
        self._means.tell(Event("request", outcome, WORKER, part.table, outcome, part.state, outcome, detail=detail))

    def _at(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _inheriting(table: str, grants: tuple[Grant, ...]) -> Callable[[Request], Request]:
    """A change by which another request's part takes over grants."""

    def change(now: Request) -> Request:
        part = now.part(table)
        new = g.without(grants, part.made)
        return now.with_part(replace(part, made=(*part.made, *new))) if new else now

    return change


def _absent(world: World, request: Request, part: Part) -> str:
    database, _, name = part.table.partition(".")
    table = world.find_table(database, name)
    if table is None:
        return f"{part.table} does not exist any more."
    if not set(part.columns) & set(table.column_names):
        return f"{part.table} has none of the columns any more."
    if all(one.name != request.role for one in world.principals):
        return f"The role {request.role} does not exist any more."
    return ""
