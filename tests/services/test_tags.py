"""The vocabulary and its uses, assignments with provenance, and changes of both as plans."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, ChangeVocabulary, Intent
from mesh_core.domain.world import ExpressionResource, Grant, Target
from mesh_core.errors import InvalidInputError, InvalidNameError, NotFoundError, PermissionDeniedError
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws

ANALYST = "arn:aws:iam::000000000000:role/analyst"
EMAIL = Target("sales", "orders", "email")
NOT_PERSONAL = Grant(ANALYST, ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",))


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    """sales.orders, its e-mail personal, and an analyst who reads what is not."""
    portal = portal_on(aws)
    mesh_with(portal, aws, draft())
    portal.changes.apply_now(steward(portal), ChangeGrants(grants=(NOT_PERSONAL,)))
    return portal


def apply(portal: Portal, intent: Intent, role: str = "mesh-steward") -> None:
    portal.changes.apply_now(portal.visitors.visitor(role), intent)


def test_every_value_tells_where_it_is_assigned_and_whose_grants_name_it(portal: Portal):
    uses = {(use.key, use.value): use for use in portal.tags.uses()}
    assert uses["pii", "true"].targets == ("sales.orders.email",)
    assert uses["pii", "false"].roles == ("analyst",)
    assert (uses["sensitivity", "restricted"].targets, uses["sensitivity", "restricted"].roles) == ((), ())


def test_the_rules_count_what_they_reach_now(portal: Portal):
    _, rules = portal.tags.model()
    assert [(one.role, one.expression, one.columns, one.tables) for one in rules] == [("analyst", "pii=false", 1, 1)]


def test_a_column_tells_what_is_assigned_there_and_what_it_inherits(portal: Portal):
    found = {one.target: one.effective for one in portal.tags.assignments("sales", "orders")}
    own = {tag.key: (tag.value, str(tag.source), tag.inherited) for tag in found[EMAIL]}
    assert own["pii"] == ("true", "sales.orders.email", False)
    assert own["domain"] == ("sales", "sales", True)


def test_a_domain_lists_its_database_and_tables(portal: Portal):
    assert [str(one.target) for one in portal.tags.assignments("sales")] == ["sales", "sales.orders"]


def test_unknown_domains_and_tables_are_refused_by_name(portal: Portal):
    with pytest.raises(NotFoundError, match="no domain 'hr'"):
        portal.tags.assignments("hr")
    with pytest.raises(NotFoundError, match=r"no table 'sales\.gone'"):
        portal.tags.assignments("sales", "gone")


def test_inheriting_again_takes_only_that_key_away(portal: Portal):
    ((target, own),) = portal.tags.changed((EMAIL,), {"pii": None})
    assert (target, own) == (EMAIL, {"sensitivity": "confidential"})


def test_a_changed_tag_says_who_gains_and_who_loses_before_it_is_applied(portal: Portal):
    intent = ChangeAssignments(portal.tags.changed((Target("sales", "orders", "id"),), {"pii": "true"}))
    assert "analyst loses id of sales.orders" in map(str, portal.changes.preview(steward(portal), intent).effects)


def test_a_new_value_of_no_consequence_changes_nobodys_access(portal: Portal):
    plan = portal.changes.preview(steward(portal), ChangeVocabulary("pii", ("false", "true", "unknown")))
    assert (plan.lines, plan.effects) == (("Change the LF-tag pii: +unknown",), ())


def test_the_vocabulary_is_created_changed_and_deleted(portal: Portal, aws: FakeAws):
    apply(portal, ChangeVocabulary("team", ("retail", "online")))
    apply(portal, ChangeVocabulary("team", ("retail",)))
    assert aws.tag_values["team"] == ("retail",)
    apply(portal, ChangeVocabulary("team", ()))
    assert "team" not in portal.tags.vocabulary()


def test_a_value_in_use_is_not_removed_and_the_refusal_says_where_it_is(portal: Portal):
    with pytest.raises(InvalidInputError, match=r"true can't be removed while it is assigned to sales\.orders\.email"):
        apply(portal, ChangeVocabulary("pii", ("false",)))


@pytest.mark.parametrize("key", ["", "Team", "two words", "x" * 51])
def test_names_that_lake_formation_would_not_keep_are_refused(portal: Portal, key: str):
    with pytest.raises(InvalidNameError):
        apply(portal, ChangeVocabulary(key, ("a",)))


@pytest.mark.parametrize(
    ("role", "intent"),
    [
        ("sales-owner", ChangeVocabulary("team", ("a",))),
        ("analyst", ChangeAssignments(((EMAIL, {"pii": "false"}),))),
        ("sales-owner", ChangeGrants(grants=(NOT_PERSONAL,))),
    ],
)
def test_only_who_may_changes_tags_and_grants_by_tag(portal: Portal, role: str, intent: Intent):
    with pytest.raises(PermissionDeniedError):
        apply(portal, intent, role)


def test_an_owner_tags_what_his_domain_holds(portal: Portal, aws: FakeAws):
    apply(portal, ChangeAssignments(((EMAIL, {"pii": "false"}),)), "sales-owner")
    assert aws.assigned[EMAIL] == {"pii": "false"}
