"""Requests for access, from the wish to the verified grant and back: what requesters, owners and the steward call.

Nothing here grants anything: an approval writes down what is to be granted, and the worker (`requests_worker.py`) does
it, tries it with the requester's credentials, and only then calls it granted.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from mesh_core.domain import request_grants as g
from mesh_core.domain.audit import Event
from mesh_core.domain.auto_approval import check_rules, read_rules, rule_for
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.plan import Plan
from mesh_core.domain.request_forms import Ask, Choice, Form, check_text, form_of, is_same, part_of
from mesh_core.domain.request_grants import Proposal, Wish
from mesh_core.domain.requests import (
    Action,
    Moment,
    Part,
    Request,
    check_side,
    check_until,
    moved,
    needs,
    sees,
)
from mesh_core.domain.steps import GrantPermissions
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import InvalidInputError, MeshError, NotFoundError, PermissionDeniedError
from mesh_core.services.changes import Changes
from mesh_core.services.ports import Versioned
from mesh_core.services.reading import Reading
from mesh_core.services.request_conditions import RequestConditions
from mesh_core.services.request_store import RequestStore
from mesh_core.services.requests_worker import Worker

log = logging.getLogger("portal")

RULES = "auto-approval.yaml"
KEPT_S = 1.0  # how long the count in the sidebar may be old


class Requests:
    """The use cases; every one checks who asks. Thread-safe."""

    def __init__(
        self, store: RequestStore, reading: Reading, changes: Changes, worker: Worker, now: Callable[[], datetime]
    ) -> None:
        self._store, self._reading, self._changes, self.worker, self._now = store, reading, changes, worker, now
        self._record = worker.record
        self.conditions = RequestConditions(store, worker.record)
        self._lock = threading.Lock()
        self._all: tuple[datetime, tuple[Request, ...]] | None = None

    # What is asked

    def wishes(
        self, visitor: Visitor, sql: str = "", tables: tuple[str, ...] = (), database: str = ""
    ) -> tuple[Wish, ...]:
        """What the visitor's role lacks for a statement, or of tables. NotAReadError, NotFoundError."""
        world = self._reading.world()
        if sql:
            return g.wishes_of_query(world, visitor.arn, sql, database)
        return tuple(wish for name in tables for wish in g.wishes_of_table(world, visitor.arn, name))

    def form(self, visitor: Visitor, wishes: tuple[Wish, ...]) -> Form:
        """The wishes with the conditions of their owners."""
        owners = self.conditions.for_tables(wish.table for wish in wishes if wish.columns)
        return form_of(self._reading.world(), wishes, owners)

    def submit(self, visitor: Visitor, ask: Ask) -> Request:
        """Send a request. The same, open still, is given back instead of a second one.

        InvalidInputError: nothing asked for, no purpose, conditions not accepted, a date that can't be used.
        """
        if visitor.role in NOT_PEOPLE:
            raise PermissionDeniedError(f"{visitor.role} is no role that people act as. Nothing was sent.")
        purpose, until = check_text(ask.purpose, "purpose"), check_until(ask.until, self._today())
        world = self._reading.world()
        parts = tuple(part_of(world, wish) for wish in ask.wishes if wish.columns)
        if not parts:
            raise InvalidInputError("Nothing is asked for. Nothing was sent. Choose at least one column.")
        missing = [one for one in self.form(visitor, ask.wishes).conditions if one not in ask.conditions]
        if missing:
            raise InvalidInputError(f"Not accepted yet: “{missing[0]}” Nothing was sent. Tick it, or don't ask.")
        same = next((one for one in self.sent(visitor) if is_same(one, parts)), None)
        if same is not None:
            return same
        at = self._at()
        request = Request(
            id=f"{self._now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
            role=visitor.role,
            purpose=purpose,
            parts=parts,
            created_at=at,
            changed_at=at,
            until=until,
            conditions=ask.conditions,
            sql=ask.sql,
            history=(Moment(at, visitor.role, "asked", words=purpose),),
        )
        asked = "; ".join(f"{part.table}: {', '.join(part.columns)}" for part in parts)
        detail = {"request": request.id, "purpose": purpose, "until": until}
        self._record(Event("request", "ask for access", visitor.role, asked, "sent", detail=detail))
        self._store.add(request)
        self._forget()
        return self._approved_by_rule(request)

    def _approved_by_rule(self, request: Request) -> Request:
        """The request with those parts approved that a rule approves; what goes wrong there is left to the owner."""
        try:
            rules, world = read_rules(self.rules().text), self._reading.world()
            for part in request.parts:
                rule = rule_for(world, rules, request, part, self._today())
                if rule is not None:
                    chosen = g.proposals(world, request.role, part, "", may_tag=False)[0]
                    plan = self._changes.plan(chosen.intent)
                    by = f"rule: {rule.name}"
                    decided = _decided(part, Choice(part.columns), chosen, plan, by)
                    self._record(_decision("approve", by, request, part, chosen.words))
                    request = self._write({part.table: decided}, request.id, by)
        except MeshError as error:
            log.warning("request %s could not be approved by a rule: %s", request.id, error)
        return request

    def rules(self) -> Versioned:
        """The rules by which requests are approved by themselves; etag "" while there are none."""
        return self._store.text(RULES) or Versioned("", "")

    def save_rules(self, visitor: Visitor, text: str, etag: str) -> None:
        """Other rules, over the version that was read. RulesError; PermissionDeniedError; ConflictError."""
        if not visitor.is_steward:
            raise PermissionDeniedError(
                f"{visitor.role} may not change the rules. Nothing was saved. Ask mesh-steward."
            )
        check_rules(self._reading.world(), read_rules(text))
        before = self.rules().text
        self._record(Event("policy", "change the rules", visitor.role, "requests", "asked", before, text))
        self._store.put_text(RULES, text, etag or None)

    # Who sees what

    def get(self, visitor: Visitor, request_id: str) -> Request:
        """As it stands now. NotFoundError; PermissionDeniedError for who neither asked nor is asked."""
        request = self._store.get(request_id)
        if not sees(visitor, request):
            raise PermissionDeniedError(
                f"{visitor.role} may not see this request: it is for who asked, the owners asked and the steward."
            )
        return request

    def sent(self, visitor: Visitor) -> tuple[Request, ...]:
        """The role's own, newest first."""
        return tuple(one for one in self._everything() if one.role == visitor.role)

    def received(self, visitor: Visitor) -> tuple[Request, ...]:
        """Those that the visitor may decide on, newest first."""
        return tuple(one for one in self._everything() if any(visitor.may_change(p.owner) for p in one.parts))

    def needing(self, visitor: Visitor) -> tuple[Request, ...]:
        """Those that wait for the visitor: to decide, to try again, or to ask for more time."""
        today = self._today()
        return tuple(one for one in self._everything() if not one.is_over and needs(visitor, one, today))

    def approves(self, visitor: Visitor, product: str) -> bool:
        """Whether a visitor decides on an open request for a product."""
        parts = (part for one in self._everything() for part in one.parts if part.table == product)
        return any(not part.is_over and visitor.may_change(part.owner) for part in parts)

    def open_parts(self) -> tuple[tuple[Request, Part], ...]:
        """What is neither granted nor over: a change of the mesh may make it pointless."""
        everything = ((one, part) for one in self._everything() for part in one.parts)
        return tuple((one, part) for one, part in everything if part.state in ("open", "approved", "failed"))

    def rows(self) -> tuple[Mapping[str, str], ...]:
        """One row a part, as the table of requests shows them."""
        return tuple(_row(one, part) for one in self._everything() for part in one.parts)

    # What an approver does

    def proposals(
        self, visitor: Visitor, request_id: str, table: str, edit: Choice | None = None
    ) -> tuple[Proposal, ...]:
        """Grants that would suffice, the narrowest first. MeshError where the edited columns or rows can't be used."""
        request = self.get(visitor, request_id)
        part = request.part(table)
        if edit is not None:
            part = replace(part, columns=edit.columns, row_filter=edit.row_filter)
        name = f"request-{request.id[-8:]}-{part.table.partition('.')[2]}"[:128]
        return g.proposals(self._reading.world(), request.role, part, name, visitor.is_steward)

    def plan(self, visitor: Visitor, request_id: str, table: str, choice: Choice) -> Plan:
        """What an approval would do, on a fresh reading. MeshError where it can't be done."""
        return self._changes.preview(visitor, self._chosen(visitor, request_id, table, choice).intent)

    def approve(self, visitor: Visitor, request_id: str, choices: Mapping[str, Choice]) -> Request:
        """Decide for one or more parts; the worker grants. All are planned before the first is written."""
        request = self.get(visitor, request_id)
        decided: dict[str, Part] = {}
        for table, choice in choices.items():
            part = request.part(table)
            check_side(visitor, request, part, "approve")
            chosen = self._chosen(visitor, request_id, table, choice)
            plan = self._changes.preview(visitor, chosen.intent)
            decided[table] = _decided(part, choice, chosen, plan, visitor.role)
        for part in decided.values():
            self._record(_decision("approve", visitor.role, request, part, part.words))
        return self._write(decided, request_id, visitor.role)

    def _write(self, decided: Mapping[str, Part], request_id: str, by: str) -> Request:
        def change(now: Request) -> Request:
            for table, part in decided.items():
                moved(now.part(table), "approve")
                now = now.with_part(part).told(Moment(self._at(), by, "approved", table, part.words))
            return now

        return self._changed(request_id, change)

    def reject(self, visitor: Visitor, request_id: str, table: str, reason: str) -> Request:
        """Say no, with a reason."""
        return self._act(visitor, request_id, "reject", (table,), check_text(reason, "reason"))

    def _chosen(self, visitor: Visitor, request_id: str, table: str, choice: Choice) -> Proposal:
        found = self.proposals(visitor, request_id, table, choice)
        kind = "rows" if choice.row_filter else choice.kind
        for one in found:
            if one.kind == kind:
                return one
        raise InvalidInputError(f"{table} can't be granted by {kind} here. Nothing was changed. Choose another way.")

    # What both sides do

    def withdraw(self, visitor: Visitor, request_id: str) -> Request:
        """Take back what was not decided yet."""
        return self._act(visitor, request_id, "withdraw")

    def retry(self, visitor: Visitor, request_id: str) -> Request:
        """Grant again what failed."""
        return self._act(visitor, request_id, "retry")

    def revoke(self, visitor: Visitor, request_id: str, tables: tuple[str, ...] = ()) -> Request:
        """End what is granted: an owner takes it back, a requester gives it back. Only what this request brought."""
        return self._act(visitor, request_id, "revoke", tables)

    def reapply(self, visitor: Visitor, request_id: str) -> Request:
        """Grant again what somebody took away beside the portal."""
        return self._act(visitor, request_id, "reapply")

    def close(self, visitor: Visitor, request_id: str) -> Request:
        """End what gets nowhere; what it granted is taken back."""
        return self._act(visitor, request_id, "close")

    def extend(self, visitor: Visitor, request_id: str, until: str) -> Request:
        """A later last day: owners of every part set it, who asked for access asks for it."""
        request, day = self.get(visitor, request_id), check_until(until, self._today())
        owns = all(visitor.may_change(part.owner) for part in request.parts)
        if not owns and visitor.role != request.role:
            raise PermissionDeniedError(
                f"{visitor.role} may not extend this: it concerns other owners, too. Nothing was changed. "
                "Ask mesh-steward."
            )
        words = f"until {day or 'it is ended'}"
        what = "extended" if owns else "asked for an extension"
        self._record(
            Event("decision" if owns else "request", what, visitor.role, request.id, words, before=request.until)
        )
        moment = Moment(self._at(), visitor.role, what, words=words)

        def change(now: Request) -> Request:
            if now.is_over:
                raise InvalidInputError("This request is over. Nothing was changed. Ask for access again.")
            wanted = replace(now, until=day, asked_until="") if owns else replace(now, asked_until=day)
            return wanted.told(moment)

        return self._changed(request_id, change)

    def _act(
        self, visitor: Visitor, request_id: str, action: Action, tables: tuple[str, ...] = (), words: str = ""
    ) -> Request:
        """One action on those parts that it fits (of the tables named, all of which must fit)."""
        request = self.get(visitor, request_id)
        chosen = [request.part(table) for table in tables] or _fitting(visitor, request, action)
        for part in chosen:
            check_side(visitor, request, part, action)
            moved(part, action)
            own = visitor.role == request.role and not visitor.may_change(part.owner)
            self._record(_decision(action, visitor.role, request, part, words, "request" if own else "decision"))

        def change(now: Request) -> Request:
            for part in chosen:
                after = moved(now.part(part.table), action, words, visitor.role)
                if action == "reject":
                    after = replace(after, decided_by=visitor.role)
                now = now.with_part(after).told(Moment(self._at(), visitor.role, action, part.table, words))
            return now

        return self._changed(request_id, change)

    def _changed(self, request_id: str, change: Callable[[Request], Request]) -> Request:
        found = self._store.change(request_id, change)
        self._forget()
        self.worker.settle_soon()
        return found

    def _everything(self) -> tuple[Request, ...]:
        with self._lock:
            kept = self._all
        if kept is None or abs((self._now() - kept[0]).total_seconds()) > KEPT_S:
            kept = (self._now(), self._store.all())
            with self._lock:
                self._all = kept
        return kept[1]

    def _forget(self) -> None:
        with self._lock:
            self._all = None

    def _today(self) -> date:
        return self._now().date()

    def _at(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _fitting(visitor: Visitor, request: Request, action: Action) -> list[Part]:
    """The parts that an action fits; the error of the first part where it fits none."""
    found, first = [], None
    for part in request.parts:
        try:
            check_side(visitor, request, part, action)
            moved(part, action)
            found.append(part)
        except MeshError as error:
            first = first or error
    if not found:
        raise first or NotFoundError("This request asks for nothing. Nothing was changed.")
    return found


def _decided(part: Part, choice: Choice, chosen: Proposal, plan: Plan, by: str) -> Part:
    """A part as it is once somebody, or a rule, has approved it."""
    return replace(
        moved(part, "approve", chosen.words, by),
        columns=choice.columns,
        row_filter=choice.row_filter,
        grants=chosen.intent.grants,
        filters=chosen.intent.filters,
        made=tuple(step.grant for step in plan.steps if isinstance(step, GrantPermissions)),
        decided_by=by,
    )


def _decision(
    action: str, who: str, request: Request, part: Part, words: str, kind: Literal["request", "decision"] = "decision"
) -> Event:
    detail = {"request": request.id, "role": request.role, "columns": ", ".join(part.columns)}
    return Event(kind, action, who, part.table, "asked", part.state, words, detail=detail)


def _row(request: Request, part: Part) -> Mapping[str, str]:
    return {
        "request_id": request.id,
        "state": part.state,
        "role": request.role,
        "product": part.table,
        "columns": ", ".join(part.columns),
        "row_filter": part.row_filter,
        "purpose": request.purpose,
        "until": request.until,
        "created_at": request.created_at,
        "changed_at": request.changed_at,
        "owner": part.owner,
        "decided_by": part.decided_by,
    }
