"""The request form wherever a page says no, the inbox, and what both sides can do there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants, CreatePersona
from mesh_core.domain.request_forms import Ask, Choice
from mesh_core.domain.requests import Request
from mesh_core.domain.world import World
from mesh_core.errors import AwsUnavailableError
from mesh_core.services.ports_queries import ResultPage
from tests.fakes import FakeRunner, FakeRunners
from tests.pages.conftest import ROOT

Open = Callable[..., AppTest]
TABLE = "sales.orders"


@pytest.fixture
def runners() -> FakeRunners:
    empty = FakeRunner(default=ResultPage((), (), False))
    return FakeRunners({"analyst": empty, "sales-owner": empty})


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success, *test.subheader)
    return " ".join(one.value for one in texts)


def keys(test: AppTest) -> set[str]:
    return {one.key for one in test.button if one.key}


def asked(portal: Portal, purpose: str = "To *answer* mails") -> Request:
    who = portal.visitors.visitor("analyst")
    form = portal.requests.form(who, portal.requests.wishes(who, tables=(TABLE,)))
    return portal.requests.submit(who, Ask(form.wishes, purpose, "2999-01-01", form.conditions))


def approved(portal: Portal) -> Request:
    request = asked(portal)
    owner = portal.visitors.visitor("sales-owner")
    portal.requests.approve(owner, request.id, {TABLE: Choice(("id", "email"))})
    portal.requests.worker.settle()
    return portal.requests.get(owner, request.id)


def submitted(test: AppTest, key: str) -> AppTest:
    test.text_input(key=f"ask_{key}_purpose").input("To answer mails")
    test.checkbox(key=f"ask_{key}_accept").check().run()
    return test.button(key=f"ask_{key}_submit").click().run()


def test_a_product_that_is_closed_to_me_offers_to_ask_for_it(portal: Portal, open_page: Open) -> None:
    test = open_page("product", "analyst", product=TABLE)
    test.button(key="ask_product_sales_orders_open").click().run()
    assert test.multiselect[0].value == ["id", "email"]
    test = submitted(test, "product_sales_orders")
    assert "Sent to the owner of sales" in words(test)
    assert [part.columns for part in portal.requests.sent(portal.visitors.visitor("analyst"))[0].parts] == [
        ("id", "email")
    ]


def test_a_product_that_i_read_whole_offers_nothing_to_ask_for(portal: Portal, open_page: Open) -> None:
    approved(portal)
    assert not {one for one in keys(open_page("product", "analyst", product=TABLE)) if one.startswith("ask_")}


def test_a_form_that_is_not_filled_in_says_what_is_missing_and_keeps_what_was_written(
    portal: Portal, open_page: Open
) -> None:
    test = open_page("product", "analyst", product=TABLE)
    test.button(key="ask_product_sales_orders_open").click().run()
    test.text_input(key="ask_product_sales_orders_purpose").input("To answer mails").run()
    test.button(key="ask_product_sales_orders_submit").click().run()
    assert "Not accepted yet" in words(test)
    assert test.text_input(key="ask_product_sales_orders_purpose").value == "To answer mails"
    assert portal.requests.sent(portal.visitors.visitor("analyst")) == ()


def test_open_ended_access_is_warned_about(portal: Portal, open_page: Open) -> None:
    test = open_page("product", "analyst", product=TABLE)
    test.button(key="ask_product_sales_orders_open").click().run()
    test.selectbox(key="ask_product_sales_orders_days").select("Open-ended").run()
    assert "stays until somebody takes it away" in words(test)


def test_my_own_denied_column_is_asked_for_right_under_the_reason(portal: Portal, open_page: Open) -> None:
    where = {"access_role": "analyst", "access_product": TABLE, "access_column": "email"}
    test = open_page("access", "analyst", **where)
    test = submitted(test, "cell_sales_orders_email")
    sent = portal.requests.sent(portal.visitors.visitor("analyst"))
    assert [part.columns for part in sent[0].parts] == [("email",)]
    assert not any(one.startswith("ask_") for one in keys(open_page("access", "mesh-steward", **where)))


def test_the_owner_is_told_in_the_sidebar_and_nobody_else_is(portal: Portal) -> None:
    asked(portal)
    told = {}
    for role in ("sales-owner", "analyst", "mesh-steward"):
        test = AppTest.from_file(str(ROOT / "portal.py"), default_timeout=30)
        test.session_state["acting_as"] = role
        labels = [one.proto.label for one in test.run().sidebar.get("page_link")]
        told[role] = "1 request needs your action" in labels
    assert told == {"sales-owner": True, "analyst": False, "mesh-steward": False}


def test_an_owner_sees_the_first_request_at_once_and_approves_it(portal: Portal, open_page: Open) -> None:
    request = asked(portal)
    test = open_page("requests", "sales-owner")
    assert "analyst asks for access" in words(test)
    assert "To \\*answer\\* mails" in words(test)
    test.button(key="approve_sales_orders").click().run()
    portal.requests.worker.settle()
    assert portal.requests.get(portal.visitors.visitor("analyst"), request.id).state == "granted"
    assert "granted" in words(test.run())


def test_a_condition_that_is_none_is_shown_with_its_reason_and_nothing_is_granted(
    portal: Portal, open_page: Open
) -> None:
    request = asked(portal)
    test = open_page("requests", "sales-owner")
    test.text_input(key=f"decide_rows_{request.id}_{TABLE}").input("lower(email) = 'x'").run()
    assert any("lower" in one.value for one in test.error)
    assert "approve_sales_orders" not in keys(test)


def test_a_rejection_asks_for_the_reason(portal: Portal, open_page: Open) -> None:
    request = asked(portal)
    test = open_page("requests", "sales-owner")
    test.button(key="reject_sales_orders").click().run()
    assert "reason is missing" in words(test)
    test.text_area(key=f"reject_why_{request.id}_{TABLE}").input("Ask for less").run()
    test.button(key="reject_sales_orders").click().run()
    assert "Ask for less" in words(test)
    assert portal.requests.get(portal.visitors.visitor("analyst"), request.id).state == "rejected"


def test_who_asked_can_give_back_and_ask_for_more_time(portal: Portal, open_page: Open) -> None:
    request = approved(portal)
    test = open_page("requests", "analyst", request=request.id)
    assert {"request_revoke", "request_extend"} <= keys(test)
    assert not {"approve_sales_orders", "request_reapply"} & keys(test)
    test.button(key="request_revoke").click().run()
    portal.requests.worker.settle()
    assert portal.requests.get(portal.visitors.visitor("analyst"), request.id).state == "revoked"


@pytest.mark.parametrize(("role", "said"), [("newcomer", "may not see"), ("analyst", "no such request")])
def test_a_request_that_is_not_mine_or_not_there_is_said_so(
    portal: Portal, open_page: Open, role: str, said: str
) -> None:
    portal.changes.apply_now(portal.visitors.visitor("mesh-steward"), CreatePersona("newcomer"))
    wanted = asked(portal).id if role == "newcomer" else "20260101T000000-00000000"
    assert said in words(open_page("requests", role, request=wanted))


def test_an_empty_inbox_says_what_to_expect(portal: Portal, open_page: Open) -> None:
    assert "Nothing waits for you" in words(open_page("requests", "sales-owner"))


def test_the_inbox_can_be_narrowed(portal: Portal, open_page: Open) -> None:
    approved(portal)
    test = open_page("requests", "mesh-steward")
    test.selectbox(key="requests_state").select("granted").run()
    assert list(test.dataframe[0].value["Role"]) == ["analyst"]


def test_another_role_begins_with_what_needs_its_action(portal: Portal, open_page: Open) -> None:
    asked(portal)
    test = open_page("requests", "analyst")
    assert test.session_state["requests_show"] == "Sent"
    test.session_state["acting_as"] = "sales-owner"
    test.run()
    assert test.session_state["requests_show"] == "Needs my action"


def test_the_steward_writes_what_is_approved_by_itself_and_a_broken_line_is_named(
    portal: Portal, open_page: Open
) -> None:
    test = open_page("requests")
    test.text_area(key="requests_rules_").input("rules:\n  - name: x").run()
    test.button(key="requests_save_rules").click().run()
    assert any("Line 2: a rule needs `tags`" in one.value.replace("\\", "") for one in test.error)
    test.text_area(key="requests_rules_").input("rules:\n  - name: x\n    tags: {pii: 'false'}").run()
    test.button(key="requests_save_rules").click().run()
    assert "name: x" in portal.requests.rules().text
    assert "requests_save_rules" not in keys(open_page("requests", "sales-owner"))


def test_granted_access_is_compared_with_the_live_grants_on_demand(portal: Portal, open_page: Open) -> None:
    request = approved(portal)
    test = open_page("requests", "sales-owner", request=request.id)
    test.button(key="request_compare").click().run()
    assert "the live grants are as approved" in words(test)
    portal.changes.apply_now(portal.visitors.visitor("mesh-steward"), ChangeGrants(revokes=request.part(TABLE).grants))
    test.button(key="request_compare").click().run()
    assert "the live grants differ" in words(test)
    assert "request_reapply" in keys(test)


def test_a_comparison_that_can_not_read_the_live_grants_says_so_and_not_that_they_are_there(
    portal: Portal, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = open_page("requests", "sales-owner", request=approved(portal).id)
    world = portal.reading.world

    def unreachable(max_age_s: float = 0.0) -> World:
        monkeypatch.setattr(portal.reading, "world", world)
        raise AwsUnavailableError("Lake Formation can't be reached. Nothing was changed. Try again.")

    monkeypatch.setattr(portal.reading, "world", unreachable)
    test.button(key="request_compare").click().run()
    assert not test.exception
    assert "Lake Formation can't be reached" in words(test)
    assert "the live grants are as approved" not in words(test)


def test_an_owner_writes_conditions_and_the_form_shows_them(portal: Portal, open_page: Open) -> None:
    test = open_page("requests", "sales-owner")
    test.session_state["conditions"] = True
    test.run()
    test.text_area(key="conditions_text_sales__None").input("I name the source.").run()
    test.button(key="conditions_save").click().run()
    test = open_page("product", "analyst", product=TABLE)
    test.button(key="ask_product_sales_orders_open").click().run()
    assert "I name the source" in words(test)


def test_the_owner_sees_what_else_an_approval_reaches_but_not_the_request_itself(
    portal: Portal, open_page: Open
) -> None:
    request = asked(portal)
    told = words(open_page("requests", "sales-owner", request=request.id))
    assert "Blast radius" in told
    assert "asks for what this gives already" not in told
