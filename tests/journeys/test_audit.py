"""What an analyst was refused, a steward finds on the Audit page and in the mesh's own tables."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_walks import RESULT, run_query, write_sql

REFUSED = "SELECT phone FROM customer.contacts WHERE city = 'Nowhere'"


def test_a_refused_query_is_an_event_and_a_row_that_the_steward_selects(person: Callable[..., Visit]) -> None:
    analyst = person("analyst", "query")
    write_sql(analyst, REFUSED)
    analyst.page.keyboard.press("ControlOrMeta+Enter")
    analyst.see("may not run this query")

    steward = person("mesh-steward", "audit")
    steward.see("newest first")
    steward.idle()
    assert any("refused before it ran" in row for row in steward.cells("events of the audit log"))
    steward.page.get_by_text("Query the records with SQL").click()
    steward.idle()
    steward.press("audit_query")
    steward.idle()
    sql = "SELECT actor, subject, outcome FROM mesh_system.audit WHERE kind = 'denied' AND detail LIKE '%Nowhere%'"
    run_query(steward, sql)
    assert steward.cells(RESULT) == [["analyst", "customer.contacts", "refused before it ran"]]

    analyst.go_to("Query")
    write_sql(analyst, "SELECT count(*) FROM mesh_system.audit")
    analyst.page.keyboard.press("ControlOrMeta+Enter")
    expect(analyst.page.get_by_test_id("stMain")).to_contain_text("may not run this query")
