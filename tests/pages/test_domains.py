"""The Domains page: cards, red states, a new domain by plan, and who may make one."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.world import IAM_ALLOWED, Grant, TableResource
from tests.fakes import FakeAws

Open = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    return "\n".join(str(one.value) for kind in (page.markdown, page.info, page.error, page.success) for one in kind)


def test_a_card_names_owner_products_and_health(portal: Portal, open_page: Open) -> None:
    shown = texts(open_page("domains", role="analyst"))
    assert "sales\\-owner" in shown
    assert "2 products, 1 view among them · 2 rows · 4 bytes" in shown
    assert "Healthy" in shown


def test_a_domain_that_iam_opens_is_shown_in_red(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    aws.grants = (*aws.grants, Grant(IAM_ALLOWED, TableResource("sales", "orders"), ("ALL",)))
    portal.reading.forget()
    page = open_page("domains")
    assert "Needs attention" in texts(page)
    assert "IAM\\_ALLOWED\\_PRINCIPALS opens sales\\.orders" in page.error[0].value


def test_who_may_not_create_a_domain_is_told_who_may(portal: Portal, open_page: Open) -> None:
    page = open_page("domains", role="analyst")
    assert "mesh\\-steward may" in page.info[0].value
    assert not page.text_input


def test_without_domains_the_page_invites_to_create_the_first(empty_portal: Portal, open_page: Open) -> None:
    assert "There is no domain yet" in texts(open_page("domains"))


def test_a_new_domain_is_a_plan_that_is_applied_once(portal: Portal, open_page: Open) -> None:
    page = open_page("domains")
    page.text_input(key="domain_name").set_value("returns")
    page.text_input(key="domain_description").set_value("What came back")
    page.button(key="domain_preview").click().run()
    assert "Create the Glue database returns" in texts(page)
    page.button(key="domain_apply").click().run()
    portal.jobs.wait(page.session_state["domain_job"])
    page.run()
    assert portal.reading.world(0).database("returns").description == "What came back"
    assert "done" in page.success[0].value


def test_a_name_that_aws_refuses_is_said_at_the_form(portal: Portal, open_page: Open) -> None:
    page = open_page("domains")
    page.text_input(key="domain_name").set_value("Sales Data")
    page.button(key="domain_preview").click().run()
    assert "can't be used" in page.error[0].value


def test_the_first_domain_of_an_empty_account_brings_the_foundation_along(
    empty_portal: Portal, open_page: Open
) -> None:
    page = open_page("domains")
    page.text_input(key="domain_name").set_value("sales")
    page.button(key="domain_preview").click().run()
    page.button(key="domain_apply").click().run()
    assert empty_portal.jobs.wait(page.session_state["domain_job"]).state == "done"
    assert [one.name for one in empty_portal.domains.all()] == ["sales"]
