"""The audit log as a page: filters, an event's detail, and the check of the chain."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.audit_chain import key_of
from tests.fakes import FakeAws

Open = Callable[..., AppTest]


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success, *test.subheader)
    return " ".join(one.value for one in texts)


def test_the_steward_sees_every_change_newest_first(portal: Portal, open_page: Open) -> None:
    found = open_page("audit").dataframe[0].value
    assert {"mesh-steward"} == set(found["Who"])
    assert list(found["Outcome"][:2]) == ["done", "begun"]
    assert "sales.recent" in set(found["To"])


def test_an_owner_sees_his_domain_and_an_analyst_what_he_did(portal: Portal, open_page: Open) -> None:
    owner = open_page("audit", "sales-owner").dataframe[0].value
    assert {"sales.orders", "sales.recent", "domain sales"} >= set(owner["To"])
    assert "Nothing was recorded yet" in words(open_page("audit", "analyst"))


def test_a_refused_query_is_found_by_its_words(portal: Portal, open_page: Open) -> None:
    who, sql = portal.visitors.visitor("analyst"), "SELECT email FROM sales.orders"
    portal.queries.refused(who, sql, portal.queries.check(who, sql))
    test = open_page("audit")
    test.text_input(key="audit_text").input("SELECT email").run()
    assert list(test.dataframe[0].value["Kind"]) == ["denied"]
    test.text_input(key="audit_text").input("no such words").run()
    assert "No event is like that" in words(test)


def test_the_chain_can_be_verified_and_what_was_altered_is_named(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    test = open_page("audit")
    test.session_state["audit_chain"] = True
    test.run()
    test.button(key="audit_verify").click().run()
    assert "are as they were written" in words(test)
    versions = aws.objects[aws.naming.control_bucket][key_of(2)]
    versions[-1] = versions[-1].replace(b"mesh-steward", b"somebody-else")
    test.button(key="audit_verify").click().run()
    assert any("2" in one.value for one in test.error)


def test_only_the_steward_is_offered_the_check(portal: Portal, open_page: Open) -> None:
    assert not open_page("audit", "sales-owner").expander
