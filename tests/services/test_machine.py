"""The one machine for every change: stopped anywhere, it resumes to the same end and undoes to the same beginning."""

from __future__ import annotations

import copy

import pytest

from mesh_core.domain.intents import CreateDomain, Intent, PublishProduct, Teardown
from mesh_core.domain.plan import Plan
from mesh_core.errors import NotUndoableError, PlanOutdatedError, StepFailedError
from mesh_core.services.apply import Apply, Control
from mesh_core.services.journal import Journal
from tests.builders import draft, mesh_with, portal_on, stage, steward, view_draft
from tests.fakes import NOW, FakeAws

PUBLISH, VIEW = PublishProduct(draft()), PublishProduct(view_draft())
CASES = [
    pytest.param((), CreateDomain("product", "Goods"), id="creating a domain"),
    pytest.param((), PUBLISH, id="publishing a file"),
    pytest.param((draft(),), VIEW, id="publishing a view"),
    pytest.param((draft(), view_draft()), Teardown("product", "sales.orders"), id="tearing down a product"),
    pytest.param((draft(), view_draft()), Teardown("domain", "sales"), id="tearing down a domain"),
    pytest.param((draft(), view_draft()), Teardown("mesh"), id="tearing down the mesh"),
]


class _Killed(BaseException):
    """The process dies: nothing after it runs."""


_BUILT: dict[int, FakeAws] = {}
_PLANS: dict[tuple[int, str], Plan] = {}


def _world_before(published: tuple) -> FakeAws:
    """A copy of the mesh with some products published; built once, since building plans a dozen changes."""
    if len(published) not in _BUILT:
        aws = FakeAws()
        mesh_with(portal_on(aws), aws, *published)
        stage(aws)
        _BUILT[len(published)] = aws
    return copy.deepcopy(_BUILT[len(published)])


def _stop_at(aws: FakeAws, position: int, after: bool) -> None:
    """Kill at the n-th change that is not a journal entry, before or after its effect."""
    seen = 0

    def hook(what: str) -> None:
        nonlocal seen
        seen += what != "journal"
        if what != "journal" and seen == position + 1:
            raise _Killed

    aws.before_write, aws.after_write = (lambda _: None, hook) if after else (hook, lambda _: None)


def _unhook(aws: FakeAws) -> None:
    aws.before_write = aws.after_write = lambda _: None


def _apply(aws: FakeAws) -> tuple[Apply, Journal]:
    journal = Journal(aws.writers.storage, aws.naming)
    return Apply(aws.writers, journal, lambda: NOW), journal


def _undisturbed(published: tuple, intent: Intent) -> tuple[dict, dict, int]:
    aws = _world_before(published)
    before = aws.snapshot()
    portal = portal_on(aws)
    plan = portal.changes.preview(steward(portal), intent)
    portal.jobs.run(plan, "mesh-steward")
    return before, aws.snapshot(), len(plan.steps)


def _killed_run(published: tuple, intent: Intent, position: int, after: bool) -> FakeAws:
    aws = _world_before(published)
    key = (len(published), repr(intent))
    if key not in _PLANS:
        portal = portal_on(aws)
        _PLANS[key] = portal.changes.preview(steward(portal), intent)
    plan = _PLANS[key]
    apply, _ = _apply(aws)
    record = apply.begin("job", plan, "mesh-steward")
    _stop_at(aws, position, after)
    with pytest.raises(_Killed):
        apply.run(record)
    _unhook(aws)
    return aws


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize(("published", "intent"), CASES)
def test_a_run_killed_at_any_step_resumes_to_the_same_end(published: tuple, intent: Intent, after: bool) -> None:
    _, end, steps = _undisturbed(published, intent)
    for position in range(steps):
        aws = _killed_run(published, intent, position, after)
        apply, journal = _apply(aws)
        record = journal.read("job")
        if record is None:
            assert intent == Teardown("mesh") and position == steps - 1  # its journal went with the control bucket
        else:
            apply.run(record)
        assert aws.snapshot() == end, f"killed at step {position + 1}"


@pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize(("published", "intent"), CASES)
def test_a_run_killed_at_any_step_undoes_to_the_same_beginning(published: tuple, intent: Intent, after: bool) -> None:
    before, _, steps = _undisturbed(published, intent)
    for position in range(steps):
        aws = _killed_run(published, intent, position, after)
        apply, journal = _apply(aws)
        record = journal.read("job")
        if isinstance(intent, Teardown) and position == steps - 1:
            if record is not None:
                with pytest.raises(NotUndoableError):
                    apply.undo(record)
            continue
        assert record is not None
        apply.undo(record)
        assert aws.snapshot() == before, f"killed at step {position + 1}"


@pytest.mark.parametrize(("published", "intent"), CASES[:3])
def test_a_finished_change_can_be_undone_too(published: tuple, intent: Intent) -> None:
    aws = _world_before(published)
    before = aws.snapshot()
    portal = portal_on(aws)
    record = portal.changes.apply_now(steward(portal), intent)
    assert record is not None
    _apply(aws)[0].undo(record)
    assert aws.snapshot() == before


def test_publishing_the_same_draft_twice_plans_nothing() -> None:
    aws = _world_before((draft(),))
    portal = portal_on(aws)
    assert portal.changes.preview(steward(portal), PUBLISH).is_empty


def test_apply_refuses_a_plan_made_before_somebody_else_published_the_product() -> None:
    aws = _world_before(())
    portal = portal_on(aws)
    plan = portal.changes.preview(steward(portal), PUBLISH)
    portal_on(aws).changes.apply_now(steward(portal), PUBLISH)
    after = aws.snapshot()
    job = portal.jobs.wait(portal.changes.apply(steward(portal), plan))
    assert job.state == "failed"
    assert str(PlanOutdatedError(plan.title)) == job.error
    assert aws.snapshot() == after


def test_two_starts_of_one_plan_make_one_job() -> None:
    aws = _world_before(())
    portal = portal_on(aws)
    plan = portal.changes.preview(steward(portal), PUBLISH)
    first = portal.changes.apply(steward(portal), plan)
    second = portal.changes.apply(steward(portal), plan)
    portal.jobs.wait(first)
    assert portal.jobs.get(first).state == "done"
    assert second == first or portal.jobs.wait(second).state == "failed"  # outdated, when the first was quicker


def test_a_failed_step_names_what_is_done_and_what_is_left() -> None:
    aws = _world_before(())
    portal = portal_on(aws)

    def refuse(what: str) -> None:
        if what == "create_table":
            raise RuntimeError("no such luck")

    plan = portal.changes.preview(steward(portal), PUBLISH)
    aws.before_write = refuse
    with pytest.raises(StepFailedError) as caught:
        portal.jobs.run(plan, "mesh-steward")
    assert caught.value.step == "Create the table sales.orders"
    assert len(caught.value.done) == 2
    assert caught.value.left[0] == caught.value.step


def test_a_stop_is_heeded_between_two_steps() -> None:
    aws = _world_before(())
    portal = portal_on(aws)
    plan = portal.changes.preview(steward(portal), PUBLISH)
    apply, journal = _apply(aws)
    with pytest.raises(Exception, match="Stopped on request: 0 steps"):
        apply.run(apply.begin("job", plan, "x"), Control(stop=lambda: True))
    stored = journal.read("job")
    assert stored is not None and stored.state == "cancelled"
