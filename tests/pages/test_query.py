"""The Query page on a portal in memory, with Streamlit's text area in place of the editor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.world import ColumnsResource, Grant
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from tests.fakes import FakeRunner, FakeRunners

Open = Callable[..., AppTest]

ROWS = ResultPage((ResultColumn("id", "bigint"), ResultColumn("amount", "decimal(5,2)")), (("1", "2.50"),), False)
STAR = "SELECT * FROM sales.orders"


@pytest.fixture
def query(portal: Portal, runners: FakeRunners, open_page: Callable[..., AppTest]) -> AppTest:
    """The page as the analyst, who reads the id of sales.orders alone."""
    analyst = portal.visitors.visitor("analyst")
    grant = Grant(analyst.arn, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    portal.changes.apply_now(portal.visitors.visitor("mesh-steward"), ChangeGrants((grant,), ()))
    runners.runners["analyst"] = FakeRunner(default=ROWS)
    page = open_page("query", role="analyst")
    page.toggle(key="sql_plain").set_value(True).run()
    return page


def _run(page: AppTest, sql: str) -> AppTest:
    page.text_area(key="sql_area").set_value(sql)
    page.button(key="run").click()
    page.run()
    assert not page.exception
    return page


def _words(page: AppTest) -> str:
    drawn = (page.markdown, page.error, page.info, page.warning, page.code)
    return "\n".join(str(one.value) for some in drawn for one in some).replace("\\", "")


def _keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def test_the_page_opens_with_the_editor_and_offers_queries(portal: Portal, open_page: Callable[..., AppTest]) -> None:
    page = open_page("query", role="analyst")
    assert "example_0" in _keys(page)
    assert not page.text_area


def test_an_empty_mesh_says_what_to_do(empty_portal: Portal, open_page: Callable[..., AppTest]) -> None:
    assert "There is no table to query yet" in _words(open_page("query"))


def test_a_query_shows_typed_rows_with_their_price(query: AppTest) -> None:
    _run(query, "SELECT id FROM sales.orders")
    words = _words(query)
    assert "**1** row " in words
    assert "$0.00005** on Athena, at its list price" in words
    assert query.dataframe[0].value["id"].tolist() == [1]


def test_a_star_that_leaves_columns_out_says_which_and_why(query: AppTest) -> None:
    words = _words(_run(query, STAR))
    assert "left out columns" in words
    assert "`email`" in words
    assert "sales-owner" in words


def test_a_denial_is_explained_before_anything_is_scanned(query: AppTest, runners: FakeRunners) -> None:
    words = _words(_run(query, "SELECT id, email FROM sales.orders"))
    assert "may not run this query" in words
    assert "Missing: SELECT on **sales.orders**, `email`" in words
    assert "sales-owner" in words
    assert runners.as_role("analyst").started == []


def test_a_denied_query_can_be_run_anyway_and_a_difference_to_athena_is_said(
    query: AppTest, runners: FakeRunners
) -> None:
    _run(query, "SELECT id, email FROM sales.orders")
    query.button(key="run_anyway").click().run()
    assert runners.as_role("analyst").started == ["SELECT id, email FROM sales.orders"]
    assert "The portal held that this query lacks a grant, Athena answered it" in _words(query)


def test_a_denied_query_can_be_run_without_the_columns(query: AppTest, runners: FakeRunners) -> None:
    _run(query, "SELECT id, email FROM sales.orders")
    query.button(key="run_without").click().run()
    assert [" ".join(sql.split()) for sql in runners.as_role("analyst").started] == ["SELECT id FROM sales.orders"]
    assert "email" not in query.text_area(key="sql_area").value


def test_where_leaving_columns_out_does_not_help_it_is_not_offered(query: AppTest) -> None:
    _run(query, "SELECT email FROM sales.orders")
    assert "run_anyway" in _keys(query)
    assert "run_without" not in _keys(query)


def test_lake_formations_refusal_is_explained_with_athenas_own_words(query: AppTest, runners: FakeRunners) -> None:
    reason = "COLUMN_NOT_FOUND: line 1:8: Column 'email' cannot be resolved"
    runners.as_role("analyst").answers["SELECT email FROM sales.orders"] = reason
    _run(query, "SELECT email FROM sales.orders")
    query.button(key="run_anyway").click().run()
    assert "Lake Formation refused this query to analyst" in _words(query)
    assert reason in _words(query)


BAD = [
    ("", "There is no statement to run"),
    ("DROP TABLE sales.orders", "Only a SELECT can be run here; DROP was found"),
    ("SELECT 1; SELECT 2", "One statement can be run at a time"),
    ("SELECT FROM WHERE", "line 1, column"),
]


@pytest.mark.parametrize(("sql", "words"), BAD)
def test_what_is_no_single_select_is_refused_in_words(query: AppTest, sql: str, words: str) -> None:
    assert words in _words(_run(query, sql))


def test_athenas_error_is_shown_with_its_line_and_column(query: AppTest, runners: FakeRunners) -> None:
    reason = "TYPE_MISMATCH: line 1:11: '+' cannot be applied to bigint, varchar"
    runners.as_role("analyst").answers["SELECT id + 'a' FROM sales.orders"] = reason
    assert reason in _words(_run(query, "SELECT id + 'a' FROM sales.orders"))


def test_a_result_is_hidden_when_the_role_changes_until_it_is_run_again(query: AppTest) -> None:
    _run(query, "SELECT id FROM sales.orders")
    query.session_state["acting_as"] = "mesh-steward"
    query.run()
    assert not query.dataframe
    assert "The last result was analyst's" in _words(query)
    assert "run_as_me" in _keys(query)


def test_the_text_outlives_a_page_switch(query: AppTest) -> None:
    query.text_area(key="sql_area").set_value("SELECT 42").run()
    query.switch_page("pages/catalog.py").run()
    query.switch_page("pages/query.py").run()
    assert query.session_state["sql_text"] == "SELECT 42"


def test_a_link_opens_a_product_in_the_editor(portal: Portal, open_page: Callable[..., AppTest]) -> None:
    page = open_page("query", role="analyst", product="sales.orders")
    assert page.session_state["sql_text"] == "SELECT *\nFROM sales.orders\nLIMIT 100"


def test_saving_as_a_view_keeps_the_statement_for_create_product(query: AppTest) -> None:
    query.text_area(key="sql_area").set_value("SELECT id FROM sales.orders").run()
    query.button(key="save_view").click().run()
    assert query.session_state["draft_view_sql"] == "SELECT id FROM sales.orders"


def test_what_is_no_select_is_not_saved_as_a_view(query: AppTest) -> None:
    query.text_area(key="sql_area").set_value("DROP TABLE x").run()
    query.button(key="save_view").click().run()
    assert "DROP was found" in _words(query)
    assert "draft_view_sql" not in query.session_state


def test_an_editor_that_does_not_load_gives_way_to_a_text_area(
    portal: Portal, open_page: Callable[..., AppTest]
) -> None:
    page = open_page("query", role="analyst")
    page.session_state["sql_plain"] = True
    page.run()
    assert page.text_area(key="sql_area")


def test_a_refusal_leads_to_the_explanation_of_the_column(query: AppTest) -> None:
    _run(query, "SELECT email FROM sales.orders")
    links = [(one.proto.label, one.proto.query_string) for one in query.main.get("page_link")]
    assert ("Why not email?", "access_role=analyst&access_product=sales.orders&access_column=email") in links


def test_a_query_is_saved_opened_written_over_and_deleted_with_a_way_back(portal: Portal, open_page: Open) -> None:
    who = portal.visitors.visitor("analyst")
    test = open_page("query", "analyst")
    test.session_state["sql_text"] = "SELECT id FROM sales.orders"
    test.button(key="save_query").click().run()
    test.text_input(key="saved_name").input("Weekly").run()
    test.button(key="saved_save").click().run()
    (kept,) = portal.saved_queries.mine(who)
    assert (kept.name, kept.sql) == ("Weekly", "SELECT id FROM sales.orders")
    assert test.text_input(key="saved_name").value == ""

    test.text_input(key="saved_name").input("Weekly").run()
    test.button(key="saved_save").click().run()
    assert any("You have a saved query" in one.value for one in test.warning)
    assert test.button(key="saved_save").label == "Write over it"

    test.session_state[test.dataframe[-1].key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    test.run()
    test.button(key="saved_delete").click().run()
    assert portal.saved_queries.mine(who) == ()
    test.button(key="saved_undo").click().run()
    assert [one.name for one in portal.saved_queries.mine(who)] == ["Weekly"]


def test_what_is_no_query_is_not_saved_and_the_reason_is_said(portal: Portal, open_page: Open) -> None:
    test = open_page("query", "analyst")
    test.session_state["sql_text"] = "DROP TABLE sales.orders"
    test.button(key="save_query").click().run()
    test.text_input(key="saved_name").input("Bad").run()
    test.button(key="saved_save").click().run()
    assert test.error and portal.saved_queries.mine(portal.visitors.visitor("analyst")) == ()
    assert test.text_input(key="saved_name").value == "Bad"
