"""Pictures of every page for the README and for the eye: `.venv/bin/python -m scripts.screenshots [page ...]`

Each page as the role that shows most of it, light and dark, 1400 and 390 pixels wide, on a demo mesh made for the
purpose without its largest table. Written to docs/screenshots as PNG with at most 128 colours, which keeps them small.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from scripts import browser
from scripts.portal_browser import NARROW, WIDE, Visit, launched
from scripts.portal_process import ROOT, PortalProcess, load_demo, serve
from scripts.portal_walks import EXAMPLE, run_query, upload_to_plan

FOLDER = ROOT / "docs" / "screenshots"
COLOURS = 128
TALLEST_PX = 1500
SQL = """SELECT h.income, p.department, sum(t.sales_value) AS sales
FROM sales.transactions t
JOIN customer.households h ON h.household_id = t.household_id
JOIN product.products p ON p.product_id = t.product_id
WHERE p.department IN ('GROCERY', 'PRODUCE', 'MEAT')
GROUP BY h.income, p.department ORDER BY sales DESC"""


def _nothing(visit: Visit) -> None:
    """The page as it opens."""


@dataclass(frozen=True)
class Shot:
    """A page, who looks at it, and what is done before the picture."""

    name: str
    role: str
    page: str
    query: dict[str, str] = field(default_factory=dict)
    act: Callable[[Visit], None] = _nothing


def _chart(visit: Visit) -> None:
    run_query(visit, SQL)
    visit.page.get_by_role("tab", name="Chart").click()
    visit.page.locator(".js-plotly-plot .main-svg").first.wait_for()
    visit.idle()


def _denied(visit: Visit) -> None:
    run_query(visit, "SELECT * FROM customer.contacts LIMIT 20")


def _plan(visit: Visit) -> None:
    visit.press("template_from-file")
    visit.fill("wizard_name", "visits")
    visit.fill("wizard_description", "One visit of a guest to a shop.")
    visit.press("wizard_next")
    upload_to_plan(visit, EXAMPLE)


def _inventory(visit: Visit) -> None:
    visit.choose("teardown_scope", "Domain sales")
    visit.see("The plan:")
    visit.idle()


def _radius(visit: Visit) -> None:
    """A tag that is about to be narrowed: what that reaches."""
    visit.page.get_by_role("tab", name="Assignments").click()
    visit.idle()
    visit.choose("tags_domain", "product")
    visit.choose("tags_targets_product", "table products")
    visit.page.keyboard.press("Escape")
    visit.choose("tags_set_product_sensitivity", "restricted")
    visit.see("Blast radius.")
    visit.idle()


def _rights(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Rights").click()
    visit.idle()


def _requested(visit: Visit) -> None:
    """An analyst asks for a column, its owner looks at the request."""
    visit.act_as("analyst")
    visit.open("product", product="customer.contacts")
    visit.act_as("analyst")
    visit.press("ask_product_customer_contacts_open")
    visit.fill("ask_product_customer_contacts_purpose", "To write to those who answered the campaign")
    visit.keyed("ask_product_customer_contacts_accept").locator("label").first.click()
    visit.idle()
    visit.press("ask_product_customer_contacts_submit")
    visit.see("Sent to the owner of customer")
    visit.open("requests")
    visit.act_as("customer-owner")
    visit.see("analyst asks for access")
    visit.idle()


def _searched(visit: Visit) -> None:
    visit.press("personal_scan")
    visit.see("The last scan:")
    visit.idle()


def _rules(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Rules").click()
    visit.idle()


SHOTS = (
    Shot("mesh", "analyst", ""),
    Shot("catalog", "analyst", "catalog"),
    Shot("product", "analyst", "product", {"product": "customer.contacts"}),
    Shot("query", "analyst", "query", act=_chart),
    Shot("query-left-out", "analyst", "query", act=_denied),
    Shot("domains", "mesh-steward", "domains"),
    Shot("create-product", "sales-owner", "publish"),
    Shot("create-product-plan", "sales-owner", "publish", act=_plan),
    Shot("tags", "mesh-steward", "tags"),
    Shot("access", "mesh-steward", "access"),
    Shot("tags-radius", "mesh-steward", "tags", act=_radius),
    Shot("tags-rights", "sales-owner", "tags", act=_rights),
    Shot("requests", "customer-owner", "requests", act=_requested),
    Shot("personal-data", "mesh-steward", "personal", act=_searched),
    Shot("policies", "mesh-steward", "policies", act=_rules),
    Shot("governance-tests", "mesh-steward", "checks"),
    Shot("audit", "mesh-steward", "audit"),
    Shot("activity", "mesh-steward", "activity"),
    Shot("teardown", "mesh-steward", "teardown", act=_inventory),
)


def take(browser_: Browser, portal: PortalProcess, shot: Shot) -> None:
    """One page in all four ways: drawn once, then given another theme and another width."""
    visit = Visit(browser_, portal.url, WIDE)
    visit.open(shot.page, **shot.query)
    visit.act_as(shot.role)
    shot.act(visit)
    for size, words in ((WIDE, "wide"), (NARROW, "narrow")):
        visit.page.set_viewport_size({"width": size[0], "height": size[1]})
        if size == NARROW:
            _fold_sidebar(visit)
        for scheme in ("light", "dark"):
            visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            _grow(visit, size)
            _save(visit.page.screenshot(), FOLDER / f"{shot.name}-{scheme}-{words}.png")
            visit.page.set_viewport_size({"width": size[0], "height": size[1]})
    visit.close()


def _fold_sidebar(visit: Visit) -> None:
    visit.idle()
    sidebar = visit.page.get_by_test_id("stSidebar")
    if sidebar.get_attribute("aria-expanded") == "true":
        sidebar.hover()
        visit.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    visit.idle()


def _grow(visit: Visit, size: tuple[int, int]) -> None:
    """As tall as the page is, within reason: the page scrolls inside its own window."""
    visit.idle()
    tall: int = visit.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    visit.page.set_viewport_size({"width": size[0], "height": max(size[1], min(tall, TALLEST_PX))})
    visit.idle(quiet_ms=500)


def _save(png: bytes, file: Path) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)} {file.stat().st_size:,} bytes", flush=True)


def main(names: list[str]) -> int:
    """0 when every picture is taken; 1 without a browser."""
    chromium = browser.find()
    if chromium is None:
        print(browser.ADVICE, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        mesh = Path(folder) / "mesh"
        load_demo(mesh)
        with serve(mesh) as portal, launched(chromium) as started:
            for shot in SHOTS:
                if not names or shot.name in names:
                    take(started, portal, shot)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
