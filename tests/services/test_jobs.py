"""Applies in the background, drafts, and readings that are remembered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mesh_core.domain.intents import ChangeAssignments, ChangeVocabulary, CreateDomain, CreatePersona
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Target
from mesh_core.errors import NotFoundError, PermissionDeniedError
from mesh_core.services.reading import Reading
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws

TEAM = ChangeVocabulary("team", ("a", "b"))
HR = CreateDomain("hr")


def _fail_at(aws: FakeAws, what: str) -> None:
    def refuse(name: str) -> None:
        if name == what:
            raise RuntimeError("no such luck")

    aws.before_write = refuse


def _failed(aws: FakeAws) -> tuple[dict, str]:
    """The snapshot from before a domain's creation that failed half way, and its job."""
    portal = portal_on(aws)
    before = aws.snapshot()
    _fail_at(aws, "create_database")
    job = portal.changes.apply(steward(portal), portal.changes.preview(steward(portal), HR))
    assert portal.jobs.wait(job).state == "failed"
    aws.before_write = lambda _: None
    return before, job


def test_a_job_is_done_verified_and_listed_with_who_asked_for_it() -> None:
    portal = portal_on(FakeAws())
    job = portal.changes.apply(steward(portal), portal.changes.preview(steward(portal), TEAM))
    record = portal.jobs.wait(job)
    assert (record.state, record.actor, record.done) == ("done", "mesh-steward", len(record.steps))
    assert [one.id for one in portal.jobs.all()] == [job]
    assert portal.reading.world().tags["team"] == ("a", "b")


def test_another_process_resumes_what_failed_here() -> None:
    aws = FakeAws()
    _, job = _failed(aws)
    portal = portal_on(aws)
    assert portal.jobs.get(job).can_resume
    portal.jobs.resume(job, "mesh-steward")
    assert portal.jobs.wait(job).state == "done"
    assert portal.changes.plan(HR).is_empty


def test_another_process_takes_back_what_failed_here() -> None:
    aws = FakeAws()
    before, job = _failed(aws)
    portal = portal_on(aws)
    portal.jobs.undo(job, "mesh-steward")
    assert portal.jobs.wait(job).state == "undone"
    assert aws.snapshot() == before


def test_a_job_that_a_killed_process_left_running_is_interrupted_for_the_next_one() -> None:
    aws = FakeAws()
    portal = portal_on(aws)
    reached, go_on = threading.Event(), threading.Event()

    def pause(what: str) -> None:
        if what == "create_database":
            reached.set()
            go_on.wait(30)

    aws.before_write = pause
    job = portal.changes.apply(steward(portal), portal.changes.preview(steward(portal), HR))
    assert reached.wait(30)
    found = portal_on(aws).jobs.get(job)
    assert (portal.jobs.get(job).state, found.state) == ("running", "interrupted")
    assert found.can_resume and found.can_undo
    go_on.set()
    assert portal.jobs.wait(job).state == "done"


def test_a_job_stops_before_its_next_step_when_it_is_told_to_and_goes_on_later() -> None:
    aws = FakeAws()
    portal = portal_on(aws)
    reached, go_on = threading.Event(), threading.Event()

    def pause(what: str) -> None:
        if what == "create_role":
            reached.set()
            go_on.wait(30)

    aws.before_write = pause
    job = portal.changes.apply(steward(portal), portal.changes.preview(steward(portal), HR))
    assert reached.wait(30)
    portal.jobs.cancel(job)
    go_on.set()
    stopped = portal.jobs.wait(job)
    assert stopped.state == "cancelled" and 0 < stopped.done < len(stopped.steps)
    portal.jobs.resume(job, "mesh-steward")
    assert portal.jobs.wait(job).state == "done"


def test_a_job_that_never_was_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        portal_on(FakeAws()).jobs.get("20260101T000000-00000000")


def test_who_may_not_change_a_thing_neither_sees_its_plan_nor_applies_one() -> None:
    portal = portal_on(FakeAws())
    portal.changes.apply_now(steward(portal), CreatePersona("analyst"))
    analyst = portal.visitors.visitor("analyst")
    plan = portal.changes.preview(steward(portal), HR)
    for attempt in (
        lambda: portal.changes.preview(analyst, HR),
        lambda: portal.changes.apply(analyst, plan),
        lambda: portal.changes.apply_now(analyst, HR),
    ):
        with pytest.raises(PermissionDeniedError):
            attempt()
    assert not portal.reading.world(max_age_s=0).has_database("hr")


def test_a_reading_is_remembered_until_it_is_old_or_something_was_applied() -> None:
    aws, now = FakeAws(), [0.0]
    reading = Reading(aws.readers, aws.naming, clock=lambda: now[0])
    first = reading.world()
    aws.tag_values["team"] = ("a",)
    now[0] = 4.9
    assert reading.world() is first
    now[0] = 5.0
    assert reading.world().tags == {"team": ("a",)}
    aws.tag_values["team"] = ("b",)
    reading.forget()
    assert reading.world().tags == {"team": ("b",)}


def test_a_draft_comes_back_as_it_was_saved_for_its_own_role_only(tmp_path: Path) -> None:
    portal = portal_on(FakeAws())
    (tmp_path / "data").write_bytes(b"rows")
    staged = portal.drafts.stage("d1", draft(labels=("a",)), tmp_path / "data", 2)
    portal.drafts.save("d1", staged, "sales-owner")
    loaded = portal.drafts.load("d1")
    assert loaded is not None and loaded.draft == staged
    assert [one.id for one in portal.drafts.of_actor("sales-owner")] == ["d1"]
    assert portal.drafts.of_actor("analyst") == ()


def test_a_discarded_draft_leaves_no_version_of_a_file(tmp_path: Path) -> None:
    portal = portal_on(FakeAws())
    (tmp_path / "data").write_bytes(b"rows")
    portal.drafts.save("d1", portal.drafts.stage("d1", draft(), tmp_path / "data", 2), "sales-owner")
    portal.drafts.discard("d1")
    portal.drafts.discard("d1")
    assert portal.drafts.load("d1") is None
    assert portal.storage.listing(portal.naming.control_bucket, "drafts/").version_count == 0


def test_who_lost_a_domain_takes_nothing_back_there_any_more() -> None:
    aws = FakeAws()
    portal = portal_on(aws)
    mesh_with(portal, aws)
    owner = portal.visitors.visitor("sales-owner")
    intent = ChangeAssignments(((Target("sales"), {"domain": "sales", "pii": "true"}),))
    job = portal.changes.apply(owner, portal.changes.preview(owner, intent))
    portal.jobs.wait(job)
    for refused in (Visitor("sales-owner", owner.arn), Visitor("analyst", "arn", owned=frozenset({"sales"}))):
        with pytest.raises(PermissionDeniedError, match="Nothing was changed"):
            portal.changes.undo(refused, job)
        with pytest.raises(PermissionDeniedError):
            portal.changes.resume(refused, job)
    portal.changes.undo(owner, job)
    assert portal.jobs.wait(job).state == "undone"
