"""Suspected personal columns on their page: accepted in bulk by one plan, rejected with a way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments
from mesh_core.domain.world import Target
from tests.builders import steward

Open = Callable[..., AppTest]
EMAIL = Target("sales", "orders", "email")


@pytest.fixture
def scanned(portal: Portal) -> Portal:
    """A mesh whose e-mails are not marked, looked at by names (nobody answers queries here)."""
    portal.changes.apply_now(steward(portal), ChangeAssignments(((EMAIL, {}),)))
    portal.personal.start(steward(portal))
    portal.personal.wait()
    return portal


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts).replace("\\", "")


def with_row(test: AppTest, *rows: int) -> AppTest:
    test.session_state[test.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return test.run()


def tab(test: AppTest, name: str) -> AppTest:
    test.session_state["personal_tab"] = name
    return test.run()


def test_a_scan_is_started_and_its_outcome_told(portal: Portal, open_page: Open) -> None:
    test = open_page("personal")
    test.button(key="personal_scan").click().run()
    portal.personal.wait()
    test.run()
    assert "The last scan: 1 of 1 products were looked at, with no columns to decide on." in words(test)
    assert "Looked at by their names only: 1" in [one.label for one in test.expander]


def test_a_suggestion_is_accepted_by_a_plan(scanned: Portal, open_page: Open) -> None:
    test = open_page("personal")
    assert list(test.dataframe[0].value["Column"]) == ["sales.orders.email"]
    with_row(test, 0)
    test.button(key="apply_personal_accept").click().run()
    (job, *_) = scanned.jobs.all()
    assert scanned.jobs.wait(job.id).state == "done"
    assert scanned.reading.world(0).assigned[EMAIL] == {"pii": "true", "sensitivity": "confidential"}
    test = tab(open_page("personal"), "Accepted")
    assert list(test.dataframe[0].value["Column"]) == ["sales.orders.email"]


def test_a_suggestion_is_rejected_with_a_reason_and_taken_back(scanned: Portal, open_page: Open) -> None:
    test = with_row(open_page("personal"), 0)
    test.text_input(key="personal_note").input("a shop's address").run()
    test.button(key="personal_reject").click().run()
    assert "Nothing is open" in words(test)
    assert "sales.orders.email is rejected." in words(test)
    rejected = tab(open_page("personal"), "Rejected").dataframe[0].value
    assert (rejected["Rejected by"][0], rejected["Because"][0]) == ("mesh-steward", "a shop's address")
    test.button(key="personal_undo_button").click().run()
    assert list(test.dataframe[0].value["Column"]) == ["sales.orders.email"]


def test_a_rejected_one_can_be_opened_again_later(scanned: Portal, open_page: Open) -> None:
    found = [row.found for row in scanned.personal.rows(steward(scanned))]
    scanned.personal.reject(steward(scanned), found)
    test = with_row(tab(open_page("personal", "sales-owner"), "Rejected"), 0)
    test.button(key="personal_reopen").click().run()
    assert [row.state for row in scanned.personal.rows(steward(scanned))] == ["open"]


def test_who_decides_nothing_is_told_who_does(scanned: Portal, open_page: Open) -> None:
    test = open_page("personal", "analyst")
    assert "analyst owns no domain" in words(test)
    assert not test.dataframe and not [one for one in test.button if one.key == "personal_scan"]


def test_a_mesh_without_products_says_what_to_do(empty_portal: Portal, open_page: Open) -> None:
    test = open_page("personal")
    test.button(key="personal_scan").click().run()
    assert "There is no product to look at" in words(test)
