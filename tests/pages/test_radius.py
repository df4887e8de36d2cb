"""A change of governance says what it reaches before it is saved, and can be held to giving nobody more."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.world import Grant, TableResource
from tests.builders import steward

Open = Callable[..., AppTest]
WHOLE = Grant("arn:aws:iam::000000000000:role/analyst", TableResource("sales", "orders"), ("SELECT",))


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts)


def granting(open_page: Open) -> AppTest:
    test = open_page("access", "sales-owner")
    test.session_state["access_tab"] = "Grant access"
    test.run()
    test.selectbox(key="grant_role").select("analyst").run()
    test.selectbox(key="grant_domain").select("sales").run()
    test.selectbox(key="grant_table_sales").select("orders").run()
    return test


def test_a_grant_says_which_refused_queries_would_succeed(portal: Portal, open_page: Open) -> None:
    who, sql = portal.visitors.visitor("analyst"), "SELECT email FROM sales.orders"
    portal.queries.refused(who, sql, portal.queries.check(who, sql))
    test = granting(open_page)
    assert "Blast radius" in words(test)
    assert "1 role gains, no roles lose" in words(test)
    assert "1 would newly succeed" in words(test)
    assert [list(one.value["Query"]) for one in test.dataframe if "Query" in one.value] == [[sql]]


def test_a_change_that_may_give_nothing_is_refused_on_the_page(portal: Portal, open_page: Open) -> None:
    test = granting(open_page)
    test.checkbox(key="strict_grant").check().run()
    test.button(key="apply_grant").click().run()
    assert any("somebody would gain" in one.value for one in test.error)
    assert not portal.changes.preview(steward(portal), ChangeGrants((WHOLE,))).is_empty
