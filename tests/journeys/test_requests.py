"""From denied to granted, and back: an analyst asks for one column of a join, its owner looks and approves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from mesh_core.bootstrap import outside_of, target_of
from mesh_core.domain.codec import from_json, to_json
from mesh_core.services.request_store import CLASSES
from mesh_core.settings import Settings
from scripts.portal_browser import Visit
from scripts.portal_process import PortalProcess
from scripts.portal_walks import RESULT, write_sql

JOIN = (
    "SELECT c.email, k.campaign_type, sum(b.sales_value) AS value FROM customer.contacts c "
    "JOIN sales.baskets b ON b.household_id = c.household_id "
    "JOIN marketing.campaigns k ON k.household_id = c.household_id GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5"
)
ASK = "ask_cell_customer_contacts_email"


def test_an_analyst_gets_from_denied_to_granted_in_six_clicks_and_the_owner_needs_four(
    own_portal: PortalProcess, visits: Callable[..., Visit]
) -> None:
    analyst, owner = visits(own_portal), visits(own_portal)
    analyst.open("query")
    analyst.act_as("analyst")
    write_sql(analyst, JOIN)
    analyst.page.keyboard.press("ControlOrMeta+Enter")
    analyst.see("may not run this query")
    analyst.idle()

    analyst.clicks = 0
    analyst.page.get_by_role("link", name="Why not email?").click()
    analyst.clicks += 1
    analyst.see("Request access as analyst")
    analyst.idle()
    analyst.fill(f"{ASK}_purpose", "To write to those who answered the campaign")
    analyst.keyed(f"{ASK}_accept").locator("label").first.click()
    analyst.clicks += 1
    analyst.idle()
    analyst.press(f"{ASK}_submit")
    analyst.see("Sent to the owner of customer")

    owner.open()
    owner.act_as("customer-owner")
    owner.clicks = 0
    owner.page.get_by_role("link", name="1 request needs your action").click()
    owner.clicks += 1
    owner.see("analyst asks for access")
    owner.see("To write to those who answered the campaign")
    owner.idle()
    owner.press("run_as_customer_contacts")
    owner.see("After the change")
    owner.see("analyst gains email")
    owner.press("approve_customer_contacts")
    expect(owner.keyed("request_revoke")).to_be_visible()
    assert owner.clicks <= 4

    analyst.go_to("Query")
    analyst.press("run")
    analyst.see("scanned")
    analyst.idle()
    assert analyst.columns(RESULT) == ["email", "campaign_type", "value"]
    assert analyst.clicks <= 6

    _last_day_was_yesterday(own_portal)
    owner.see("Its last day was", timeout_ms=60_000)
    owner.see("expired")
    analyst.press("run")
    analyst.see("may not run this query", timeout_ms=60_000)
    expect(analyst.page.get_by_test_id("stMain")).to_contain_text("email")


def _last_day_was_yesterday(portal: PortalProcess) -> None:
    """Turn the calendar for the one request that there is: its document is written over, as the clock can't be."""
    target, _ = target_of(Settings(home=portal.home))
    reached = outside_of(target)
    storage, bucket = reached.outside.writers.storage, reached.naming.control_bucket
    (found,) = storage.objects(bucket, "requests/")
    read = storage.get_versioned(bucket, found.key)
    assert read is not None
    request = from_json(read.text, CLASSES)
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    text = to_json(request).replace(f'"until":"{request.until}"', f'"until":"{yesterday}"')
    storage.put_if(bucket, found.key, text, read.etag)
