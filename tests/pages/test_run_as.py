"""Looking through a role's eyes on the Access page and on a product's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import pages.parts.session as session
from mesh_core.bootstrap import Portal
from mesh_core.domain.world import ColumnsResource, Grant
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from tests.fakes import FakeAws, FakeRunner, FakeRunners

Open = Callable[..., AppTest]
ANALYST = "arn:aws:iam::000000000000:role/analyst"
ID, EMAIL = ResultColumn("id", "bigint"), ResultColumn("email", "varchar")
IDS = ResultPage((ID,), (("1",), ("2",)), False)
BOTH = ResultPage((ID, EMAIL), (("1", "*a*@example.com"), ("2", None)), False)
SOME = Grant(ANALYST, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))


@pytest.fixture
def runners() -> FakeRunners:
    return FakeRunners({"analyst": FakeRunner(default=IDS), "sales-owner": FakeRunner(default=BOTH)})


@pytest.fixture
def open_cell(portal: Portal, aws: FakeAws, open_page: Open) -> Open:
    aws.grants += (SOME,)
    portal.reading.forget()

    def run(role: str = "sales-owner", product: str = "sales.orders") -> AppTest:
        return open_page("access", role, access_role="analyst", access_product=product)

    return run


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning)
    return " ".join(one.value for one in texts)


def test_an_owner_sees_the_rows_that_a_role_gets(open_cell: Open, runners: FakeRunners):
    test = open_cell()
    assert runners.as_role("analyst").started == []
    test.button(key="run_as").click().run()
    assert test.dataframe[-1].value.to_dict("list") == {"id": ["1", "2"]}
    assert "own answer to the credentials of analyst" in words(test)


def test_it_is_not_offered_to_who_does_not_answer_for_the_product(open_cell: Open):
    assert not [one for one in open_cell("analyst").button if one.key == "run_as"]


def test_what_was_seen_is_not_shown_to_the_next_role_that_the_visitor_acts_as(open_cell: Open):
    test = open_cell()
    test.button(key="run_as").click().run()
    seen = len(test.dataframe)
    test.session_state["acting_as"] = "mesh-steward"
    test.run()
    assert len(test.dataframe) == seen - 1


def test_a_refusal_is_told_in_athenas_words(open_cell: Open, runners: FakeRunners):
    runners.runners["analyst"].default = "Insufficient permissions to execute the query."  # type: ignore[assignment]
    test = open_cell()
    test.button(key="run_as").click().run()
    assert "It gets nothing. Athena's answer: Insufficient permissions" in test.warning[0].value


def test_no_rows_are_told_in_words(open_cell: Open, runners: FakeRunners):
    runners.runners["analyst"].default = ResultPage((ID,), (), False)
    test = open_cell()
    test.button(key="run_as").click().run()
    assert "found no rows" in words(test)
    assert "Columns: id" in words(test)


def test_a_products_page_offers_each_role(open_cell: Open, open_page: Open, runners: FakeRunners):
    test = open_page("product", "sales-owner", product="sales.orders", tab="Who can read it")
    test.selectbox(key="run_as_role").select("analyst").run()
    test.button(key="run_as").click().run()
    assert test.dataframe[-1].value.to_dict("list") == {"id": ["1", "2"]}


def _both_halves() -> None:
    from mesh_core.domain.intents import ChangeGrants
    from mesh_core.domain.world import Grant, TableResource
    from pages.parts import run_as_view

    whole = Grant("arn:aws:iam::000000000000:role/analyst", TableResource("sales", "orders"), ("SELECT",))
    run_as_view.draw("analyst", "sales.orders", ChangeGrants(grants=(whole,)), key="request")


def test_a_planned_change_stands_beside_what_is_now_with_its_differences(
    portal: Portal, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
):
    aws.grants += (SOME,)
    portal.reading.forget()
    monkeypatch.setattr(session, "visitor", lambda: portal.visitors.visitor("sales-owner"))
    test = AppTest.from_function(_both_halves, default_timeout=30).run()
    test.button(key="run_as_request").click().run()
    assert not test.exception
    assert "analyst gains email" in words(test)
    now, after = (one.value.to_dict("list") for one in test.dataframe)
    assert now == {"Change": ["same", "same"], "id": ["1", "2"]}
    assert after == {"Change": ["same", "same"], "id": ["1", "2"], "email + appears": ["*a*@example.com", None]}
    assert "read with the credentials of sales-owner" in words(test).replace("\\", "")
