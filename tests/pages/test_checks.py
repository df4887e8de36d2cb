"""Governance tests on their page: run, failed with the grant's name, saved by the steward."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.world import ColumnsResource, Grant
from tests.builders import steward

Open = Callable[..., AppTest]
EMAIL = Grant("arn:aws:iam::000000000000:role/analyst", ColumnsResource("sales", "orders", ("email",)), ("SELECT",))


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts)


def ran(test: AppTest, text: str) -> AppTest:
    test.text_area(key="checks_text").input(text).run()
    return test.button(key="checks_run").click().run()


def test_the_example_is_about_a_domain_that_there_is_and_passes(portal: Portal, open_page: Open) -> None:
    test = open_page("checks")
    test.button(key="checks_run").click().run()
    assert "The test passes" in words(test)


def test_a_failing_test_stands_first_and_names_the_grant(portal: Portal, open_page: Open) -> None:
    portal.changes.apply_now(steward(portal), ChangeGrants((EMAIL,)))
    test = ran(
        open_page("checks"), "- nobody outside sales reads sales.recent\n- analyst cannot read sales.orders.email"
    )
    assert "1 of 2 tests fail" in words(test)
    assert "SELECT on sales\\.orders \\(email\\)" in words(test)


def test_a_broken_line_is_named_and_nothing_is_lost(portal: Portal, open_page: Open) -> None:
    text = "- analyst can read sales.orders\n- analyst reads"
    test = ran(open_page("checks"), text)
    assert any("Line 2" in one.value for one in test.error)
    assert test.text_area(key="checks_text").value == text


def test_the_steward_saves_and_others_try(portal: Portal, open_page: Open) -> None:
    assert not [one for one in open_page("checks", "analyst").button if one.key == "checks_save"]
    test = open_page("checks")
    test.text_area(key="checks_text").input("- analyst cannot read sales.orders").run()
    test.button(key="checks_save").click().run()
    assert portal.governance_tests.document().text == "- analyst cannot read sales.orders"
