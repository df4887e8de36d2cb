"""Run as: what a role gets of a product, now and after a planned change. Read-only, recorded, for who answers for it.

NOW is the endpoint's own answer: a SELECT with that role's credentials. AFTER can't be asked of the endpoint without
making the change, so it is what the portal's decision opens then, as one SELECT with the **viewer's** credentials. What
the viewer may not read himself is withheld on both sides.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlglot import exp

from mesh_core.domain.audit import Event
from mesh_core.domain.codec import to_json
from mesh_core.domain.intents import Intent
from mesh_core.domain.names import NOT_PEOPLE, STEWARD
from mesh_core.domain.opened import Opened, bases, opened, select_opened
from mesh_core.domain.projection import after
from mesh_core.domain.run_as import WITHHELD, Comparison, Half, HalfState, View, compare, withhold
from mesh_core.domain.steps import Step, describe
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Table, World
from mesh_core.errors import MeshError, PermissionDeniedError, QueryDeniedError, QueryFailedError
from mesh_core.services.ports_queries import QueryRunner, QueryRunners, ResultPage
from mesh_core.services.query import HIDDEN_WORDS, POLL_S, raise_unless_succeeded
from mesh_core.services.reading import Reading

ROWS = 50  # what two halves side by side can be looked through
TIMEOUT_S = 60.0

Planned = tuple[Step, ...] | Intent
Approves = Callable[[Visitor, str], bool]


def approves_nothing(_visitor: Visitor, _product: str) -> bool:
    """There are no requests to approve."""
    return False


@dataclass(frozen=True)
class Powers:
    """What a preview needs beside the world.

    steps_of     the steps of an intent, planned without asking who
    approves     whether a visitor is an approver of an open request on a product (`domain.name`)
    fixed_role   the one role whose credentials there are on an account; None where any role can be assumed
    """

    runners: QueryRunners
    steps_of: Callable[[Intent], tuple[Step, ...]]
    approves: Approves = approves_nothing
    fixed_role: str | None = None
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class _Asked:
    """One preview under way."""

    world: World
    visitor: Visitor
    role: str
    table: Table
    view: View


class RunAs:
    """Previews for stewards, owners and approvers; `record` writes each down, and what can't be isn't shown."""

    def __init__(self, reading: Reading, powers: Powers, record: Callable[[Event], None]) -> None:
        self._reading, self._powers, self._record = reading, powers, record

    def may_preview(self, visitor: Visitor, product: str) -> bool:
        """Whether to offer it: the steward, the owner of the domain, an approver; for a view of its bases as well."""
        return not self._refusal(self._reading.world(), visitor, product)

    def preview(self, visitor: Visitor, role: str, product: str, planned: Planned = ()) -> Comparison:
        """Both halves. PermissionDeniedError for who answers for something else; NotFoundError."""
        world = self._reading.world()
        refusal = self._refusal(world, visitor, product)
        if not refusal and role in NOT_PEOPLE:
            refusal = f"{role} is no role that people act as. Nothing was read. Choose another role."
        if refusal:
            self._record(Event("run-as", "preview", visitor.role, product, "denied", detail={"role": role}))
            raise PermissionDeniedError(refusal)
        world.principal(role)
        steps = planned if isinstance(planned, tuple) else self._powers.steps_of(planned)
        found = self._compare(world, visitor, role, product, steps)
        self._record(_event(visitor, found, steps))
        return found

    def _compare(self, world: World, visitor: Visitor, role: str, product: str, steps: tuple[Step, ...]) -> Comparison:
        table = world.table(*product.split(".", 1))
        arn, then = world.naming.role_arn(role), after(world, steps)
        present = then.find_table(table.database, table.name)
        order = tuple((c.name, c.type) for c in table.all_columns)
        later = opened(then, arn, present) if present else Opened({})
        mine = opened(world, visitor.arn, table)
        view = View(order, opened(world, arn, table), later if steps else None, mine)
        asked = _Asked(world, visitor, role, table, view)
        now = self._now(asked)
        if not steps:
            return compare(role, product, view, now, None)
        half = self._decided(replace(asked, world=then), later) if present else _absent(product)
        return compare(role, product, view, now, half)

    def _refusal(self, world: World, visitor: Visitor, product: str, path: tuple[str, ...] = ()) -> str:
        """Why a visitor is not shown what others get of a product; "" when he is."""
        table = world.table(*product.split(".", 1))
        if not visitor.may_change(table.database) and not self._powers.approves(visitor, product):
            reads = f" {path[0]} reads it, and a view shows what it reads." if path else ""
            return (
                f"{visitor.role} may not see what others get of {product}.{reads} Nothing was read. "
                f"That is for its owner, for who approves requests on it, and for {STEWARD}."
            )
        for base in bases(world, table):
            if base.full_name not in (*path, product):
                found = self._refusal(world, visitor, base.full_name, (*path, product))
                if found:
                    return found
        return ""

    def _now(self, asked: _Asked) -> Half:
        """What the endpoint gives the role; where nobody can act as the role, what is decided for it."""
        fixed = self._powers.fixed_role
        if fixed is not None and fixed != asked.role:
            half = self._decided(asked, asked.view.now)
            words = f"These credentials can't act as {asked.role}, so this is what the grants open to it."
            return replace(half, words=f"{words} {half.words}".strip())
        try:
            runner = self._powers.runners.as_role(asked.role)
            half = self._read(runner, asked, asked.role, exp.select("*").from_(_name(asked.table)))
        except QueryFailedError as error:
            return _refused(error, asked.role)
        except MeshError as error:
            return Half(read_as=asked.role, state="failed", words=str(error))
        return withhold(half, asked.view.readable)

    def _decided(self, asked: _Asked, of: Opened) -> Half:
        """What the grants of a world open to the role, read with the viewer's credentials."""
        if not of.columns:
            return Half(by_decision=True, state="refused", words=next(iter(of.denied.values()), ""))
        types = dict(asked.view.order)
        named = tuple((name, "") for name in of.columns if name in types)
        mine = [name for name, _ in named if name in asked.view.viewer.columns]
        if not mine:
            words = f"{asked.visitor.role} may read none of these columns, so their values are not shown."
            return Half(named, by_decision=True, state="withheld", words=words)
        arn = asked.world.naming.role_arn(asked.role)
        try:
            runner = self._powers.runners.as_role(asked.visitor.role)
            statement = select_opened(asked.world, arn, asked.world.table(asked.table.database, asked.table.name), mine)
            half = self._read(runner, asked, asked.visitor.role, statement)
        except MeshError as error:
            return Half(named, read_as=asked.visitor.role, by_decision=True, state="failed", words=str(error))
        return _filled(half, tuple(name for name, _ in named))

    def _read(self, runner: QueryRunner, asked: _Asked, as_role: str, statement: exp.Select) -> Half:
        """The first rows in a known order; where the endpoint knows a column of the order not, in any order."""
        ordered = statement
        for name in asked.view.keys:
            key = exp.column(name, quoted=True)
            ordered = ordered.order_by(exp.Ordered(this=key, nulls_first=False))
        try:
            return self._run(runner, asked, as_role, ordered)
        except QueryFailedError as error:
            if not asked.view.keys or "COLUMN_NOT_FOUND" not in error.reason:
                raise
        return self._run(runner, asked, as_role, statement)

    def _run(self, runner: QueryRunner, asked: _Asked, as_role: str, statement: exp.Select) -> Half:
        text = statement.limit(ROWS + 1).sql("athena")
        query_id = runner.start(f"/* {_comment(asked)} */ {text}")
        waited_s = 0.0
        while not (status := runner.status(query_id)).is_over:
            if waited_s >= TIMEOUT_S:
                runner.cancel(query_id)
                return Half(
                    read_as=as_role, state="failed", words=f"Stopped after {TIMEOUT_S:.0f} s.", query_id=query_id
                )
            self._powers.sleep(POLL_S)
            waited_s += POLL_S
        raise_unless_succeeded(status)
        return _half(runner.results(query_id, ROWS), as_role, query_id)


def plan_hash(steps: tuple[Step, ...]) -> str:
    """The hash by which a planned change is known in the records; "" for none."""
    return sha256(to_json(list(steps)).encode()).hexdigest() if steps else ""


def _event(visitor: Visitor, found: Comparison, steps: tuple[Step, ...]) -> Event:
    halves = {"now": found.now, "after": found.after}
    detail = {f"{name}_query": half.query_id for name, half in halves.items() if half and half.query_id}
    detail |= {f"{name}_read_as": half.read_as for name, half in halves.items() if half and half.read_as}
    if steps:
        detail["planned"] = "; ".join(describe(step) for step in steps)
    return Event(
        "run-as",
        "preview",
        visitor.role,
        found.product,
        "shown",
        before=_gets(found.now),
        after=_gets(found.after) if found.after else "",
        plan_hash=plan_hash(steps),
        detail={"role": found.role, **detail},
    )


def _gets(half: Half) -> str:
    """A half in words, without a value."""
    if half.state != "read":
        return f"{half.state}: {half.words}"
    more = "more than " if half.truncated else ""
    return f"columns {', '.join(half.names)}; {more}{len(half.rows)} rows"


def _half(page: ResultPage, as_role: str, query_id: str) -> Half:
    columns = tuple((c.name, c.type) for c in page.columns)
    return Half(columns, page.rows, as_role, truncated=page.truncated, query_id=query_id)


def _filled(half: Half, names: tuple[str, ...]) -> Half:
    """The half with the columns that the viewer could not read put in their places."""
    types, places = dict(half.columns), {name: at for at, name in enumerate(half.names)}
    rows = tuple(tuple(row[places[n]] if n in places else WITHHELD for n in names) for row in half.rows)
    return replace(half, columns=tuple((n, types.get(n, "")) for n in names), rows=rows, by_decision=True)


def _refused(error: QueryFailedError, role: str) -> Half:
    """Athena's own words; nothing is known where it failed for another reason."""
    denied = isinstance(error, QueryDeniedError) or any(word in error.reason for word in HIDDEN_WORDS)
    state: HalfState = "refused" if denied or "has no columns" in error.reason else "failed"
    return Half(read_as=role, state=state, words=error.reason, query_id=error.query_id)


def _absent(product: str) -> Half:
    return Half(by_decision=True, state="absent", words=f"{product} does not exist any more then.")


def _name(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.database, quoted=True)


def _comment(asked: _Asked) -> str:
    """What the history of queries says of it."""
    who = re.sub(r"[^\w+=,.@-]", "", asked.visitor.role)
    return f"run-as {asked.role}, asked for by {who}"
