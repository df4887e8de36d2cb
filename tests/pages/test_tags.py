"""The Tags page: the picture, the vocabulary, assignments, each changed through a plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.governance_map import governance_map
from mesh_core.domain.world import Target
from pages.parts import tag_model
from tests.fakes import FakeAws

Open = Callable[..., AppTest]
EMAIL = Target("sales", "orders", "email")


@pytest.fixture
def page(portal: Portal, open_page: Open) -> Callable[..., AppTest]:
    """page(tab, role) opens the page on a tab."""

    def run(tab: str, role: str = "mesh-steward", **query: str) -> AppTest:
        test = open_page("tags", role, **query)
        test.session_state["tags_tab"] = tab
        return test.run()

    return run


def words(test: AppTest) -> str:
    return " ".join(one.value for one in (*test.markdown, *test.info, *test.error, *test.caption, *test.warning))


def finish(test: AppTest, portal: Portal, key: str) -> AppTest:
    """Wait for the job that a section shows, then draw it."""
    portal.jobs.wait(test.session_state[f"job_{key}"], 20)
    return test.run()


def test_an_empty_mesh_says_where_tags_come_from(open_page: Open):
    assert "There are no LF-tags yet" in words(open_page("tags"))


def test_the_page_opens_on_the_picture_of_the_model(page: Callable[..., AppTest]):
    test = page("Model", "analyst")
    assert "The steward defines LF-tags" in words(test)
    assert "No grant by LF-tags yet" in words(test)


def test_the_picture_draws_every_box_and_link_and_fits_a_phone(portal: Portal):
    model = governance_map(portal.reading.world())
    spec = tag_model.spec(model)
    (series,) = spec["series"]
    assert [len(series["data"]), len(series["links"])] == [len(model.nodes), len(model.links)]
    assert spec["media"][0]["query"] == {"maxWidth": tag_model.NARROW_PX}


def test_the_vocabulary_lists_every_value_with_its_uses(page: Callable[..., AppTest]):
    rows = page("Vocabulary").dataframe[0].value.to_dict("records")
    found = {(row["LF-tag"], row["Value"]): row["Where"] for row in rows}
    assert found["pii", "true"] == "sales.orders.email"
    assert found["sensitivity", "restricted"] == "nowhere"


def test_who_is_no_steward_is_told_who_keeps_the_vocabulary(page: Callable[..., AppTest]):
    test = page("Vocabulary", "analyst")
    assert "may not change the vocabulary" in words(test)
    assert not test.text_input


def test_a_new_tag_is_created_by_a_plan(page: Callable[..., AppTest], portal: Portal, aws: FakeAws):
    test = page("Vocabulary")
    test.text_input(key="tags_new_key").input("Team")
    test.text_input(key="tags_new_values").input("retail, Online, retail,").run()
    test.button(key="apply_tags_vocabulary").click().run()
    finish(test, portal, "tags_vocabulary")
    assert aws.tag_values["team"] == ("retail", "online")
    test.button(key="close_tags_vocabulary").click().run()
    assert "team" in test.selectbox(key="tags_key").options


def test_a_tag_that_exists_is_not_created_twice(page: Callable[..., AppTest]):
    test = page("Vocabulary")
    test.text_input(key="tags_new_key").input("pii")
    test.text_input(key="tags_new_values").input("maybe").run()
    assert "exists already" in words(test)


def test_deleting_a_tag_in_use_says_where_it_is_used(page: Callable[..., AppTest]):
    test = page("Vocabulary")
    test.selectbox(key="tags_key").select("pii").run()
    test.toggle(key="tags_delete_pii").set_value(True).run()
    assert "sales\\.orders\\.email" in words(test)
    assert not [one for one in test.button if one.key == "apply_tags_vocabulary"]


def test_assignments_say_what_is_assigned_here_and_what_is_inherited(page: Callable[..., AppTest]):
    test = page("Assignments", tags_domain="sales", tags_table="orders")
    rows = {row["Resource"]: row for row in test.dataframe[0].value.to_dict("records")}
    assert rows["column email"]["pii"].startswith("● true by mesh-steward, ")
    assert rows["column id"]["pii"].startswith("○ false, from database sales by mesh-steward, ")


def test_an_owner_changes_a_columns_tag_through_a_plan(page: Callable[..., AppTest], portal: Portal, aws: FakeAws):
    test = page("Assignments", "sales-owner", tags_domain="sales", tags_table="orders")
    test.multiselect(key="tags_targets_sales.orders").select("column email")
    test.selectbox(key="tags_set_sales.orders_pii").select("false").run()
    assert "Tag sales\\.orders\\.email" in words(test)
    test.button(key="apply_tags_assignments").click().run()
    finish(test, portal, "tags_assignments")
    assert aws.assigned[EMAIL] == {"pii": "false", "sensitivity": "confidential"}


def test_who_does_not_own_the_domain_is_told_who_may_tag_it(page: Callable[..., AppTest]):
    test = page("Assignments", "analyst", tags_domain="sales")
    assert "sales\\-owner and mesh\\-steward may" in words(test)
    assert not test.multiselect
