"""Every change and every query is an event: before it begins, and how it ended."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.audit import Event
from mesh_core.domain.intents import ChangeVocabulary, CreateDomain, Teardown
from mesh_core.errors import AwsError, NotRecordedError
from mesh_core.services.ports_queries import ResultPage
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

TEAM = ChangeVocabulary("team", ("a", "b"))


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    runners = FakeRunners(
        {
            "mesh-steward": FakeRunner(default=ResultPage((), (), False)),
            "analyst": FakeRunner({"SELECT id FROM sales.orders": "Insufficient permissions on sales.orders"}),
        }
    )
    found = portal_on(aws, runners)
    mesh_with(found, aws, draft())
    return found


def told(portal: Portal, kind: str) -> list[Event]:
    """The events of a kind, the oldest first."""
    return [one for one in reversed(portal.audit.events()) if one.kind == kind]


def test_a_change_is_recorded_with_who_what_the_steps_and_its_plan_before_and_after_it_is_made(portal: Portal) -> None:
    portal.changes.apply_now(steward(portal), TEAM)
    begun, done = told(portal, "change")[-2:]
    assert (begun.actor, begun.action, begun.subject, begun.outcome) == ("mesh-steward", "apply", "tag team", "begun")
    assert begun.after == "Create the LF-tag team (a, b)"
    assert (done.outcome, done.plan_hash) == ("done", begun.plan_hash)
    assert len(begun.plan_hash) == 64


def test_a_change_that_can_not_be_recorded_is_not_made(portal: Portal, aws: FakeAws) -> None:
    before = aws.snapshot()

    def refuse(what: str) -> None:
        if what == "journal":
            raise AwsError("no space")

    aws.before_write = refuse
    with pytest.raises(NotRecordedError):
        portal.changes.apply_now(steward(portal), TEAM)
    aws.before_write = lambda _: None
    assert aws.snapshot() == before


def test_a_failure_a_resume_and_an_undo_are_recorded_with_their_reason(portal: Portal, aws: FakeAws) -> None:
    def refuse(what: str) -> None:
        if what == "create_database":
            raise AwsError("no such luck")

    aws.before_write = refuse
    job = portal.changes.apply(steward(portal), portal.changes.preview(steward(portal), CreateDomain("hr")))
    assert portal.jobs.wait(job).state == "failed"
    aws.before_write = lambda _: None
    portal.jobs.resume(job, "mesh-steward")
    portal.jobs.wait(job)
    portal.jobs.undo(job, "hr-owner")
    portal.jobs.wait(job)
    mine = [(one.action, one.actor, one.outcome) for one in told(portal, "change") if one.detail.get("job") == job]
    assert mine == [
        ("apply", "mesh-steward", "begun"),
        ("apply", "mesh-steward", "failed: no such luck"),
        ("resume", "mesh-steward", "begun"),
        ("apply", "mesh-steward", "done"),
        ("undo", "hr-owner", "begun"),
        ("undo", "hr-owner", "undone"),
    ]


def test_the_mesh_is_gone_with_its_log_and_nothing_is_written_behind(portal: Portal, aws: FakeAws) -> None:
    portal.changes.apply_now(steward(portal), Teardown("mesh"))
    assert aws.naming.control_bucket not in aws.objects


def test_a_query_is_recorded_with_its_end_and_can_be_replayed(portal: Portal) -> None:
    portal.queries.run(steward(portal), "SELECT id FROM sales.orders", 1)
    portal.audit.flush()
    assert [(one.actor, one.subject, one.outcome) for one in told(portal, "query")] == [
        ("mesh-steward", "sales.orders", "started"),
        ("mesh-steward", "sales.orders", "succeeded"),
    ]
    assert [(one.principal, one.sql, one.outcome) for one in portal.audit.queries()] == [
        ("mesh-steward", "SELECT id FROM sales.orders", "succeeded")
    ]


def test_a_read_that_lake_formation_refuses_is_a_denial(portal: Portal) -> None:
    who = portal.visitors.visitor("analyst")
    query_id = portal.queries.start(who, "SELECT id FROM sales.orders")
    portal.queries.status(who, query_id)
    portal.queries.status(who, query_id)
    portal.audit.flush()
    assert [(one.actor, one.subject, one.outcome) for one in told(portal, "denied")] == [
        ("analyst", "sales.orders", "refused by Lake Formation")
    ]


def test_a_query_that_the_check_refuses_is_a_denial_though_it_never_ran(portal: Portal) -> None:
    who, sql = portal.visitors.visitor("analyst"), "SELECT email FROM sales.orders"
    portal.queries.refused(who, sql, portal.queries.check(who, sql))
    portal.audit.flush()
    (event,) = told(portal, "denied")
    assert (event.outcome, event.detail["sql"]) == ("refused before it ran", sql)
    assert told(portal, "query") == []
