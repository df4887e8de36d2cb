"""Requests for access: what a role asks of which owners, how far each part of it is, and who may move it on.

A request has a part for each table, since each may have an owner of its own. Approved and granted are two states: a
part is granted once a query with the requester's credentials has read it. Whatever ends a part that granted something
goes through `ending`, in which the worker takes those grants back; so a portal that is killed there goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import DataFilter, Grant
from mesh_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError

State = Literal[
    "open",
    "approved",
    "granted",
    "failed",
    "drifted",
    "ending",
    "rejected",
    "withdrawn",
    "expired",
    "revoked",
    "closed",
]
Action = Literal[
    "approve",
    "reject",
    "withdraw",
    "retry",
    "revoke",
    "expire",
    "close",
    "give up",
    "reapply",
    "succeed",
    "fail",
    "drift",
]
Side = Literal["requester", "owner", "worker"]

LIVE: frozenset[State] = frozenset({"approved", "granted", "failed", "drifted", "ending"})  # may hold grants
OVER: frozenset[State] = frozenset({"rejected", "withdrawn", "expired", "revoked", "closed"})
SOON_DAYS = 7  # how long before its end a requester is reminded


@dataclass(frozen=True)
class Move:
    """What an action does: from which states, to which, and who may ask for it."""

    states: tuple[State, ...]
    to: State
    sides: tuple[Side, ...]


MOVES: dict[Action, Move] = {
    "approve": Move(("open",), "approved", ("owner",)),
    "reject": Move(("open", "failed"), "rejected", ("owner",)),
    "withdraw": Move(("open", "failed"), "withdrawn", ("requester",)),
    "retry": Move(("failed",), "approved", ("owner", "requester")),
    "revoke": Move(("granted", "drifted"), "revoked", ("owner", "requester")),
    "reapply": Move(("drifted",), "approved", ("owner",)),
    "close": Move(("failed", "drifted"), "closed", ("owner", "requester")),
    "give up": Move(("open", "approved", "granted", "failed", "drifted"), "closed", ("worker",)),
    "expire": Move(("granted", "drifted", "failed"), "expired", ("worker",)),
    "succeed": Move(("approved", "drifted"), "granted", ("worker",)),
    "fail": Move(("approved",), "failed", ("worker",)),
    "drift": Move(("granted",), "drifted", ("worker",)),
}


@dataclass(frozen=True)
class Part:
    """What is asked of one owner.

    table       `database.table`; owner is its domain
    grants      what was approved, filters the data cells filters that it needs
    made        what of that this request brought: it is taken back when the part ends
    ends_as     the state that follows `ending`
    words       why it is as it is, where there is something to say
    """

    table: str
    owner: str
    columns: tuple[str, ...]
    row_filter: str = ""
    state: State = "open"
    grants: tuple[Grant, ...] = ()
    filters: tuple[DataFilter, ...] = ()
    made: tuple[Grant, ...] = ()
    ends_as: str = ""
    decided_by: str = ""
    ended_by: str = ""
    words: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in OVER


@dataclass(frozen=True)
class Moment:
    """One thing that happened to a request. at is ISO 8601, UTC; table "" concerns all of it."""

    at: str
    who: str
    what: str
    table: str = ""
    words: str = ""


@dataclass(frozen=True)
class Request:
    """A request as it is kept.

    until        the last day (ISO), "" open-ended
    asked_until  the later last day that was asked for, "" when none was
    sql          the statement that it came from, "" when it came from a product
    """

    id: str
    role: str
    purpose: str
    parts: tuple[Part, ...]
    created_at: str
    changed_at: str
    until: str = ""
    asked_until: str = ""
    conditions: tuple[str, ...] = ()
    sql: str = ""
    history: tuple[Moment, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether every part is."""
        return all(part.is_over for part in self.parts)

    @property
    def state(self) -> str:
        """One word for all parts: theirs where they agree, else the one that still needs somebody."""
        order = ("failed", "drifted", "open", "approved", "ending", "granted")
        states = {part.state for part in self.parts}
        return next((one for one in order if one in states), sorted(states)[0])

    def part(self, table: str) -> Part:
        """By its table; NotFoundError."""
        for one in self.parts:
            if one.table == table:
                return one
        raise NotFoundError(f"This request doesn't ask for {table}. Nothing was changed. Open the request again.")

    def with_part(self, part: Part) -> Request:
        """The request with one part replaced."""
        return replace(self, parts=tuple(part if one.table == part.table else one for one in self.parts))

    def told(self, moment: Moment) -> Request:
        """The request with one more moment."""
        return replace(self, history=(*self.history, moment), changed_at=moment.at)


def moved(part: Part, action: Action, words: str = "", by: str = "") -> Part:
    """The part after an action. InvalidInputError where its state doesn't allow that."""
    move = MOVES[action]
    if part.state not in move.states:
        by = f", by {part.decided_by}" if part.decided_by and part.state in ("approved", "granted", "rejected") else ""
        raise InvalidInputError(
            f"{part.table}: can't {action}, since this part of the request is {part.state} already{by}. "
            "Nothing was changed. Look at the request as it stands now."
        )
    if move.to in OVER and part.made:
        return replace(part, state="ending", ends_as=move.to, words=words, ended_by=by)
    return replace(part, state=move.to, words=words)


def check_side(visitor: Visitor, request: Request, part: Part, action: Action) -> None:
    """PermissionDeniedError unless the visitor stands on a side that may do that; one may stand on both."""
    sides = MOVES[action].sides
    if "requester" in sides and visitor.role == request.role:
        return
    if "owner" in sides and visitor.may_change(part.owner):
        return
    who = f"{part.owner}'s owner or the steward" if "owner" in sides else f"{request.role}, who asked"
    both = f" or {request.role}" if "owner" in sides and "requester" in sides else ""
    raise PermissionDeniedError(
        f"{visitor.role} may not {action} this: that is for {who}{both}. Nothing was changed. Act as one of them."
    )


def sees(visitor: Visitor, request: Request) -> bool:
    """Whether a visitor may look at a request: who asked, the owners asked, the steward."""
    return visitor.role == request.role or any(visitor.may_change(part.owner) for part in request.parts)


def needs(visitor: Visitor, request: Request, today: date) -> bool:
    """Whether a request waits for this visitor: as an owner, or as who asked."""
    for part in request.parts:
        if part.owner in visitor.owned and (part.state in ("open", "drifted") or request.asked_until):
            return True
        if part.state == "failed" and (part.owner in visitor.owned or visitor.role == request.role):
            return True
    return visitor.role == request.role and is_ending_soon(request, today)


def is_ending_soon(request: Request, today: date) -> bool:
    """Whether granted access ends within days, and no extension was asked for."""
    if not request.until or request.asked_until or not any(part.state == "granted" for part in request.parts):
        return False
    return today <= date.fromisoformat(request.until) <= today + timedelta(days=SOON_DAYS)


def has_ended(request: Request, today: date) -> bool:
    """Whether its last day is over."""
    return bool(request.until) and date.fromisoformat(request.until) < today


def check_until(until: str, today: date) -> str:
    """A last day as ISO date, or "". InvalidInputError for what is no date or is past."""
    if not until:
        return ""
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise InvalidInputError(
            f"'{until}' is no date. Nothing was sent. Write it as {today + timedelta(days=90)}, or leave it open."
        ) from error
    if day < today:
        raise InvalidInputError(f"{until} is past. Nothing was sent. Choose a day from {today} on.")
    return day.isoformat()
