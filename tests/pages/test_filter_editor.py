"""The editor of row filters: rows in and out as one writes, errors at the word, saved and deleted as plans."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.world import DataFilter, FilterResource
from mesh_core.services.ports_queries import ResultColumn, ResultPage
from tests.fakes import FakeAws, FakeRunner, FakeRunners

Open = Callable[..., AppTest]
ID = ResultColumn("id", "bigint")
INSIDE = 'SELECT "id", "email" FROM "sales"."orders" WHERE "id" > 1 LIMIT 10'
OUTSIDE = 'SELECT * FROM "sales"."orders" WHERE NOT coalesce("id" > 1, FALSE) LIMIT 10'
COUNTS = 'SELECT count(*) AS total, count(CASE WHEN "id" > 1 THEN 1 END) AS inside FROM "sales"."orders"'


@pytest.fixture
def runners() -> FakeRunners:
    answers = {
        INSIDE: ResultPage((ID,), (("2",), ("3",)), False),
        OUTSIDE: ResultPage((ID,), (("1",),), False),
        COUNTS: ResultPage((ID, ID), (("1003", "1002"),), False),
    }
    return FakeRunners({"sales-owner": FakeRunner(dict(answers))})


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts)


def editor(open_page: Open, role: str = "sales-owner") -> AppTest:
    test = open_page("access", role)
    test.session_state["access_tab"] = "Row filters"
    return test.run()


def written(test: AppTest, condition: str, name: str = "late") -> AppTest:
    test.text_input(key="filter_name").input(name)
    return test.text_area(key="filter_rows_new").input(condition).run()


def test_rows_in_and_out_are_shown_while_one_writes_and_nothing_is_made(
    portal: Portal, aws: FakeAws, open_page: Open
) -> None:
    test = written(editor(open_page), "id > 1")
    assert "1,002 rows are shown" in words(test)
    assert "1 rows are hidden" in words(test)
    assert [list(one.value["id"]) for one in test.dataframe[-2:]] == [["2", "3"], ["1"]]
    assert list(aws.filters) == []


def test_a_filter_is_saved_as_a_plan_and_deleted_as_one(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    test = written(editor(open_page), "id > 1")
    test.button(key="apply_filter").click().run()
    portal.jobs.wait(portal.jobs.all()[0].id)
    assert list(aws.filters) == [DataFilter("sales", "orders", "late", (), (), "id > 1")]
    test = editor(open_page)
    assert list(test.dataframe[0].value["Filter"]) == ["late"]
    assert list(test.dataframe[0].value["Granted to"]) == ["nobody"]
    test.selectbox(key="filter_edit").select("sales.orders: late").run()
    test.toggle(key="filter_delete_sales.orders: late").set_value(True).run()
    test.button(key="apply_filter").click().run()
    portal.jobs.wait(portal.jobs.all()[0].id)
    assert list(aws.filters) == []


def test_a_word_that_lake_formation_would_refuse_is_pointed_at_and_can_not_be_saved(
    portal: Portal, aws: FakeAws, open_page: Open
) -> None:
    test = written(editor(open_page), "upper(email) = 'X'")
    assert "^" in test.code[0].value
    assert test.error
    assert "apply_filter" not in {one.key for one in test.button}
    assert list(aws.filters) == []


def test_who_owns_no_table_is_told_so(portal: Portal, open_page: Open) -> None:
    assert "owns no table to filter" in words(editor(open_page, "analyst"))


def test_a_filter_is_granted_like_a_table(portal: Portal, aws: FakeAws, open_page: Open) -> None:
    aws.filters = (DataFilter("sales", "orders", "late", (), (), "id > 1"),)
    portal.reading.forget()
    test = open_page("access", "sales-owner")
    test.session_state["access_tab"] = "Grant access"
    test.run()
    test.selectbox(key="grant_role").select("analyst").run()
    test.selectbox(key="grant_domain").select("sales").run()
    test.selectbox(key="grant_table_sales").select("orders").run()
    test.selectbox(key="grant_rows_sales_orders").select("late").run()
    test.button(key="apply_grant").click().run()
    portal.jobs.wait(portal.jobs.all()[0].id)
    assert any(grant.resource == FilterResource("sales", "orders", "late") for grant in aws.grants)
