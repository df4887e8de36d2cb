"""Policies on their page and in every plan: violations with their mending, rules that are tried and saved."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments, EditProduct
from mesh_core.domain.names import ProductName
from mesh_core.domain.world import Target
from tests.builders import steward

Open = Callable[..., AppTest]
LOOSE = "rules:\n- rule: personal-data\n  never: [public]\n  action: warn"


def words(test: AppTest) -> str:
    texts = (*test.markdown, *test.info, *test.error, *test.caption, *test.warning, *test.success)
    return " ".join(one.value for one in texts).replace("\\", "")


def with_row(test: AppTest, *rows: int) -> AppTest:
    test.session_state[test.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return test.run()


def rules(test: AppTest) -> AppTest:
    test.session_state["policies_tab"] = "Rules"
    return test.run()


def test_what_breaks_a_rule_is_listed_with_the_rule_s_text(portal: Portal, open_page: Open) -> None:
    test = open_page("policies")
    table = test.dataframe[0].value
    assert set(table["Where"]) == {"sales.orders", "sales.recent"}
    assert "Every product has an owner and a contact." in set(table["The rule says"])
    assert "4 violations" in words(test)


def test_a_violation_is_mended_by_a_plan_that_the_steward_applies(portal: Portal, open_page: Open) -> None:
    test = open_page("policies")
    row = list(test.dataframe[0].value["What"]).index("has no contact")
    test = with_row(test, row)
    test.text_input[0].input("#sales").run()
    test.button(key="apply_policies_fix").click().run()
    (job, *_) = portal.jobs.all()
    assert portal.jobs.wait(job.id).state == "done"
    assert portal.reading.world(0).table("sales", "orders").parameters["mesh.contact"] == "#sales"


def test_who_may_not_mend_is_told_who_may(portal: Portal, open_page: Open) -> None:
    test = with_row(open_page("policies", "analyst"), 0)
    assert "analyst may not change sales" in words(test)
    assert not [one for one in test.button if one.key == "apply_policies_fix"]


def test_rules_are_tried_before_they_are_saved(portal: Portal, open_page: Open) -> None:
    test = rules(open_page("policies", "analyst"))
    test.text_area(key="policies_text_").input("rules:\n- rule: retention\n  action: refuse").run()
    test.button(key="policies_try").click().run()
    assert "2 violations of rules that refuse and no violations of others" in words(test)
    assert not [one for one in test.button if one.key == "policies_save"]


def test_a_broken_line_is_named_and_what_was_typed_stays(portal: Portal, open_page: Open) -> None:
    text = "rules:\n- rule: retension"
    test = rules(open_page("policies"))
    test.text_area(key="policies_text_").input(text).run()
    test.button(key="policies_save").click().run()
    assert "Line 2: there is no rule" in words(test)
    assert test.text_area(key="policies_text_").value == text


def test_an_owner_tightens_the_mesh_and_may_not_loosen_it(portal: Portal, open_page: Open) -> None:
    test = rules(open_page("policies", "sales-owner"))
    test.selectbox(key="policies_whose").select("sales").run()
    test.text_area(key="policies_text_sales").input(LOOSE).run()
    test.button(key="policies_save").click().run()
    assert "a domain may only tighten the mesh's rule: the mesh refuses, this one would warn" in words(test)
    test.text_area(key="policies_text_sales").input("rules:\n- rule: retention\n  max_days: 30").run()
    test.button(key="policies_save").click().run()
    assert "Saved" in words(test)
    held = test.dataframe[-1].value
    row = held[held["Rule"].str.contains("30 days")].iloc[0]
    assert (row["A plan that breaks it"], row["From"]) == ("is refused", "the domain, with the mesh's")


def test_a_mesh_that_breaks_nothing_says_so(portal: Portal, open_page: Open) -> None:
    for name in ("orders", "recent"):
        portal.changes.apply_now(
            steward(portal), EditProduct(ProductName("sales", name), contact="#sales", retention_days=30)
        )
    assert "Nothing breaks a rule." in words(open_page("policies"))


def test_a_plan_that_a_policy_refuses_says_the_rule_and_can_not_be_applied(portal: Portal, open_page: Open) -> None:
    email = Target("sales", "orders", "email")
    portal.changes.apply_now(steward(portal), ChangeAssignments(((email, {"pii": "true"}),)))
    test = open_page("publish", edit="sales.orders")
    test.selectbox(key="edit_tag_sensitivity").select("public").run()
    assert "A policy refuses this plan." in words(test)
    assert "Personal columns are never public." in words(test)
    assert test.button(key="edit_apply").disabled
    test.selectbox(key="edit_tag_sensitivity").select("internal").run()
    assert not test.button(key="edit_apply").disabled
