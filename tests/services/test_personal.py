"""The search for personal data reads as the owner, keeps no values, and never loses a decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import CreateDomain, PublishProduct
from mesh_core.domain.suggestions import Found, State
from mesh_core.domain.world import Column
from mesh_core.errors import InvalidInputError, PermissionDeniedError
from mesh_core.services.personal import A_ROUND
from mesh_core.services.ports import Versioned
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

COLUMNS = (Column("id", "bigint"), Column("email", "string"), Column("note", "string"))
ORDERS = draft("orders", columns=COLUMNS, column_tags={})
ROWS = tuple((str(n), f"p{n}@mail.example", f"write to q{n}@mail.example"[9:]) for n in range(10))
PAGE = ResultPage(
    (ResultColumn("id", "bigint"), ResultColumn("email", "varchar"), ResultColumn("note", "varchar")), ROWS, False
)


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def runners() -> FakeRunners:
    return FakeRunners({"sales-owner": FakeRunner(default=PAGE)})


@pytest.fixture
def portal(aws: FakeAws, runners: FakeRunners) -> Portal:
    found = portal_on(aws, runners)
    mesh_with(found, aws, ORDERS)
    return found


def scan(portal: Portal, role: str = "mesh-steward", scope: str = "") -> None:
    portal.personal.start(portal.visitors.visitor(role), scope)
    now = portal.personal.wait()
    assert now is not None and now.state == "done", now


def told(portal: Portal, role: str = "mesh-steward") -> dict[str, State]:
    return {row.found.name: row.state for row in portal.personal.rows(portal.visitors.visitor(role))}


def found(portal: Portal, name: str) -> Found:
    return next(row.found for row in portal.personal.rows(steward(portal)) if row.found.name == name)


def test_names_and_values_are_looked_at_with_the_owner_s_rights(portal: Portal, runners: FakeRunners) -> None:
    scan(portal)
    assert told(portal) == {"sales.orders.email": "open", "sales.orders.note": "open"}
    assert found(portal, "sales.orders.email").by == "name and values"
    assert found(portal, "sales.orders.note").by == "values"
    assert set(runners.runners) == {"sales-owner"}


def test_no_value_is_kept_anywhere(portal: Portal, aws: FakeAws) -> None:
    scan(portal)
    portal.audit.flush()
    texts = [some[-1] for some in aws.objects[aws.naming.control_bucket].values()]
    assert not [one for one in texts if b"mail.example" in one]


def test_where_the_owner_can_not_read_the_names_are_looked_at_and_that_is_said(aws: FakeAws) -> None:
    portal = portal_on(aws, FakeRunners(refused=frozenset({"sales-owner"})))
    mesh_with(portal, aws, ORDERS)
    scan(portal)
    assert told(portal) == {"sales.orders.email": "open"}
    now = portal.personal.progress()
    assert now is not None
    ((table, why),) = now.by_names
    assert table == "sales.orders" and "can't be assumed" in why


def test_what_is_accepted_is_marked_by_one_plan_and_rejected_ones_stay_rejected(portal: Portal) -> None:
    scan(portal)
    portal.changes.apply_now(steward(portal), portal.personal.accepting([found(portal, "sales.orders.email")]))
    portal.personal.reject(steward(portal), [found(portal, "sales.orders.note")], " free  text ")
    scan(portal)
    assert told(portal) == {"sales.orders.email": "accepted", "sales.orders.note": "rejected"}
    note = found(portal, "sales.orders.note")
    assert (note.rejected_by, note.note) == ("mesh-steward", "free text")
    portal.personal.reopen(steward(portal), [note])
    assert told(portal)["sales.orders.note"] == "open"
    decisions = [one.action for one in portal.audit.events() if one.kind == "decision"]
    assert decisions == ["reopen suggestions of personal data", "reject suggestions of personal data"]


def test_another_process_knows_the_queue(portal: Portal, aws: FakeAws, runners: FakeRunners) -> None:
    scan(portal)
    portal.personal.reject(steward(portal), [found(portal, "sales.orders.note")])
    assert told(portal_on(aws, runners)) == told(portal)


def test_two_stewards_at_once_lose_no_decision(portal: Portal, aws: FakeAws, runners: FakeRunners) -> None:
    scan(portal)
    other, met = portal_on(aws, runners), list[str]()
    note, email = found(portal, "sales.orders.note"), found(portal, "sales.orders.email")

    read = aws.writers.storage.get_versioned

    def read_then_meanwhile(bucket: str, key: str) -> Versioned | None:
        seen = read(bucket, key)
        if "governance/personal" in key and not met:
            met.append(key)
            other.personal.reject(steward(other), [email])
        return seen

    portal.personal._storage.get_versioned = read_then_meanwhile  # type: ignore[method-assign]
    portal.personal.reject(steward(portal), [note])
    assert met
    assert set(told(portal).values()) == {"rejected"}


def test_an_owner_sees_and_decides_what_is_in_his_domains_only(portal: Portal, aws: FakeAws) -> None:
    portal.changes.apply_now(steward(portal), CreateDomain("hr"))
    scan(portal)
    assert told(portal, "sales-owner") and not told(portal, "hr-owner") and not told(portal, "analyst")
    with pytest.raises(PermissionDeniedError, match="Its owner and mesh-steward may"):
        portal.personal.reject(portal.visitors.visitor("hr-owner"), [found(portal, "sales.orders.note")])
    for scope in ("sales", "sales.orders"):
        with pytest.raises(PermissionDeniedError):
            portal.personal.start(portal.visitors.visitor("hr-owner"), scope)
    with pytest.raises(InvalidInputError):
        portal.personal.start(portal.visitors.visitor("hr-owner"))


def test_new_and_changed_products_are_looked_at_by_themselves_once(portal: Portal, runners: FakeRunners) -> None:
    runner = runners.runners["sales-owner"]
    portal.personal.look_at_new()
    assert told(portal) == {"sales.orders.email": "open", "sales.orders.note": "open"}
    asked = len(runner.started)
    portal.personal.look_at_new()
    assert len(runner.started) == asked
    portal.changes.apply_now(steward(portal), PublishProduct(draft("returns", columns=COLUMNS, column_tags={})))
    portal.personal.look_at_new()
    assert len(runner.started) == asked + 1
    assert "sales.returns.email" in told(portal)


def test_only_some_are_looked_at_at_a_time(portal: Portal, runners: FakeRunners) -> None:
    for number in range(A_ROUND + 1):
        portal.changes.apply_now(steward(portal), PublishProduct(draft(f"p{number}", columns=COLUMNS, column_tags={})))
    portal.personal.look_at_new()
    assert len(runners.runners["sales-owner"].started) == A_ROUND
    portal.personal.look_at_new()
    assert len(runners.runners["sales-owner"].started) == A_ROUND + 2


def test_a_scan_can_be_stopped_and_what_was_found_until_then_stays(portal: Portal, runners: FakeRunners) -> None:
    portal.changes.apply_now(steward(portal), PublishProduct(draft("returns", columns=COLUMNS, column_tags={})))
    runner = runners.runners["sales-owner"]
    start = runner.start

    def stop_then_start(sql: str, database: str = "") -> str:
        portal.personal.cancel()
        return start(sql, database)

    runner.start = stop_then_start  # type: ignore[method-assign]
    portal.personal.start(steward(portal))
    now = portal.personal.wait()
    assert now is not None and (now.state, now.done, now.total) == ("cancelled", 1, 2)
    assert len(told(portal)) == 2


@pytest.mark.parametrize("text", ["{not json", "[]", '{"_":"Nothing"}'])
def test_a_broken_queue_is_named_and_keeps_no_other_domain_from_being_looked_at(
    portal: Portal, aws: FakeAws, text: str
) -> None:
    portal.changes.apply_now(steward(portal), CreateDomain("billing"))
    portal.changes.apply_now(steward(portal), PublishProduct(replace(ORDERS, domain="billing", owner="billing-owner")))
    aws.writers.storage.put_if(aws.naming.control_bucket, "governance/personal/billing.json", text, None)
    with pytest.raises(InvalidInputError, match="personal/billing.json was written past the portal.*Restore"):
        portal.personal.look_at_new()
    assert portal.personal.looked_at(portal.visitors.visitor("sales-owner")) == 1
