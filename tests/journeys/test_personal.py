"""A steward has the mesh searched for personal data, accepts in bulk, and what is rejected stays rejected."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_process import PortalProcess
from scripts.portal_walks import RESULT, run_query

OPEN = "columns that look personal: open"


def suspected(visit: Visit) -> list[str]:
    return [next(cell for cell in row if cell.count(".") == 2) for row in visit.cells(OPEN)]


def pick(visit: Visit, name: str) -> None:
    """Tick a row: its first cell."""
    at = suspected(visit).index(name)
    grid = visit.grid(OPEN)
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + 15, box["y"] + 35 * (at + 1) + 17)
    visit.idle()


def test_accepted_columns_are_closed_and_rejected_ones_stay_rejected(
    own_portal: PortalProcess, visits: Callable[..., Visit]
) -> None:
    analyst, steward = visits(own_portal), visits(own_portal)
    analyst.open("query")
    analyst.act_as("analyst")
    run_query(analyst, "SELECT * FROM customer.households LIMIT 3")
    assert {"age", "income"} <= set(analyst.columns(RESULT))

    steward.open("personal")
    steward.act_as("mesh-steward")
    steward.press("personal_scan")
    steward.see("The last scan:", timeout_ms=90_000)
    steward.idle()
    names = suspected(steward)
    assert {"customer.households.age", "customer.households.income"} <= set(names)

    pick(steward, "customer.households.kids_count")
    steward.press("personal_reject")
    steward.see("is rejected.")
    steward.idle()
    pick(steward, "customer.households.age")
    pick(steward, "customer.households.income")
    steward.see("Accept 2")
    steward.see("Blast radius.")
    steward.idle()
    steward.press("apply_personal_accept")
    steward.see("Done and verified", timeout_ms=60_000)
    steward.idle()

    run_query(analyst, "SELECT * FROM customer.households LIMIT 4")
    expect(analyst.keyed("query_left_out")).to_contain_text("income")
    analyst.idle()
    assert not {"age", "income"} & set(analyst.columns(RESULT))

    steward.press("close_personal_accept")
    steward.press("personal_scan")
    steward.see("The last scan:", timeout_ms=90_000)
    steward.idle()
    left = suspected(steward) if "Nothing is open" not in steward.text else []
    assert not {"customer.households.age", "customer.households.income", "customer.households.kids_count"} & set(left)
    steward.page.get_by_role("tab", name="Rejected").click()
    expect(steward.page.get_by_test_id("stMain")).to_contain_text("Open again")
