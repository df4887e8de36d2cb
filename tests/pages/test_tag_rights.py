"""Rights on LF-tags, saved expressions and templates of vocabularies: seen by everybody, handed on by the steward."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeExpression, ChangeGrants, ChangeVocabulary
from mesh_core.domain.world import Grant, NamedExpressionResource, TagResource
from tests.builders import steward
from tests.fakes import FakeAws

Open = Callable[..., AppTest]
OWNER, ANALYST = (f"arn:aws:iam::000000000000:role/{name}" for name in ("sales-owner", "analyst"))
OF_SALES = (("domain", ("sales",)), ("pii", ("false",)))


@pytest.fixture
def page(portal: Portal, open_page: Open) -> Callable[..., AppTest]:
    """page(tab, role) opens the Tags page on a tab."""
    portal.changes.apply_now(steward(portal), ChangeVocabulary("cost", ("low", "high")))

    def run(tab: str, role: str = "mesh-steward") -> AppTest:
        test = open_page("tags", role)
        test.session_state["tags_tab"] = tab
        return test.run()

    return run


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts).replace("\\", "")


def applied(test: AppTest, portal: Portal, key: str) -> AppTest:
    test.button(key=f"apply_{key}").click().run()
    assert portal.jobs.wait(test.session_state[f"job_{key}"], 20).state == "done"
    return test.run()


def held(portal: Portal) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    grants = portal.reading.world(0).grants
    mine = (g for g in grants if g.principal == OWNER and isinstance(g.resource, TagResource))
    return {(g.resource.key, g.resource.values): g.permissions for g in mine if isinstance(g.resource, TagResource)}


def test_an_owner_is_told_what_it_may_and_why_not_more(page: Callable[..., AppTest]) -> None:
    told = words(page("Rights", "sales-owner")).replace("*", "")
    assert "assign domain=sales" in told and "assign every value of sensitivity" in told
    assert "grant by expressions that say domain=sales" in told
    assert "Not more, since other domains' data would open" in told
    assert "The values of cost are assigned by mesh-steward" in told


def test_others_are_told_that_they_assign_nothing(page: Callable[..., AppTest]) -> None:
    assert "analyst owns no domain" in words(page("Rights", "analyst"))


def test_the_steward_hands_a_value_on_and_takes_it_back(page: Callable[..., AppTest], portal: Portal) -> None:
    test = page("Rights")
    for take in (False, True):
        test.selectbox(key="rights_role").select("sales-owner").run()
        test.selectbox(key="rights_key_ASSOCIATE").select("cost").run()
        test.multiselect(key="rights_values_cost").select("low").run()
        if take:
            test.toggle(key="rights_take").set_value(True).run()
        applied(test, portal, "tags_rights")
        assert (("cost", ("low",)) in held(portal)) is not take
        test.button(key="close_tags_rights").click().run()


def test_of_all_values_one_is_taken_and_the_others_stay(page: Callable[..., AppTest], portal: Portal) -> None:
    test = page("Rights")
    test.selectbox(key="rights_role").select("sales-owner").run()
    test.selectbox(key="rights_key_ASSOCIATE").select("sensitivity").run()
    test.multiselect(key="rights_values_sensitivity").select("restricted").run()
    test.toggle(key="rights_take").set_value(True).run()
    applied(test, portal, "tags_rights")
    assert held(portal)[("sensitivity", ("confidential", "internal", "public"))] == ("ASSOCIATE",)
    assert ("sensitivity", ("*",)) not in held(portal)


def test_owners_of_an_older_mesh_get_the_usual_rights_by_one_plan(
    page: Callable[..., AppTest], portal: Portal, aws: FakeAws
) -> None:
    before = held(portal)
    aws.grants = tuple(g for g in aws.grants if not isinstance(g.resource, TagResource) or g.principal != OWNER)
    portal.reading.forget()
    test = page("Rights")
    assert "Owners that lack the usual rights: 1" in [one.label for one in test.expander]
    applied(test, portal, "tags_rights_usual")
    assert held(portal) == before


def test_an_owner_is_offered_only_what_it_may_assign(page: Callable[..., AppTest]) -> None:
    test = page("Assignments", "sales-owner")
    keys = {one.key for one in test.selectbox}
    assert "tags_set_sales_pii" in keys and "tags_set_sales_cost" not in keys
    assert test.selectbox(key="tags_set_sales_domain").options[1:-1] == ["sales"]


def test_an_expression_is_saved_changed_and_deleted_with_its_grants(
    page: Callable[..., AppTest], portal: Portal
) -> None:
    test = page("Expressions")
    assert "Nothing is saved yet" in words(test)
    test.text_input(key="expression_name").input("Sales").run()
    test.multiselect(key="expression__domain").select("sales").run()
    assert "Matches 3 columns of 2 tables now" in words(test)
    applied(test, portal, "tags_expression")
    assert portal.reading.world(0).expressions == {"Sales": (("domain", ("sales",)),)}

    grant = Grant(ANALYST, NamedExpressionResource("TABLE", "Sales"), ("SELECT",))
    portal.changes.apply_now(steward(portal), ChangeGrants((grant,)))
    test = page("Expressions")
    test.selectbox(key="expression_chosen").select("Sales").run()
    test.multiselect(key="expression_Sales_pii").select("false").run()
    assert "Who gains and who loses" in words(test)
    applied(test, portal, "tags_expression")
    assert portal.reading.world(0).expressions == {"Sales": OF_SALES}

    test = page("Expressions")
    test.selectbox(key="expression_chosen").select("Sales").run()
    test.toggle(key="expression_delete_Sales").set_value(True).run()
    applied(test, portal, "tags_expression")
    world = portal.reading.world(0)
    assert (dict(world.expressions), [g for g in world.grants if g.resource == grant.resource]) == ({}, [])


def test_who_may_not_change_expressions_reads_them_with_the_reason(
    page: Callable[..., AppTest], portal: Portal
) -> None:
    portal.changes.apply_now(steward(portal), ChangeExpression("Sales", OF_SALES))
    test = page("Expressions", "sales-owner")
    assert list(test.dataframe[0].value["Matches everything with"]) == ["domain=sales AND pii=false"]
    assert "sales-owner may not change them" in words(test)


def test_an_owner_grants_by_tags_within_its_domain_only(portal: Portal, open_page: Open) -> None:
    test = open_page("access", "sales-owner")
    test.session_state["access_tab"] = "Grant access"
    test.run()
    test.selectbox(key="grant_role").select("analyst").run()
    test.segmented_control(key="grant_kind").set_value("By LF-tags").run()
    assert test.multiselect(key="grant_tag_domain").options == ["sales"]
    test.multiselect(key="grant_tag_domain").set_value([]).run()
    assert "without it the grant would open other domains' data" in words(test)
    test.multiselect(key="grant_tag_domain").select("sales").run()
    test.multiselect(key="grant_tag_pii").select("false").run()
    applied(test, portal, "grant")
    assert any(g.principal == ANALYST and "SELECT" in g.permissions for g in portal.reading.world(0).grants)


def test_the_steward_grants_by_a_saved_expression(portal: Portal, open_page: Open) -> None:
    portal.changes.apply_now(steward(portal), ChangeExpression("Sales", OF_SALES))
    test = open_page("access")
    test.session_state["access_tab"] = "Grant access"
    test.run()
    test.selectbox(key="grant_role").select("analyst").run()
    test.segmented_control(key="grant_kind").set_value("By a saved expression").run()
    test.selectbox(key="grant_saved").select("Sales").run()
    applied(test, portal, "grant")
    wanted = Grant(ANALYST, NamedExpressionResource("TABLE", "Sales"), ("SELECT",))
    assert wanted in portal.reading.world(0).grants


def test_a_template_says_what_its_values_mean_and_adds_those_that_are_missing(
    page: Callable[..., AppTest], portal: Portal
) -> None:
    test = page("Vocabulary")
    test.session_state["vocabulary_templates"] = True
    test.run()
    test.selectbox(key="tags_template").select("Environment").run()
    applied(test, portal, "tags_vocabulary")
    assert portal.reading.world(0).tags["environment"]
    test = page("Vocabulary")
    test.session_state["vocabulary_templates"] = True
    test.run()
    test.selectbox(key="tags_template").select("Environment").run()
    assert "The mesh has all of it" in words(test)
