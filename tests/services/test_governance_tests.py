"""The mesh's tests are the steward's to write, everybody's to run, and nobody's to overwrite unseen."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.world import ColumnsResource, Grant
from mesh_core.errors import ConflictError, PermissionDeniedError, TestFileError
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws

TEXT = "- analyst cannot read sales.orders.email\n"
EMAIL = Grant("arn:aws:iam::000000000000:role/analyst", ColumnsResource("sales", "orders", ("email",)), ("SELECT",))


@pytest.fixture
def portal() -> Portal:
    aws = FakeAws()
    found = portal_on(aws)
    mesh_with(found, aws, draft())
    return found


def test_a_grant_that_breaks_a_test_is_named_by_it(portal: Portal) -> None:
    assert [one.passed for one in portal.governance_tests.run(TEXT)] == [True]
    portal.changes.apply_now(steward(portal), ChangeGrants((EMAIL,)))
    (found,) = portal.governance_tests.run(TEXT, fresh=True)
    assert (found.passed, "SELECT on sales.orders (email)" in found.words) == (False, True)


def test_saved_tests_are_kept_and_recorded(portal: Portal) -> None:
    kept = portal.governance_tests.save(steward(portal), TEXT, None)
    assert portal.governance_tests.document() == kept
    event = next(one for one in portal.audit.events() if one.kind == "policy")
    assert (event.actor, event.after) == ("mesh-steward", TEXT)


def test_two_stewards_do_not_overwrite_each_other(portal: Portal) -> None:
    portal.governance_tests.save(steward(portal), TEXT, None)
    with pytest.raises(ConflictError):
        portal.governance_tests.save(steward(portal), "- analyst can read sales.orders\n", None)
    assert portal.governance_tests.document().text == TEXT


def test_tests_that_can_not_be_run_are_not_saved(portal: Portal) -> None:
    with pytest.raises(TestFileError, match="Line 1"):
        portal.governance_tests.save(steward(portal), "- analyst can read sales.nothing\n", None)
    with pytest.raises(PermissionDeniedError):
        portal.governance_tests.save(portal.visitors.visitor("analyst"), TEXT, None)
    assert portal.governance_tests.document().text == ""
