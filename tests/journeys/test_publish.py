"""A file of one's own becomes a governed product that can be queried."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_walks import EXAMPLE, QUERY, RESULT, file_to_product, run_query


def test_a_file_from_a_spreadsheet_becomes_a_product_with_a_personal_column_and_answers_a_query(
    person: Callable[..., Visit],
) -> None:
    visit = person("sales-owner")
    file_to_product(visit, EXAMPLE, "visits")
    visit.page.get_by_role("link", name="Open sales.visits").click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("sales.visits")
    visit.idle()
    run_query(visit, QUERY.format(product="sales.visits"))
    assert visit.cells(RESULT)[:2] == [["Köln", "3", "91.5"], ["Zürich", "3", "121.5"]]

    visit.act_as("analyst")
    run_query(visit, "SELECT * FROM sales.visits ORDER BY visit_id")
    assert visit.columns(RESULT) == ["visit_id", "shop", "visited_on", "amount"]
