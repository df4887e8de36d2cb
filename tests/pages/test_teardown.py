"""The Teardown page: inventory, confirmation by name, live steps, the proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from tests.fakes import FakeAws

Open = Callable[..., AppTest]


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.subheader, *test.warning, *test.success)
    return " ".join(one.value for one in texts)


def choose(test: AppTest, scope: str) -> AppTest:
    """The page with a scope chosen, by its words."""
    box = test.selectbox(key="teardown_scope")
    return box.select_index(box.options.index(scope)).run()


def tear_down(test: AppTest, portal: Portal, name: str) -> AppTest:
    test.text_input(key="teardown_confirm").input(name).run()
    test.button(key="teardown_apply").click().run()
    portal.jobs.wait(test.session_state["teardown_job"][0], 30)
    return test.run()


def test_the_inventory_names_kinds_counts_and_what_depends_on_it(portal: Portal, open_page: Open):
    test = choose(open_page("teardown"), "Product sales.orders")
    counts = {row["Kind"]: row["Count"] for row in test.dataframe[0].value.to_dict("records")}
    assert counts["Tables"] == 1
    assert "will stop working: sales\\.recent" in words(test)


@pytest.mark.parametrize(
    ("typed", "ready"), [("", False), ("orders", False), ("DELETE", False), ("sales.orders", True)]
)
def test_only_the_products_own_name_opens_the_button(portal: Portal, open_page: Open, typed: str, ready: bool):
    test = choose(open_page("teardown"), "Product sales.orders")
    test.text_input(key="teardown_confirm").input(typed).run()
    assert test.button(key="teardown_apply").disabled is not ready


@pytest.mark.parametrize(
    ("role", "scope", "name"),
    [
        ("sales-owner", "Product sales.recent", "sales.recent"),
        ("sales-owner", "Domain sales", "sales"),
        ("mesh-steward", "The whole mesh", "mesh"),
    ],
)
def test_a_teardown_ends_with_an_inventory_of_zeros(portal: Portal, open_page: Open, role: str, scope: str, name: str):
    test = tear_down(choose(open_page("teardown", role), scope), portal, name)
    assert "Nothing is left: every kind counts zero" in words(test)
    assert {row["Count"] for row in test.dataframe[0].value.to_dict("records")} == {0}


def test_after_the_whole_mesh_there_is_nothing_to_remove(portal: Portal, open_page: Open, aws: FakeAws):
    test = tear_down(choose(open_page("teardown"), "The whole mesh"), portal, "mesh")
    test.button(key="teardown_back").click().run()
    assert "There is nothing to remove: the mesh is empty" in words(test)
    assert aws.objects == {}


def test_leftovers_are_named(portal: Portal, open_page: Open, aws: FakeAws):
    test = tear_down(choose(open_page("teardown"), "Domain sales"), portal, "sales")
    aws.work_groups["sales-owner"] = ""
    assert "Work groups\\: sales\\-owner" in words(test.run())


def test_cancel_forgets_the_choice(portal: Portal, open_page: Open):
    test = choose(open_page("teardown"), "Domain sales")
    test.button(key="teardown_cancel").click().run()
    assert test.selectbox(key="teardown_scope").value is None


def test_who_owns_nothing_is_told_how_to_go_on(portal: Portal, open_page: Open):
    test = open_page("teardown", "analyst")
    assert "owns nothing that could be removed" in words(test)
    assert "teardown_scope" not in {one.key for one in test.selectbox}
