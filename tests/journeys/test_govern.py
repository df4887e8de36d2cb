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
