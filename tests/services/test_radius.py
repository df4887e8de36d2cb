"""The radius of a plan knows what ran, and a change that may give nothing is refused where it would."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, CreatePersona
from mesh_core.domain.world import ColumnsResource, ExpressionResource, Grant, TableResource, Target
from mesh_core.errors import GainsRefusedError
from mesh_core.services.ports_queries import ResultPage
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws, FakeRunner, FakeRunners

ARN = "arn:aws:iam::000000000000:role/analyst"
BY_TAG = Grant(ARN, ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",))
WHOLE = Grant(ARN, TableResource("sales", "orders"), ("SELECT",))
NARROW = ChangeAssignments(((Target("sales", "orders"), {"pii": "true"}),))


@pytest.fixture
def portal() -> Portal:
    aws = FakeAws()
    found = portal_on(aws, FakeRunners({"analyst": FakeRunner(default=ResultPage((), (), False))}))
    mesh_with(found, aws, draft())
    found.changes.apply_now(steward(found), ChangeGrants((BY_TAG,)))
    return found


def test_the_queries_that_ran_and_those_that_were_refused_are_replayed(portal: Portal) -> None:
    who, ran, refused = (
        portal.visitors.visitor("analyst"),
        "SELECT id FROM sales.orders",
        "SELECT * FROM sales.orders WHERE email = 'x'",
    )
    for _ in range(2):
        portal.queries.run(who, ran, 1)
    portal.queries.refused(who, refused, portal.queries.check(who, refused))
    narrowed = portal.radius.of(portal.changes.preview(steward(portal), NARROW))
    assert narrowed is not None
    assert [(one.query.sql, one.query.times, one.becomes) for one in narrowed.queries] == [(ran, 2, "fails")]
    opened = portal.radius.of(portal.changes.preview(steward(portal), ChangeGrants((WHOLE,))))
    assert opened is not None
    assert [(one.query.sql, one.becomes) for one in opened.queries] == [(refused, "succeeds")]


def test_plans_that_govern_nothing_have_no_radius(portal: Portal) -> None:
    assert portal.radius.of(portal.changes.preview(steward(portal), CreatePersona("newcomer"))) is None


def test_a_change_that_may_give_nothing_is_refused_with_who_would_gain(portal: Portal) -> None:
    plan = portal.changes.preview(steward(portal), ChangeGrants((WHOLE,)))
    with pytest.raises(GainsRefusedError, match="analyst gains email of sales.orders") as error:
        portal.changes.apply(steward(portal), plan, refuse_gains=True)
    assert len(error.value.gains) == 1
    assert portal.changes.preview(steward(portal), ChangeGrants((WHOLE,))).is_same_as(plan)


def test_a_change_that_gives_nothing_is_made(portal: Portal) -> None:
    plan = portal.changes.preview(steward(portal), ChangeGrants(revokes=(BY_TAG,)))
    assert portal.jobs.wait(portal.changes.apply(steward(portal), plan, refuse_gains=True)).state == "done"


def test_a_gain_that_comes_up_between_preview_and_apply_stops_it(portal: Portal) -> None:
    named = Grant(ARN, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    plan = portal.changes.preview(steward(portal), ChangeGrants((named,)))
    assert plan.effects == ()
    portal.changes.apply_now(steward(portal), ChangeGrants(revokes=(BY_TAG,)))
    job = portal.jobs.wait(portal.changes.apply(steward(portal), plan, refuse_gains=True))
    assert (job.state, "changed" in job.error) == ("failed", True)
