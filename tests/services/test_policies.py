"""Policies are held against every plan, kept with conditional writes, and looked at on schedule."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import (
    ChangeAssignments,
    ChangeGrants,
    CreateDomain,
    EditProduct,
    PublishProduct,
    Teardown,
)
from mesh_core.domain.names import ProductName
from mesh_core.domain.world import IAM_ALLOWED, Grant, TableResource, Target
from mesh_core.errors import (
    ConflictError,
    InvalidInputError,
    PermissionDeniedError,
    PolicyFileError,
    PolicyRefusedError,
)
from mesh_core.services.policies import shipped
from mesh_core.services.schedule import Schedule
from tests.builders import draft, mesh_with, portal_on, stage, steward
from tests.fakes import FakeAws

PUBLIC = ChangeAssignments(((Target("sales", "orders", "email"), {"pii": "true", "sensitivity": "public"}),))
STRICT = "rules:\n- rule: owner-and-contact\n- rule: retention\n"
OPEN = Grant(IAM_ALLOWED, TableResource("sales", "orders"), ("SELECT",))


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    found = portal_on(aws)
    mesh_with(found, aws, draft())
    return found


def saved(portal: Portal, text: str, domain: str = "") -> None:
    portal.policies.save(steward(portal), domain, text, portal.policies.document(domain).etag)


@pytest.mark.parametrize("intent", [PUBLIC, ChangeGrants((OPEN,))], ids=["public", "iam"])
def test_a_plan_that_breaks_a_rule_is_refused_with_the_rule_s_text_and_nothing_is_done(
    portal: Portal, aws: FakeAws, intent: ChangeAssignments | ChangeGrants
) -> None:
    before = portal.reading.world(0)
    plan = portal.changes.preview(steward(portal), intent)
    with pytest.raises(PolicyRefusedError) as caught:
        portal.changes.apply(steward(portal), plan)
    with pytest.raises(PolicyRefusedError):
        portal.changes.apply_now(steward(portal), intent)
    assert "sales.orders" in str(caught.value) and "The rule: " in str(caught.value)
    assert portal.reading.world(0) == before
    event = next(one for one in portal.audit.events() if one.kind == "policy")
    assert (event.action, event.actor, event.plan_hash != "") == ("refuse a change", "mesh-steward", True)


def test_a_rule_that_warns_stops_nobody(portal: Portal) -> None:
    plan = portal.changes.preview(steward(portal), PublishProduct(draft("returns")))
    assert {(one.kind, one.action) for one in portal.policies.of(plan)} == {
        ("owner-and-contact", "warn"),
        ("retention", "warn"),
    }
    assert portal.jobs.wait(portal.changes.apply(steward(portal), plan)).state == "done"


def test_a_publication_is_refused_until_it_has_what_the_rules_ask_for(portal: Portal, aws: FakeAws) -> None:
    saved(portal, STRICT)
    stage(aws)
    with pytest.raises(PolicyRefusedError, match="has no contact"):
        portal.changes.apply_now(steward(portal), PublishProduct(draft("returns")))
    whole = draft("returns", contact="#sales", retention_days=30)
    assert portal.changes.apply_now(steward(portal), PublishProduct(whole)) is not None


def test_what_is_broken_already_stops_no_other_change_nor_its_own_mending(portal: Portal) -> None:
    saved(portal, STRICT)
    name = ProductName("sales", "orders")
    assert portal.changes.apply_now(steward(portal), EditProduct(name, description="Other words")) is not None
    assert portal.changes.apply_now(steward(portal), EditProduct(name, contact="#sales")) is not None
    with pytest.raises(PolicyRefusedError):
        portal.changes.apply_now(steward(portal), EditProduct(name, contact=""))


def test_a_teardown_is_never_refused(portal: Portal) -> None:
    saved(portal, STRICT)
    plan = portal.changes.preview(steward(portal), Teardown("product", "sales.orders"))
    assert portal.policies.of(plan) == ()


def test_a_domain_s_own_rules_hold_there_and_nowhere_else(portal: Portal, aws: FakeAws) -> None:
    portal.changes.apply_now(steward(portal), CreateDomain("hr"))
    portal.policies.save(portal.visitors.visitor("sales-owner"), "sales", STRICT, None)
    with pytest.raises(PolicyRefusedError):
        portal.changes.apply_now(steward(portal), PublishProduct(draft("returns")))
    stage(aws)
    assert portal.changes.apply_now(steward(portal), PublishProduct(draft("staff", "hr"))) is not None


@pytest.mark.parametrize(
    ("role", "domain"), [("analyst", ""), ("sales-owner", ""), ("analyst", "sales"), ("sales-owner", "hr")]
)
def test_rules_are_saved_by_who_keeps_them_only(portal: Portal, role: str, domain: str) -> None:
    with pytest.raises(PermissionDeniedError, match="Nothing was saved"):
        portal.policies.save(portal.visitors.visitor(role), domain, STRICT, None)


def test_a_domain_that_would_loosen_the_mesh_is_refused_and_keeps_what_it_had(portal: Portal) -> None:
    with pytest.raises(PolicyFileError, match="only tighten"):
        saved(portal, "rules:\n- {rule: personal-data, never: [public], action: warn}", "sales")
    assert portal.policies.document("sales").text == ""


def test_two_stewards_do_not_overwrite_each_other(portal: Portal) -> None:
    portal.policies.save(steward(portal), "", STRICT, None)
    with pytest.raises(ConflictError):
        portal.policies.save(steward(portal), "", shipped(), None)
    assert portal.policies.document().text == STRICT
    event = next(one for one in portal.audit.events() if one.action == "change the policies")
    assert (event.before, event.after) == (shipped(), STRICT)


def test_a_document_that_somebody_broke_by_hand_opens_nothing(portal: Portal, aws: FakeAws) -> None:
    saved(portal, STRICT)
    aws.objects[aws.naming.control_bucket]["governance/policies.yaml"].append(b"rules: [")
    again = portal_on(aws)
    with pytest.raises(InvalidInputError, match="The policies of the mesh can't be read, line 1"):
        again.changes.apply_now(steward(again), PUBLIC)
    document = again.policies.document()
    again.policies.save(steward(again), "", shipped(), document.etag)
    with pytest.raises(PolicyRefusedError):
        again.changes.apply_now(steward(again), PUBLIC)


def test_the_scheduled_look_tells_since_when_something_is_broken_and_when_it_ends(portal: Portal) -> None:
    assert {one.since for one in portal.policies.seen()} == {""}
    portal.policies.look()
    assert all(one.since for one in portal.policies.seen())
    portal.policies.look()
    portal.changes.apply_now(steward(portal), EditProduct(ProductName("sales", "orders"), contact="#sales"))
    portal.policies.look()
    told = [(one.action, one.subject) for one in portal.audit.events() if one.kind == "policy"]
    assert sorted(told) == [
        ("find a violation", "sales.orders"),
        ("find a violation", "sales.orders"),
        ("see a violation end", "sales.orders"),
    ]


def test_several_violations_of_one_rule_about_columns_are_mended_by_one_plan(portal: Portal) -> None:
    portal.changes.apply_now(steward(portal), PublishProduct(draft("returns")))
    portal.changes.apply_now(steward(portal), ChangeAssignments(((Target("sales"), {"domain": "sales"}),)))
    broken = [one for one in portal.policies.violations() if one.kind == "classified"]
    assert len(broken) == 2
    intent = portal.policies.mended_by(broken, "pii=false")
    portal.changes.apply_now(steward(portal), intent)
    intent = portal.policies.mended_by(broken, "sensitivity=internal")
    portal.changes.apply_now(steward(portal), intent)
    assert [one for one in portal.policies.violations() if one.kind == "classified"] == []
    others = [one for one in portal.policies.violations() if one.kind == "retention"]
    with pytest.raises(InvalidInputError):
        portal.policies.mended_by(others, "30")


def test_a_task_that_fails_is_tried_again_and_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    now, ran = [0.0], list[str]()

    def fail() -> None:
        ran.append("fail")
        raise ValueError("no")

    schedule = Schedule(lambda: now[0])
    schedule.add("fails", 10.0, fail)
    schedule.add("works", 10.0, lambda: ran.append("work"))
    assert schedule.run_due() == 10.0
    for now[0] in (10.0, 15.0, 20.0):
        schedule.run_due()
    assert ran == ["fail", "work"] * 2
    assert "scheduled: fails failed" in caplog.text


def test_an_undo_that_would_break_a_rule_anew_is_refused(portal: Portal) -> None:
    name = ProductName("sales", "orders")
    plan = portal.changes.preview(steward(portal), EditProduct(name, contact="#sales", retention_days=30))
    job = portal.changes.apply(steward(portal), plan)
    portal.jobs.wait(job)
    saved(portal, STRICT)
    with pytest.raises(PolicyRefusedError, match="Undo: Edit sales.orders"):
        portal.changes.undo(steward(portal), job)
    assert portal.jobs.get(job).state == "done"
    saved(portal, shipped())
    portal.changes.undo(steward(portal), job)
    assert portal.jobs.wait(job).state == "undone"
