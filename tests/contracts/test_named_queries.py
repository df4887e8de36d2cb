"""Saved queries are Athena's named queries of the role's own work group, in memory and on the endpoint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import CreatePersona, PrepareMesh, Teardown
from mesh_core.errors import NotFoundError
from mesh_core.services.ports_queries import SavedQuery
from tests.builders import steward
from tests.contracts.conftest import Place

ONE = SavedQuery("", "Weekly", "SELECT 1", "", "Every Monday")


@pytest.fixture(scope="module")
def role(place: Place, local: tuple[Portal, Outside]) -> str:
    if place.kind == "localaws":
        for intent in (PrepareMesh(), CreatePersona("keeper")):
            local[0].changes.apply_now(steward(local[0]), intent)
    return "keeper"


def test_a_named_query_is_made_changed_and_deleted(place: Place, role: str) -> None:
    store = place.outside.runners.saved_of(role)
    first = replace(ONE, id=store.save(ONE))
    second = replace(ONE, name="Another", description="", id=store.save(replace(ONE, name="Another", description="")))
    assert store.saved() == (second, first)
    changed = replace(first, name="Monthly", sql="SELECT 2", description="")
    assert store.save(changed) == first.id
    assert changed in store.saved()
    store.delete_saved(first.id)
    assert store.saved() == (second,)
    store.delete_saved(second.id)


def test_one_that_is_gone_is_said_so(place: Place, role: str) -> None:
    store = place.outside.runners.saved_of(role)
    gone = store.save(ONE)
    store.delete_saved(gone)
    with pytest.raises(NotFoundError):
        store.delete_saved(gone)
    with pytest.raises(NotFoundError):
        store.save(replace(ONE, id=gone))


def test_more_than_a_batch_are_all_found(place: Place, role: str) -> None:
    store = place.outside.runners.saved_of(role)
    ids = [store.save(replace(ONE, name=f"q{number:03}")) for number in range(60)]
    assert [one.id for one in store.saved()] == ids
    for one in ids:
        store.delete_saved(one)


def test_no_saved_query_outlives_the_mesh(local: tuple[Portal, Outside]) -> None:
    portal = local[0]
    portal.changes.apply_now(steward(portal), CreatePersona("leaver"))
    portal.saved_queries.save(portal.visitors.visitor("leaver"), ONE)
    portal.changes.apply_now(steward(portal), Teardown("mesh"))
    portal.changes.apply_now(steward(portal), CreatePersona("leaver"))
    assert portal.saved_queries.mine(portal.visitors.visitor("leaver")) == ()
