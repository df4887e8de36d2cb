"""Queries that people keep: named, changed, written over only when that is said, and known to the blast radius."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments, ChangeGrants
from mesh_core.domain.world import ExpressionResource, Grant, Target
from mesh_core.errors import InvalidInputError, NameTakenError, NotAReadError, NotFoundError
from mesh_core.services.ports_queries import SavedQuery
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws, FakeRunners

WEEKLY = SavedQuery("", "Weekly", "SELECT id FROM sales.orders", description="Every Monday")
BY_TAG = Grant(
    "arn:aws:iam::000000000000:role/analyst", ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",)
)


@pytest.fixture
def runners() -> FakeRunners:
    return FakeRunners()


@pytest.fixture
def portal(runners: FakeRunners) -> Portal:
    aws = FakeAws()
    found = portal_on(aws, runners)
    mesh_with(found, aws, draft())
    return found


def test_a_query_is_kept_changed_and_forgotten_by_its_own_role(portal: Portal) -> None:
    who, saved = portal.visitors.visitor("analyst"), portal.saved_queries
    kept = saved.save(who, replace(WEEKLY, name="  Weekly \n sales "))
    assert kept.name == "Weekly sales"
    assert saved.mine(who) == (kept,)
    changed = saved.save(who, replace(kept, sql="SELECT 1"))
    assert saved.mine(who) == (changed,)
    assert saved.mine(steward(portal)) == ()
    saved.delete(who, kept.id)
    assert saved.mine(who) == ()
    with pytest.raises(NotFoundError):
        saved.delete(who, kept.id)


def test_a_name_that_is_taken_is_written_over_only_when_that_is_said(portal: Portal) -> None:
    who, saved = portal.visitors.visitor("analyst"), portal.saved_queries
    first = saved.save(who, WEEKLY)
    with pytest.raises(NameTakenError):
        saved.save(who, replace(WEEKLY, sql="SELECT 2"))
    assert saved.mine(who) == (first,)
    over = saved.save(who, replace(WEEKLY, sql="SELECT 2"), over=True)
    assert saved.mine(who) == (over,) and over.id == first.id


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (replace(WEEKLY, name="  "), InvalidInputError),
        (replace(WEEKLY, name="x" * 129), InvalidInputError),
        (replace(WEEKLY, description="x" * 1025), InvalidInputError),
        (replace(WEEKLY, sql="DROP TABLE x"), NotAReadError),
    ],
)
def test_what_can_not_be_kept_is_refused(portal: Portal, query: SavedQuery, error: type[Exception]) -> None:
    with pytest.raises(error):
        portal.saved_queries.save(portal.visitors.visitor("analyst"), query)


def test_the_radius_says_which_saved_queries_would_fail_though_they_never_ran(portal: Portal) -> None:
    portal.changes.apply_now(steward(portal), ChangeGrants((BY_TAG,)))
    portal.saved_queries.save(portal.visitors.visitor("analyst"), WEEKLY)
    narrow = ChangeAssignments(((Target("sales", "orders"), {"pii": "true"}),))
    found = portal.radius.of(portal.changes.preview(steward(portal), narrow))
    assert found is not None
    (one,) = found.saved
    assert (one.query.role, one.query.saved, one.query.times, one.becomes) == ("analyst", "Weekly", 0, "fails")


def test_a_role_that_can_not_be_asked_keeps_no_other_from_being_looked_at(runners: FakeRunners) -> None:
    aws = FakeAws()
    portal = portal_on(aws, FakeRunners(refused=frozenset({"sales-owner"})))
    mesh_with(portal, aws, draft())
    portal.saved_queries.save(portal.visitors.visitor("analyst"), WEEKLY)
    assert [(role, one.name) for role, one in portal.saved_queries.everybodys()] == [("analyst", "Weekly")]
