"""Walks through the portal that journeys, screenshots and benchmarks share: a file made a product, a query run."""

from pathlib import Path

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_process import ROOT

# Six visits to two shops, as a spreadsheet in Europe writes them: a BOM, semicolons, decimal commas, umlauts.
EXAMPLE = ROOT / "docs" / "visits.csv"

RESULT = "The query's result"
QUERY = "SELECT shop, count(*) AS visits, sum(amount) AS amount FROM {product} GROUP BY shop ORDER BY shop"


def file_to_product(visit: Visit, file: Path, name: str) -> None:
    """The wizard, from its first page to the words that the product is published; the visitor owns one domain."""
    visit.go_to("Create product")
    visit.press("template_from-file")
    visit.fill("wizard_name", name)
    visit.fill("wizard_description", "One visit of a guest to a shop.")
    visit.press("wizard_next")
    upload_to_plan(visit, file)
    visit.press("wizard_apply")
    visit.see(f"{name} is published.", timeout_ms=90_000)
    visit.idle()


def upload_to_plan(visit: Visit, file: Path) -> None:
    """The steps of data and governance, up to the plan: what looks personal is ticked."""
    visit.keyed("wizard_file").locator("input[type=file]").set_input_files(file)
    visit.clicks += 1
    visit.see("First rows")
    visit.idle()
    visit.press("wizard_next")
    box = visit.keyed("wizard_personal_email")
    box.locator("label").first.click()
    visit.clicks += 1
    visit.idle()
    visit.press("wizard_next")
    expect(visit.keyed("wizard_apply")).to_be_visible()


def write_sql(visit: Visit, sql: str) -> None:
    """Replace what the editor of the Query page holds."""
    editor = visit.page.locator(".cm-content")
    editor.click()
    visit.page.keyboard.press("ControlOrMeta+a")
    visit.page.keyboard.insert_text(sql)
    expect(editor).to_contain_text(sql.split()[-1])
    visit.clicks += 1


def run_query(visit: Visit, sql: str) -> None:
    """Write the statement, run it with the keyboard, wait for its result."""
    visit.go_to("Query")
    write_sql(visit, sql)
    visit.page.keyboard.press("ControlOrMeta+Enter")
    visit.clicks += 1
    visit.see("scanned")
    visit.idle()
