"""A grant as a plan: what it changes is said before, and the reader sees it after."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_process import PortalProcess
from scripts.portal_walks import RESULT, run_query


def test_an_owner_grants_one_personal_column_and_the_analyst_reads_it(
    own_portal: PortalProcess, visits: Callable[..., Visit]
) -> None:
    visit = visits(own_portal)
    visit.open("access")
    visit.act_as("customer-owner")
    visit.page.get_by_role("tab", name="Grant access").click()
    visit.idle()
    visit.choose("grant_role", "analyst")
    visit.choose("grant_domain", "customer")
    visit.choose("grant_table_customer", "contacts")
    visit.choose("grant_columns_customer_contacts", "email")
    visit.page.keyboard.press("Escape")
    expect(visit.page.get_by_test_id("stMain")).to_contain_text("Who gains and who loses")
    visit.press("apply_grant")
    visit.see("Done and verified", timeout_ms=60_000)
    visit.idle()

    visit.act_as("analyst")
    run_query(visit, "SELECT * FROM customer.contacts LIMIT 5")
    assert "email" in visit.columns(RESULT) and "phone" not in visit.columns(RESULT)


def test_a_governance_test_fails_on_purpose_and_names_the_grant(person: Callable[..., Visit]) -> None:
    visit = person("mesh-steward", "checks")
    visit.fill("checks_text", "- analyst cannot read customer.contacts.email\n- analyst cannot read sales.baskets")
    visit.press("checks_run")
    visit.see("1 of 2 tests fail.")
    main = visit.page.get_by_test_id("stMain")
    expect(main).to_contain_text("analyst reads sales.baskets")
    expect(main).to_contain_text("SELECT on every table with pii=false AND sensitivity=internal|public opens it")


def test_a_steward_narrows_a_tag_sees_what_breaks_and_leaves_it(person: Callable[..., Visit]) -> None:
    analyst = person("analyst")
    run_query(analyst, "SELECT department, count(*) AS products FROM product.products GROUP BY department")

    visit = person("mesh-steward", "tags")
    visit.page.get_by_role("tab", name="Assignments").click()
    visit.idle()
    visit.choose("tags_domain", "product")
    visit.choose("tags_targets_product", "table products")
    visit.page.keyboard.press("Escape")
    visit.choose("tags_set_product_sensitivity", "restricted")
    visit.see("Blast radius.")
    main = visit.page.get_by_test_id("stMain")
    expect(main).to_contain_text("queries of the last 90 days that it touches would fail")
    expect(main).to_contain_text("The view insights.basket_value_by_segment breaks for insights-owner.")
    assert any("GROUP BY department" in " ".join(row) for row in visit.cells("queries that would come out differently"))
    expect(main).to_contain_text("Who gains and who loses")
    expect(visit.keyed("apply_tags_assignments")).to_be_visible()

    run_query(analyst, "SELECT count(*) AS products FROM product.products")


def test_the_steward_hands_on_a_value_and_the_owner_assigns_it(
    own_portal: PortalProcess, visits: Callable[..., Visit]
) -> None:
    steward, owner = visits(own_portal), visits(own_portal)
    steward.open("tags")
    steward.act_as("mesh-steward")
    steward.page.get_by_role("tab", name="Vocabulary").click()
    steward.idle()
    steward.page.get_by_text("Start from a template").click()
    steward.idle()
    steward.choose("tags_template", "Environment")
    steward.press("apply_tags_vocabulary")
    steward.see("Done and verified", timeout_ms=60_000)

    owner.open("tags")
    owner.act_as("sales-owner")
    owner.page.get_by_role("tab", name="Rights").click()
    owner.see("The values of environment are assigned by mesh-steward")

    steward.page.get_by_role("tab", name="Rights").click()
    steward.idle()
    steward.choose("rights_role", "sales-owner")
    steward.choose("rights_key_ASSOCIATE", "environment")
    steward.choose("rights_values_environment", "production")
    steward.page.keyboard.press("Escape")
    steward.press("apply_tags_rights")
    steward.see("Done and verified", timeout_ms=60_000)

    owner.page.get_by_role("tab", name="Assignments").click()
    owner.idle()
    owner.choose("tags_domain", "sales")
    owner.choose("tags_targets_sales", "table baskets")
    owner.page.keyboard.press("Escape")
    owner.choose("tags_set_sales_environment", "production")
    owner.press("apply_tags_assignments")
    owner.see("Done and verified", timeout_ms=60_000)
