"""The Access page: the matrix with its reasons, the grants, and new ones as plans."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.audit import Event
from mesh_core.domain.glue_shapes import table_input
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    ColumnsResource,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    Table,
    TableResource,
)
from mesh_core.services.ports import TableDefinition
from tests.fakes import FakeAws

Open = Callable[..., AppTest]
MATRIX, GRANTS, NEW = "Who may read what", "Grants", "Grant access"
ANALYST = "arn:aws:iam::000000000000:role/analyst"


@pytest.fixture
def page(portal: Portal, open_page: Open) -> Callable[..., AppTest]:
    """page(tab, role) opens the page on a tab."""

    def run(tab: str, role: str = "mesh-steward", **query: str) -> AppTest:
        test = open_page("access", role, **query)
        test.session_state["access_tab"] = tab
        return test.run()

    return run


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.subheader, *test.warning)
    return " ".join(one.value for one in texts)


def test_an_empty_mesh_says_that_there_is_nothing_to_grant(open_page: Open):
    assert "There is nothing to grant yet" in words(open_page("access"))


def test_the_matrix_says_all_part_or_none_in_words_and_symbols(page: Callable[..., AppTest], aws: FakeAws):
    aws.grants += (Grant(ANALYST, ColumnsResource("sales", "orders", ("id",)), ("SELECT",)),)
    rows = {row["Product"]: row for row in page(MATRIX).dataframe[0].value.to_dict("records")}
    assert (rows["sales.orders"]["mesh-steward"], rows["sales.orders"]["analyst"]) == ("● all", "◐ part")
    assert rows["sales.recent"]["analyst"] == "○ none"


def test_a_cell_says_why_column_by_column(page: Callable[..., AppTest], aws: FakeAws):
    expression = ExpressionResource("TABLE", (("pii", ("false",)),))
    aws.grants += (Grant(ANALYST, expression, ("SELECT",)),)
    test = page(MATRIX, access_role="analyst", access_product="sales.orders")
    rows = {row["Column"]: row for row in test.dataframe[1].value.to_dict("records")}
    assert (rows["id"]["Readable"], rows["email"]["Readable"]) == ("yes", "no")
    assert "pii is true, not false" in rows["email"]["Why"]


def test_a_cell_is_explained_in_words_first_and_as_a_diagram_on_demand(page: Callable[..., AppTest], aws: FakeAws):
    aws.grants += (Grant(ANALYST, ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",)),)
    test = page(MATRIX, access_role="analyst", access_product="sales.orders", access_column="email")
    assert "analyst may not read sales.orders.email." in words(test).replace("\\", "")
    assert "pii is true (assigned at the column sales.orders.email), not false" in words(test).replace("\\", "")
    assert not test.get("graphviz_chart")
    test.toggle(key="access_diagram").set_value(True).run()
    (chart,) = test.get("graphviz_chart")
    assert "sales.orders.email" in chart.proto.spec and "dashed" in chart.proto.spec


def test_what_is_no_product_is_explained_too(page: Callable[..., AppTest], portal: Portal, aws: FakeAws):
    aws.tables[("sales", "raw")] = TableDefinition(table_input(Table("sales", "raw", (Column("id", "bigint"),))))
    portal.reading.forget()
    test = page(MATRIX, access_role="analyst", access_product="sales.raw")
    assert "analyst may not read sales.raw." in words(test).replace("\\", "")


def test_rows_that_a_filter_leaves_stand_in_the_table_of_columns(page: Callable[..., AppTest], aws: FakeAws):
    aws.filters += (DataFilter("sales", "orders", "eu", ("id",), (), "id > 1"),)
    aws.grants += (Grant(ANALYST, FilterResource("sales", "orders", "eu"), ("SELECT",)),)
    test = page(MATRIX, access_role="analyst", access_product="sales.orders")
    rows = {row["Column"]: row for row in test.dataframe[1].value.to_dict("records")}
    assert (rows["id"]["Rows"], rows["email"]["Rows"]) == ("id > 1", "")


def test_a_table_that_is_open_to_iam_is_a_red_state(page: Callable[..., AppTest], aws: FakeAws):
    aws.grants += (Grant(IAM_ALLOWED, TableResource("sales", "orders"), ("ALL",)),)
    assert page(MATRIX, access_role="analyst", access_product="sales.orders").error
    assert page(GRANTS).error


def test_an_owner_sees_the_grants_of_his_domain_and_a_reader_none(page: Callable[..., AppTest]):
    assert {row["Principal"] for row in page(GRANTS, "sales-owner").dataframe[0].value.to_dict("records")} == {
        "sales-owner",
        "mesh-steward",
    }
    assert "No grants that you may see" in words(page(GRANTS, "analyst"))


def test_a_grant_by_tags_counts_what_it_reaches_and_is_made_by_a_plan(
    page: Callable[..., AppTest], portal: Portal, aws: FakeAws
):
    test = page(NEW)
    test.selectbox(key="grant_role").select("analyst")
    test.multiselect(key="grant_tag_pii").select("false").run()
    assert "Reaches 2 columns of 2 tables now" in words(test)
    test.button(key="apply_grant").click().run()
    portal.jobs.wait(test.session_state["job_grant"], 20)
    assert Grant(ANALYST, ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",)) in aws.grants


def test_an_owner_grants_columns_of_his_products_by_name(page: Callable[..., AppTest], portal: Portal, aws: FakeAws):
    test = page(NEW, "sales-owner")
    test.selectbox(key="grant_role").select("analyst").run()
    test.selectbox(key="grant_domain").select("sales").run()
    test.selectbox(key="grant_table_sales").select("orders").run()
    test.multiselect(key="grant_columns_sales_orders").select("id").run()
    test.button(key="apply_grant").click().run()
    portal.jobs.wait(test.session_state["job_grant"], 20)
    assert Grant(ANALYST, ColumnsResource("sales", "orders", ("id",)), ("SELECT",)) in aws.grants


def test_an_owner_can_open_his_whole_domain(page: Callable[..., AppTest], portal: Portal, aws: FakeAws):
    test = page(NEW, "sales-owner")
    test.selectbox(key="grant_role").select("analyst").run()
    test.selectbox(key="grant_domain").select("sales").run()
    test.button(key="apply_grant").click().run()
    portal.jobs.wait(test.session_state["job_grant"], 20)
    assert Grant(ANALYST, TableResource("sales", "*"), ("SELECT",)) in aws.grants


def test_who_owns_nothing_is_told_who_grants(page: Callable[..., AppTest]):
    test = page(NEW, "analyst")
    assert "may not grant access" in words(test)
    assert not test.button


def test_the_steward_is_told_where_athena_decided_otherwise(portal: Portal, open_page: Callable[..., AppTest]) -> None:
    assert not open_page("access").error
    event = Event("disagreement", "query", "analyst", "sales.orders", "the portal held that it may run, Athena refused")
    portal.audit.note(event)
    assert "Athena decided otherwise than the portal" in open_page("access").error[0].value
    assert not open_page("access", "analyst").error
