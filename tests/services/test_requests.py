"""From denied to granted and back: who decides, what is tried before it counts, what a kill or a rival can't break."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.audit import Event
from mesh_core.domain.intents import ChangeGrants, CreateDomain, PublishProduct, Teardown
from mesh_core.domain.request_forms import Ask, Choice
from mesh_core.domain.requests import Request
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import ColumnsResource, Grant
from mesh_core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    RowFilterError,
    RulesError,
)
from mesh_core.services.ports import StorageWriter
from mesh_core.services.ports_queries import ResultPage
from mesh_core.services.request_store import RequestStore
from mesh_core.services.requests import Requests
from mesh_core.services.requests_worker import Means, Worker
from tests.builders import draft, mesh_with, portal_on, stage, steward, view_draft
from tests.fakes import FakeAws, FakeRunner, FakeRunners

EMPTY = ResultPage((), (), False)
TABLE, SQL = "sales.orders", "SELECT id, email FROM sales.orders"
BOTH = Choice(("id", "email"))


class _Killed(BaseException):
    """The process dies: nothing after it runs."""


@dataclass
class Desk:
    """A portal whose clock the test turns, with somebody who asks and somebody who decides."""

    aws: FakeAws
    runners: FakeRunners
    portal: Portal
    day: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.requests = self.started_anew()

    def started_anew(self, storage: StorageWriter | None = None) -> Requests:
        """The use cases as a portal that starts now has them."""
        p, store = self.portal, RequestStore(storage or self.aws.writers.storage, self.aws.naming)
        means = Means(p.reading, p.changes, p.jobs, self.runners, self.events.append, self.events.append)
        return Requests(store, p.reading, p.changes, Worker(store, means, lambda: self.day), lambda: self.day)

    def who(self, role: str) -> Visitor:
        return self.portal.visitors.visitor(role)

    def asked(self, role: str = "analyst", sql: str = SQL, **changes: Any) -> Request:
        who = self.who(role)
        form = self.requests.form(who, self.requests.wishes(who, sql))
        return self.requests.submit(who, Ask(form.wishes, "To answer mails", conditions=form.conditions, **changes))

    def settled(self, request: Request) -> Request:
        self.requests.worker.settle()
        return self.requests.get(self.who("mesh-steward"), request.id)

    def granted(self, **changes: Any) -> Request:
        request = self.asked(**changes)
        self.requests.approve(self.who("sales-owner"), request.id, {TABLE: BOTH})
        return self.settled(request)

    def held(self, role: str = "analyst") -> set[str]:
        """The columns of the orders that the role holds by name."""
        arn = self.aws.naming.role_arn(role)
        mine = (grant.resource for grant in self.aws.grants if grant.principal == arn)
        return {column for one in mine if isinstance(one, ColumnsResource) for column in one.columns}


@pytest.fixture
def desk() -> Desk:
    aws, runners = FakeAws(), FakeRunners({"analyst": FakeRunner(default=EMPTY)})
    portal = portal_on(aws, runners)
    mesh_with(portal, aws, draft(), view_draft())
    return Desk(aws, runners, portal)


def test_a_request_is_pre_filled_with_what_the_query_lacks(desk: Desk) -> None:
    found = desk.requests.wishes(desk.who("analyst"), "SELECT email FROM sales.orders")
    assert [(one.table, one.owner, one.columns) for one in found] == [(TABLE, "sales", ("email",))]


def test_personal_columns_come_with_a_condition_of_their_own(desk: Desk) -> None:
    who = desk.who("analyst")
    plain, personal = (desk.requests.wishes(who, f"SELECT {name} FROM {TABLE}") for name in ("id", "email"))
    assert len(desk.requests.form(who, personal).conditions) == len(desk.requests.form(who, plain).conditions) + 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "  "}, "purpose is missing"),
        ({"purpose": "x" * 1001}, "1,001 characters"),
        ({"conditions": ()}, "Not accepted yet"),
        ({"until": "2026-02-01"}, "is past"),
        ({"wishes": ()}, "Nothing is asked for"),
    ],
)
def test_a_form_that_is_not_complete_is_not_sent(desk: Desk, changes: dict[str, Any], words: str) -> None:
    who = desk.who("analyst")
    form = desk.requests.form(who, desk.requests.wishes(who, SQL))
    filled = {"wishes": form.wishes, "purpose": "To answer mails", "conditions": form.conditions, **changes}
    with pytest.raises(InvalidInputError, match=words):
        desk.requests.submit(who, Ask(**filled))
    assert desk.requests.sent(who) == ()


def test_sending_the_same_twice_sends_it_once(desk: Desk) -> None:
    assert desk.asked().id == desk.asked().id
    assert len(desk.requests.sent(desk.who("analyst"))) == 1


def test_a_request_waits_for_the_owner_and_for_nobody_else(desk: Desk) -> None:
    request = desk.asked()
    waiting = {role: desk.requests.needing(desk.who(role)) for role in ("sales-owner", "analyst", "mesh-steward")}
    assert waiting == {"sales-owner": (request,), "analyst": (), "mesh-steward": ()}
    assert desk.requests.received(desk.who("mesh-steward")) == (request,)


def test_approved_is_not_granted_until_the_requester_has_read_it(desk: Desk) -> None:
    request = desk.asked()
    approved = desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    assert (approved.state, desk.held()) == ("approved", set())
    assert (desk.settled(request).state, desk.held()) == ("granted", {"id", "email"})
    assert desk.runners.as_role("analyst").started == ['SELECT "id", "email" FROM "sales"."orders" LIMIT 1']


def test_a_grant_that_the_requester_can_not_read_is_failed_with_the_reason_and_can_be_tried_again(desk: Desk) -> None:
    desk.runners.runners["analyst"] = FakeRunner(default=None)
    failed = desk.granted()
    assert failed.state == "failed"
    assert "still can't read it" in failed.parts[0].words
    desk.runners.runners["analyst"] = FakeRunner(default=EMPTY)
    desk.requests.retry(desk.who("analyst"), failed.id)
    assert desk.settled(failed).state == "granted"


def test_what_failed_and_is_closed_leaves_no_grant_behind(desk: Desk) -> None:
    desk.runners.runners["analyst"] = FakeRunner(default=None)
    failed = desk.granted()
    assert desk.held() == {"id", "email"}
    desk.requests.close(desk.who("sales-owner"), failed.id)
    assert (desk.settled(failed).state, desk.held()) == ("closed", set())


def test_fewer_columns_or_only_some_rows_can_be_approved(desk: Desk) -> None:
    request = desk.asked()
    choice = Choice(("id",), "id > 1")
    desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: choice})
    assert desk.settled(request).state == "granted"
    assert [(one.columns, one.row_filter) for one in desk.aws.filters] == [(("id",), "id > 1")]
    desk.requests.revoke(desk.who("analyst"), request.id)
    assert desk.settled(request).state == "revoked"
    assert list(desk.aws.filters) == []


def test_a_condition_that_lake_formation_refuses_is_refused_before_anything_is_decided(desk: Desk) -> None:
    request = desk.asked()
    with pytest.raises(RowFilterError):
        desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: Choice(("id",), "lower(email) = 'x'")})
    assert desk.settled(request).state == "open"


def test_of_two_approvers_the_second_is_told_and_nothing_is_granted_twice(desk: Desk) -> None:
    request = desk.asked()
    desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    with pytest.raises(InvalidInputError, match="approved already, by sales-owner"):
        desk.started_anew().approve(desk.who("mesh-steward"), request.id, {TABLE: Choice(("id",))})
    assert desk.settled(request).parts[0].columns == ("id", "email")


def test_an_approver_who_is_overtaken_while_he_writes_does_not_overwrite(desk: Desk) -> None:
    request, rival = desk.asked(), desk.started_anew()
    storage = desk.aws.writers.storage
    write, turns = storage.put_if, []

    def overtaken(bucket: str, key: str, text: str, etag: str | None) -> str:
        if not turns:
            turns.append(key)
            rival.reject(desk.who("mesh-steward"), request.id, TABLE, "Not this way")
        return write(bucket, key, text, etag)

    storage.put_if = overtaken  # type: ignore[method-assign]
    desk.requests = desk.started_anew(storage)
    with pytest.raises(InvalidInputError, match="is rejected already"):
        desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    assert turns == [f"requests/{request.id}.json"]
    assert (desk.settled(request).state, desk.held()) == ("rejected", set())


def test_only_who_is_asked_may_decide_and_only_who_is_part_of_it_may_look(desk: Desk) -> None:
    request = desk.asked()
    desk.portal.changes.apply_now(steward(desk.portal), CreateDomain("product", "Goods"))
    with pytest.raises(PermissionDeniedError, match="may not see"):
        desk.requests.get(desk.who("product-owner"), request.id)
    with pytest.raises(PermissionDeniedError, match="may not reject"):
        desk.requests.reject(desk.who("analyst"), request.id, TABLE, "no")


def test_a_rejection_needs_a_reason_and_shows_it(desk: Desk) -> None:
    request = desk.asked()
    with pytest.raises(InvalidInputError, match="reason is missing"):
        desk.requests.reject(desk.who("sales-owner"), request.id, TABLE, " ")
    after = desk.requests.reject(desk.who("sales-owner"), request.id, TABLE, "Ask for fewer columns")
    assert (after.state, after.parts[0].words) == ("rejected", "Ask for fewer columns")


def test_an_owner_may_ask_himself_and_it_is_written_down_that_he_did(desk: Desk) -> None:
    desk.aws.grants = tuple(g for g in desk.aws.grants if "sales-owner" not in g.principal)
    desk.portal.reading.forget()
    desk.runners.runners["sales-owner"] = FakeRunner(default=EMPTY)
    request = desk.asked("sales-owner")
    desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    done = desk.settled(request)
    assert done.state == "granted"
    assert [(one.who, one.what) for one in done.history[:2]] == [("sales-owner", "asked"), ("sales-owner", "approved")]


def test_after_its_last_day_access_is_taken_away(desk: Desk) -> None:
    request = desk.granted(until="2026-03-02")
    desk.day += timedelta(days=1)
    assert desk.settled(request).state == "granted"
    desk.day += timedelta(days=1)
    assert (desk.settled(request).state, desk.held()) == ("expired", set())


def test_a_request_that_nobody_decided_on_ends_with_its_last_day(desk: Desk) -> None:
    request = desk.asked(until="2026-03-02")
    desk.day += timedelta(days=2)
    assert desk.settled(request).state == "closed"


def test_an_extension_is_asked_for_by_the_requester_and_given_by_the_owner(desk: Desk) -> None:
    request = desk.granted(until="2026-03-03")
    assert desk.requests.needing(desk.who("analyst")) == (desk.settled(request),)
    desk.requests.extend(desk.who("analyst"), request.id, "2026-06-01")
    assert [one.asked_until for one in desk.requests.needing(desk.who("sales-owner"))] == ["2026-06-01"]
    desk.requests.extend(desk.who("sales-owner"), request.id, "2026-05-01")
    desk.day += timedelta(days=30)
    assert (desk.settled(request).state, desk.settled(request).until) == ("granted", "2026-05-01")


@pytest.mark.parametrize("role", ["analyst", "sales-owner"])
def test_either_side_ends_it(desk: Desk, role: str) -> None:
    request = desk.granted()
    desk.requests.revoke(desk.who(role), request.id)
    assert (desk.settled(request).state, desk.held()) == ("revoked", set())


def test_what_was_held_before_stays_when_the_request_ends(desk: Desk) -> None:
    before = Grant(desk.aws.naming.role_arn("analyst"), ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    desk.portal.changes.apply_now(steward(desk.portal), ChangeGrants((before,)))
    request = desk.asked()
    assert request.parts[0].columns == ("email",)
    desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    desk.settled(request)
    desk.requests.revoke(desk.who("analyst"), request.id)
    assert (desk.settled(request).state, desk.held()) == ("revoked", {"id"})


def test_what_another_request_needs_stays_until_that_one_ends_as_well(desk: Desk) -> None:
    first = desk.granted()
    arn = desk.aws.naming.role_arn("analyst")
    second = desk.requests._store
    wish = desk.requests.wishes(desk.who("analyst"), tables=("sales.recent",))
    assert wish[0].columns == ("id",)
    other = desk.asked(sql="SELECT id FROM sales.recent")
    desk.requests.approve(desk.who("sales-owner"), other.id, {"sales.recent": Choice(("id",))})
    assert desk.settled(other).state == "granted"
    need = Grant(arn, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    second.change(other.id, lambda r: r.with_part(_needing(r, need)))
    desk.requests.revoke(desk.who("analyst"), first.id)
    assert (desk.settled(first).state, desk.held()) == ("revoked", {"id"})
    desk.requests.revoke(desk.who("analyst"), other.id)
    assert (desk.settled(other).state, desk.held()) == ("revoked", set())


def _needing(request: Request, need: Grant) -> Any:
    part = request.part("sales.recent")
    return replace(part, grants=(*part.grants, need))


def test_a_grant_that_is_taken_away_beside_the_portal_is_seen_and_can_be_applied_again(desk: Desk) -> None:
    request = desk.granted()
    desk.aws.grants = tuple(g for g in desk.aws.grants if "analyst" not in g.principal)
    desk.portal.reading.forget()
    assert desk.settled(request).state == "drifted"
    assert [one.id for one in desk.requests.needing(desk.who("sales-owner"))] == [request.id]
    desk.requests.reapply(desk.who("sales-owner"), request.id)
    assert (desk.settled(request).state, desk.held()) == ("granted", {"id", "email"})


def test_a_product_that_is_torn_down_closes_what_was_asked_of_it(desk: Desk) -> None:
    waiting, granted = desk.asked(sql="SELECT id FROM sales.orders"), desk.granted()
    desk.portal.changes.apply_now(steward(desk.portal), Teardown("product", "sales.recent"))
    desk.portal.changes.apply_now(steward(desk.portal), Teardown("product", TABLE))
    for request in (waiting, granted):
        after = desk.settled(request)
        assert after.state == "closed"
        assert "does not exist any more" in after.history[-1].words


def test_a_role_that_is_gone_closes_what_it_asked_and_leaves_no_grant(desk: Desk) -> None:
    request = desk.granted()
    desk.aws.writers.people.delete_role("analyst")
    desk.portal.reading.forget()
    assert (desk.settled(request).state, desk.held()) == ("closed", set())


def test_several_owners_are_asked_at_once_and_each_decides_for_himself(desk: Desk) -> None:
    for domain in ("product", "marketing"):
        desk.portal.changes.apply_now(steward(desk.portal), CreateDomain(domain, "More"))
        stage(desk.aws)
        desk.portal.changes.apply_now(steward(desk.portal), PublishProduct(draft("goods", domain)))
    request = desk.asked(
        sql="SELECT o.id, p.email, m.id FROM sales.orders o JOIN product.goods p ON p.id = o.id "
        "JOIN marketing.goods m ON m.id = o.id"
    )
    assert {part.owner: part.columns for part in request.parts} == {
        "sales": ("id",), "product": ("id", "email"), "marketing": ("id",),
    }  # fmt: skip
    desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: Choice(("id",))})
    desk.requests.reject(desk.who("product-owner"), request.id, "product.goods", "Not now")
    after = desk.settled(request)
    states = {part.owner: part.state for part in after.parts}
    assert states == {"sales": "granted", "product": "rejected", "marketing": "open"}
    assert after.state == "open"


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("ends", [False, True], ids=["while granting", "while taking back"])
def test_a_portal_that_is_killed_anywhere_goes_on_when_it_starts_again(desk: Desk, position: int, ends: bool) -> None:
    request = desk.granted() if ends else desk.asked()
    if ends:
        desk.requests.revoke(desk.who("analyst"), request.id)
    else:
        desk.requests.approve(desk.who("sales-owner"), request.id, {TABLE: BOTH})
    seen = 0

    def kill(what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == position + 1:
            raise _Killed

    desk.aws.before_write = kill
    with contextlib.suppress(_Killed):
        desk.requests.worker.settle()
    desk.aws.before_write = lambda _: None
    desk.portal = portal_on(desk.aws, desk.runners)
    desk.requests = desk.started_anew()
    after = desk.settled(request)
    assert (after.state, desk.held()) == (("revoked", set()) if ends else ("granted", {"id", "email"}))


def test_every_request_and_every_decision_is_recorded(desk: Desk) -> None:
    request = desk.granted()
    desk.requests.revoke(desk.who("sales-owner"), request.id)
    desk.settled(request)
    assert [(one.kind, one.action, one.actor) for one in desk.events] == [
        ("request", "ask for access", "analyst"),
        ("decision", "approve", "sales-owner"),
        ("request", "granted", "mesh-portal"),
        ("decision", "revoke", "sales-owner"),
        ("request", "revoked", "mesh-portal"),
    ]


def test_a_request_that_is_not_there_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no such request"):
        desk.requests.get(desk.who("analyst"), "20260101T000000-00000000")


def test_the_rows_of_the_table_of_requests_are_one_a_part(desk: Desk) -> None:
    request = desk.granted()
    assert [(row["request_id"], row["state"], row["columns"], row["decided_by"]) for row in desk.requests.rows()] == [
        (request.id, "granted", "id, email", "sales-owner")
    ]


def test_an_approver_of_an_open_request_may_look_through_the_requesters_eyes(desk: Desk) -> None:
    assert not desk.requests.approves(desk.who("sales-owner"), TABLE)
    desk.asked()
    assert desk.requests.approves(desk.who("sales-owner"), TABLE)


RULES = """rules:
  - name: keys for reports
    domain: [sales]
    tags: {pii: ["false"]}
    purpose: [report]
    max_days: 90
"""


@pytest.mark.parametrize(
    ("sql", "purpose", "until", "state"),
    [
        pytest.param("SELECT id FROM sales.orders", "A yearly Report", "2026-05-01", "granted", id="all holds"),
        pytest.param(SQL, "A yearly Report", "2026-05-01", "open", id="one column is personal"),
        pytest.param("SELECT id FROM sales.orders", "Curiosity", "2026-05-01", "open", id="another purpose"),
        pytest.param("SELECT id FROM sales.orders", "A report", "2026-06-01", "open", id="too long"),
        pytest.param("SELECT id FROM sales.orders", "A report", "", "open", id="open-ended"),
    ],
)
def test_a_rule_approves_what_it_names_whole_and_nothing_else(
    desk: Desk, sql: str, purpose: str, until: str, state: str
) -> None:
    desk.requests.save_rules(desk.who("mesh-steward"), RULES, "")
    who = desk.who("analyst")
    form = desk.requests.form(who, desk.requests.wishes(who, sql))
    request = desk.requests.submit(who, Ask(form.wishes, purpose, until, form.conditions))
    after = desk.settled(request)
    assert after.state == state
    assert [one.who for one in after.history if one.what == "approved"] == (
        ["rule: keys for reports"] if state == "granted" else []
    )


def test_rules_are_the_stewards_and_what_can_not_hold_is_not_saved(desk: Desk) -> None:
    steward_ = desk.who("mesh-steward")
    with pytest.raises(PermissionDeniedError):
        desk.requests.save_rules(desk.who("sales-owner"), RULES, "")
    with pytest.raises(RulesError, match="Line 2: .*names pii=maybe"):
        desk.requests.save_rules(steward_, RULES.replace('"false"', "maybe"), "")
    assert desk.requests.rules().text == ""
    desk.requests.save_rules(steward_, RULES, "")
    with pytest.raises(ConflictError):
        desk.requests.save_rules(steward_, "", "")
    assert desk.requests.rules().text == RULES


def test_an_owner_s_own_conditions_are_asked_of_whoever_asks_for_that_product(desk: Desk) -> None:
    owner, conditions = desk.who("sales-owner"), desk.requests.conditions
    kept = conditions.save(owner, ("sales", ""), "I name the source.\n\n  I name the source. \n", None)
    conditions.save(owner, ("sales", "orders"), "I ask before I publish.", kept.etag)
    who = desk.who("analyst")
    form = desk.requests.form(who, desk.requests.wishes(who, SQL))
    assert form.conditions[-2:] == ("I name the source.", "I ask before I publish.")
    with pytest.raises(InvalidInputError, match="Not accepted yet: “I name the source.”"):
        desk.requests.submit(who, Ask(form.wishes, "x", conditions=form.conditions[:-2]))
    assert desk.asked().conditions == form.conditions
    event = [one for one in desk.events if one.action == "change the conditions"][-1]
    assert (event.actor, event.subject, event.after) == ("sales-owner", "sales.orders", "I ask before I publish.")


def test_conditions_are_taken_away_by_saving_none(desk: Desk) -> None:
    kept = desk.requests.conditions.save(desk.who("sales-owner"), ("sales", ""), "One.", None)
    desk.requests.conditions.save(steward(desk.portal), ("sales", ""), " \n", kept.etag)
    assert desk.requests.conditions.for_tables([TABLE]) == ()


def test_conditions_are_written_by_who_owns_the_domain_and_by_nobody_unseen(desk: Desk) -> None:
    conditions = desk.requests.conditions
    with pytest.raises(PermissionDeniedError):
        conditions.save(desk.who("analyst"), ("sales", ""), "Mine.", None)
    conditions.save(desk.who("sales-owner"), ("sales", ""), "One.", None)
    with pytest.raises(ConflictError):
        conditions.save(steward(desk.portal), ("sales", ""), "Two.", None)
    for text in ("x" * 301, "\n".join(f"{n}." for n in range(11))):
        with pytest.raises(InvalidInputError, match="Nothing was saved"):
            conditions.save(desk.who("sales-owner"), ("sales", ""), text, conditions.of("sales").etag)
    assert conditions.for_tables([TABLE]) == ("One.",)


def test_the_steward_is_needed_where_the_owner_s_role_is_gone(desk: Desk) -> None:
    request = desk.asked()
    assert desk.requests.needing(desk.who("mesh-steward")) == ()
    desk.aws.roles.pop("sales-owner")
    desk.portal.reading.forget()
    assert [one.id for one in desk.requests.needing(desk.who("mesh-steward"))] == [request.id]


@pytest.mark.parametrize("text", ["{not json", "[]", '{"orders": 5}', ""])
def test_conditions_broken_past_the_portal_let_nobody_in_and_are_saved_anew(desk: Desk, text: str) -> None:
    owner, conditions = desk.who("sales-owner"), desk.requests.conditions
    kept = conditions.save(owner, ("sales", ""), "One.", None)
    desk.aws.writers.storage.put_if(desk.aws.naming.control_bucket, "requests-conditions-sales.json", text, kept.etag)
    with pytest.raises(InvalidInputError, match="can't be read.*Nothing was asked for.*saves them anew"):
        conditions.for_tables([TABLE])
    conditions.save(owner, ("sales", ""), "Two.", conditions.of("sales").etag)
    assert conditions.for_tables([TABLE]) == ("Two.",)
    assert [one for one in desk.events if one.action == "change the conditions"][-1].before == (text or "nothing")
